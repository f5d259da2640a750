"""Copies of other hosts' files: fetched once, made anew, refused, remembered, and forgotten."""

from __future__ import annotations

import asyncio
import io
from datetime import timedelta

import pytest
import pytest_asyncio
from PIL import Image
from sqlalchemy import select

from core import clock
from core.errors import HostRefused, NotFound, TemporaryError, UnsupportedType
from db.session import Database
from fakes.fixtures import list_peer
from fakes.pictures import HTML, MP4, SECRET, SVG, picture_bytes, serve_picture
from fakes.remote import FakeRemote
from media.copies import find_copy, forget_copies
from media.models import RemoteMedia
from media.remote import MAX_FETCHES, MAX_FETCHES_OF_A_HOST, Copies
from media.retention import tidy_copies
from moderation.models import PeerClass
from moderation.queries import find_peer, save_peer
from workers.jobs import process_jobs


@pytest.fixture
def copies(database, client):
    return Copies(database, client)


async def copy_of(copies, url):
    return await copies.find(url) or await copies.fetch(url)


async def rows(database):
    async with database.read() as session:
        return list(await session.scalars(select(RemoteMedia).order_by(RemoteMedia.url)))


def files(database):
    root = database.settings.data_dir / "media"
    return [path for path in root.rglob("*") if path.is_file()]


async def test_a_picture_is_made_anew_and_nothing_else_of_it_is_kept(copies, remote, database):
    for path, format in (("/1.png", "PNG"), ("/1.jpg", "JPEG"), ("/1.webp", "WEBP")):
        url = serve_picture(remote, path, format=format)

        copy = await copy_of(copies, url)

        kept = copies.path_of(copy, small=False)
        assert (copy.width, copy.height, copy.host) == (64, 48, remote.host)
        assert Image.open(kept).size == (64, 48)
        assert SECRET.encode() not in kept.read_bytes()
        assert Image.open(copies.path_of(copy, small=True)).size == (64, 48)
    assert copy.size_bytes == sum(copies.path_of(copy, small=s).stat().st_size for s in (0, 1))
    assert not list((database.settings.data_dir / "media" / "incoming").iterdir())


async def test_what_moves_goes_on_moving_and_its_still_does_not(copies, remote):
    url = serve_picture(remote, "/1.gif", format="GIF", frames=3)

    copy = await copy_of(copies, url)

    moving = Image.open(copies.path_of(copy, small=False))
    still = Image.open(copies.path_of(copy, small=True))
    assert (moving.format, moving.n_frames) == ("WEBP", 3)
    assert getattr(still, "n_frames", 1) == 1


async def test_a_film_is_kept_as_it_comes(copies, remote):
    remote.script("/1.mp4", body=MP4, content_type="text/html")

    copy = await copy_of(copies, f"{remote.base_url}/1.mp4")

    path = copies.path_of(copy, small=True)
    assert (copy.mime, path.suffix, path.read_bytes()) == ("video/mp4", ".mp4", MP4)


async def test_ten_who_look_at_once_cost_one_fetch(copies, remote, database):
    url = serve_picture(remote)

    found = await asyncio.gather(*(copy_of(copies, url) for _ in range(10)))

    assert len({copy.key for copy in found}) == 1
    assert len(remote.gets("/1.png")) == 1
    assert len(files(database)) == 2


async def test_who_goes_away_does_not_end_the_fetch_of_others(copies, remote):
    url = serve_picture(remote)
    first = asyncio.create_task(copies.fetch(url))
    second = asyncio.create_task(copies.fetch(url))
    await asyncio.sleep(0.05)

    first.cancel()

    assert (await second).key is not None
    assert len(remote.gets("/1.png")) == 1


async def test_of_two_processes_one_copy_stays(client, remote, database):
    url = serve_picture(remote)
    processes = [Copies(database, client), Copies(database, client)]

    one, other = await asyncio.gather(*(process.fetch(url) for process in processes))

    assert one.key == other.key
    assert len(await rows(database)) == 1
    assert len(files(database)) == 2


@pytest.mark.parametrize("body", [SVG, HTML, b"%PDF-1.4", b"", b'{"type": "Note"}'], ids=repr)
async def test_F17_what_is_no_picture_is_not_kept_whatever_it_says(
    copies, remote, database, body
):
    remote.script("/1.png", body=body, content_type="image/png")
    url = f"{remote.base_url}/1.png"

    for _ in range(2):
        with pytest.raises(UnsupportedType):
            await copy_of(copies, url)

    assert len(remote.gets("/1.png")) == 1
    assert files(database) == []


async def test_F16_bombs_and_broken_pictures_are_not_kept(copies, remote, database):
    wide = picture_bytes((8, 8)).replace(b"\x00\x00\x00\x08" * 2, b"\x00\x00\xc3\x50" * 2, 1)
    for number, body in enumerate((wide, picture_bytes()[:60])):
        remote.script(f"/{number}", body=body, content_type="image/png")

        with pytest.raises(UnsupportedType):
            await copy_of(copies, f"{remote.base_url}/{number}")

    assert files(database) == []


async def test_F16_what_is_larger_than_the_setting_is_not_kept(client, remote, database):
    settings = database.settings.model_copy(update={"max_image_bytes": 1000})
    small = Database(settings)
    url = serve_picture(remote, size=(300, 300))

    with pytest.raises(NotFound):
        await copy_of(Copies(small, client), url)

    assert files(database) == []
    await small.close()


async def test_a_failure_is_remembered_for_an_hour_and_then_for_a_day(copies, remote):
    remote.script("/1.png", status=500)
    url = f"{remote.base_url}/1.png"
    asked = []

    for passed in (timedelta(0), timedelta(minutes=59), timedelta(minutes=2),
                   timedelta(hours=2), timedelta(hours=23)):  # fmt: skip
        clock.shift(passed)
        with pytest.raises(NotFound):
            await copy_of(copies, url)
        asked.append(len(remote.gets("/1.png")))
    serve_picture(remote)
    clock.shift(timedelta(days=1))
    copy = await copy_of(copies, url)

    assert asked == [1, 1, 2, 2, 3]
    assert (copy.failed_at, copy.failures, copy.error) == (None, 0, "")


async def test_a_copy_whose_file_was_lost_is_fetched_again(copies, remote, database):
    url = serve_picture(remote)
    lost = await copy_of(copies, url)
    for path in files(database):
        path.unlink()

    again = await copy_of(copies, url)

    assert again.key != lost.key
    assert copies.path_of(again, small=False).exists()
    for path in files(database):
        path.unlink()
    remote.script("/1.png", status=404)
    with pytest.raises(NotFound):
        await copy_of(copies, url)
    with pytest.raises(NotFound):
        await copy_of(copies, url)
    assert len(remote.gets("/1.png")) == 3


class TestHosts:
    """From which hosts anything is taken."""

    @pytest_asyncio.fixture
    async def decide(self, database, remote):
        async def change(**values):
            async with database.transaction() as session:
                peer = await find_peer(session, remote.host)
                for name, value in values.items():
                    setattr(peer, name, value)
                await save_peer(session, peer)

        return change

    @pytest.mark.parametrize(
        "values", [{"peer_class": PeerClass.BLOCKED}, {"rejects_media": True}], ids=repr
    )
    async def test_D35_a_decision_counts_for_what_is_here_already(
        self, copies, remote, database, decide, values
    ):
        url, other = serve_picture(remote), serve_picture(remote, "/2.png")
        await copy_of(copies, url)

        await decide(**values)

        for asked in (url, other):
            with pytest.raises(HostRefused):
                await copy_of(copies, asked)
        assert len(remote.gets("/2.png")) == 0
        await tidy_copies(database)
        await process_jobs(database, copies._client)
        assert (await rows(database), files(database)) == ([], [])

    async def test_D35_a_host_that_nobody_listed_is_not_asked_unless_a_peer_names_it(
        self, copies, remote, decide
    ):
        with FakeRemote("files") as media_host:
            url = serve_picture(media_host)
            with pytest.raises(HostRefused):
                await copy_of(copies, url)
            assert media_host.journal == []

            await decide(also=[media_host.host])
            copy = await copy_of(copies, url)
            await decide(rejects_media=True)

            assert copy.host == media_host.host
            with pytest.raises(HostRefused):
                await copies.find(url)

    async def test_F16_a_redirect_to_a_host_of_which_nothing_is_taken_is_not_followed(
        self, copies, remote, database
    ):
        with FakeRemote("c") as other:
            await list_peer(database, other, PeerClass.SOCIAL)
            async with database.transaction() as session:
                peer = await find_peer(session, other.host)
                peer.rejects_media = True
                await save_peer(session, peer)
            remote.script("/1.png", redirect=serve_picture(other))

            with pytest.raises(HostRefused):
                await copy_of(copies, f"{remote.base_url}/1.png")

            assert other.journal == []
        assert await rows(database) == []


class TestRetention:
    """How long copies stay, and how many."""

    async def test_what_nobody_looks_at_goes_and_comes_back_when_somebody_does(
        self, copies, remote, database
    ):
        seen, forgotten = serve_picture(remote, "/seen"), serve_picture(remote, "/forgotten")
        for url in (seen, forgotten):
            await copy_of(copies, url)
        clock.shift(timedelta(days=20))
        await copies.find(seen)
        clock.shift(timedelta(days=11))

        await tidy_copies(database)
        await process_jobs(database, copies._client)

        assert [row.url for row in await rows(database)] == [seen]
        assert len(files(database)) == 2
        assert (await copy_of(copies, forgotten)).key is not None

    async def test_of_more_than_there_is_room_for_the_oldest_used_go_first(
        self, copies, remote, database
    ):
        urls = [serve_picture(remote, f"/{number}") for number in range(3)]
        for url in urls:
            await copy_of(copies, url)
            clock.shift(timedelta(hours=7))
        await copies.find(urls[0])
        held = sum(row.size_bytes for row in await rows(database))
        settings = database.settings.model_copy(update={"remote_media_bytes": held - 1})
        narrow = Database(settings)

        await tidy_copies(narrow)
        await process_jobs(database, copies._client)

        assert [row.url for row in await rows(database)] == [urls[0], urls[2]]
        assert len(files(database)) == 4
        await narrow.close()

    async def test_a_failure_is_forgotten_too(self, copies, remote, database):
        with pytest.raises(NotFound):
            await copy_of(copies, f"{remote.base_url}/nothing")
        clock.shift(timedelta(days=31))

        await tidy_copies(database)

        assert await rows(database) == []

    async def test_forgetting_is_undone_with_its_transaction(self, copies, remote, database):
        url = serve_picture(remote)
        await copy_of(copies, url)

        with pytest.raises(RuntimeError):
            async with database.transaction() as session:
                await forget_copies(session, [url, None])
                raise RuntimeError

        await process_jobs(database, copies._client)
        async with database.read() as session:
            assert (await find_copy(session, url)).key is not None
        assert Image.open(io.BytesIO(files(database)[0].read_bytes())).size == (64, 48)

    async def test_room_is_made_before_anything_is_fetched(self, client, remote, database):
        narrow = Database(database.settings.model_copy(update={"remote_media_bytes": 1}))
        copies = Copies(narrow, client)

        for number in range(3):
            await copy_of(copies, serve_picture(remote, f"/{number}"))
            clock.shift(timedelta(hours=7))

        assert [row.url for row in await rows(database)] == [f"{remote.base_url}/2"]
        await narrow.close()


class TestQueues:
    """Who waits for whom."""

    async def test_F16_a_slow_host_holds_up_its_own_files_only(self, copies, remote, database):
        with FakeRemote("slow") as slow:
            await list_peer(database, slow, PeerClass.SOCIAL)
            for number in range(2 * MAX_FETCHES):
                slow.script(f"/{number}", hang=True)
            waiting = [
                asyncio.create_task(copies.fetch(f"{slow.base_url}/{number}"))
                for number in range(2 * MAX_FETCHES)
            ]
            for _ in range(1000):
                if len(slow.journal) >= MAX_FETCHES_OF_A_HOST:
                    break
                await asyncio.sleep(0.01)

            copy = await asyncio.wait_for(copies.fetch(serve_picture(remote)), 20)

            assert (copy.host, len(slow.journal)) == (remote.host, MAX_FETCHES_OF_A_HOST)
            for task in copies._open.values():
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
            slow.release()
        assert (copies._open, copies._open_of, copies._fetching_of) == ({}, {}, {})

    async def test_F16_who_comes_when_too_many_wait_is_told_to_come_again(
        self, copies, remote, monkeypatch
    ):
        monkeypatch.setattr("media.remote.MAX_OPEN_OF_A_HOST", 2)
        urls = [serve_picture(remote, f"/{number}") for number in range(3)]

        *fetched, refused = await asyncio.gather(
            *(copies.fetch(url) for url in urls), return_exceptions=True
        )

        assert [copy.url for copy in fetched] == urls[:2]
        assert isinstance(refused, TemporaryError)
        assert (await copy_of(copies, urls[2])).key is not None
