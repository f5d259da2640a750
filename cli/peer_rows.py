"""Decisions about peers as the command line shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cli.house import House
from doctors.peers import Outcome, fingerprint
from moderation.models import Peer, PeerClass
from moderation.patterns import is_pattern
from moderation.policy import policy_of


async def outcome_row(house: House, outcome: Outcome) -> dict[str, Any]:
    """Return what to show after a decision: what is stored, and what is still to be done."""
    row = peer_row(outcome.peer) | await counting(house, outcome.peer)
    if outcome.facts is not None:
        proposed = [host for host in outcome.facts.also if host not in outcome.peer.also]
        row["proposed_also"] = proposed
    if outcome.silence is not None:
        row["not_reached"] = outcome.silence
    if outcome.peer.peer_class is PeerClass.CLINICAL:
        row["pinned"] = outcome.peer.actor_uri is not None
        if outcome.peer.actor_uri is None:
            row["note"] = "pinned at first contact"
        elif outcome.peer.key_changed_at is not None:
            row["note"] = "its key changed: social until `consilium peer confirm`"
    return row


async def counting(house: House, peer: Peer) -> dict[str, Any]:
    """Return what a host counts as where that is not what was decided about it alone."""
    if is_pattern(peer.host):
        return {}
    async with house.database.read() as session:
        policy = await policy_of(session, peer.host)
    return {} if policy.peer_class is peer.peer_class else {"counts_as": policy.peer_class.value}


def columns_of(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the columns of the table: what is set for nobody is left out, so it can be read."""
    always = ("host", "class")
    often = ("also", "authority", "registers", "takes", "key_changed_at", "reason", "public_reason")
    return [*always, *(name for name in often if any(row[name] for row in rows))]


def peer_row(peer: Peer) -> dict[str, Any]:
    """Return all that was decided about a host, and its keys."""
    changed = peer.key_changed_at
    return {
        "host": peer.host,
        "class": peer.peer_class.value,
        "name": peer.name,
        "also": list(peer.also),
        "authority": peer.authority,
        "registers": list(peer.registers),
        "takes": _takes(peer),
        "actor": peer.actor_uri,
        "keys": list(peer.pinned_keys),
        "fingerprints": fingerprints(peer.pinned_keys),
        "seen_keys": [key for key in peer.seen_keys if key not in peer.pinned_keys],
        "key_changed_at": changed.isoformat(timespec="seconds") if changed else None,
        "reason": peer.reason,
        "public_reason": peer.public_reason,
        "updated_at": peer.updated_at.isoformat(timespec="seconds"),
    }


def fingerprints(keys: Sequence[str]) -> list[str]:
    """Return keys as they are read out over the telephone."""
    return [fingerprint(key) for key in keys]


def _takes(peer: Peer) -> list[str]:
    """Say what is set apart from the class, in words."""
    said = {
        "no media": peer.rejects_media,
        "no reports": peer.rejects_reports,
        "with a warning": peer.forces_warning,
        "held for review": peer.holds,
        f"{peer.rate} a minute": peer.rate,
    }
    return [words for words, is_set in said.items() if is_set]
