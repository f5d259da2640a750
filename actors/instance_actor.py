"""The actor that is the instance itself: it signs fetches and credentials (FEP-d556, WIRE §1)."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlmodel import col

from actors.create import add_keys, instance_actor_row, make_keys
from actors.keyring import signer_of
from actors.models import LOCAL_HOST, Actor, ActorKey
from core.errors import NotFound, SettingsError
from db.session import AsyncSession, Database, settings_of, take_turns
from federation.client import Signer
from federation.uris import local_uris

_LOCK = 7_226_012


async def find_instance_actor(session: AsyncSession) -> Actor | None:
    """Return the instance actor, None before the first start."""
    uri = local_uris(settings_of(session)).instance_actor
    return await session.scalar(select(Actor).where(col(Actor.uri) == uri))


async def get_instance_actor(session: AsyncSession) -> Actor:
    """Return the instance actor; raises NotFound before the first start."""
    actor = await find_instance_actor(session)
    if actor is None:
        raise NotFound("the instance has no actor yet: run `consilium migrate`")
    return actor


async def ensure_instance_actor(database: Database) -> Actor:
    """Return the instance actor, made now if this is the first time.

    Raises SettingsError when the accounts here were made under another address: ids never change.
    """
    async with database.read() as session:
        if found := await _find_fitting(session):
            return found
    keys = await make_keys()
    async with database.transaction() as session:
        await take_turns(session, _LOCK)
        if found := await _find_fitting(session):
            return found
        await _forget_former_self(session)
        actor = instance_actor_row(local_uris(database.settings))
        session.add(actor)
        await session.flush()
        add_keys(session, actor, keys)
        return actor


async def _find_fitting(session: AsyncSession) -> Actor | None:
    """Return the instance actor if all who live here fit the settings."""
    uris = local_uris(settings_of(session))
    own = list(await session.scalars(select(Actor).where(col(Actor.host) == LOCAL_HOST)))
    accounts = [actor for actor in own if actor.type != "Application"]
    for account in accounts:
        if not account.uri.startswith(f"{uris.base_url}/"):
            raise SettingsError(
                f"CONSILIUM_BASE_URL={uris.base_url!r}: expected the address under which the "
                f"accounts here were made, as in {account.uri}"
            )
        if account.domain != uris.handle_domain:
            raise SettingsError(
                f"CONSILIUM_HANDLE_DOMAIN={uris.handle_domain!r}: expected {account.domain!r}, "
                "since accounts exist"
            )
    fitting = [a for a in own if a.uri == uris.instance_actor and a.domain == uris.handle_domain]
    return fitting[0] if fitting else None


async def _forget_former_self(session: AsyncSession) -> None:
    """Remove an instance actor of another address: nobody lives here yet, nobody knows it."""
    former = select(col(Actor.id)).where(
        col(Actor.host) == LOCAL_HOST, col(Actor.type) == "Application"
    )
    await session.execute(delete(ActorKey).where(col(ActorKey.actor_id).in_(former)))
    await session.execute(delete(Actor).where(col(Actor.id).in_(former)))


async def instance_signer(database: Database) -> Signer:
    """Return who signs our fetches."""
    async with database.read() as session:
        return await signer_of(session, (await get_instance_actor(session)).id)
