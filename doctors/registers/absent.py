"""SQL of what an edition has no more: counted, removed, and whose verification rests on it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, delete, func, select, tuple_
from sqlmodel import col

from actors.models import Actor
from db.session import AsyncSession
from doctors.models import RegisterEntry, Verification
from doctors.registers.entries import FROM_FILE

DELETED_A_TIME = 2000
_TABLE = RegisterEntry.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Standing:
    """A verification that stands, whose it is, and the entry of its number if there is one."""

    verification: Verification
    actor: Actor
    entry: RegisterEntry | None


async def count_outside(session: AsyncSession, code: str, edition_id: int) -> int:
    """Count the people of a register that an edition does not have; who was asked for is apart."""
    statement = select(func.count()).where(*_outside(code, edition_id))
    return int(await session.scalar(statement) or 0)


async def delete_outside(session: AsyncSession, code: str, edition_id: int) -> int:
    """Remove up to DELETED_A_TIME people that an edition does not have; return how many."""
    table = _TABLE.c
    some = (
        select(table.register_code, table.number)
        .where(*_outside(code, edition_id))
        .limit(DELETED_A_TIME)
    )
    gone = await session.execute(
        delete(_TABLE)
        .where(tuple_(table.register_code, table.number).in_(some))
        .execution_options(synchronize_session=False)
    )
    return int(gone.rowcount)  # type: ignore[attr-defined]


def _outside(code: str, edition_id: int) -> tuple[ColumnElement[bool], ...]:
    table = _TABLE.c
    return (
        table.register_code == code,
        table.source == FROM_FILE,
        table.edition_id != edition_id,
    )


async def list_standing(session: AsyncSession, code: str) -> list[Standing]:
    """Return the verifications by a register that stand, by username, with their entries."""
    statement = (
        select(Verification, Actor, RegisterEntry)
        .join(Actor, col(Actor.id) == col(Verification.actor_id))
        .outerjoin(
            RegisterEntry,
            and_(
                col(RegisterEntry.register_code) == col(Verification.register_code),
                col(RegisterEntry.number) == col(Verification.number),
            ),
        )
        .where(col(Verification.register_code) == code, col(Verification.withdrawn_at).is_(None))
        .order_by(col(Actor.username), col(Verification.id))
    )
    rows = (await session.execute(statement)).all()
    return [Standing(verification, actor, entry) for verification, actor, entry in rows]
