"""A new key for the instance actor: announced beside the old one, then signed with (WIRE §2, §4).

Peers pin what they see: a key that stood beside a pinned one is pinned with it, one that comes
alone makes them look twice. So a new key is published first, for as long as peers may be away, and
the old one stays published after the change until the last credential that it signed has ended.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlmodel import col

from actors.instance_actor import get_instance_actor
from actors.keyring import wrap
from actors.models import Actor, ActorKey
from core.clock import now
from core.errors import InvalidInput
from db.session import AsyncSession, settings_of
from federation.keys import generate_ed25519
from moderation.audit import record

# Peers look at one another every hour; who is down for longer than this must confirm by hand.
ANNOUNCED_FOR = timedelta(days=7)
# A credential lasts 90 days, a status list one.
PUBLISHED_FOR = timedelta(days=92)


@dataclass(frozen=True, slots=True)
class IssuerKey:
    """One Ed25519 key of the instance actor: `state` is `signs`, `announced` or `retired`."""

    multibase: str
    state: str
    created_at: datetime
    usable_at: datetime | None = None
    retired_at: datetime | None = None


async def list_issuer_keys(session: AsyncSession) -> list[IssuerKey]:
    """Return the keys that the instance actor publishes, the oldest first."""
    keys = await _keys(session, await get_instance_actor(session))
    signing = next((key for key in keys if key.retired_at is None), None)
    return [_shown(key, is_signing=key is signing) for key in keys]


def _shown(key: ActorKey, *, is_signing: bool) -> IssuerKey:
    if key.retired_at is not None:
        return IssuerKey(key.public_key, "retired", key.created_at, retired_at=key.retired_at)
    if is_signing:
        return IssuerKey(key.public_key, "signs", key.created_at)
    usable_at = key.created_at + ANNOUNCED_FOR
    return IssuerKey(key.public_key, "announced", key.created_at, usable_at=usable_at)


async def announce_key(session: AsyncSession, *, decided_by: str) -> Actor:
    """Publish a new key beside the one that signs; return the instance actor, to be sent out.

    Raises InvalidInput while another one is announced.
    """
    actor = await get_instance_actor(session)
    if _announced(await _keys(session, actor)) is not None:
        raise InvalidInput("a key is announced already: use it, or take it back, first")
    pair = generate_ed25519()
    uri = f"{actor.uri}#{pair.public}"
    session.add(
        ActorKey(
            uri=uri,
            actor_id=actor.id,
            algorithm="ed25519",
            public_key=pair.public,
            wrapped_private_key=wrap(settings_of(session).secret, pair.private, key_id=uri),
        )
    )
    await session.flush()
    await _note(session, "key.announce", pair.public, decided_by)
    return actor


async def use_announced_key(
    session: AsyncSession, *, decided_by: str, is_early: bool = False
) -> Actor:
    """Sign with the announced key from now on; return the instance actor, to be sent out.

    Raises InvalidInput without such a key, and, unless `is_early`, before peers had seven days to
    see it: who did not would trust this instance no more until its administrators confirm.
    """
    actor = await get_instance_actor(session)
    keys = await _keys(session, actor)
    fresh = _announced(keys)
    if fresh is None:
        raise InvalidInput("no key is announced: `consilium key announce` comes first")
    usable_at = fresh.created_at + ANNOUNCED_FOR
    if now() < usable_at and not is_early:
        raise InvalidInput(
            f"peers have until {usable_at:%Y-%m-%d %H:%M} UTC to see the new key; --early to use "
            "it now all the same"
        )
    for key in keys:
        if key is not fresh and key.retired_at is None:
            key.retired_at = now()
    await session.flush()
    await _note(session, "key.use", fresh.public_key, decided_by)
    return actor


async def take_back_key(session: AsyncSession, *, decided_by: str) -> Actor:
    """Take an announced key back that never signed; raises InvalidInput without one."""
    actor = await get_instance_actor(session)
    fresh = _announced(await _keys(session, actor))
    if fresh is None:
        raise InvalidInput("no key is announced")
    await session.delete(fresh)
    await session.flush()
    await _note(session, "key.take-back", fresh.public_key, decided_by)
    return actor


async def forget_retired_keys(session: AsyncSession) -> int:
    """Stop publishing keys when all that they signed has ended; return how many."""
    # Only the instance's own keys have two halves and retire.
    gone = await session.execute(
        delete(ActorKey).where(
            col(ActorKey.wrapped_private_key).is_not(None),
            col(ActorKey.retired_at) < now() - PUBLISHED_FOR,
        )
    )
    return int(gone.rowcount)  # type: ignore[attr-defined]


async def _keys(session: AsyncSession, actor: Actor) -> list[ActorKey]:
    statement = select(ActorKey).where(
        col(ActorKey.actor_id) == actor.id, col(ActorKey.algorithm) == "ed25519"
    )
    return list(await session.scalars(statement.order_by(col(ActorKey.id))))


def _announced(keys: list[ActorKey]) -> ActorKey | None:
    in_use = [key for key in keys if key.retired_at is None]
    return in_use[-1] if len(in_use) > 1 else None


async def _note(session: AsyncSession, action: str, key: str, decided_by: str) -> None:
    await record(
        session, actor=decided_by, action=action, subject="instance", detail={"key": key}
    )
