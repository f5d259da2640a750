"""SQL of the registers: people by number and by name, and the editions of their files."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    Executable,
    Integer,
    Select,
    bindparam,
    delete,
    func,
    select,
    union_all,
    update,
)
from sqlmodel import col

from db.jobs import upsert
from db.session import AsyncSession
from doctors.models import RegisterEntry, RegisterImport
from doctors.names import name_key, search_keys
from doctors.registers.lines import Person
from doctors.registers.register import RegisterLine

# Sorts after whatever begins with the text before it: names are in the order of their bytes.
_LAST = "\U0010ffff"
# Where an entry comes from: the register's file, or its own directory that was asked for one.
FROM_FILE, FROM_DIRECTORY = "file", "fhir"
_TABLE = RegisterEntry.__table__  # type: ignore[attr-defined]


async def find_entry(session: AsyncSession, code: str, number: str) -> RegisterEntry | None:
    """Return who has a number, in the form that the register's `normalise` gives."""
    return await session.get(RegisterEntry, (code, number))


async def list_by_name(
    session: AsyncSession, code: str, text: str, *, limit: int = 20
) -> list[RegisterEntry]:
    """Return people whose name begins as typed, particles aside, the family name first or last.

    `martin`, `Martin Al`, `Alice Martin`: as typed first, each in the order of names.
    """
    keys = search_keys(text)
    if not keys:
        return []
    values = {"code": code, "most": limit}
    for turn, key in enumerate(keys):
        values |= {f"from_{turn}": key, f"to_{turn}": key + _LAST}
    found = await session.scalars(_beginning_with(len(keys)), values)
    entries = {entry.number: entry for entry in found}.values()
    # A union promises no order.
    return sorted(entries, key=lambda entry: (_turn(entry, keys), entry.name_key, entry.number))[
        :limit
    ]


def _turn(entry: RegisterEntry, keys: Sequence[str]) -> int:
    return next((n for n, key in enumerate(keys) if entry.name_key.startswith(key)), len(keys))


@cache
def _beginning_with(keys: int) -> Executable:
    """Return the statement for so many keys: making it anew costs more than running it."""
    begun = [_beginning(turn) for turn in range(keys)]
    either = union_all(*begun) if keys > 1 else begun[0]
    return select(RegisterEntry).from_statement(either)


def _beginning(turn: int) -> Select[Any]:
    table = _TABLE.c
    some = (
        select(_TABLE)
        .where(
            table.register_code == bindparam("code"),
            table.name_key >= bindparam(f"from_{turn}"),
            table.name_key < bindparam(f"to_{turn}"),
        )
        .order_by(table.name_key, table.number)
        .limit(bindparam("most", type_=Integer))
    )
    # A part of a union keeps its order and its limit only within brackets of its own.
    return select(some.subquery(f"turn_{turn}"))


async def count_entries(session: AsyncSession, code: str) -> int:
    """Count the people of a register."""
    statement = select(func.count()).where(_TABLE.c.register_code == code)
    return int(await session.scalar(statement) or 0)


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


async def find_specialities(
    session: AsyncSession, code: str, numbers: Collection[str]
) -> dict[str, tuple[str, list[str]]]:
    """Return (profession, specialities) of those of some numbers who have any; in one query."""
    if not numbers:
        return {}
    table = _TABLE.c
    found = await session.execute(
        select(table.number, table.profession, table.specialities).where(
            table.register_code == code, table.number.in_(list(numbers))
        )
    )
    return {number: (profession, codes) for number, profession, codes in found if codes}


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
        site_code=row["site_code"],
        town_code=row["town_code"],
    )
    return Person(line, list(row["specialities"]))


def row_of(
    code: str, person: Person, *, edition_id: int = 0, fetched_at: datetime | None = None
) -> dict[str, Any]:
    """Return a person as a row: of an edition of the file, or as the directory had them."""
    line = person.line
    return {
        "register_code": code,
        "number": line.number,
        "family_name": line.family_name,
        "given_name": line.given_name,
        "name_key": name_key(given=line.given_name, family=line.family_name),
        "profession": line.profession,
        "category": line.category,
        "specialities": person.specialities,
        "workplace": line.workplace,
        "town": line.town,
        "department": line.department,
        "site_code": line.site_code,
        "town_code": line.town_code,
        "source": FROM_FILE if fetched_at is None else FROM_DIRECTORY,
        "fetched_at": fetched_at,
        "edition_id": edition_id,
    }


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
