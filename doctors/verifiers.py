"""Who decides about claims to a badge: authorised people of the institution, and its commands."""

from __future__ import annotations

from dataclasses import dataclass

from actors.models import Actor
from actors.queries import get_actor
from core.errors import Forbidden, NotFound
from db.session import AsyncSession
from doctors.models import Claim, ClaimState
from users.models import Role
from users.queries import find_user_by_username
from users.verifiers import find_user_of_actor

BY_COMMAND = "command line"


@dataclass(frozen=True, slots=True)
class Verifier:
    """Who decides: `name` is what is written down, `actor_id` is None for a command."""

    name: str
    actor_id: int | None = None


COMMAND_LINE = Verifier(BY_COMMAND)


def forget_first_look(claim: Claim) -> None:
    """Let a claim wait for its first verifier again."""
    claim.state, claim.first_reason = ClaimState.OPEN, None
    claim.first_decided_at = claim.first_decided_by = claim.first_assurance = None


async def verifier_of(session: AsyncSession, actor: Actor) -> Verifier:
    """Return somebody here as one who decides; raises Forbidden for who may not, or no longer."""
    user = await find_user_of_actor(session, actor.id)
    may = user is not None and user.may_sign_in and (user.is_verifier or user.role is Role.ADMIN)
    if not may or actor.suspended_at is not None or actor.deleted_at is not None:
        raise Forbidden("only an authorised verifier may do this")
    return Verifier(f"@{actor.username}", actor.id)


async def still_decides(session: AsyncSession, name: str) -> bool:
    """Tell whether who was written down as a verifier is one today."""
    if name == BY_COMMAND:
        return True
    user = await find_user_by_username(session, name.removeprefix("@"))
    if user is None:
        return False
    try:
        await verifier_of(session, await get_actor(session, user.actor_id))
    except (Forbidden, NotFound):
        return False
    return True
