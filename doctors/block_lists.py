"""Block lists of others taken over: what each line comes to here, and doing it (never weaker)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from core.clock import now
from db.session import AsyncSession, settings_of
from doctors.peers import turn_blocked, turn_limited
from doctors.pinning import CLINICAL, end_trust
from doctors.reasons import Reason
from federation.uris import local_uris
from moderation.audit import record_all
from moderation.blocklist import Entry, Severity
from moderation.models import Peer, PeerClass
from moderation.patterns import names_of
from moderation.queries import list_peers
from moderation.restrictions import Restrictions


class Verdict(StrEnum):
    """What a line of a list comes to."""

    BLOCK = "block"
    RESTRICT = "restrict"
    SAME = "nothing new"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Step:
    """What a list's line comes to here: `before` is the class until now, `note` says why."""

    entry: Entry
    verdict: Verdict
    before: str = ""
    note: str = ""

    @property
    def changes(self) -> bool:
        """Whether anything is written for it."""
        return self.verdict in (Verdict.BLOCK, Verdict.RESTRICT)


async def plan_import(
    session: AsyncSession, entries: Sequence[Entry], *, force: bool = False
) -> list[Step]:
    """Return what a list comes to, one step a line; nothing is changed.

    It never weakens what was decided and never makes anybody one whom we talk to. A clinical peer
    is left alone, by name and by what covers it, unless `force`.
    """
    peers = {peer.host: peer for peer in await list_peers(session)}
    covered = _covered(peers.values())
    own = local_uris(settings_of(session)).host
    return [
        Step(entry, Verdict.KEPT, note="this instance itself")
        if entry.host == own
        else _step(entry, peers.get(entry.host), [] if force else covered.get(entry.host, []))
        for entry in entries
    ]


def _covered(peers: Iterable[Peer]) -> dict[str, list[str]]:
    """Return the clinical peers that a block under each name would touch."""
    covered: dict[str, list[str]] = {}
    for peer in peers:
        if peer.peer_class is CLINICAL:
            for name in names_of(peer.host):
                covered.setdefault(name, []).append(peer.host)
    return covered


def _step(entry: Entry, peer: Peer | None, protected: Sequence[str]) -> Step:
    before = peer.peer_class.value if peer is not None else ""
    if peer is not None and peer.peer_class is PeerClass.BLOCKED:
        return Step(entry, Verdict.SAME, before)
    if entry.host in protected:
        return Step(entry, Verdict.KEPT, before, "a clinical peer, touched with --force only")
    if entry.severity is Severity.SUSPEND:
        if protected:
            note = f"it would block {', '.join(protected)}, with --force only"
            return Step(entry, Verdict.KEPT, before, note)
        return Step(entry, Verdict.BLOCK, before)
    if not _adds(entry, peer or Peer(host=entry.host, peer_class=PeerClass.UNKNOWN)):
        return Step(entry, Verdict.SAME, before)
    # Mastodon shows what is silenced to those who follow; we have no such half: it is read first.
    note = "silenced there, held for review here" if entry.severity is Severity.SILENCE else ""
    return Step(entry, Verdict.RESTRICT, before, note)


def _adds(entry: Entry, peer: Peer) -> bool:
    asked = (
        (entry.severity is Severity.SILENCE, peer.holds),
        (entry.rejects_media, peer.rejects_media),
        (entry.rejects_reports, peer.rejects_reports),
    )
    return any(wanted and not has for wanted, has in asked)


async def carry_out_import(
    session: AsyncSession, steps: Sequence[Step], *, decided_by: str, reason: str
) -> int:
    """Do what was planned, in the same transaction; return how many decisions were written.

    Each has its line in the audit log. `reason` is kept where there was none.
    """
    peers = {peer.host: peer for peer in await list_peers(session)}
    covered = _covered(peers.values())
    lines = []
    for step in steps:
        if not step.changes:
            continue
        host = step.entry.host
        peer = peers.get(host) or Peer(host=host, peer_class=PeerClass.UNKNOWN)
        wanted, why = _wanted(step.entry, peer), peer.reason or reason
        if step.verdict is Verdict.BLOCK:
            for name in covered.get(host, []):
                await end_trust(session, peers[name], Reason.ISSUER_BLOCKED)
            lines.append(turn_blocked(peer, reason=why, restrictions=wanted))
        else:
            lines.append(turn_limited(peer, reason=why, restrictions=wanted))
        peer.updated_at = now()
        session.add(peer)
    # All at once: on SQLite nobody else writes meanwhile.
    await session.flush()
    if lines:
        await record_all(session, lines, actor=decided_by)
    return len(lines)


def _wanted(entry: Entry, peer: Peer) -> Restrictions:
    """Return what a line adds; what is set stays so."""
    return Restrictions(
        rejects_media=entry.rejects_media or None,
        rejects_reports=entry.rejects_reports or None,
        holds=entry.severity is Severity.SILENCE or None,
        public_reason=entry.public_reason if not peer.public_reason else None,
    )
