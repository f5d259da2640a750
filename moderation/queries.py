"""SQL of the peers: what our administrators decided about other hosts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, select
from sqlmodel import col

from core.clock import now
from db.session import AsyncSession
from moderation.models import Peer, PeerClass
from moderation.patterns import is_pattern, names_of

# PostgreSQL takes 32,767 values in a statement; a post to very many hosts asks in parts.
_NAMES_A_QUERY = 10_000


@dataclass(frozen=True, slots=True)
class Decided:
    """The columns of a decision that the policy is made of."""

    host: str
    peer_class: PeerClass
    key_changed_at: datetime | None
    rejects_media: bool
    rejects_reports: bool
    forces_warning: bool
    holds: bool
    rate: int | None


# Built once: it is asked for everything that comes and goes.
_DECIDED = select(*(getattr(Peer, name) for name in Decided.__dataclass_fields__)).where(
    col(Peer.host).in_(bindparam("names", expanding=True))
)


async def find_peer(session: AsyncSession, host: str) -> Peer | None:
    """Return what was decided about a host itself."""
    return await session.get(Peer, host)


async def find_decided(session: AsyncSession, names: Iterable[str]) -> dict[str, Decided]:
    """Return what was decided under some names, by name; for very many names in a few queries.

    No entities, which cost more.
    """
    asked = sorted(names)
    found: dict[str, Decided] = {}
    for start in range(0, len(asked), _NAMES_A_QUERY):
        part = asked[start : start + _NAMES_A_QUERY]
        rows = await session.execute(_DECIDED, {"names": part})
        found |= {row.host: Decided(*row) for row in rows}
    return found


async def list_peers(session: AsyncSession) -> list[Peer]:
    """Return every decision, by host."""
    return list(await session.scalars(select(Peer).order_by(col(Peer.host))))


async def list_listed_as(session: AsyncSession, peer_class: PeerClass) -> list[Peer]:
    """Return the decisions for a class, whatever those hosts count as now, by host."""
    statement = select(Peer).where(col(Peer.peer_class) == peer_class)
    return list(await session.scalars(statement.order_by(col(Peer.host))))


async def clinical_peers(session: AsyncSession) -> list[Peer]:
    """Return the peers that count as clinical now: listed so, pinned, and nothing blocks them."""
    statement = select(Peer).where(
        col(Peer.peer_class) == PeerClass.CLINICAL, col(Peer.key_changed_at).is_(None)
    )
    peers = list(await session.scalars(statement.order_by(col(Peer.host))))
    names = {peer.host: names_of(peer.host) for peer in peers if not is_pattern(peer.host)}
    decided = await find_decided(session, {name for some in names.values() for name in some})
    blocked = {one.host for one in decided.values() if one.peer_class is PeerClass.BLOCKED}
    return [peer for peer in peers if peer.host in names and blocked.isdisjoint(names[peer.host])]


async def save_peer(session: AsyncSession, peer: Peer) -> Peer:
    """Insert or update a decision."""
    peer.updated_at = now()
    saved = await session.merge(peer)
    await session.flush()
    return saved


async def delete_peer(session: AsyncSession, host: str) -> bool:
    """Forget a decision; tell whether there was one."""
    gone = await session.execute(
        delete(Peer).where(col(Peer.host) == host).returning(col(Peer.host))
    )
    return gone.first() is not None
