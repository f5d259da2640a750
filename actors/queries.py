"""SQL of the actors room: who there is, with which keys, which badge, which extension."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import and_, or_, select, update
from sqlmodel import col

from actors.models import LOCAL_HOST, Actor, ActorExtension, ActorKey, Badge
from core.clock import now
from core.errors import NotFound
from db.jobs import upsert
from db.session import AsyncSession
from media.copies import forget_copies

_IDS_A_QUERY = 500


async def find_actor(session: AsyncSession, actor_id: int) -> Actor | None:
    """Return an actor by our id."""
    return await session.get(Actor, actor_id)


async def get_actor(session: AsyncSession, actor_id: int) -> Actor:
    """Return an actor that is there; raises NotFound for absent and deleted ones."""
    actor = await session.get(Actor, actor_id)
    if actor is None or actor.deleted_at is not None:
        raise NotFound(f"there is no actor {actor_id}")
    return actor


async def find_actors(session: AsyncSession, ids: Iterable[int]) -> dict[int, Actor]:
    """Return actors by our ids, in one query."""
    wanted = list(set(ids))
    if not wanted:
        return {}
    found = await session.scalars(select(Actor).where(col(Actor.id).in_(wanted)))
    return {actor.id: actor for actor in found}


async def find_actor_by_uri(session: AsyncSession, uri: str) -> Actor | None:
    """Return an actor by its id on the wire."""
    return await session.scalar(select(Actor).where(col(Actor.uri) == uri))


async def find_actors_by_uri(session: AsyncSession, uris: Iterable[str]) -> dict[str, Actor]:
    """Return the known ones of some actors, by their ids on the wire."""
    wanted = list(set(uris))
    found: dict[str, Actor] = {}
    for start in range(0, len(wanted), _IDS_A_QUERY):
        part = wanted[start : start + _IDS_A_QUERY]
        for actor in await session.scalars(select(Actor).where(col(Actor.uri).in_(part))):
            found[actor.uri] = actor
    return found


async def find_local_actor(session: AsyncSession, username: str) -> Actor | None:
    """Return who lives here under a name, whatever its case; deleted ones too."""
    if not username.isprintable():
        # PostgreSQL takes no NUL, not even to say that nobody has it in the name.
        return None
    statement = select(Actor).where(
        col(Actor.username_key) == username.lower(), col(Actor.host) == LOCAL_HOST
    )
    return await session.scalar(statement)


async def find_actor_by_handle(
    session: AsyncSession, username: str, domain: str | None
) -> Actor | None:
    """Return a known actor by handle; `domain` None means here."""
    if domain is None:
        return await find_local_actor(session, username)
    if not username.isprintable():
        return None
    statement = (
        select(Actor)
        .where(col(Actor.username_key) == username.lower(), col(Actor.domain) == domain)
        .where(col(Actor.deleted_at).is_(None))
        .order_by(col(Actor.id))
        .limit(1)
    )
    return await session.scalar(statement)


async def find_actors_by_handle(
    session: AsyncSession, handles: Iterable[tuple[str, str | None]]
) -> list[Actor]:
    """Return the known ones of some people, by name and domain; None means here. One query."""
    wanted = {(name.lower(), domain) for name, domain in handles if name.isprintable()}
    if not wanted:
        return []
    are = [
        and_(
            col(Actor.username_key) == name,
            col(Actor.host) == LOCAL_HOST if domain is None else col(Actor.domain) == domain,
        )
        for name, domain in wanted
    ]
    statement = select(Actor).where(or_(*are), col(Actor.deleted_at).is_(None))
    return list(await session.scalars(statement.order_by(col(Actor.id))))


async def find_badges(session: AsyncSession, ids: Iterable[int]) -> dict[int, Badge]:
    """Return the badges that count now, by actor; in one query."""
    wanted = list(set(ids))
    if not wanted:
        return {}
    statement = select(Badge).where(
        col(Badge.actor_id).in_(wanted), col(Badge.valid_until) > now()
    )
    return {badge.actor_id: badge for badge in await session.scalars(statement)}


async def is_doctor(session: AsyncSession, actor_id: int) -> bool:
    """Tell whether an actor is a verified doctor now (WIRE §5)."""
    statement = select(col(Badge.actor_id)).where(
        col(Badge.actor_id) == actor_id,
        col(Badge.is_doctor).is_(True),
        col(Badge.valid_until) > now(),
    )
    return await session.scalar(statement) is not None


async def save_badge(session: AsyncSession, badge: Badge) -> None:
    """Write what `doctors/` found out about an actor; only `doctors/` calls this."""
    await session.merge(badge)
    await session.flush()


async def delete_badge(session: AsyncSession, actor_id: int) -> None:
    """Take an actor's badge away; only `doctors/` calls this."""
    badge = await session.get(Badge, actor_id)
    if badge is not None:
        await session.delete(badge)
        await session.flush()


async def find_extension(session: AsyncSession, actor_id: int) -> dict[str, Any]:
    """Return what an actor's document says beyond the ordinary; empty when nothing."""
    found = await session.get(ActorExtension, actor_id, populate_existing=True)
    return dict(found.value) if found is not None else {}


async def save_extension(session: AsyncSession, actor_id: int, value: dict[str, Any]) -> None:
    """Store what an actor's document says beyond the ordinary."""
    statement = upsert(session, ActorExtension).values(actor_id=actor_id, value=value)
    await session.execute(
        statement.on_conflict_do_update(index_elements=["actor_id"], set_={"value": value})
    )


async def list_public_keys(session: AsyncSession, actor_id: int) -> list[ActorKey]:
    """Return the keys of an actor, RSA first; retired ones are still published."""
    statement = select(ActorKey).where(col(ActorKey.actor_id) == actor_id)
    keys = list(await session.scalars(statement.order_by(col(ActorKey.id))))
    return sorted(keys, key=lambda key: key.algorithm != "rsa")


async def find_key(session: AsyncSession, uri: str) -> ActorKey | None:
    """Return a key by its id on the wire."""
    return await session.scalar(select(ActorKey).where(col(ActorKey.uri) == uri))


async def is_host_known(session: AsyncSession, host: str) -> bool:
    """Tell whether we know anybody of another host."""
    statement = select(col(Actor.id)).where(col(Actor.host) == host).limit(1)
    return await session.scalar(statement) is not None


async def replace_keys(session: AsyncSession, actor: Actor, keys: Sequence[ActorKey]) -> None:
    """Make these the keys of a remote actor; a key id that another actor holds is left to it."""
    known = {key.uri: key for key in await list_public_keys(session, actor.id)}
    named = {key.uri for key in keys}
    taken = await session.scalars(
        select(col(ActorKey.uri)).where(
            col(ActorKey.uri).in_(named), col(ActorKey.actor_id) != actor.id
        )
    )
    refused = set(taken)
    for key in keys:
        if key.uri in refused:
            continue
        if stored := known.get(key.uri):
            stored.algorithm, stored.public_key = key.algorithm, key.public_key
            stored.proves = key.proves
            stored.refreshed_at = now()
        else:
            session.add(key)
    for uri, stored in known.items():
        if uri not in named:
            await session.delete(stored)
    await session.flush()


async def mark_deleted(session: AsyncSession, actor: Actor) -> None:
    """Note that an actor is gone: nothing personal stays in its row."""
    await forget_copies(session, [actor.avatar_url, actor.header_url])
    actor.deleted_at = now()
    actor.name = actor.summary = actor.summary_source = ""
    actor.fields, actor.avatar_url, actor.header_url = [], None, None
    actor.emojis = []
    await session.flush()


async def change_posts_count(session: AsyncSession, actor_id: int, change: int) -> None:
    """Move an actor's number of posts, and the day of its last one when it grows."""
    values: dict[str, Any] = {"posts_count": Actor.posts_count + change}
    if change > 0:
        values["last_post_at"] = now()
    await session.execute(update(Actor).where(col(Actor.id) == actor_id).values(**values))
