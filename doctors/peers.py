"""An administrator's decisions about peers, with what follows from them for badges (WIRE §2)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from core.clock import now
from core.errors import InvalidInput, NotFound, PermanentError, TemporaryError
from db.session import AsyncSession, Database
from doctors.pinning import (
    CLINICAL,
    PeerFacts,
    check_again,
    end_trust,
    look_at_peer,
    observe_keys,
    pin,
)
from doctors.reasons import Reason
from doctors.registers import register_of
from federation.client import Client
from moderation.audit import Line, record, record_all
from moderation.models import Peer, PeerClass
from moderation.patterns import covers, is_pattern
from moderation.queries import delete_peer, find_peer, list_listed_as, save_peer
from moderation.restrictions import NOTHING, Restrictions, restrictions_of

_ALLOWED = frozenset({PeerClass.SOCIAL, PeerClass.CLINICAL})


@dataclass(frozen=True, slots=True)
class Decision:
    """What an administrator decided about a host, or a pattern of hosts, that may talk to us."""

    host: str
    peer_class: PeerClass
    decided_by: str
    also: tuple[str, ...] = ()
    authority: bool = False
    registers: tuple[str, ...] = ()
    reason: str = ""
    restrictions: Restrictions = NOTHING


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is stored now; `facts` are what the peer said of itself, `silence` why nothing."""

    peer: Peer
    facts: PeerFacts | None = None
    silence: str | None = None
    checks: int = 0


def fingerprint(multibase: str) -> str:
    """Return a key's fingerprint, for reading it out over the telephone."""
    digits = hashlib.sha256(multibase.encode()).hexdigest()[:32]
    return " ".join(digits[start : start + 4] for start in range(0, len(digits), 4))


async def allow_peer(database: Database, client: Client, decision: Decision) -> Outcome:
    """List a host, and pin its instance actor; one that is down is pinned at first contact.

    What is taken of it stays as it was where the decision does not say. Raises InvalidInput for a
    decision that makes no sense, and for a clinical peer that is no instance with an Ed25519 key:
    then nothing was changed.
    """
    _check(decision)
    facts, silence = await _look(database, client, decision)
    async with database.transaction() as session:
        peer = await _decide(session, decision, facts)
        checks = await check_again(session, peer.host) if peer.peer_class is CLINICAL else 0
        await record(
            session,
            actor=decision.decided_by,
            action="peer.allow",
            subject=peer.host,
            detail={
                "class": peer.peer_class.value,
                "also": list(peer.also),
                "authority": peer.authority,
                "registers": list(peer.registers),
                "actor": peer.actor_uri,
                "keys": list(peer.pinned_keys),
                "reason": peer.reason,
                **restrictions_of(peer),
            },
        )
    return Outcome(peer, facts, silence, checks)


def _check(decision: Decision) -> None:
    if decision.peer_class not in _ALLOWED:
        raise InvalidInput(f"a host is allowed as social or clinical, not {decision.peer_class}")
    if is_pattern(decision.host) and decision.peer_class is CLINICAL:
        raise InvalidInput("a clinical peer's keys are pinned: name the host, no pattern")
    if is_pattern(decision.host) and decision.also:
        raise InvalidInput("--also names hosts beside one host, not beside a pattern")
    if decision.authority and decision.peer_class is not CLINICAL:
        raise InvalidInput("an authority is a clinical peer: --class clinical")
    if decision.authority and not decision.registers:
        raise InvalidInput("an authority vouches for registers: name them with --registers")
    if decision.registers and not decision.authority:
        raise InvalidInput("--registers are those of an authority: say --authority too")
    for code in decision.registers:
        register_of(code)


async def _look(
    database: Database, client: Client, decision: Decision
) -> tuple[PeerFacts | None, str | None]:
    if is_pattern(decision.host):
        return None, None
    is_clinical = decision.peer_class is CLINICAL
    try:
        facts = await look_at_peer(database, client, decision.host)
    except TemporaryError as error:
        return None, str(error)
    except PermanentError as error:
        if is_clinical:
            raise InvalidInput(f"{decision.host} is no instance to be trusted: {error}") from error
        return None, str(error)
    if is_clinical and not facts.keys:
        raise InvalidInput(
            f"{decision.host} has no Ed25519 key to vouch with: it can be social, not clinical"
        )
    return facts, None


async def _decide(session: AsyncSession, decision: Decision, facts: PeerFacts | None) -> Peer:
    known = await find_peer(session, decision.host)
    was_clinical = known is not None and known.peer_class is CLINICAL
    peer = known or Peer(host=decision.host, peer_class=decision.peer_class)
    believed = (peer.authority, sorted(peer.registers))
    peer.peer_class = decision.peer_class
    peer.also = sorted(set(decision.also) | set(peer.also if was_clinical else ()))
    peer.authority = decision.authority
    peer.registers = [register_of(code).code for code in decision.registers]
    peer.reason = decision.reason or peer.reason
    decision.restrictions.put_on(peer)
    peer = await save_peer(session, peer)
    if was_clinical and (peer.peer_class, believed) != (
        CLINICAL,
        (peer.authority, sorted(peer.registers)),
    ):
        await end_trust(session, peer, Reason.TRUSTED_OTHERWISE)
    if was_clinical and peer.peer_class is CLINICAL and peer.actor_uri is not None:
        # What was pinned stays: a changed key is confirmed by a command of its own.
        if facts is not None:
            await observe_keys(session, peer, facts.keys)
    elif facts is not None:
        pin(peer, facts)
    else:
        peer.actor_uri, peer.pinned_keys, peer.seen_keys = None, [], []
    await session.flush()
    return peer


async def block_peer(
    session: AsyncSession,
    host: str,
    *,
    decided_by: str,
    reason: str = "",
    restrictions: Restrictions = NOTHING,
) -> Outcome:
    """Block a host or a pattern: nothing is sent there or taken from there, badges go at once."""
    peer = await find_peer(session, host) or Peer(host=host, peer_class=PeerClass.BLOCKED)
    for one in (peer, *await covered_peers(session, host)):
        await end_trust(session, one, Reason.ISSUER_BLOCKED)
    line = turn_blocked(peer, reason=reason, restrictions=restrictions)
    peer = await save_peer(session, peer)
    await record_all(session, [line], actor=decided_by)
    return Outcome(peer)


def turn_blocked(peer: Peer, *, reason: str, restrictions: Restrictions) -> Line:
    """Write a block into a decision; return its line for the audit log."""
    peer.peer_class, peer.reason = PeerClass.BLOCKED, reason or peer.reason
    peer.authority, peer.registers, peer.key_changed_at = False, [], None
    restrictions.put_on(peer)
    return Line("peer.block", peer.host, {"reason": peer.reason, **restrictions_of(peer)})


def turn_limited(peer: Peer, *, reason: str, restrictions: Restrictions) -> Line:
    """Write restrictions into a decision; return its line for the audit log."""
    restrictions.put_on(peer)
    peer.reason = reason or peer.reason
    return Line("peer.limit", peer.host, {"reason": peer.reason, **restrictions_of(peer)})


async def covered_peers(session: AsyncSession, name: str) -> list[Peer]:
    """Return the clinical peers that a decision about a name above theirs, or a pattern, covers."""
    clinical = await list_listed_as(session, CLINICAL)
    return [peer for peer in clinical if peer.host != name and covers(name, peer.host)]


async def limit_peer(
    session: AsyncSession,
    host: str,
    *,
    decided_by: str,
    restrictions: Restrictions,
    reason: str = "",
) -> Outcome:
    """Decide what is taken of a host or a pattern; its class stays, or is left to the mode.

    Raises InvalidInput when nothing is asked for.
    """
    if restrictions.is_empty:
        raise InvalidInput("say what is to change: --hold, --reject-media, --rate …")
    peer = await find_peer(session, host) or Peer(host=host, peer_class=PeerClass.UNKNOWN)
    line = turn_limited(peer, reason=reason, restrictions=restrictions)
    peer = await save_peer(session, peer)
    await record_all(session, [line], actor=decided_by)
    return Outcome(peer)


async def confirm_peer(
    database: Database, client: Client, host: str, *, decided_by: str, key: str | None = None
) -> Outcome:
    """Pin the keys that a clinical peer shows now; with `key`, only if that is one of them.

    Raises NotFound for a host that is not listed, InvalidInput for one that is not clinical or
    shows another key, and what `look_at_peer` raises when it does not answer.
    """
    async with database.read() as session:
        peer = await _get(session, host)
    if peer.peer_class is not CLINICAL:
        raise InvalidInput(f"{host} is {peer.peer_class.value}: only a clinical peer has a pin")
    facts = await look_at_peer(database, client, host)
    if not facts.keys or (key is not None and key not in facts.keys):
        raise InvalidInput(f"{host} shows other keys: {', '.join(facts.keys) or 'none'}")
    async with database.transaction() as session:
        peer = await _get(session, host)
        before = list(peer.pinned_keys)
        if before != list(facts.keys) or peer.actor_uri != facts.actor_uri:
            await end_trust(session, peer, Reason.KEY_REPLACED)
        pin(peer, facts)
        peer.updated_at = now()
        await session.flush()
        checks = await check_again(session, host)
        await record(
            session,
            actor=decided_by,
            action="peer.confirm",
            subject=host,
            detail={"actor": facts.actor_uri, "before": before, "keys": list(facts.keys)},
        )
    return Outcome(peer, facts, checks=checks)


async def forget_peer(session: AsyncSession, host: str, *, decided_by: str) -> None:
    """Take a decision back: the host is again what nobody has decided about. Raises NotFound."""
    peer = await _get(session, host)
    await end_trust(session, peer, Reason.ISSUER_FORGOTTEN)
    await delete_peer(session, host)
    if peer.peer_class is PeerClass.BLOCKED:
        for covered in await covered_peers(session, host):
            await check_again(session, covered.host)
    await record(session, actor=decided_by, action="peer.forget", subject=host)


async def _get(session: AsyncSession, host: str) -> Peer:
    peer = await find_peer(session, host)
    if peer is None:
        raise NotFound(f"{host} is not listed")
    return peer
