"""Importing a register's file: short transactions, one after another, to be taken up again.

A running instance writes between them. What the new edition does not have any more is removed at
the end, and only then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path

from core.clock import now
from core.errors import InvalidInput
from db.session import AsyncSession, Database
from doctors.models import RegisterImport
from doctors.registers import absent, entries
from doctors.registers.flagging import Flagged, flag_changes
from doctors.registers.lines import Batch, Person, Source, edition_of, merge, open_source
from doctors.registers.register import Register
from moderation.audit import record

BY_IMPORT = "command line"
# Another process waits for SQLite's lock by polling: leave it a gap to find.
PAUSE_S = 0.002
# Between two editions so many may leave even a small register.
FEW = 1000
Progress = Callable[[int, int, int], None]


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did; `edition_date` is the day that the file's name tells, in ISO 8601.

    `flagged` are the verified accounts of whom the edition says otherwise.
    """

    edition_id: int
    lines: int
    entries: int
    removed: int
    skipped: dict[str, int]
    resumed_at: int = 0
    was_done: bool = False
    edition_date: str | None = None
    flagged: Flagged = field(default_factory=Flagged)

    @property
    def vanished(self) -> list[str]:
        """Accounts whose verified number is not in the register any more."""
        return self.flagged.gone


async def import_register(
    database: Database,
    path: Path,
    register: Register,
    *,
    progress: Progress | None = None,
    may_shrink: bool = False,
    may_be_older: bool = False,
) -> ImportReport:
    """Bring a register to the edition in a file; a run that was cut off goes on where it ended.

    `progress(bytes done, bytes in all, lines done)` is called after each batch. Raises InvalidInput
    for a file of another kind or without anybody in it; unless `may_be_older`, for one whose name
    tells an earlier day than the edition that is here; and, unless `may_shrink`, for one that lacks
    so many people of the register that it seems cut off: then nothing is removed.
    """
    source = open_source(path, register)
    run = await _begin(database, source, register, may_be_older=may_be_older)
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
    """Set the specialities of a register's people as its second file has them; return counts.

    Whom the file does not name keeps theirs.
    """
    source = open_source(path, register, skills=True)
    seen: set[int] = set()
    counts = {"people": 0, "not in the register": 0}
    for batch in source.batches():
        async with database.transaction() as session:
            known = await entries.find_people(session, register.code, batch.people)
            changed = _with_skills(known, batch.people, seen)
            await entries.set_specialities(session, register.code, changed)
        counts["people"] += len(changed)
        counts["not in the register"] += len(batch.people) - len(known)
        for reason, count in batch.skipped.items():
            counts[reason] = counts.get(reason, 0) + count
        if progress is not None:
            progress(batch.bytes_done, source.size, batch.lines_done)
        await asyncio.sleep(PAUSE_S)
    return counts


def _with_skills(
    known: dict[str, Person], found: dict[str, Person], seen: set[int]
) -> dict[str, list[str]]:
    changed = {}
    for number, person in known.items():
        told = found[number].specialities
        # Lines of one person may lie in several batches: what the first said still holds.
        kept = [code for code in person.specialities if code in told or int(number) in seen]
        fresh = [*kept, *(code for code in told if code not in kept)]
        if told and fresh != person.specialities:
            changed[number] = fresh
        if told:
            seen.add(int(number))
    return changed


async def _begin(
    database: Database, source: Source, register: Register, *, may_be_older: bool
) -> RegisterImport:
    """Find the run over this very file, if it was the last one; else start one."""
    day = edition_of(source.path.name)
    async with database.transaction() as session:
        last = await entries.last_import(session, register.code)
        if last is not None and last.file_digest == source.digest:
            return last
        if last is not None and not may_be_older:
            _require_no_earlier(source.path, day, last.edition_date)
        await entries.forget_unfinished(session, register.code)
        run = RegisterImport(
            register_code=register.code,
            file_name=source.path.name,
            file_digest=source.digest,
            edition_date=day,
        )
        session.add(run)
        return run


def _require_no_earlier(path: Path, day: str | None, here: str | None) -> None:
    # Both are ISO 8601: the order of days is that of their texts.
    if day is not None and here is not None and day < here:
        raise InvalidInput(
            f"{path}: it is of {day}, the register here of {here}: who left since would be back. "
            "If that is meant, say --may-be-older"
        )


async def _store(
    session: AsyncSession, run_id: int, batch: Batch, students: frozenset[str]
) -> RegisterImport:
    run = await session.get_one(RegisterImport, run_id)
    # Lines of one person may lie in several batches.
    known = await entries.find_people(
        session, run.register_code, batch.people, edition_id=run_id
    )
    await _keep_specialities(session, run.register_code, batch, known)
    skipped = batch.skipped.copy()
    rows = []
    for number, person in batch.people.items():
        if (earlier := known.get(number)) is not None:
            if reason := merge(earlier, person, students):
                skipped[reason] += 1
            person = earlier
        rows.append(entries.row_of(run.register_code, person, edition_id=run.id))
    await entries.save_entries(session, rows)
    run.lines_done = batch.lines_done
    run.entries += len(batch.people) - len(known)
    run.skipped = {**run.skipped, **{r: run.skipped.get(r, 0) + n for r, n in skipped.items()}}
    return run


async def _keep_specialities(
    session: AsyncSession, code: str, batch: Batch, known: Collection[str]
) -> None:
    """Keep what the second file told last time, until it tells again: most are only in there."""
    without = [n for n, one in batch.people.items() if not one.specialities and n not in known]
    earlier = await entries.find_specialities(session, code, without)
    for number, (profession, specialities) in earlier.items():
        person = batch.people[number]
        if person.line.profession == profession:
            person.specialities = specialities


async def _check(database: Database, run: RegisterImport, path: Path, *, may_shrink: bool) -> None:
    if run.entries == 0:
        async with database.transaction() as session:
            await entries.forget_unfinished(session, run.register_code)
        reasons = ", ".join(f"{reason}: {count}" for reason, count in run.skipped.items())
        raise InvalidInput(f"{path}: nobody could be read ({reasons or 'no lines'})")
    async with database.read() as session:
        gone = await absent.count_outside(session, run.register_code, run.id)
    if _lacks_too_many(gone, run.entries) and not may_shrink:
        raise InvalidInput(
            f"{path}: {run.entries} people, and {gone} of the register are not among them: nothing "
            "was removed. If the file is whole, say --may-shrink"
        )


def _lacks_too_many(gone: int, here: int) -> bool:
    """Tell whether an edition seems cut off: half are not in it, or a tenth of a large register."""
    return gone > here or (gone > FEW and gone * 9 > here)


async def _finish(database: Database, run: RegisterImport, resumed_at: int) -> ImportReport:
    async with database.transaction() as session:
        flagged = await flag_changes(session, run.register_code, run.id, decided_by=BY_IMPORT)
    removed = 0
    while True:
        async with database.transaction() as session:
            gone = await absent.delete_outside(session, run.register_code, run.id)
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
            actor=BY_IMPORT,
            action="register.import",
            subject=run.register_code,
            detail=detail,
        )
    return _report(run, removed=removed, resumed_at=resumed_at, flagged=flagged)


def _report(
    run: RegisterImport,
    *,
    removed: int,
    resumed_at: int = 0,
    was_done: bool = False,
    flagged: Flagged | None = None,
) -> ImportReport:
    return ImportReport(
        edition_id=run.id,
        lines=run.lines_done,
        entries=run.entries,
        removed=removed,
        skipped=dict(run.skipped),
        resumed_at=resumed_at,
        was_done=was_done,
        edition_date=run.edition_date,
        flagged=flagged or Flagged(),
    )
