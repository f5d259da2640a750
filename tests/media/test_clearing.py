"""What nobody needs is removed, and what somebody waits for is not."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio
from sqlalchemy import select
from sqlmodel import col

import factories
from core.clock import now
from core.errors import InvalidInput
from db.jobs import MAX_ATTEMPTS, Job
from media.clearing import KEEP_UNKNOWN, forget_unattached, sweep
from media.making import NoPlace
from media.models import Media, MediaKind, MediaState, RemoteMedia
from media.queries import get_free_media
from media.receive import receive_file
from media.store import Store, StoreFull
from media.upload import (
    attach_media,
    delete_media,
    find_own_media,
    free_media,
    reserve_media,
)
from media.waiting import process_media
from media.words import Words
from pictures import encoded, moving_gif, needs_ffmpeg, picture
from workers.jobs import process_jobs


@pytest_asyncio.fixture
async def owner(database):
    async with database.transaction() as session:
        return await factories.make_local_actor(session, "alice")


@pytest.fixture
def store(database):
    return Store(database.settings)


def written(store: Store, data: bytes):
    """Return a file as it lies after an upload."""
    path = store.begin() / "file"
    path.write_bytes(data)
    return path


def lying(store: Store) -> set[str]:
    return {path.name for path in store.root.rglob("*") if path.is_file()}


def grow_old(store: Store) -> None:
    """Make everything on the disk older than what is waited for."""
    before = time.time() - KEEP_UNKNOWN.total_seconds() - 60
    for path in (store.root, *store.root.rglob("*")):
        os.utime(path, (before, before))


async def test_files_without_a_row_are_swept_away_once_they_are_old(database, owner, store):
    media = await receive_file(
        database, owner.id, file=written(store, encoded(picture(), "PNG")), words=Words()
    )
    lost = store.take_in(written(store, b"left by a process that was killed"), "png")
    copied = store.take_in(written(store, b"a copy of another host's"), "png")
    written(store, b"half of an upload")
    async with database.transaction() as session:
        session.add(RemoteMedia(url_key="k", url="https://x", host="x", key=copied))

    await sweep(database)
    assert {lost, "file"} <= lying(store)
    grow_old(store)
    await sweep(database)

    assert lying(store) == {media.key, media.preview_key, copied}
    assert list(store.incoming.iterdir()) == []


async def test_what_waits_for_a_later_post_is_kept(database, owner, store):
    media = await receive_file(
        database, owner.id, file=written(store, encoded(picture(), "PNG")), words=Words()
    )
    async with database.transaction() as session:
        await reserve_media(session, [media])
        stored = await session.get_one(Media, media.id)
        stored.created_at = now() - KEEP_UNKNOWN * 3

    await forget_unattached(database)

    async with database.transaction() as session:
        with pytest.raises(InvalidInput, match="already attached"):
            await find_own_media(session, owner.id, [media.id])
        assert await find_own_media(session, owner.id, [media.id], was_reserved=True)
        await free_media(session, [media.id])
    await forget_unattached(database)
    async with database.read() as session:
        assert await session.get(Media, media.id) is None


@needs_ffmpeg
async def test_F09_a_job_that_was_cut_off_is_done_again(database, client, owner, store):
    media = await receive_file(
        database, owner.id, file=written(store, moving_gif()), words=Words("Un geste")
    )
    assert (media.state, media.kind) == (MediaState.PROCESSING, MediaKind.GIFV)
    async with database.transaction() as session:
        job = await session.scalar(select(Job).where(col(Job.kind) == "process media"))
        payload, job.attempts = dict(job.payload), 1
    # It was killed when the file was made, and before its row was written.
    await process_media(database, client, payload)
    async with database.read() as session:
        first = await session.get_one(Media, media.id)

    await process_jobs(database, client)

    async with database.read() as session:
        again = await session.get_one(Media, media.id)
    assert (again.state, again.key) == (MediaState.READY, first.key)
    assert again.description == "Un geste"
    assert lying(store) - {"file"} == {again.key, again.preview_key}


@needs_ffmpeg
async def test_F09_a_file_that_was_deleted_meanwhile_leaves_nothing(
    database, client, owner, store
):
    media = await receive_file(
        database, owner.id, file=written(store, moving_gif()), words=Words()
    )
    async with database.transaction() as session:
        await session.delete(await session.get_one(Media, media.id))

    await process_jobs(database, client)

    assert lying(store) == set()


@needs_ffmpeg
async def test_F09_a_worker_that_dies_fails_the_upload_and_not_the_server(
    database, client, owner, store, monkeypatch
):
    media = await receive_file(
        database, owner.id, file=written(store, moving_gif()), words=Words()
    )
    monkeypatch.setattr("media.making.FILM_S", 0.01)

    await process_jobs(database, client)

    async with database.read() as session:
        failed = await session.get_one(Media, media.id)
        assert await session.scalar(select(Job)) is None
    assert (failed.state, failed.error) == (
        MediaState.FAILED,
        "Validation failed: File could not be processed",
    )
    assert lying(store) == set()
    async with database.read() as session:
        with pytest.raises(InvalidInput, match="finished processing"):
            await find_own_media(session, owner.id, [media.id])


@needs_ffmpeg
@pytest.mark.parametrize("trouble", ["no place", "broken"])
async def test_F09_what_was_tried_often_enough_is_told(
    database, client, owner, store, monkeypatch, trouble
):
    media = await receive_file(
        database, owner.id, file=written(store, moving_gif()), words=Words()
    )

    async def fail(*_, **__):
        raise NoPlace("too many") if trouble == "no place" else RuntimeError

    monkeypatch.setattr("media.intake.make", fail)
    states = []

    for attempts in (MAX_ATTEMPTS - 2, MAX_ATTEMPTS - 1):
        async with database.transaction() as session:
            job = await session.scalar(select(Job))
            job.attempts, job.due_at = attempts, now()
        await process_jobs(database, client)
        async with database.read() as session:
            states.append((await session.get_one(Media, media.id)).state)

    assert states == [MediaState.PROCESSING, MediaState.FAILED]
    assert [path.name for path in store.root.rglob("in")] == []
    async with database.read() as session:
        assert (await session.scalar(select(Job))).parked_at is not None


@needs_ffmpeg
async def test_F09_a_file_whose_folder_is_gone_has_failed(database, client, owner, store):
    media = await receive_file(
        database, owner.id, file=written(store, moving_gif()), words=Words()
    )
    for folder in store.incoming.iterdir():
        shutil.rmtree(folder)

    await process_jobs(database, client)

    async with database.read() as session:
        failed = await session.get_one(Media, media.id)
        assert await session.scalar(select(Job)) is None
    assert (failed.state, "not there any more" in failed.error) == (MediaState.FAILED, True)


@needs_ffmpeg
@pytest.mark.parametrize("kind", ["picture", "film"])
async def test_who_goes_away_after_the_commit_takes_no_file_along(
    database, owner, store, monkeypatch, kind
):
    data = moving_gif() if kind == "film" else encoded(picture(), "PNG")
    transaction = database.transaction

    @asynccontextmanager
    async def cut_off():
        async with transaction() as session:
            yield session
        raise asyncio.CancelledError

    monkeypatch.setattr(database, "transaction", cut_off)
    with pytest.raises(asyncio.CancelledError):
        await receive_file(database, owner.id, file=written(store, data), words=Words())
    monkeypatch.undo()

    async with database.read() as session:
        kept = await session.scalar(select(Media))
    assert ("in" if kind == "film" else kept.key) in lying(store)


@needs_ffmpeg
async def test_what_is_acknowledged_is_on_the_disk(database, owner, store, monkeypatch):
    settled = []
    monkeypatch.setattr("media.store._settle", settled.append)

    await receive_file(database, owner.id, file=written(store, moving_gif()), words=Words())

    (file,) = store.root.rglob("in")
    assert {file, file.parent, store.incoming} <= set(settled)


async def test_who_attaches_nothing_keeps_so_much_and_no_more(
    database, owner, store, monkeypatch
):
    data = encoded(picture(), "PNG")
    first = await receive_file(database, owner.id, file=written(store, data), words=Words())
    monkeypatch.setattr("media.receive.MAX_FREE_BYTES", first.size_bytes + len(data) - 1)

    with pytest.raises(InvalidInput, match="attached to nothing"):
        await receive_file(database, owner.id, file=written(store, data), words=Words())

    async with database.transaction() as session:
        await reserve_media(session, [first])
    await receive_file(database, owner.id, file=written(store, data), words=Words())


def test_F20_some_of_the_disk_is_left(database):
    free = shutil.disk_usage(database.settings.data_dir).free

    with pytest.raises(StoreFull):
        Store(database.settings, reserve_bytes=free * 2).begin()
    Store(database.settings, reserve_bytes=free // 2).begin()


async def test_what_is_attached_meanwhile_is_not_removed(database, owner, store):
    media = await receive_file(
        database, owner.id, file=written(store, encoded(picture(), "PNG")), words=Words()
    )
    async with database.transaction() as session:
        (await session.get_one(Media, media.id)).created_at = now() - KEEP_UNKNOWN * 3

    async def remove():
        async with database.transaction() as session:
            await delete_media(session, [await get_free_media(session, media.id, owner.id)])

    async with database.transaction() as session:
        await attach_media(session, [media], 115)
        removing = asyncio.create_task(remove())
        clearing = asyncio.create_task(forget_unattached(database))
        await asyncio.sleep(0.2)

    with pytest.raises(InvalidInput, match="used by a status"):
        await removing
    await clearing
    async with database.read() as session:
        assert (await session.get_one(Media, media.id)).post_id == 115
