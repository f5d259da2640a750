"""Importing a register's file: short transactions, one after another, to be taken up again.

A running instance writes between them. What the new edition does not have any more is removed at
the end, and only then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from core.clock import now
from core.errors import InvalidInput
from db.session import AsyncSession, Database
from doctors.models import RegisterImport
from doctors.names import name_key
from doctors.registers import entries
from doctors.registers.lines import Batch, Person, Source, merge, open_source
from doctors.registers.register import Register, RegisterLine
from moderation.audit import record

# Another process waits for SQLite's lock by polling: leave it a gap to find.
PAUSE_S = 0.002
Progress = Callable[[int, int, int], None]


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did. `vanished` are accounts whose verified number left the register."""

    edition_id: int
    lines: int
    entries: int
    removed: int
    skipped: dict[str, int]
    resumed_at: int = 0
    was_done: bool = False
    vanished: list[str] = field(default_factory=list)


async def import_register(
    database: Database,
    path: Path,
    register: Register,
    *,
    progress: Progress | None = None,
    may_shrink: bool = False,
) -> ImportReport:
    """Bring a register to the edition in a file; a run that was cut off goes on where it ended.

    `progress(bytes done, bytes in all, lines done)` is called after each batch. Raises InvalidInput
    for a file of another kind or without anybody in it, and, unless `may_shrink`, for one with less
    than half of the people that the register has: then nothing is removed.
    """
    source = open_source(path, register)
    run = await _begin(database, source, register)
    resumed_at = run.lines_done
    if run.finished_at is not None:
        return _report(run, removed=0, was_done=True)
    for batch in source.batches(after=run.lines_done):
        async with database.transaction() as session:
            run = await _store(session, run.id, batch, source.students)
        if progress is not None:
            progress(batch.bytes_done, source.size, batch.lines_done)
        await asyncio.sleep(PAUSE_S)
    await _check(database, run, path, may_shrink=may_shrink)
    return await _finish(database, run, resumed_at)


async def import_skills(
    database: Database, path: Path, register: Register, *, progress: Progress | None = None
) -> dict[str, int]:
    """Add the specialities of a register's second file to the people that it has; return counts."""
    source = open_source(path, register, skills=True)
    counts = {"people": 0, "not in the register": 0}
    for batch in source.batches():
        async with database.transaction() as session:
            known = await entries.find_people(session, register.code, batch.people)
            changed = _with_skills(known, batch.people)
            await entries.set_specialities(session, register.code, changed)
        counts["people"] += len(changed)
        counts["not in the register"] += len(batch.people) - len(known)
        for reason, count in batch.skipped.items():
            counts[reason] = counts.get(reason, 0) + count
        if progress is not None:
            progress(batch.bytes_done, source.size, batch.lines_done)
        await asyncio.sleep(PAUSE_S)
    return counts


def _with_skills(known: dict[str, Person], found: dict[str, Person]) -> dict[str, list[str]]:
    changed = {}
    for number, person in known.items():
        fresh = [c for c in found[number].specialities if c not in person.specialities]
        if fresh:
            changed[number] = [*person.specialities, *fresh]
    return changed


async def _begin(database: Database, source: Source, register: Register) -> RegisterImport:
    """Find the run over this very file, if it was the last one; else start one."""
    async with database.transaction() as session:
        last = await entries.last_import(session, register.code)
        if last is not None and last.file_digest == source.digest:
            return last
        await entries.forget_unfinished(session, register.code)
        run = RegisterImport(
            register_code=register.code, file_name=source.path.name, file_digest=source.digest
        )
        session.add(run)
        return run


async def _store(
    session: AsyncSession, run_id: int, batch: Batch, students: frozenset[str]
) -> RegisterImport:
    run = await session.get_one(RegisterImport, run_id)
    # Lines of one person may lie in several batches.
    known = await entries.find_people(
        session, run.register_code, batch.people, edition_id=run_id
    )
    skipped = batch.skipped.copy()
    rows = []
    for number, person in batch.people.items():
        if (earlier := known.get(number)) is not None:
            if reason := merge(earlier, person, students):
                skipped[reason] += 1
            person = earlier
        rows.append(_row(run, person))
    await entries.save_entries(session, rows)
    run.lines_done = batch.lines_done
    run.entries += len(batch.people) - len(known)
    run.skipped = {**run.skipped, **{r: run.skipped.get(r, 0) + n for r, n in skipped.items()}}
    return run


def _row(run: RegisterImport, person: Person) -> dict[str, object]:
    line: RegisterLine = person.line
    return {
        "register_code": run.register_code,
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
        "edition_id": run.id,
    }


async def _check(database: Database, run: RegisterImport, path: Path, *, may_shrink: bool) -> None:
    if run.entries == 0:
        async with database.transaction() as session:
            await entries.forget_unfinished(session, run.register_code)
        reasons = ", ".join(f"{reason}: {count}" for reason, count in run.skipped.items())
        raise InvalidInput(f"{path}: nobody could be read ({reasons or 'no lines'})")
    async with database.read() as session:
        gone = await entries.count_outside(session, run.register_code, run.id)
    if gone > run.entries and not may_shrink:
        raise InvalidInput(
            f"{path}: {run.entries} people, and {gone} of the register are not among them: nothing "
            "was removed. If the file is whole, say --may-shrink"
        )


async def _finish(database: Database, run: RegisterImport, resumed_at: int) -> ImportReport:
    async with database.read() as session:
        vanished = await entries.list_vanished(session, run.register_code, run.id)
    removed = 0
    while True:
        async with database.transaction() as session:
            gone = await entries.delete_outside(session, run.register_code, run.id)
        if not gone:
            break
        removed += gone
        await asyncio.sleep(PAUSE_S)
    async with database.transaction() as session:
        run = await session.merge(run)
        run.finished_at = now()
        detail = {"file": run.file_name, "entries": run.entries, "removed": removed}
        await record(
            session,
            actor="command line",
            action="register.import",
            subject=run.register_code,
            detail=detail,
        )
    return _report(run, removed=removed, resumed_at=resumed_at, vanished=vanished)


def _report(
    run: RegisterImport,
    *,
    removed: int,
    resumed_at: int = 0,
    was_done: bool = False,
    vanished: list[str] | None = None,
) -> ImportReport:
    return ImportReport(
        edition_id=run.id,
        lines=run.lines_done,
        entries=run.entries,
        removed=removed,
        skipped=dict(run.skipped),
        resumed_at=resumed_at,
        was_done=was_done,
        vanished=vanished or [],
    )
