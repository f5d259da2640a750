"""Importing a register: streamed, resumed, in bounded memory; a wrong file changes nothing."""

from __future__ import annotations

import asyncio
import tracemalloc
from pathlib import Path

import pytest
from sqlalchemy import func, select

from cli.demo_data import COLUMNS
from core import clock
from core.errors import InvalidInput
from db.session import Database
from doctors.models import RegisterEntry, RegisterImport
from doctors.registers import importing, lines
from doctors.registers.entries import find_entry, find_import
from doctors.registers.importing import import_register, import_skills
from doctors.registers.sources import cite_entry
from moderation.models import AuditEntry
from register_files import FR_RPPS, NUMBER, fixture, line, write

OTHER = "99900000011"


async def _entry(database: Database, number: str) -> RegisterEntry | None:
    async with database.read() as session:
        return await find_entry(session, "FR-RPPS", number)


async def _count(database: Database, table: type = RegisterEntry) -> int:
    async with database.read() as session:
        return await session.scalar(select(func.count()).select_from(table))


def _numbers(count: int) -> list[str]:
    return [f"{99800000000 + number}" for number in range(count)]


async def test_lines_of_one_doctor_become_one_entry(database, register_file):
    file = register_file(
        line(kind="S", skill="SM04", workplace=""),
        line(OTHER, family="DURAND", profession="60"),
        line(kind="S", skill="SM54", workplace="CHU DE LYON", town="Lyon", department="69"),
        line(kind="CAPA", skill="X"),
        line(kind="S", skill="SM04"),
    )

    report = await import_register(database, file, FR_RPPS)

    entry = await _entry(database, NUMBER)
    assert (report.lines, report.entries, report.skipped) == (5, 2, {})
    assert entry.specialities == ["SM04", "SM54"]
    assert (entry.workplace, entry.town, entry.department) == ("CHU DE LYON", "Lyon", "69")
    assert entry.name_key == "martin alice"


async def test_lines_of_one_doctor_may_lie_far_apart(database, register_file, monkeypatch):
    monkeypatch.setattr(lines.Source.batches, "__kwdefaults__", {"after": 0, "size": 2})
    file = register_file(
        line(kind="S", skill="SM04"), *(line(number) for number in _numbers(5)),
        line(kind="S", skill="SM54", workplace="CHU"),
    )  # fmt: skip

    report = await import_register(database, file, FR_RPPS)

    entry = await _entry(database, NUMBER)
    assert (report.lines, report.entries) == (7, 6)
    assert (entry.specialities, entry.workplace) == (["SM04", "SM54"], "CHU")


async def test_a_practitioners_line_counts_more_than_a_students_whatever_their_order(
    database, register_file
):
    first = line(category="E", kind="S", skill="SM01")
    second = line(category="C", kind="S", skill="SM04")

    await import_register(database, register_file(first, second, first), FR_RPPS)

    entry = await _entry(database, NUMBER)
    assert (entry.category, entry.specialities) == ("C", ["SM04", "SM01"])


async def test_of_two_professions_the_physicians_is_kept_and_the_other_counted(
    database, register_file
):
    dentist, physician = line(profession="40"), line(profession="10", kind="S", skill="SM56")

    report = await import_register(database, register_file(dentist, physician, dentist), FR_RPPS)

    entry = await _entry(database, NUMBER)
    assert (entry.profession, entry.specialities) == ("10", ["SM56"])
    assert report.skipped == {"another profession of a person we have": 1}


async def test_what_is_skipped_is_counted_by_reason(database, register_file):
    file = register_file(line(), "", line(id_kind="0"), "a|b|", line(family=""), "x" * 70_000)
    with file.open("ab") as more:
        more.write(line(OTHER, family="DUR").encode().replace(b"DUR", b"DUR\xe9") + b"\n")

    report = await import_register(database, file, FR_RPPS)

    assert report.entries == 1
    assert report.lines == 7
    assert report.skipped == {
        "empty line": 1,
        "an ADELI number: these ended in 2024": 1,
        "wrong number of columns": 1,
        "no name or no profession": 1,
        "line too long": 1,
        "not UTF-8": 1,
    }


async def test_who_vanished_from_the_new_edition_is_removed(database, register_file):
    await import_register(database, register_file(line(), line(OTHER)), FR_RPPS)

    report = await import_register(database, register_file(line(given="Alicia")), FR_RPPS)

    assert report.removed == 1
    assert await _entry(database, OTHER) is None
    assert (await _entry(database, NUMBER)).given_name == "Alicia"


async def test_the_same_edition_twice_is_known_again(database, register_file):
    file = register_file(line())
    first = await import_register(database, file, FR_RPPS)

    again = await import_register(database, file, FR_RPPS)

    assert again.was_done
    assert again.edition_id == first.edition_id
    assert await _count(database, RegisterImport) == 1


async def test_an_older_file_may_come_back(database, register_file):
    old, new = register_file(line()), register_file(line(OTHER))
    for file in (old, new, old):
        report = await import_register(database, file, FR_RPPS, may_shrink=True)
        assert not report.was_done

    assert await _entry(database, NUMBER) is not None
    assert await _entry(database, OTHER) is None


async def test_an_edition_with_less_than_half_is_not_believed_without_a_word(
    database, register_file
):
    numbers = _numbers(10)
    await import_register(database, register_file(*map(line, numbers)), FR_RPPS)
    cut = register_file(*map(line, numbers[:3]))

    with pytest.raises(InvalidInput, match="--may-shrink"):
        await import_register(database, cut, FR_RPPS)
    before = await _count(database)
    report = await import_register(database, cut, FR_RPPS, may_shrink=True)

    assert before == 10
    assert (report.removed, await _count(database)) == (7, 3)


@pytest.mark.parametrize(
    "content",
    [b"", b"\n", b"root:x:0:0::/root\n", b"PK\x03\x04zip", b"\xff\xfe\x00|\n", b"a" * 99_999],
)
async def test_a_file_of_another_kind_changes_nothing(database, register_file, tmp_path, content):
    await import_register(database, register_file(line()), FR_RPPS)
    wrong = tmp_path / "wrong.txt"
    wrong.write_bytes(content)

    with pytest.raises(InvalidInput, match="wrong.txt") as caught:
        await import_register(database, wrong, FR_RPPS)

    assert "\n" not in str(caught.value)
    assert await _count(database, RegisterImport) == 1
    assert await _entry(database, NUMBER) is not None


async def test_a_file_without_anybody_in_it_changes_nothing(database, register_file):
    await import_register(database, register_file(line()), FR_RPPS)

    with pytest.raises(InvalidInput, match="nobody could be read"):
        await import_register(database, register_file(line(id_kind="0")), FR_RPPS)

    assert await _count(database, RegisterImport) == 1
    assert await _entry(database, NUMBER) is not None


async def test_no_file_and_a_folder_are_told_in_one_line(database, tmp_path):
    for path in (tmp_path / "none.txt", tmp_path):
        with pytest.raises(InvalidInput, match=str(path)):
            await import_register(database, path, FR_RPPS)


class Killed(BaseException):
    """The power was cut."""


async def test_a_run_that_was_cut_off_goes_on_where_it_ended(database, register_file):
    numbers = _numbers(5000)
    file = register_file(*map(line, numbers), line("12"))
    read = []

    def cut(_done: int, _size: int, count: int) -> None:
        read.append(count)
        if len(read) == 2:
            raise Killed

    with pytest.raises(Killed):
        await import_register(database, file, FR_RPPS, progress=cut)
    halfway = await _count(database)
    report = await import_register(database, file, FR_RPPS, progress=cut)

    assert halfway == 2 * lines.BATCH_LINES
    assert report.resumed_at == 2 * lines.BATCH_LINES
    assert read == [2000, 4000, 5001]
    assert (report.lines, report.entries, await _count(database)) == (5001, 5000, 5000)
    assert report.skipped == {"not an RPPS number": 1}


async def test_another_file_after_one_that_was_cut_off_begins_at_its_top(database, register_file):
    first = register_file(*map(line, _numbers(3000)))

    def cut(*_: int) -> None:
        raise Killed

    with pytest.raises(Killed):
        await import_register(database, first, FR_RPPS, progress=cut)
    report = await import_register(database, register_file(line()), FR_RPPS, may_shrink=True)

    assert report.resumed_at == 0
    assert (report.removed, await _count(database)) == (2000, 1)


async def test_others_write_between_the_batches(database, register_file):
    file = register_file(*map(line, _numbers(8000)))
    written = 0

    async def write_often() -> None:
        nonlocal written
        while True:
            async with database.transaction() as session:
                session.add(AuditEntry(actor="a", action="b", subject="c", previous_hash="",
                                       hash=str(written)))  # fmt: skip
            written += 1
            await asyncio.sleep(0)

    beside = asyncio.create_task(write_often())
    await import_register(database, file, FR_RPPS)
    beside.cancel()

    assert written >= 4


async def test_memory_is_bounded_whatever_the_files_length(database, tmp_path):
    path = tmp_path / "long.txt"
    count = 30_000
    with path.open("w", encoding="utf-8") as file:
        file.write(write(tmp_path / "head.txt").read_text())
        for number in range(count):
            # Three lines a person, as in the real file: 19 MB of text.
            person = str(99800000000 + number // 3)
            file.write(line(person, kind="S", skill="SM04", workplace="C" * 500) + "\n")
    batches = []

    tracemalloc.start()
    report = await import_register(
        database, path, FR_RPPS, progress=lambda done, size, lines_done: batches.append(lines_done)
    )
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert (report.lines, report.entries) == (count, count // 3)
    assert len(batches) == count // lines.BATCH_LINES
    assert peak < 10 * 1024 * 1024
    assert path.stat().st_size > 1.8 * peak


async def test_the_whole_synthetic_extraction_is_read(database):
    file = fixture("PS_LibreAcces_Personne_activite_SYNTHETIQUE.txt")

    report = await import_register(database, file, FR_RPPS)

    entry = await _entry(database, NUMBER)
    assert (report.lines, report.entries, report.skipped) == (56, 48, {})
    assert (entry.given_name, entry.family_name) == ("Alizée", "VALGUELTY")
    assert (entry.specialities, entry.town) == (["SM54"], "Limoges")


async def test_specialities_that_are_only_in_the_second_file_are_added(database, register_file):
    skills = fixture("PS_LibreAcces_SavoirFaire_SYNTHETIQUE.txt")
    await import_register(database, register_file(line(), line("99900000011")), FR_RPPS)

    counts = await import_skills(database, skills, FR_RPPS)

    assert (await _entry(database, NUMBER)).specialities == ["SM54"]
    assert counts["people"] == 2
    assert counts["not in the register"] > 30
    assert (await import_skills(database, skills, FR_RPPS))["people"] == 0


async def test_specialities_of_the_second_file_last_until_it_comes_again(database, register_file):
    await import_register(database, register_file(line(), line(OTHER)), FR_RPPS)
    await import_skills(database, register_file(_skill("SM04"), _skill("SM54")), FR_RPPS)

    await import_register(database, register_file(line(given="Alicia"), line(OTHER)), FR_RPPS)
    kept = (await _entry(database, NUMBER)).specialities
    await import_skills(database, register_file(_skill("SM54"), _skill("SM26")), FR_RPPS)

    assert kept == ["SM04", "SM54"]
    assert (await _entry(database, NUMBER)).specialities == ["SM54", "SM26"]
    assert (await _entry(database, OTHER)).specialities == []


async def test_specialities_of_another_profession_are_not_kept(database, register_file):
    await import_register(database, register_file(line(kind="S", skill="SCD01")), FR_RPPS)

    await import_register(database, register_file(line(profession="40")), FR_RPPS)

    assert (await _entry(database, NUMBER)).specialities == []


async def test_skills_of_one_doctor_may_lie_far_apart(database, register_file, monkeypatch):
    await import_register(database, register_file(line(kind="S", skill="SM01")), FR_RPPS)
    monkeypatch.setattr(lines.Source.batches, "__kwdefaults__", {"after": 0, "size": 1})

    await import_skills(database, register_file(_skill("SM04"), _skill("SM54")), FR_RPPS)

    assert (await _entry(database, NUMBER)).specialities == ["SM04", "SM54"]


def _skill(code: str) -> str:
    return line(kind="S", skill=code)


async def test_the_place_is_kept_with_its_codes(database, tmp_path):
    columns = (*COLUMNS, "Numéro FINESS site", "Code commune (coord. structure)",
               "Code postal (coord. structure)")  # fmt: skip
    first = line(columns=columns)
    second = line(columns=columns, workplace="CHU", site_code="990000002", town_code="75056",
                  post_code="75013", town="Paris")  # fmt: skip
    file = write(tmp_path / "places.txt", first, second, columns=columns)

    await import_register(database, file, FR_RPPS)

    entry = await _entry(database, NUMBER)
    assert (entry.site_code, entry.town_code, entry.department) == ("990000002", "75113", "75")
    assert (entry.source, entry.fetched_at) == ("file", None)


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("PS_LibreAcces_Personne_activite_202611220815.txt", "2026-11-22"),
        ("ps-libreacces-20260131.txt", "2026-01-31"),
        ("PS_LibreAcces_Personne_activite_202613990815.txt", None),
        ("PS_LibreAcces_202611.txt", None),
        ("register-0.txt", None),
    ],
)
async def test_the_day_of_an_edition_is_the_one_in_its_files_name(database, tmp_path, name, day):
    report = await import_register(database, write(tmp_path / name, line()), FR_RPPS)

    async with database.read() as session:
        edition = await find_import(session, report.edition_id)
    assert report.edition_date == edition.edition_date == day


async def test_an_entry_is_cited_with_the_day_of_its_edition_or_of_its_import(
    database, register_file, tmp_path
):
    dated = write(tmp_path / "PS_LibreAcces_Personne_activite_202611220815.txt", line())
    cited = []

    for file in (dated, register_file(line(given="Alicia"))):
        await import_register(database, file, FR_RPPS)
        async with database.read() as session:
            entry = await find_entry(session, "FR-RPPS", NUMBER)
            cited.append(await cite_entry(session, entry, "en"))

    assert cited[0].endswith("Licence Ouverte 2.0, edition of 22/11/2026")
    assert cited[1].endswith(f", imported on {clock.now():%d/%m/%Y}")


def test_the_digest_tells_files_of_one_size_apart(tmp_path: Path):
    one, other = write(tmp_path / "1", line()), write(tmp_path / "2", line(given="Alicf"))

    assert lines.open_source(one, FR_RPPS).digest != lines.open_source(other, FR_RPPS).digest
    assert importing.PAUSE_S > 0
