"""SQL of entries that a register's directory was asked for: apart from the editions of its file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, or_, select
from sqlmodel import col

from db.jobs import upsert
from db.session import AsyncSession
from doctors.models import Claim, ClaimState, RegisterEntry, Verification
from doctors.registers.entries import FROM_DIRECTORY

_TABLE = RegisterEntry.__table__  # type: ignore[attr-defined]
_KEYS = ("register_code", "number")


async def keep(session: AsyncSession, row: Mapping[str, Any]) -> None:
    """Insert or replace what the directory said; never what came out of the file meanwhile."""
    statement = upsert(session, _TABLE)
    fresh = {name: statement.excluded[name] for name in row if name not in _KEYS}
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=list(_KEYS), set_=fresh, where=_TABLE.c.source == FROM_DIRECTORY
        ),
        [dict(row)],
    )


async def forget(session: AsyncSession, code: str, number: str) -> bool:
    """Remove what the directory said of a number; tell whether there was anything."""
    gone = await session.execute(delete(_TABLE).where(*_asked(code), _TABLE.c.number == number))
    return bool(gone.rowcount)  # type: ignore[attr-defined]


async def forget_unused(session: AsyncSession, code: str, before: datetime) -> int:
    """Remove what was asked before then of people nobody here claims to be; return how many."""
    gone = await session.execute(
        delete(_TABLE)
        .where(*_asked(code), _TABLE.c.fetched_at <= before, ~_is_in_use())
        .execution_options(synchronize_session=False)
    )
    return int(gone.rowcount)  # type: ignore[attr-defined]


async def list_in_use(session: AsyncSession, code: str, before: datetime, limit: int) -> list[str]:
    """Return numbers of people here that were asked for before then, the oldest first."""
    table = _TABLE.c
    statement = (
        select(table.number)
        .where(*_asked(code), table.fetched_at <= before, _is_in_use())
        .order_by(table.fetched_at, table.number)
        .limit(limit)
    )
    return list(await session.scalars(statement))


def _asked(code: str) -> tuple[ColumnElement[bool], ...]:
    # Nobody was ever imported in edition 0: its index tells these few from two million.
    table = _TABLE.c
    return table.register_code == code, table.edition_id == 0, table.source == FROM_DIRECTORY


def _is_in_use() -> ColumnElement[bool]:
    table = _TABLE.c
    waiting = (ClaimState.OPEN, ClaimState.SECOND_LOOK)
    return or_(
        exists().where(
            col(Verification.register_code) == table.register_code,
            col(Verification.number) == table.number,
            col(Verification.withdrawn_at).is_(None),
        ),
        exists().where(
            col(Claim.register_code) == table.register_code,
            col(Claim.number) == table.number,
            col(Claim.state).in_(waiting),
        ),
    )
