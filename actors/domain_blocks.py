"""SQL of domain blocks: whole domains of which a person wants nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from actors.models import LOCAL_HOST, Actor, DomainBlock, Follow
from core.clock import now
from core.errors import InvalidDocument, InvalidInput
from core.ids import new_id
from db.jobs import upsert
from db.paging import Page
from db.session import AsyncSession, settings_of
from federation.origin import normal_host
from federation.uris import local_uris

LONGEST_DOMAIN = 253
_Unwanted: Any = aliased(DomainBlock, name="unwanted")
_Theirs: Any = aliased(Actor, name="theirs")


def read_domain(session: AsyncSession, text: str) -> str:
    """Return a domain as it is stored; raises InvalidInput for what is none, or is our own."""
    host, colon, port = text.strip().lower().partition(":")
    uris = local_uris(settings_of(session))
    try:
        bare = normal_host(host)
    except InvalidDocument as error:
        raise InvalidInput("Validation failed: domain is not a valid domain name") from error
    if len(bare) > LONGEST_DOMAIN or (colon and not (port.isascii() and port.isdigit())):
        raise InvalidInput("Validation failed: domain is not a valid domain name")
    domain = f"{bare}{colon}{port}"
    if domain in {uris.host, uris.handle_domain}:
        raise InvalidInput("Validation failed: domain is this instance's own")
    return domain


async def save_domain_block(session: AsyncSession, actor_id: int, domain: str) -> bool:
    """Record that somebody wants nothing of a domain; tell whether that is new."""
    row = {"actor_id": actor_id, "domain": domain, "id": new_id(), "created_at": now()}
    statement = upsert(session, DomainBlock).values(**row).on_conflict_do_nothing()
    return await session.scalar(statement.returning(col(DomainBlock.id))) is not None


async def delete_domain_block(session: AsyncSession, actor_id: int, domain: str) -> None:
    """End a domain block; the follows that it cut stay cut."""
    await session.execute(
        delete(DomainBlock).where(
            col(DomainBlock.actor_id) == actor_id, col(DomainBlock.domain) == domain
        )
    )


async def list_domain_blocks(
    session: AsyncSession, actor_id: int, page: Page
) -> list[DomainBlock]:
    """Return a page of the domains of which somebody wants nothing, newest first."""
    mine = select(DomainBlock).where(col(DomainBlock.actor_id) == actor_id)
    found = await session.scalars(page.apply(mine, col(DomainBlock.id)))
    return page.newest_first(list(found))


async def is_domain_blocked(session: AsyncSession, owner_id: int, other: Actor) -> bool:
    """Tell whether somebody wants nothing of another's domain."""
    return bool(await list_domain_blocked(session, owner_id, [other.id]))


async def list_unwilling(
    session: AsyncSession, actor_ids: Sequence[int], domain: str
) -> frozenset[int]:
    """Return which of some actors want nothing of a domain."""
    statement = select(col(DomainBlock.actor_id)).where(
        col(DomainBlock.actor_id).in_(list(actor_ids)), col(DomainBlock.domain) == domain
    )
    return frozenset(await session.scalars(statement))


async def list_domain_blocked(
    session: AsyncSession, owner_id: int, actor_ids: Sequence[int]
) -> set[int]:
    """Return which of some actors are of domains of which somebody wants nothing."""
    statement = select(col(Actor.id)).where(
        col(Actor.id).in_(list(actor_ids)), ~not_domain_blocked(owner_id, col(Actor.id))
    )
    return set(await session.scalars(statement))


async def list_follows_of_domain(
    session: AsyncSession, actor_id: int, domain: str, *, limit: int
) -> list[tuple[Follow, Actor]]:
    """Return some of those of a domain who follow somebody, or ask to."""
    statement = (
        select(Follow, Actor)
        .join(Actor, col(Actor.id) == col(Follow.follower_id))
        .where(col(Follow.followee_id) == actor_id, of_domain(domain))
        .order_by(col(Follow.id))
        .limit(limit)
    )
    return [(follow, actor) for follow, actor in await session.execute(statement)]


def of_domain(domain: str, actor: Any = Actor) -> ColumnElement[bool]:
    """Return the condition that an actor is of a domain: by the handle's, or the host's name."""
    elsewhere: ColumnElement[bool] = actor.host != LOCAL_HOST
    return elsewhere & or_(actor.host == domain, actor.domain == domain)


def not_domain_blocked(owner_id: Any, *actor_ids: Any) -> ColumnElement[bool]:
    """Return the condition that the owner has blocked the domain of none of some actors."""
    unwanted = (
        select(_Unwanted.id)
        .join(_Theirs, or_(_Theirs.domain == _Unwanted.domain, _Theirs.host == _Unwanted.domain))
        .where(
            _Unwanted.actor_id == owner_id,
            _Theirs.host != LOCAL_HOST,
            or_(*(_Theirs.id == actor_id for actor_id in actor_ids)),
        )
        .correlate_except(_Unwanted, _Theirs)
    )
    return ~unwanted.exists()
