"""Files as they lie on the disk and as they are sent: names, ranges, a disk that is full."""

from __future__ import annotations

import errno
from urllib.parse import urlsplit

import pytest
from sqlalchemy import func, select
from werkzeug.datastructures import Headers

from media import store
from media.models import Media
from pictures import encoded, picture
from uploading import V2, fetch, files_of, part, serve_files, uploaded


@pytest.fixture
def house(house):
    return serve_files(house)


@pytest.mark.parametrize(
    "name",
    ["../../../etc/passwd", "..%2f..%2fx", "a\x00b.jpg", "CON", "x" * 4000, "/abs", "é\u202e.jpg"],
    ids=["dots", "encoded", "nul", "reserved", "long", "absolute", "signs"],
)
async def test_F18_a_name_is_never_used(house, alice, name):
    media = await uploaded(alice, encoded(picture(), "JPEG"), name=name)

    lying = [path.relative_to(house.database.settings.data_dir) for path in files_of(house)]
    assert {str(path.parent.parent.parent) for path in lying} == {"media"}
    assert {path.name for path in lying} == {
        media[part].partition("?")[0].rpartition("/")[2] for part in ("url", "preview_url")
    }


@pytest.mark.parametrize("stage", ["begin", "receive", "keep"])
async def test_F20_a_full_disk_leaves_no_row_and_no_half_file(house, alice, monkeypatch, stage):
    full = OSError(errno.ENOSPC, "No space left on device")

    def fail(*_, **__):
        raise full

    class Full:
        def write(self, _):
            raise full

        def close(self):
            pass

    match stage:
        case "begin":
            monkeypatch.setattr(store.Path, "mkdir", fail)
        case "receive":
            monkeypatch.setattr("media.forms.ExitStack.enter_context", lambda *_: Full())
        case "keep":
            monkeypatch.setattr(store, "_settle", fail)

    reply = await alice._client.open(
        V2,
        method="POST",
        headers={"Authorization": f"Bearer {alice.bearer}", "Host": "a.localhost:8001"},
        files={"file": part(encoded(picture(), "JPEG"))},
    )

    monkeypatch.undo()
    assert reply.status_code == 507
    assert "no room" in (await reply.get_json())["error"]
    assert files_of(house) == []
    async with house.database.read() as session:
        assert await session.scalar(select(func.count()).select_from(Media)) == 0



@pytest.mark.parametrize(
    ("asked", "status", "part"),
    [
        ("bytes=0-9", 206, (0, 10)),
        ("bytes=5-", 206, (5, None)),
        ("bytes=-7", 206, (-7, None)),
        ("bytes=0-4,2-9,100-200", 206, (0, 5)),
        ("bytes=0-999999999", 200, (0, None)),
        ("items=0-4", 200, (0, None)),
        ("bytes=999999999-", 416, None),
        ("bytes=9-3", 416, None),
        ("bytes=-0", 416, None),
        ("bytes=--5", 416, None),
        ("bytes=a-b", 416, None),
        ("bytes=" + "9" * 60 + "-", 416, None),
        ("bytes=", 416, None),
        ("bytes=\u0661-", 416, None),
    ],
)
async def test_F19_the_first_range_or_none(house, alice, asked, status, part):
    media = await uploaded(alice, encoded(picture(), "JPEG"))
    whole = await (await fetch(house, media["url"])).get_data()

    response = await fetch(house, media["url"], Range=asked)

    body = await response.get_data()
    assert response.status_code == status
    if part is None:
        assert response.headers["Content-Range"] == f"bytes */{len(whole)}"
        assert body == b""
        return
    assert body == whole[part[0] : part[1]]
    assert response.headers["Content-Length"] == str(len(body))


async def test_F19_what_is_known_is_not_sent_again(house, alice):
    media = await uploaded(alice, encoded(picture(), "JPEG"))
    first = await fetch(house, media["url"])
    tag = first.headers["ETag"]

    known = await fetch(house, media["url"], If_None_Match=tag)
    parts = urlsplit(media["url"])
    headers = Headers({"Host": "a.localhost:8001"})
    head = house.app.test_client().request(
        f"{parts.path}?{parts.query}", method="HEAD", headers=headers
    )
    async with head:
        await head.send_complete()
    changed = await fetch(house, media["url"], Range="bytes=0-3", If_Range='"other"')

    assert (known.status_code, await known.get_data()) == (304, b"")
    assert head.headers["Content-Length"] == first.headers["Content-Length"]
    assert head.response_data == b""
    assert changed.status_code == 200


@pytest.mark.parametrize(
    "key", ["x", "..", "%2e%2e%2fconsilium.db", "a" * 40 + ".png", "A" * 40 + ".png", "secret.key"]
)
async def test_F18_only_our_own_names_are_files(house, key):
    response = await fetch(house, f"http://a.localhost:8001/media/{key}")

    assert response.status_code == 404
