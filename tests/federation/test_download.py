"""Files of other hosts: what is asked, what is taken, and where it ends; catalogue case F16."""

from __future__ import annotations

import gzip
import io
import time

import pytest

from core.errors import (
    FetchFailed,
    FetchUnavailable,
    Gone,
    HostRefused,
    NotFound,
    TooLarge,
    UnsupportedType,
)
from fakes.remote import FakeRemote
from federation.files import FileKind

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 200
LIMIT = 100_000


def _kind_of(head):
    return FileKind("image/png", LIMIT) if head.startswith(b"\x89PNG") else None


async def _anywhere(host):
    return True


async def _download(client, url, *, into=None, may_take_from=_anywhere, timeout_s=5.0):
    return await client.download(
        url, into if into is not None else io.BytesIO(), kind_of=_kind_of, timeout_s=timeout_s,
        may_take_from=may_take_from,
    )  # fmt: skip


@pytest.fixture
def picture(b):
    """The address of a picture that says that it is something else."""
    b.script("/1.png", body=PNG, content_type="text/html", headers={"set-cookie": "who=you"})
    return f"{b.base_url}/1.png"


async def test_F16_a_file_is_asked_for_without_a_word_about_who_wants_it(make, b, picture):
    into = io.BytesIO()
    client = make()

    first = await _download(client, picture, into=into)
    await _download(client, picture)

    assert (first.mime, first.size_bytes, into.getvalue()) == ("image/png", len(PNG), PNG)
    for got in b.journal:
        headers = dict(got.headers)
        assert headers.keys() == {"host", "accept", "accept-encoding", "user-agent"}
        assert headers["user-agent"].startswith("Consilium/")


@pytest.mark.parametrize("body", [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<!doctype html>",
                                  b"", b"%PDF-1.7", b'{"type": "Note"}'], ids=repr)  # fmt: skip
async def test_F16_what_is_no_picture_is_not_taken_whatever_it_says(make, b, body):
    b.script("/1.png", body=body, content_type="image/png")

    into = io.BytesIO()
    with pytest.raises(UnsupportedType):
        await _download(make(), f"{b.base_url}/1.png", into=into)

    assert into.getvalue() == b""


@pytest.mark.parametrize("chunked", [False, True])
async def test_F16_more_than_the_limit_is_not_taken(make, b, chunked):
    b.script("/big", body=PNG + bytes(LIMIT), chunked=chunked)
    into = io.BytesIO()

    with pytest.raises(TooLarge):
        await _download(make(), f"{b.base_url}/big", into=into)

    assert len(into.getvalue()) <= LIMIT


async def test_F16_what_is_packed_is_not_taken(make, b):
    b.script("/1.png", body=gzip.compress(PNG), headers={"content-encoding": "gzip"})

    with pytest.raises(FetchFailed):
        await _download(make(), f"{b.base_url}/1.png")


async def test_F16_there_is_one_deadline_for_a_file_and_what_leads_to_it(make, b):
    b.script("/start", redirect=f"{b.base_url}/slow")
    b.script("/slow", drip_s=0.01)
    began = time.monotonic()

    with pytest.raises(FetchUnavailable):
        await _download(make(), f"{b.base_url}/start", timeout_s=0.4)

    assert time.monotonic() - began < 2.0


async def test_F16_each_step_of_a_redirect_is_judged(make, b, picture):
    with FakeRemote("c") as other:
        b.script("/elsewhere", redirect=f"{other.base_url}/1.png")
        b.script("/inside", redirect="http://169.254.169.254/1.png")
        b.script("/again", redirect=picture)
        asked = []

        async def may_take_from(host):
            asked.append(host)
            return host == b.host

        client = make()
        with pytest.raises(HostRefused):
            await _download(client, f"{b.base_url}/elsewhere", may_take_from=may_take_from)
        with pytest.raises(HostRefused):
            await _download(client, f"{b.base_url}/inside", may_take_from=_anywhere)
        found = await _download(client, f"{b.base_url}/again", may_take_from=may_take_from)

        assert asked == [b.host, other.host, b.host, b.host]
        assert (found.url, other.journal) == (picture, [])


@pytest.mark.parametrize(
    "url",
    ["ftp://b.localhost/1", "file:///etc/passwd", "data:image/png;base64,AAAA", "http://[::1]/1",
     "http://169.254.169.254/1", "http://a.localhost:8001/1", "https://u:p@b.localhost/1"],
)  # fmt: skip
async def test_F16_private_addresses_and_other_schemes_are_not_asked(make, url):
    with pytest.raises(HostRefused):
        await _download(make(), url)


@pytest.mark.parametrize(
    ("status", "kind"),
    [(404, NotFound), (410, Gone), (403, NotFound), (500, FetchUnavailable), (204, FetchFailed)],
)
async def test_an_answer_that_is_none_is_told_apart(make, b, status, kind):
    b.script("/1.png", status=status, body=PNG if status >= 400 else b"")

    with pytest.raises(kind):
        await _download(make(), f"{b.base_url}/1.png")
