"""The peer policy: whether, and how far, we talk to a host. Decided here and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlmodel import col

from core.settings import FederationMode
from db.session import AsyncSession, settings_of
from federation.uris import local_uris
from moderation.models import Peer, PeerClass
from moderation.queries import find_peers

_SPOKEN_TO = frozenset({PeerClass.SOCIAL, PeerClass.CLINICAL})


async def class_of(session: AsyncSession, host: str) -> PeerClass:
    """Return the class of a host as of now; our own host counts as clinical."""
    return (await classes_of(session, [host]))[host]


async def classes_of(session: AsyncSession, hosts: Iterable[str]) -> dict[str, PeerClass]:
    """Return the class of each host; one query.

    A blocked host's subdomains are blocked with it. A clinical peer whose key changed unannounced
    is social until an administrator confirms it (WIRE §2).
    """
    wanted = set(hosts)
    settings = settings_of(session)
    own = {"", local_uris(settings).host}
    foreign = wanted - own
    names = {name for host in foreign for name in _with_parents(host)}
    peers = await find_peers(session, names) if names else {}
    default = (
        PeerClass.SOCIAL if settings.federation is FederationMode.OPEN else PeerClass.UNKNOWN
    )
    judged = {host: _judge(host, peers, default) for host in foreign}
    return judged | {host: PeerClass.CLINICAL for host in wanted & own}


def _with_parents(host: str) -> list[str]:
    labels = host.split(".")
    return [".".join(labels[start:]) for start in range(max(len(labels) - 1, 1))]


def _judge(host: str, peers: dict[str, Peer], default: PeerClass) -> PeerClass:
    decided = [peers[name] for name in _with_parents(host) if name in peers]
    if any(peer.peer_class is PeerClass.BLOCKED for peer in decided):
        return PeerClass.BLOCKED
    peer = peers.get(host)
    if peer is None:
        return default
    if peer.peer_class is PeerClass.CLINICAL and peer.key_changed_at is not None:
        return PeerClass.SOCIAL
    return peer.peer_class


async def may_talk_to(session: AsyncSession, host: str) -> bool:
    """Tell whether anything may be dialled at a host: a peer's, or one of its `also` hosts."""
    judged = await class_of(session, host)
    if judged in _SPOKEN_TO:
        return True
    return judged is PeerClass.UNKNOWN and await _is_also(session, host)


async def _is_also(session: AsyncSession, host: str) -> bool:
    # A list in a JSON column, on two databases: the few peers are looked at here.
    statement = select(Peer).where(col(Peer.peer_class).in_(list(_SPOKEN_TO)))
    return any(host in peer.also for peer in await session.scalars(statement))
