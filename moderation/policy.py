"""The peer policy: how far we talk to a host, and what we take of it. Decided here alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import col

from core.settings import FederationMode
from db.session import AsyncSession, settings_of
from federation.uris import local_uris
from moderation.models import Peer, PeerClass
from moderation.patterns import is_pattern, names_of
from moderation.queries import Decided, find_decided

# What a post of a host with `forces_warning` is folded behind where it has no warning of its own.
FORCED_WARNING = "Posts of this server are shown behind a warning"
_SPOKEN_TO = frozenset({PeerClass.SOCIAL, PeerClass.CLINICAL})
# A list in a JSON column, on two databases: the few peers with one are looked at in Python. Built
# once: it is asked for every list of posts with files.
_WITH_MORE_HOSTS = select(col(Peer.host), col(Peer.also)).where(col(Peer.also) != [])


@dataclass(frozen=True, slots=True)
class PeerPolicy:
    """What holds for a host now: its class, and what of it is not taken as it comes.

    `rate` is how many of its activities a minute are taken, None where nothing was decided.
    """

    peer_class: PeerClass
    rejects_media: bool = False
    rejects_reports: bool = False
    forces_warning: bool = False
    holds: bool = False
    rate: int | None = None

    @property
    def is_spoken_to(self) -> bool:
        """Whether anything goes there or is taken from there."""
        return self.peer_class in _SPOKEN_TO


async def policy_of(session: AsyncSession, host: str) -> PeerPolicy:
    """Return what holds for a host as of now; our own host is clinical and not restricted."""
    return (await policies_of(session, [host]))[host]


async def policies_of(session: AsyncSession, hosts: Iterable[str]) -> dict[str, PeerPolicy]:
    """Return what holds for each host; one query.

    A block of the host, of a name above it, or of a pattern that covers it, wins over all else.
    Otherwise the most exact decision that gives a class counts, and no less exact one beside it.
    Restrictions go down to subdomains, trust does not: that is said of a host, or by a pattern.
    """
    wanted = set(hosts)
    settings = settings_of(session)
    own = {"", local_uris(settings).host}
    names = {host: names_of(host) for host in wanted - own}
    decided = await find_decided(session, {name for some in names.values() for name in some})
    default = PeerClass.SOCIAL if settings.federation is FederationMode.OPEN else PeerClass.UNKNOWN
    judged = {host: _judge(some, decided, default) for host, some in names.items()}
    return judged | {host: PeerPolicy(PeerClass.CLINICAL) for host in wanted & own}


async def class_of(session: AsyncSession, host: str) -> PeerClass:
    """Return the class of a host as of now; our own host counts as clinical."""
    return (await policy_of(session, host)).peer_class


async def classes_of(session: AsyncSession, hosts: Iterable[str]) -> dict[str, PeerClass]:
    """Return the class of each host; one query."""
    policies = await policies_of(session, hosts)
    return {host: policy.peer_class for host, policy in policies.items()}


def _judge(names: list[str], decided: Mapping[str, Decided], default: PeerClass) -> PeerPolicy:
    found = [decided[name] for name in names if name in decided]
    if any(one.peer_class is PeerClass.BLOCKED for one in found):
        return PeerPolicy(PeerClass.BLOCKED)
    counting = []
    for one in found:
        counting.append(one)
        if _gives_class(one, names[0]):
            default = _class_given(one)
            break
    return PeerPolicy(
        default,
        rejects_media=any(one.rejects_media for one in counting),
        rejects_reports=any(one.rejects_reports for one in counting),
        forces_warning=any(one.forces_warning for one in counting),
        holds=any(one.holds for one in counting),
        rate=next((one.rate for one in counting if one.rate is not None), None),
    )


def _gives_class(one: Decided, host: str) -> bool:
    return one.peer_class in _SPOKEN_TO and (one.host == host or is_pattern(one.host))


def _class_given(one: Decided) -> PeerClass:
    # Keys are pinned for one host, so no pattern makes anybody clinical; and a clinical peer whose
    # key changed unannounced is social until an administrator confirms it (WIRE §2).
    if one.peer_class is PeerClass.CLINICAL and (is_pattern(one.host) or one.key_changed_at):
        return PeerClass.SOCIAL
    return one.peer_class


async def may_talk_to(session: AsyncSession, host: str) -> bool:
    """Tell whether anything may be dialled at a host: a peer's, or one of its `also` hosts."""
    policy = await policy_of(session, host)
    if policy.is_spoken_to:
        return True
    return policy.peer_class is PeerClass.UNKNOWN and await _is_also(session, host)


async def may_take_media(session: AsyncSession, host: str) -> bool:
    """Tell whether files are fetched from a host, and copies of them shown.

    As `may_talk_to`; not where a decision says that its media are not taken, nor from the `also`
    host of peers who are all blocked, or of whom none is taken.
    """
    return host not in await refused_media(session, [host])


async def refused_media(session: AsyncSession, hosts: Iterable[str]) -> set[str]:
    """Return those of some hosts from which no files are taken; three queries."""
    policies = await policies_of(session, hosts)
    naming = await _naming(session, policies)
    return {host for host, policy in policies.items() if not _gives_media(policy, naming[host])}


def _gives_media(policy: PeerPolicy, naming: list[PeerPolicy]) -> bool:
    if policy.peer_class is PeerClass.BLOCKED or policy.rejects_media:
        return False
    if naming:
        return any(one.is_spoken_to and not one.rejects_media for one in naming)
    return policy.is_spoken_to


async def _is_also(session: AsyncSession, host: str) -> bool:
    return any(policy.is_spoken_to for policy in (await _naming(session, [host]))[host])


async def _naming(session: AsyncSession, hosts: Iterable[str]) -> dict[str, list[PeerPolicy]]:
    """Return for each host what holds for the peers that have it among their `also` hosts."""
    peers = {name: also for name, also in await session.execute(_WITH_MORE_HOSTS)}
    naming = {host: [name for name, also in peers.items() if host in also] for host in hosts}
    judged = {name for names in naming.values() for name in names}
    policies = await policies_of(session, judged) if judged else {}
    return {host: [policies[name] for name in names] for host, names in naming.items()}
