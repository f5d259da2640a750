"""SQL of reactions: emojis that actors give posts, and dislikes, which are stored and never shown.

None of them is counted in a post's row: nothing is ranked by them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import case, func, select
from sqlmodel import col

from actors.models import Actor
from core.clock import now
from core.ids import new_id
from db.jobs import upsert
from db.session import AsyncSession
from posts.eyes import not_blocked
from posts.models import Post, Reaction, ReactionKind
from posts.visibility import Viewer, eyes_of

# Misskey knows one an actor, Akkoma many: what is more than this says nothing to anybody.
MAX_PER_ACTOR = 10
MAX_SHOWN = 50


@dataclass(frozen=True, slots=True)
class ReactionCount:
    """How many gave a post an emoji, and whether the viewer is one of them.

    `icon_url` is the picture of a custom one, at another host.
    """

    name: str
    count: int
    is_mine: bool = False
    icon_url: str | None = None


async def save_reaction(
    session: AsyncSession,
    actor: Actor,
    post: Post,
    *,
    kind: ReactionKind,
    name: str = "",
    uri: str,
    icon_url: str | None = None,
) -> bool:
    """Record a reaction; tell whether it is new. More than MAX_PER_ACTOR a post are not taken."""
    given = select(func.count()).where(
        col(Reaction.post_id) == post.id,
        col(Reaction.actor_id) == actor.id,
        col(Reaction.kind) == kind,
    )
    if (await session.scalar(given) or 0) >= MAX_PER_ACTOR:
        return False
    row = {
        "post_id": post.id,
        "actor_id": actor.id,
        "kind": kind,
        "name": name,
        "id": new_id(),
        "icon_url": icon_url,
        "uri": uri,
        "created_at": now(),
    }
    statement = upsert(session, Reaction).values(**row).on_conflict_do_nothing()
    return await session.scalar(statement.returning(col(Reaction.id))) is not None


async def find_reaction(
    session: AsyncSession, actor_id: int, post_id: int, kind: ReactionKind, *, name: str = ""
) -> Reaction | None:
    """Return an actor's reaction to a post."""
    return await session.get(Reaction, (post_id, actor_id, kind, name))


async def find_reaction_by_uri(session: AsyncSession, actor_id: int, uri: str) -> Reaction | None:
    """Return a reaction of an actor by the id of its activity."""
    statement = select(Reaction).where(
        col(Reaction.uri) == uri, col(Reaction.actor_id) == actor_id
    )
    return await session.scalar(statement.limit(1))


async def delete_reaction(session: AsyncSession, reaction: Reaction) -> None:
    """Take a reaction back."""
    await session.delete(reaction)
    await session.flush()


async def list_reactions(
    session: AsyncSession, post_ids: Iterable[int], viewer: Viewer
) -> dict[int, list[ReactionCount]]:
    """Return the emojis that posts were given, by post, the first given first; in one query.

    Those of actors who are gone, or blocked either way, do not count for the viewer.
    """
    wanted = list(set(post_ids))
    if not wanted:
        return {}
    mine = case((col(Reaction.actor_id) == (viewer.actor_id or 0), 1), else_=0)
    statement = (
        select(
            col(Reaction.post_id),
            col(Reaction.name),
            func.count(),
            func.max(mine),
            func.max(col(Reaction.icon_url)),
        )
        .join(Actor, col(Actor.id) == col(Reaction.actor_id))
        .where(
            col(Reaction.post_id).in_(wanted),
            col(Reaction.kind) == ReactionKind.EMOJI,
            col(Actor.deleted_at).is_(None),
            col(Actor.suspended_at).is_(None),
        )
        .group_by(col(Reaction.post_id), col(Reaction.name))
        .order_by(col(Reaction.post_id), func.min(col(Reaction.id)))
    )
    if viewer.actor_id is not None:
        statement = statement.where(not_blocked(eyes_of(viewer), col(Actor.id)))
    found: dict[int, list[ReactionCount]] = {}
    for post_id, name, count, is_mine, icon_url in (await session.execute(statement)).all():
        shown = found.setdefault(post_id, [])
        if len(shown) < MAX_SHOWN:
            shown.append(ReactionCount(name, count, bool(is_mine), icon_url))
    return found
