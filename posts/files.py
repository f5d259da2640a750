"""Where the files of a post are, for who reads it, and whether a copy may still be looked at."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from actors.queries import find_actor, get_actor
from core.errors import InvalidDocument
from core.settings import Settings
from db.session import AsyncSession
from federation.origin import host_of
from media.links import Link, Opening, attachment_url, proxy_url
from moderation.policy import may_take_media, refused_media
from posts.eyes import OPEN
from posts.models import Post
from posts.queries import find_post
from posts.visibility import ANONYMOUS, Viewer, find_visible_post, viewer_of


def is_open_to_all(post: Post) -> bool:
    """Tell whether the files of a post are for everybody."""
    return post.visibility in OPEN and not post.clinical


def file_url(
    settings: Settings,
    post: Post,
    row: Mapping[str, Any],
    *,
    viewer_id: int | None,
    moment: datetime,
    small: bool = False,
) -> str | None:
    """Return the address of something attached, ours or another host's, as given to a reader.

    `small` is a still picture of it. None where there is none. With the post it opens nothing any
    more; of what is not for everybody it is the reader's own, and expires.
    """
    is_open = is_open_to_all(post)
    if row.get("media_id") is not None:
        return attachment_url(
            settings,
            row,
            open_to_all=is_open,
            post_id=post.id,
            moment=moment,
            viewer_id=viewer_id,
            preview=small,
        )
    if not row.get("url"):
        return None
    return proxy_url(
        settings,
        row["url"],
        small=small,
        post_id=post.id,
        expires_from=None if is_open else moment,
        viewer_id=None if is_open else viewer_id,
    )


async def find_refused(session: AsyncSession, posts: Iterable[Post]) -> set[str]:
    """Return the hosts of whose files, named by some posts, none are taken.

    Three queries, and none where all files are ours.
    """
    rows = (row for post in posts for row in post.attachments if row.get("media_id") is None)
    hosts = {host for row in rows if (host := _host_of(row)) is not None}
    return await refused_media(session, hosts) if hosts else set()


def is_taken(row: Mapping[str, Any], refused: Collection[str]) -> bool:
    """Tell whether something attached is shown from here: ours, or a host's that is not refused."""
    if row.get("media_id") is not None:
        return True
    host = _host_of(row)
    return host is not None and host not in refused


def _host_of(row: Mapping[str, Any]) -> str | None:
    try:
        return host_of(str(row.get("url") or ""))
    except InvalidDocument:
        return None


async def may_open_copy(session: AsyncSession, link: Link) -> Opening:
    """Tell for whom a link to a copy of another host's file still opens it.

    One that was shown with a post does as long as the reader may see that, and files of its author
    are taken, wherever they lie.
    """
    if link.post_id is None:
        return Opening.EVERYBODY
    viewer = await _viewer(session, link.viewer_id)
    post = await find_visible_post(session, viewer, link.post_id)
    if post is None:
        return Opening.NOBODY
    author = await get_actor(session, post.author_id)
    if not author.is_local and not await may_take_media(session, author.host):
        return Opening.NOBODY
    return Opening.EVERYBODY if link.viewer_id is None else Opening.READER


async def _viewer(session: AsyncSession, viewer_id: int | None) -> Viewer:
    actor = await find_actor(session, viewer_id) if viewer_id is not None else None
    if actor is None or actor.suspended_at is not None or actor.deleted_at is not None:
        return ANONYMOUS
    return await viewer_of(session, actor.id)


async def may_open_file(session: AsyncSession, post_id: int, link: Link) -> Opening:
    """Tell for whom the files of a post of ours open (F14, F15).

    A reader's link opens them as long as that reader may see the post; another server's as long as
    the post is there.
    """
    post = await find_visible_post(session, ANONYMOUS, post_id)
    if post is not None and is_open_to_all(post):
        return Opening.EVERYBODY
    if link.viewer_id is not None:
        viewer = await _viewer(session, link.viewer_id)
        is_seen = await find_visible_post(session, viewer, post_id) is not None
        # Its author still holds the link from before it was posted.
        is_meant = link.post_id == post_id or await _is_author(session, post_id, link.viewer_id)
        return Opening.READER if is_seen and is_meant else Opening.NOBODY
    if link.post_id != post_id:
        return Opening.NOBODY
    return Opening.READER if await _is_there(session, post_id) else Opening.NOBODY


async def _is_author(session: AsyncSession, post_id: int, actor_id: int) -> bool:
    post = await find_post(session, post_id)
    return post is not None and post.author_id == actor_id


async def _is_there(session: AsyncSession, post_id: int) -> bool:
    post = await find_post(session, post_id)
    if post is None or post.deleted_at is not None:
        return False
    author = await find_actor(session, post.author_id)
    return author is not None and author.suspended_at is None and author.deleted_at is None
