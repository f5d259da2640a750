"""SQL of the registers: people by number, editions, what an edition does not have any more."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, delete, func, select, tuple_, update
from sqlmodel import col

from actors.models import Actor
from db.jobs import upsert
from db.session import AsyncSession
from doctors.models import RegisterEntry, RegisterImport, Verification
from doctors.registers.lines import Person
from doctors.registers.register import RegisterLine

DELETED_A_TIME = 2000
_TABLE = RegisterEntry.__table__  # type: ignore[attr-defined]


async def find_entry(session: AsyncSession, code: str, number: str) -> RegisterEntry | None:
    """Return who has a number, in the form that the register's `normalise` gives."""
    return await session.get(RegisterEntry, (code, number))


async def last_import(session: AsyncSession, code: str) -> RegisterImport | None:
    """Return the newest run over a register's file, finished or not."""
    statement = select(RegisterImport).where(col(RegisterImport.register_code) == code)
    return await session.scalar(statement.order_by(col(RegisterImport.id).desc()).limit(1))


async def find_import(session: AsyncSession, edition_id: int) -> RegisterImport | None:
    """Return the run that made an edition."""
    return await session.get(RegisterImport, edition_id)


async def forget_unfinished(session: AsyncSession, code: str) -> None:
    """Remove runs that were cut off: another file has come, or theirs was worth nothing."""
    await session.execute(
        delete(RegisterImport).where(
            col(RegisterImport.register_code) == code, col(RegisterImport.finished_at).is_(None)
        )
    )


async def find_people(
    session: AsyncSession,
    code: str,
    numbers: Collection[str],
    *,
    edition_id: int | None = None,
) -> dict[str, Person]:
    """Return the people with some numbers, in one edition only if it is given; in one query."""
    if not numbers:
        return {}
    table = _TABLE.c
    statement = select(_TABLE).where(table.register_code == code, table.number.in_(list(numbers)))
    if edition_id is not None:
        statement = statement.where(table.edition_id == edition_id)
    found = await session.execute(statement)
    return {row["number"]: _person(row) for row in found.mappings()}


def _person(row: Mapping[Any, Any]) -> Person:
    line = RegisterLine(
        number=row["number"],
        family_name=row["family_name"],
        given_name=row["given_name"],
        profession=row["profession"],
        category=row["category"],
        workplace=row["workplace"],
        town=row["town"],
        department=row["department"],
    )
    return Person(line, list(row["specialities"]))


async def save_entries(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert or replace people, many at once."""
    if not rows:
        return
    statement = upsert(session, _TABLE)
    keys = ("register_code", "number")
    fresh = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    await session.execute(
        statement.on_conflict_do_update(index_elements=list(keys), set_=fresh), list(rows)
    )


async def set_specialities(
    session: AsyncSession, code: str, changed: Mapping[str, list[str]]
) -> None:
    """Replace the specialities of some people, many at once."""
    if not changed:
        return
    table = _TABLE.c
    statement = (
        update(_TABLE)
        .where(table.register_code == code, table.number == bindparam("of_number"))
        .values(specialities=bindparam("codes", type_=table.specialities.type))
    )
    rows = [{"of_number": number, "codes": codes} for number, codes in changed.items()]
    connection = await session.connection()
    await connection.execute(statement, rows)


async def count_outside(session: AsyncSession, code: str, edition_id: int) -> int:
    """Count the people of a register that an edition does not have."""
    table = _TABLE.c
    statement = select(func.count()).where(
        table.register_code == code, table.edition_id != edition_id
    )
    return int(await session.scalar(statement) or 0)


async def delete_outside(session: AsyncSession, code: str, edition_id: int) -> int:
    """Remove up to DELETED_A_TIME people that an edition does not have; return how many."""
    table = _TABLE.c
    some = (
        select(table.register_code, table.number)
        .where(table.register_code == code, table.edition_id != edition_id)
        .limit(DELETED_A_TIME)
    )
    gone = await session.execute(
        delete(_TABLE)
        .where(tuple_(table.register_code, table.number).in_(some))
        .execution_options(synchronize_session=False)
    )
    return int(gone.rowcount)  # type: ignore[attr-defined]


async def list_vanished(session: AsyncSession, code: str, edition_id: int) -> list[str]:
    """Return the usernames of those who were verified by a number that an edition does not have."""
    statement = (
        select(col(Actor.username))
        .join(Verification, col(Verification.actor_id) == col(Actor.id))
        .outerjoin(
            RegisterEntry,
            (col(RegisterEntry.register_code) == col(Verification.register_code))
            & (col(RegisterEntry.number) == col(Verification.number))
            & (col(RegisterEntry.edition_id) == edition_id),
        )
        .where(
            col(Verification.register_code) == code,
            col(Verification.withdrawn_at).is_(None),
            col(RegisterEntry.number).is_(None),
        )
        .order_by(col(Actor.username))
        .distinct()
    )
    return list(await session.scalars(statement))
