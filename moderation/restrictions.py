"""What is not taken of a host as it comes: as an administrator asks for it, and as it is shown."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from core.errors import InvalidInput
from moderation.models import Peer

MAX_RATE = 100_000


@dataclass(frozen=True, slots=True)
class Restrictions:
    """What an administrator asks for; None leaves what was decided before.

    `rate` is in activities a minute, 0 takes a rate back.
    """

    rejects_media: bool | None = None
    rejects_reports: bool | None = None
    forces_warning: bool | None = None
    holds: bool | None = None
    rate: int | None = None
    public_reason: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked for."""
        return all(getattr(self, field.name) is None for field in fields(self))

    def put_on(self, peer: Peer) -> None:
        """Write what is asked for into a decision; raises InvalidInput for no possible rate."""
        if self.rate is not None and not 0 <= self.rate <= MAX_RATE:
            raise InvalidInput(f"a rate is 1 to {MAX_RATE} activities a minute, or 0 for none")
        for field in fields(self):
            wanted = getattr(self, field.name)
            if wanted is not None:
                setattr(peer, field.name, wanted)
        peer.rate = peer.rate or None


NOTHING = Restrictions()


def restrictions_of(peer: Peer) -> dict[str, Any]:
    """Return what is set on a decision, by name; empty for most."""
    values = {field.name: getattr(peer, field.name) for field in fields(Restrictions)}
    return {name: value for name, value in values.items() if value}
