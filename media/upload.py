"""Files of the people here: found, attached to a post, and let go with it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import CursorResult, and_, select, update
from sqlmodel import col

from core.clock import now
from core.errors import InvalidInput
from db.jobs import enqueue
from db.session import AsyncSession
from media.kinds import MAX_FILES, MAX_PICTURES
from media.models import Media, MediaKind, MediaState
from media.words import Words

NOT_READY = "Cannot attach files that have not finished processing. Try again in a moment!"
TOO_MANY = f"Cannot attach more than {MAX_FILES} files, or {MAX_PICTURES} pictures"
MIXED = "Cannot attach a video or a sound to a post that has other files"
_TAKEN = "Validation failed: Media not found or already attached to another post"
_ALONE = frozenset({MediaKind.VIDEO, MediaKind.AUDIO})
_PICTURES = frozenset({MediaKind.IMAGE, MediaKind.GIFV})


async def find_own_media(
    session: AsyncSession,
    owner_id: int,
    ids: Sequence[int],
    *,
    post_id: int | None = None,
    was_reserved: bool = False,
) -> list[Media]:
    """Return somebody's files in the order of `ids`, to be attached to a post.

    They are attached to none, or, where a post is edited, to that one; `was_reserved` is for the
    post that was scheduled with them. Raises InvalidInput, in Mastodon's words, for what cannot be
    attached; another's files are not there (F12).
    """
    wanted = list(dict.fromkeys(ids))
    if len(wanted) > MAX_PICTURES:
        raise InvalidInput(f"Validation failed: {TOO_MANY}")
    if not wanted:
        return []
    statement = select(Media).where(
        col(Media.id).in_(wanted), col(Media.owner_id) == owner_id, col(Media.purpose) == "post"
    )
    found = {media.id: media for media in await session.scalars(statement)}
    missing = [
        id
        for id in wanted
        if id not in found
        or found[id].post_id not in {None, post_id}
        or (found[id].is_reserved and not was_reserved)
    ]
    if missing:
        named = ", ".join(str(id) for id in missing)
        raise InvalidInput(
            f"Validation failed: Media {named} not found or already attached to another post"
        )
    media = [found[id] for id in wanted]
    _require_fit(media)
    return media


def _require_fit(media: Sequence[Media]) -> None:
    if len(media) > 1 and any(one.kind in _ALONE for one in media):
        raise InvalidInput(f"Validation failed: {MIXED}")
    if len(media) > MAX_FILES and any(one.kind not in _PICTURES for one in media):
        raise InvalidInput(f"Validation failed: {TOO_MANY}")
    if any(one.state is not MediaState.READY for one in media):
        raise InvalidInput(f"Validation failed: {NOT_READY}")


async def list_files(
    session: AsyncSession, owner_id: int, ids: Collection[int]
) -> list[Media]:
    """Return somebody's files by their ids, as far as they are there, whatever their state."""
    if not ids:
        return []
    statement = select(Media).where(col(Media.id).in_(ids), col(Media.owner_id) == owner_id)
    return list(await session.scalars(statement))


async def attach_media(session: AsyncSession, media: Sequence[Media], post_id: int) -> None:
    """Make files a post's: a file belongs to one post.

    Raises InvalidInput when another post took one meanwhile, be it one for later.
    """
    if not media:
        return
    ids = [one.id for one in media]
    reserved = [one.id for one in media if one.is_reserved]
    is_free = and_(
        col(Media.post_id).is_(None),
        col(Media.attached_at).is_(None) | col(Media.id).in_(reserved),
    )
    done: CursorResult[Any] = await session.execute(  # type: ignore[assignment]
        update(Media)
        .where(col(Media.id).in_(ids), is_free | (col(Media.post_id) == post_id))
        .values(post_id=post_id, attached_at=now())
        .execution_options(synchronize_session=False)
    )
    if done.rowcount != len(ids):
        raise InvalidInput(_TAKEN)


async def reserve_media(session: AsyncSession, media: Sequence[Media]) -> None:
    """Keep files for a post that is written later: they are not cleared away as forgotten.

    Raises InvalidInput when another post took one meanwhile.
    """
    done: CursorResult[Any] = await session.execute(  # type: ignore[assignment]
        update(Media)
        .where(
            col(Media.id).in_([one.id for one in media]),
            col(Media.post_id).is_(None),
            col(Media.attached_at).is_(None),
        )
        .values(attached_at=now())
        .execution_options(synchronize_session=False)
    )
    if done.rowcount != len(media):
        raise InvalidInput(_TAKEN)


async def free_media(session: AsyncSession, ids: Collection[int]) -> None:
    """Undo `reserve_media` of files by their ids: nobody will write that post any more."""
    await session.execute(
        update(Media)
        .where(col(Media.id).in_(ids), col(Media.post_id).is_(None))
        .values(attached_at=None)
    )


async def release_media(
    session: AsyncSession, post_id: int, *, but_not: Collection[int] = ()
) -> None:
    """Let the files of a post go, all but those named by id: nobody can open them from now on.

    They are removed from the disk by a job.
    """
    statement = select(Media).where(col(Media.post_id) == post_id)
    if but_not:
        statement = statement.where(col(Media.id).not_in(but_not))
    await delete_media(session, (await session.scalars(statement)).all())


async def detach_media(session: AsyncSession, post_id: int) -> None:
    """Take the files of a post from it, for its author to use in another: as if just uploaded."""
    await session.execute(
        update(Media)
        .where(col(Media.post_id) == post_id)
        .values(post_id=None, attached_at=None, created_at=now())
        .execution_options(synchronize_session=False)
    )


async def describe_media(
    session: AsyncSession, media: Sequence[Media], words: Mapping[int, Mapping[str, Any]]
) -> list[Media]:
    """Change what files say, by their ids; return all of `media` as they are now, in order."""
    statement = select(Media).where(col(Media.id).in_([one.id for one in media]))
    rows = {row.id: row for row in await session.scalars(statement)}
    for media_id, values in words.items():
        for name, value in values.items():
            if media_id in rows:
                setattr(rows[media_id], name, value)
    await session.flush()
    return [rows[one.id] for one in media if one.id in rows]


async def describe_free_media(
    session: AsyncSession, owner_id: int, words: Mapping[int, Words]
) -> None:
    """Change what somebody's files say, by their ids; those of a post, now or later, stay."""
    for media in await list_files(session, owner_id, list(words)):
        if media.post_id is None and media.attached_at is None:
            for name, value in words[media.id].values().items():
                setattr(media, name, value)
    await session.flush()


async def delete_media_of(session: AsyncSession, owner_id: int) -> None:
    """Forget all files of somebody who is gone: posted or not, portraits too."""
    statement = select(Media).where(col(Media.owner_id) == owner_id)
    await delete_media(session, (await session.scalars(statement)).all())


async def delete_media(session: AsyncSession, media: Iterable[Media]) -> None:
    """Forget files, and owe their removal from the disk."""
    rows = list(media)
    for one in rows:
        await session.delete(one)
    await session.flush()
    await owe_removal(session, (key for one in rows for key in (one.key, one.preview_key)))


async def owe_removal(session: AsyncSession, keys: Iterable[str | None]) -> None:
    """Owe the removal of files from the disk, which no row names any more."""
    named = [key for key in keys if key is not None]
    if named:
        await enqueue(session, "remove files", {"keys": named})


def attachment_row(media: Media) -> dict[str, Any]:
    """Return what `Post.attachments` holds of one of our files.

    The names are those of other hosts' files, and `media_id`, `key` and `preview_key` beside them;
    the address is made by `media.links.attachment_url`, as it depends on who is given it.
    """
    return {
        "media_id": media.id,
        "kind": media.kind.value,
        "key": media.key,
        "preview_key": media.preview_key,
        "media_type": media.mime,
        "description": media.description,
        "blurhash": media.blurhash,
        "width": media.width,
        "height": media.height,
        "preview_width": media.preview_width,
        "preview_height": media.preview_height,
        "focus_x": media.focus_x,
        "focus_y": media.focus_y,
        "duration_s": media.duration_s,
        "frame_rate": media.frame_rate,
        "bitrate": media.bitrate,
        "size_bytes": media.size_bytes,
    }
