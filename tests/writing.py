"""Posts for tests, saved as real ones are; their text says nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from actors.models import Actor
from core.ids import new_id
from db.session import AsyncSession
from federation.vocabulary import AS_PUBLIC, VERIFIED_DOCTORS
from posts.boosts import save_boost
from posts.models import Post, PostSource, Visibility
from posts.save import save_post


async def write(
    session: AsyncSession,
    author: Actor,
    visibility: Visibility = Visibility.PUBLIC,
    *,
    mentioned: Iterable[Actor] = (),
    tags: Iterable[str] = (),
    answers: Post | None = None,
    ring: Actor | None = None,
    **values: Any,
) -> Post:
    """Save a post; `ring` is whose followers a reply for followers is addressed to."""
    number = new_id()
    said = {
        "uri": f"{author.uri}/posts/{number}",
        "url": f"{author.url}/{number}",
        "to_uris": _to(author, visibility, ring),
        "in_reply_to_id": answers.id if answers is not None else None,
        "content": "<p>…</p>",
    }
    post = Post(id=number, author_id=author.id, visibility=visibility, **(said | values))
    return await save_post(session, post, author=author, mentioned=mentioned, tags=tags)


async def boost(session: AsyncSession, actor: Actor, post: Post) -> Post:
    """Pass a post on, as `send_announce` does it to the rows."""
    uri = f"{actor.uri}/activities/{new_id()}"
    return await save_boost(session, actor, post, uri=uri, visibility=post.visibility)


def _to(author: Actor, visibility: Visibility, ring: Actor | None) -> list[str]:
    if visibility is Visibility.PUBLIC:
        return [AS_PUBLIC, str(author.followers_uri)]
    if visibility is Visibility.DOCTORS:
        return [VERIFIED_DOCTORS]
    if visibility in {Visibility.FOLLOWERS, Visibility.UNLISTED}:
        return [str((ring or author).followers_uri)]
    return []


async def source_of(session: AsyncSession, post_id: int) -> bytes | None:
    """Return the signed bytes by which a post came or left, as they are kept."""
    return await session.scalar(
        select(col(PostSource.activity)).where(col(PostSource.post_id) == post_id)
    )
