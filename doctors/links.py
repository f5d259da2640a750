"""What the document of somebody here says of their credentials (WIRE §4)."""

from __future__ import annotations

from typing import Any

from actors.models import Actor, Badge
from actors.queries import find_extension, save_extension
from core.clock import now
from db.session import AsyncSession
from doctors.jobs import owe_profile
from doctors.models import HeldCredential
from doctors.offered import list_accepted_held

_FROM_CREDENTIALS = frozenset({"profession", "specialities"})


async def link_credentials(
    session: AsyncSession, actor: Actor, badge: Badge | None, *, own: Badge | None, tells: bool
) -> None:
    """Let an actor's document name the credentials that they show, and what the best one says.

    `own` is the badge of this instance's credential, `badge` the one that is shown. `tells` owes an
    Update when the document reads otherwise now.
    """
    accepted = await list_accepted_held(session, actor.id)
    shown = [own.credential_uri] if own is not None else []
    shown += [held.uri for held in accepted if _may_still_count(held)]
    before = await find_extension(session, actor.id)
    after = _linked(before, shown, badge)
    if after == before:
        return
    await save_extension(session, actor.id, after)
    if tells:
        lost = set(before.get("credentials", ())) - set(shown)
        await owe_profile(session, actor.id, is_urgent=bool(lost))


def _may_still_count(held: HeldCredential) -> bool:
    # What this instance does not believe for the moment, others may.
    is_over = held.valid_until is not None and held.valid_until <= now()
    return held.revoked_at is None and not is_over


def _linked(before: dict[str, Any], shown: list[str], badge: Badge | None) -> dict[str, Any]:
    after = {name: value for name, value in before.items() if name != "credentials"}
    practitioner = {
        name: value
        for name, value in after.pop("practitioner", {}).items()
        if name not in _FROM_CREDENTIALS
    }
    if badge is not None:
        said = {"profession": badge.profession, "specialities": list(badge.specialities)}
        practitioner |= said
    if any(practitioner.values()):
        after["practitioner"] = practitioner
    if shown:
        after["credentials"] = shown
    return after
