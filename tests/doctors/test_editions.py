"""Editions of a register that are not taken as they are: older ones, cut ones, odd lines."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from core.errors import InvalidInput
from db.session import Database
from doctors.models import RegisterEntry
from doctors.registers import importing
from doctors.registers.entries import find_entry
from doctors.registers.importing import import_register
from register_files import FR_RPPS, line, write

OTHER = "99900000011"


async def _count(database: Database) -> int:
    async with database.read() as session:
        return await session.scalar(select(func.count()).select_from(RegisterEntry))


async def test_an_edition_of_an_earlier_day_changes_nothing_unless_it_is_meant(
    database, tmp_path
):
    newer = write(tmp_path / "PS_202611220815.txt", line())
    older = write(tmp_path / "PS_202611010815.txt", line(), line(OTHER))
    await import_register(database, newer, FR_RPPS)

    with pytest.raises(InvalidInput, match="2026-11-01.*2026-11-22.*--may-be-older"):
        await import_register(database, older, FR_RPPS)
    async with database.read() as session:
        assert await find_entry(session, "FR-RPPS", OTHER) is None

    report = await import_register(database, older, FR_RPPS, may_be_older=True)
    assert (report.entries, report.edition_date) == (2, "2026-11-01")


async def test_an_edition_without_a_tenth_of_a_large_register_removes_nobody(
    database, register_file, monkeypatch
):
    monkeypatch.setattr(importing, "FEW", 2)
    people = [line(f"{99800000000 + number}") for number in range(30)]
    await import_register(database, register_file(*people), FR_RPPS)
    await import_register(database, register_file(*people[:28]), FR_RPPS)

    with pytest.raises(InvalidInput, match="4 of the register are not among them"):
        await import_register(database, register_file(*people[:24]), FR_RPPS)

    assert await _count(database) == 28


async def test_a_line_that_no_database_keeps_is_left_out_alone(database, register_file):
    file = register_file(line(), line(OTHER, family="DU\x00RAND"))

    report = await import_register(database, file, FR_RPPS)

    assert (report.entries, report.skipped) == (1, {"not a text": 1})
