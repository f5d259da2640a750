"""The only outbound client against a real server that misbehaves; catalogue cases D."""

from __future__ import annotations

import asyncio
import gzip
import json
import time
from contextlib import suppress

import pytest

from core.errors import (
    FetchFailed,
    FetchUnavailable,
    Gone,
    HostRefused,
    InvalidDocument,
    NotFound,
    Untrusted,
    Withheld,
)
from fakes.ports import listener
from fakes.remote import FakeRemote
from federation.addresses import AddressGate
from federation.client import Client


def _answers(*addresses):
    """Resolve to one list of addresses after another, the last for ever; count the questions."""
    asked = []

    async def resolve(host, port):
        asked.append(host)
        return addresses[min(len(asked), len(addresses)) - 1]

    return resolve, asked


async def _fails(work, *kinds):
    with pytest.raises(kinds):
        await work


async def test_a_document_is_fetched_with_a_signed_get(make, b):
    note = b.person("bob").note()

    document = await make().fetch_document(note["id"])

    assert document.json == note
    (got,) = b.journal
    assert got.verified, got.reason
    assert dict(got.headers)["accept"].startswith("application/activity+json")
    assert not {"cookie", "referer", "from"} & dict(got.headers).keys()


async def test_what_is_signed_is_what_is_sent(make, b):
    for path in ("/a%20b?x=%41&y=é", "/é/(x)*;=", "/a%2Fb?", "/?q=a+b"):
        with suppress(NotFound):
            await make().fetch_document(b.base_url + path)

    assert [got.path for got in b.journal][0] == "/a%20b?x=%41&y=%C3%A9"
    assert [got.verified for got in b.journal] == [True] * 4


@pytest.mark.parametrize(
    "kind",
    ["application/json", "text/html", "image/png", "application/ld+json", "",
     'application/ld+json; profile="https://evil.test/"', "application/activity+jsonx"],
)  # fmt: skip
async def test_d01_d02_a_document_of_another_type_is_refused(make, b, kind):
    note = b.person("bob").note()
    b.script(note["id"], body=note, content_type=kind)

    await _fails(make().fetch_document(note["id"]), FetchFailed)


@pytest.mark.parametrize(
    "kind",
    [
        "application/activity+json; charset=utf-8",
        "Application/Activity+JSON",
        'application/ld+json; profile="https://www.w3.org/ns/activitystreams"',
        'application/LD+json;charset=utf-8; profile="x https://www.w3.org/ns/activitystreams"',
    ],
)
async def test_d02_activitypubs_types_are_read_in_any_spelling(make, b, kind):
    note = b.person("bob").note()
    b.script(note["id"], body=note, content_type=kind)

    assert (await make().fetch_document(note["id"])).id == note["id"]


async def test_d03_an_id_on_another_host_is_asked_for_there(make, b):
    with FakeRemote("c") as c:
        note = c.person("carol").note()
        at = f"{b.base_url}/copy"
        b.serve({**note, "content": "<p>forged</p>"}, at=at)

        document = await make().fetch_document(at)

        assert document.json["content"] == note["content"]
        assert len(c.journal) == 1


async def test_d03_an_id_that_its_own_host_does_not_know_is_refused(make, b):
    with FakeRemote("c") as c:
        at = f"{b.base_url}/copy"
        b.serve({"id": f"{c.base_url}/never", "type": "Note"}, at=at)

        await _fails(make().fetch_document(at), NotFound)


async def test_d04_an_id_at_another_path_is_asked_for_once(make, b):
    note = b.person("bob").note()
    at = f"{b.base_url}/@bob/1"
    b.serve(note, at=at)
    b.serve({**note, "id": f"{b.base_url}/third"}, at=f"{b.base_url}/second")
    b.serve({**note, "id": f"{b.base_url}/second"}, at=f"{b.base_url}/first")

    assert (await make().fetch_document(at)).id == note["id"]
    assert len(b.journal) == 2
    await _fails(make().fetch_document(f"{b.base_url}/first"), Untrusted)
    assert len(b.journal) == 4


async def test_a_document_without_an_id_is_refused(make, b):
    b.serve({"type": "Note"}, at=f"{b.base_url}/x")

    await _fails(make().fetch_document(f"{b.base_url}/x"), Untrusted)


async def test_d05_a_redirect_to_another_origin_is_refused(make, b):
    with FakeRemote("c") as c:
        note = b.person("bob").note()
        c.serve(note, at=f"{c.base_url}/copy")
        b.script(note["id"], redirect=f"{c.base_url}/copy")

        await _fails(make().fetch_document(note["id"]), Untrusted)


async def test_three_redirects_on_one_host_are_followed(make, b):
    note = b.person("bob").note()
    for n in range(3):
        b.script(f"/r{n}", redirect=f"/r{n + 1}" if n < 2 else note["id"], status=307)

    assert (await make().fetch_document(f"{b.base_url}/r0")).id == note["id"]
    assert all(got.verified for got in b.journal)


async def test_d06_four_redirects_and_loops_are_refused(make, b):
    note = b.person("bob").note()
    for n in range(4):
        b.script(f"/r{n}", redirect=f"/r{n + 1}" if n < 3 else note["id"])
    b.script("/loop", redirect="/loop")

    await _fails(make().fetch_document(f"{b.base_url}/r0"), FetchFailed)
    b.journal.clear()
    await _fails(make().fetch_document(f"{b.base_url}/loop"), FetchFailed)
    assert len(b.journal) == 4


@pytest.mark.parametrize(
    "target",
    ["file:///etc/passwd", "ftp://b.localhost/x", "gopher://x", "data:application/json,{}",
     "http://user:pw@b.localhost/", "http://[::1/"],
)  # fmt: skip
async def test_d06_a_redirect_to_another_scheme_is_refused(make, b, target):
    b.script("/x", redirect=target)

    await _fails(make().fetch_document(f"{b.base_url}/x"), HostRefused, FetchFailed)
    assert len(b.journal) == 1


async def test_d06_outside_development_a_redirect_to_http_is_refused():
    gate = AddressGate()

    async def everybody(host):
        return True

    client = Client(gate=gate, own_host="a.example", may_talk_to=everybody)
    for url in ("http://b.example/x", "https://b.example:22/x", "https://127.0.0.1/x"):
        await _fails(client.fetch_document(url), HostRefused)
    await client.close()


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "127.8.8.8", "0.0.0.0", "::1", "::", "10.0.0.1", "169.254.169.254", "fc00::1",
     "fe80::1", "100.64.0.1", "198.18.0.1", "192.0.0.1", "224.0.0.1", "240.0.0.1",
     "::ffff:127.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001::1"],
)  # fmt: skip
async def test_d07_d08_a_name_that_leads_to_a_private_address_is_not_dialled(
    make, signer, address
):
    async with listener() as (port, connected):
        resolve, _ = _answers([address])
        client = make(networks=(), resolve=resolve)

        await _fails(client.fetch_document(f"http://b.example:{port}/x"), HostRefused)
        await _fails(client.fetch_json(f"http://b.example:{port}/x"), HostRefused)
        await _fails(
            client.post_activity(f"http://b.example:{port}/x", b"{}", signer=signer), HostRefused
        )

        assert connected == []


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "[::ffff:7f00:1]", "[::1]", "localhost", "x.localhost"]
)
async def test_d08_a_literal_private_address_is_not_dialled(make, host):
    async with listener() as (port, connected):
        client = make(networks=())

        await _fails(client.fetch_document(f"http://{host}:{port}/x"), HostRefused)

        assert connected == []


async def test_d10_the_address_that_was_checked_is_the_one_dialled(make, b):
    note = b.person("bob").note()
    b.serve({**note, "id": f"http://b.example:{b.port}/n"}, at="/n")
    resolve, asked = _answers(["127.0.0.1"], ["127.0.0.2"])
    client = make(resolve=resolve)

    await client.fetch_document(f"http://b.example:{b.port}/n")

    # The name was looked up once: nothing could change between the check and the connection.
    assert asked == ["b.example"]
    async with listener() as (port, connected):
        await _fails(client.fetch_document(f"http://b.example:{port}/n"), HostRefused)
        assert connected == []


@pytest.mark.parametrize("fetch", ["fetch_document", "fetch_json"])
async def test_d12_a_redirect_to_a_private_address_is_not_dialled(make, b, fetch):
    async with listener() as (port, connected):
        resolve, _ = _answers(["127.0.0.2"])
        client = make(resolve=resolve)
        b.script("/hop", redirect="/hop2")
        for target in (f"http://127.0.0.2:{port}/x", f"http://inside.example:{port}/x"):
            b.script("/hop2", redirect=target)

            await _fails(getattr(client, fetch)(f"{b.base_url}/hop"), HostRefused)

        assert connected == []


@pytest.mark.parametrize(
    "url",
    ["http://user@b.localhost/x", "http://b.localhost\\@evil/x", "http://b.loc\talhost/x",
     "http://b\u3002localhost/x", "http://b.localhost/" + "x" * 10_000, "acct:a@b", ""],
)  # fmt: skip
async def test_d14_what_is_no_address_is_refused(make, url):
    await _fails(make().fetch_document(url), HostRefused)


async def test_d15_our_own_host_is_never_fetched(make):
    for url in ("http://a.localhost:8001/actor", "http://A.localhost:8001/actor"):
        await _fails(make().fetch_document(url), HostRefused)


@pytest.mark.parametrize("chunked", [False, True])
async def test_d16_a_body_over_one_mebibyte_is_cut(make, b, chunked):
    b.script("/x", body=b"x" * (1024 * 1024 + 1), chunked=chunked)

    await _fails(make().fetch_document(f"{b.base_url}/x"), FetchFailed)


async def test_d17_a_compressed_bomb_is_cut(make, b):
    bomb = gzip.compress(bytes(50 * 1024 * 1024))
    b.script("/x", body=bomb, headers={"content-encoding": "gzip"})
    started = time.monotonic()

    await _fails(make().fetch_document(f"{b.base_url}/x"), FetchFailed, FetchUnavailable)

    assert time.monotonic() - started < 2


async def test_a_compressed_document_is_read(make, b):
    note = b.person("bob").note()
    body = gzip.compress(json.dumps(note).encode())
    b.script(note["id"], body=body, headers={"content-encoding": "gzip"})

    assert (await make().fetch_document(note["id"])).id == note["id"]


@pytest.mark.parametrize("behaviour", [{"hang": True}, {"delay_s": 30}, {"drop": True}])
async def test_d18_a_host_that_stalls_or_drops_is_unavailable_within_the_deadline(
    make, b, behaviour
):
    note = b.person("bob").note()
    b.script("/x", **behaviour)
    client = make(total_s=0.5)
    started = time.monotonic()

    slow = asyncio.create_task(client.fetch_document(f"{b.base_url}/x"))
    assert (await client.fetch_document(note["id"])).id == note["id"]
    await _fails(slow, FetchUnavailable)

    assert time.monotonic() - started < 2


async def test_a_refused_connection_is_unavailable(make, b):
    b.refuse()

    await _fails(make().fetch_document(f"{b.base_url}/x"), FetchUnavailable)


@pytest.mark.parametrize(
    ("status", "kind"),
    [(204, FetchFailed), (206, FetchFailed), (304, FetchFailed), (418, FetchFailed),
     (400, FetchFailed), (401, Withheld), (403, Withheld), (404, NotFound), (410, Gone),
     (408, FetchUnavailable), (429, FetchUnavailable), (500, FetchUnavailable),
     (503, FetchUnavailable)],
)  # fmt: skip
async def test_d19_d20_what_each_status_means(make, b, status, kind):
    b.script("/x", status=status)

    await _fails(make().fetch_document(f"{b.base_url}/x"), kind)
    # What a host answers that cannot read a signature is asked for once more, signed otherwise.
    assert len(b.journal) == (2 if status in (400, 401) else 1)


@pytest.mark.parametrize("body", ["", "nonsense", "[]", '{"id": 1, "id": 2}'])
async def test_d19_a_body_that_is_no_document_is_refused(make, b, body):
    b.script("/x", body=body)

    await _fails(make().fetch_document(f"{b.base_url}/x"), InvalidDocument)


async def test_d35_a_host_that_is_no_peer_is_not_dialled(make, signer, b):
    with FakeRemote("c") as c:
        client = make(peers={b.host})
        b.script("/x", redirect=f"{c.base_url}/x")

        await _fails(client.fetch_document(f"{c.base_url}/x"), HostRefused)
        await _fails(client.fetch_json(f"{c.base_url}/x"), HostRefused)
        await _fails(client.post_activity(c.shared_inbox, b"{}", signer=signer), HostRefused)
        await _fails(client.fetch_document(f"{b.base_url}/x"), HostRefused)

        assert c.journal == []


async def test_other_json_is_fetched_unsigned(make, b):
    found = await make().fetch_json(f"{b.base_url}/.well-known/nodeinfo")

    assert found["links"]
    assert b.journal[0].verified is None
    b.script("/x", body="{}", content_type="text/html")
    await _fails(make().fetch_json(f"{b.base_url}/x"), FetchFailed)
