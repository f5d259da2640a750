"""Ids of the activities that leave here: fresh, or following from what they answer."""

from __future__ import annotations

import hashlib

from core.ids import new_id


def fresh_id(actor_uri: str) -> str:
    """Return an id that nothing ever had."""
    return numbered_id(actor_uri, new_id())


def numbered_id(actor_uri: str, number: int) -> str:
    """Return the id of an actor's activity with a number of ours (WIRE §1)."""
    return f"{actor_uri}/activities/{number}"


def derived_id(actor_uri: str, verb: str, *answered: str) -> str:
    """Return the one id of a verb about something: said twice, it is the same activity.

    63 bits of a digest, so that it reads as our numbers do; nobody but us chooses the actor.
    """
    said = "\n".join((actor_uri, verb, *answered)).encode()
    return numbered_id(actor_uri, int.from_bytes(hashlib.sha256(said).digest()[:8]) >> 1)
