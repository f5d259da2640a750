"""SQL of the peers: what our administrators decided about other hosts."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import delete, select
from sqlmodel import col

from core.clock import now
from db.session import AsyncSession
from moderation.models import Peer, PeerClass


async def find_peer(session: AsyncSession, host: str) -> Peer | None:
    """Return what was decided about a host itself."""
    return await session.get(Peer, host)


async def find_peers(session: AsyncSession, hosts: Iterable[str]) -> dict[str, Peer]:
    """Return what was decided about some hosts, by host; in one query."""
    found = await session.scalars(select(Peer).where(col(Peer.host).in_(list(hosts))))
    return {peer.host: peer for peer in found}


async def list_peers(session: AsyncSession) -> list[Peer]:
    """Return every decision, by host."""
    return list(await session.scalars(select(Peer).order_by(col(Peer.host))))


async def clinical_peers(session: AsyncSession) -> list[Peer]:
    """Return the peers that count as clinical now: listed so, and their key is the pinned one."""
    statement = select(Peer).where(
        col(Peer.peer_class) == PeerClass.CLINICAL, col(Peer.key_changed_at).is_(None)
    )
    return list(await session.scalars(statement.order_by(col(Peer.host))))


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
