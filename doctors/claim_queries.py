"""SQL of claims and their evidence."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlmodel import col

from actors.models import Actor
from core.clock import now
from db.paging import Page
from db.session import AsyncSession
from doctors.models import Claim, ClaimState, Evidence, EvidenceKind

WAITING = (ClaimState.OPEN, ClaimState.SECOND_LOOK)
_UNOPENED = (
    col(Evidence.id),
    col(Evidence.claim_id),
    col(Evidence.kind),
    col(Evidence.name),
    col(Evidence.media_type),
    col(Evidence.size),
    col(Evidence.created_at),
    col(Evidence.delete_at),
)


async def lock_claimant(session: AsyncSession, actor_id: int) -> None:
    """Let one transaction at a time claim for somebody."""
    await session.execute(
        select(col(Actor.id)).where(col(Actor.id) == actor_id).with_for_update()
    )


async def lock_claim(session: AsyncSession, claim_id: int) -> Claim | None:
    """Return a claim as it is now, and let nobody else decide about it meanwhile."""
    statement = select(Claim).where(col(Claim.id) == claim_id).with_for_update()
    return await session.scalar(statement.execution_options(populate_existing=True))


async def find_claim(session: AsyncSession, claim_id: int) -> Claim | None:
    """Return a claim."""
    return await session.get(Claim, claim_id)


async def find_waiting(session: AsyncSession, actor_id: int) -> Claim | None:
    """Return somebody's claim that waits."""
    statement = select(Claim).where(
        col(Claim.actor_id) == actor_id, col(Claim.state).in_(WAITING)
    )
    return await session.scalar(statement.order_by(col(Claim.id).desc()).limit(1))


async def find_rival(
    session: AsyncSession, register: str, number: str, actor_id: int
) -> Actor | None:
    """Return another account whose claim to the same number waits."""
    statement = (
        select(Actor)
        .join(Claim, col(Claim.actor_id) == col(Actor.id))
        .where(
            col(Claim.register_code) == register,
            col(Claim.number) == number,
            col(Claim.state).in_(WAITING),
            col(Claim.actor_id) != actor_id,
            col(Actor.deleted_at).is_(None),
        )
    )
    return await session.scalar(statement.order_by(col(Claim.id)).limit(1))


async def list_of(session: AsyncSession, actor_id: int) -> list[Claim]:
    """Return all claims of somebody, newest first."""
    statement = select(Claim).where(col(Claim.actor_id) == actor_id)
    return list(await session.scalars(statement.order_by(col(Claim.id).desc())))


async def delete_ungranted(session: AsyncSession, actor_id: int) -> None:
    """Delete the claims of somebody of which nothing came; their evidence must be gone before."""
    await session.execute(
        delete(Claim)
        .where(col(Claim.actor_id) == actor_id, col(Claim.state) != ClaimState.GRANTED)
        .execution_options(synchronize_session=False)
    )


async def list_in(
    session: AsyncSession, states: Collection[ClaimState], page: Page
) -> list[tuple[Claim, Actor]]:
    """Return claims in some states with who makes them."""
    statement = (
        select(Claim, Actor)
        .join(Actor, col(Actor.id) == col(Claim.actor_id))
        .where(col(Claim.state).in_(list(states)))
    )
    rows = await session.execute(page.apply(statement, col(Claim.id)))
    return page.newest_first([(row[0], row[1]) for row in rows])


async def count_in(session: AsyncSession, states: Collection[ClaimState]) -> int:
    """Return how many claims are in some states."""
    statement = select(func.count()).where(col(Claim.state).in_(list(states)))
    return await session.scalar(statement) or 0


async def list_unopened(
    session: AsyncSession, claim_ids: Sequence[int]
) -> Sequence[Any]:
    """Return what may be known of evidence without its contents, oldest first."""
    if not claim_ids:
        return []
    statement = select(*_UNOPENED).where(col(Evidence.claim_id).in_(list(claim_ids)))
    return (await session.execute(statement.order_by(col(Evidence.id)))).all()


async def find_evidence(session: AsyncSession, evidence_id: int) -> Evidence | None:
    """Return a piece of evidence, sealed."""
    return await session.get(Evidence, evidence_id)


async def list_sealed(
    session: AsyncSession, claim_id: int, kind: EvidenceKind
) -> Sequence[Evidence]:
    """Return a claim's evidence of a kind, sealed, oldest first."""
    statement = select(Evidence).where(
        col(Evidence.claim_id) == claim_id, col(Evidence.kind) == kind
    )
    return (await session.scalars(statement.order_by(col(Evidence.id)))).all()


async def count_evidence(session: AsyncSession, claim_id: int, kind: EvidenceKind) -> int:
    """Return how many pieces of a kind a claim has."""
    statement = select(func.count()).where(
        col(Evidence.claim_id) == claim_id, col(Evidence.kind) == kind
    )
    return await session.scalar(statement) or 0


async def count_files_of(session: AsyncSession, actor_id: int) -> int:
    """Return how many documents of somebody are kept, of all their claims."""
    theirs = select(col(Claim.id)).where(col(Claim.actor_id) == actor_id)
    statement = select(func.count()).where(
        col(Evidence.claim_id).in_(theirs), col(Evidence.kind) == EvidenceKind.FILE
    )
    return await session.scalar(statement) or 0


async def delete_evidence(session: AsyncSession, claim_id: int, evidence_id: int) -> bool:
    """Delete one piece of a claim's evidence; tell whether there was one."""
    done = await session.execute(
        delete(Evidence)
        .where(col(Evidence.id) == evidence_id, col(Evidence.claim_id) == claim_id)
        .execution_options(synchronize_session=False)
    )
    return bool(done.rowcount)  # type: ignore[attr-defined]


async def delete_sign_ons(session: AsyncSession, claim_id: int, name: str) -> None:
    """Delete what an identity provider vouched for before, in a claim."""
    await session.execute(
        delete(Evidence)
        .where(
            col(Evidence.claim_id) == claim_id,
            col(Evidence.kind) == EvidenceKind.SIGN_ON,
            col(Evidence.name) == name,
        )
        .execution_options(synchronize_session=False)
    )


async def set_end_of_evidence(session: AsyncSession, claim_id: int, at: datetime) -> None:
    """Note when a claim's evidence is deleted."""
    await session.execute(
        update(Evidence)
        .where(col(Evidence.claim_id) == claim_id)
        .values(delete_at=at)
        .execution_options(synchronize_session=False)
    )


async def delete_ended_evidence(session: AsyncSession, limit: int) -> int:
    """Delete some evidence whose time has come; return how much."""
    due = (
        select(col(Evidence.id))
        .where(col(Evidence.delete_at) <= now())
        .order_by(col(Evidence.delete_at))
        .limit(limit)
    )
    done = await session.execute(
        delete(Evidence)
        .where(col(Evidence.id).in_(due))
        .execution_options(synchronize_session=False)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]


async def delete_evidence_of(session: AsyncSession, actor_id: int) -> int:
    """Delete all evidence of somebody's claims; return how much."""
    theirs = select(col(Claim.id)).where(col(Claim.actor_id) == actor_id)
    done = await session.execute(
        delete(Evidence)
        .where(col(Evidence.claim_id).in_(theirs))
        .execution_options(synchronize_session=False)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]
