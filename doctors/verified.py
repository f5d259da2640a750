"""SQL of what this instance vouches for, as its institution reads it: page by page, and counted."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_, select
from sqlmodel import col

from actors.models import Actor
from core.clock import now
from db.paging import Page
from db.session import AsyncSession
from doctors.models import HeldCredential, IssuedCredential, Verification

_STANDS = col(Verification.withdrawn_at).is_(None)
_FLAGGED = col(Verification.flagged_at).is_not(None)


@dataclass(frozen=True, slots=True)
class Tally:
    """How much of each there is: verifications, those to be looked at again, credentials."""

    verified: int
    flagged: int
    in_force: int
    refused: int


async def count_all(session: AsyncSession) -> Tally:
    """Count what this instance vouches for, and the credentials of others that it refused."""
    return Tally(
        verified=await _count(session, _STANDS),
        flagged=await _count(session, _STANDS, _FLAGGED),
        in_force=await _count(
            session,
            col(IssuedCredential.revoked_at).is_(None),
            col(IssuedCredential.valid_until) > now(),
        ),
        refused=await _count(session, col(HeldCredential.problem).is_not(None)),
    )


async def _count(session: AsyncSession, *where: ColumnElement[bool]) -> int:
    """Count the rows of the one table that the conditions are about."""
    return int(await session.scalar(select(func.count()).where(*where)) or 0)


async def list_standing(
    session: AsyncSession, page: Page, *, text: str = ""
) -> list[tuple[Verification, Actor]]:
    """Return verifications that stand and wait for nothing, newest first.

    With `text`, only those in whose name, username or number it is.
    """
    statement = (
        select(Verification, Actor)
        .join(Actor, col(Actor.id) == col(Verification.actor_id))
        .where(_STANDS, ~_FLAGGED)
    )
    if text:
        sought = text.lower()
        statement = statement.where(
            or_(
                func.lower(col(Verification.name)).contains(sought, autoescape=True),
                col(Actor.username_key).contains(sought.removeprefix("@"), autoescape=True),
                col(Verification.number) == text,
            )
        )
    rows = await session.execute(page.apply(statement, col(Verification.id)))
    return page.newest_first([(row[0], row[1]) for row in rows])


async def find_standing(session: AsyncSession, verification_id: int) -> Verification | None:
    """Return a verification that stands."""
    found = await session.get(Verification, verification_id)
    return found if found is not None and found.withdrawn_at is None else None


async def lock_standing(session: AsyncSession, verification_id: int) -> Verification | None:
    """Return a verification that stands, as it is now; nobody ends it meanwhile."""
    await session.get(
        Verification, verification_id, with_for_update=True, populate_existing=True
    )
    return await find_standing(session, verification_id)


async def list_own_issued(
    session: AsyncSession, page: Page
) -> list[tuple[IssuedCredential, Actor]]:
    """Return the credentials that this instance signed with whom they are about, newest first."""
    statement = select(IssuedCredential, Actor).join(
        Actor, col(Actor.id) == col(IssuedCredential.actor_id)
    )
    rows = await session.execute(page.apply(statement, col(IssuedCredential.id)))
    return page.newest_first([(row[0], row[1]) for row in rows])
