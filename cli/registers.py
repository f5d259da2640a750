"""`consilium register …`: national registers: imported from their open files, looked up."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.house import AsJson, House, in_house, open_client, show, show_list
from core.clock import wire_time
from core.errors import NotFound
from db.session import AsyncSession
from doctors.codes import profession_label, specialities_label
from doctors.models import RegisterEntry
from doctors.names import written_name
from doctors.registers import REGISTERS, Register, register_of
from doctors.registers.entries import count_entries, find_entry, last_import, list_by_name
from doctors.registers.importing import (
    ImportReport,
    Progress,
    import_register,
    import_skills,
)
from doctors.registers.look_up import look_up
from doctors.registers.sources import cite_entry

app = typer.Typer(help="National registers of professionals.", no_args_is_help=True)

_WIDTH = 30
_FRANCE = "FR-RPPS"
RegisterOption = Annotated[str, typer.Option("--register", help="The register, as FR-RPPS.")]


@app.callback()
def registers() -> None:
    """National registers of professionals."""


@app.command("list")
def list_all(as_json: AsJson = False) -> None:
    """List the registers that are known here, and what was imported of them.

    Example: consilium register list
    """

    async def work(house: House) -> list[dict[str, Any]]:
        async with house.database.read() as session:
            return [await _register_row(session, known) for known in REGISTERS.values()]

    show_list(in_house(work), as_json=as_json, empty="no registers")


async def _register_row(session: AsyncSession, register: Register) -> dict[str, Any]:
    edition = await last_import(session, register.code)
    finished = edition.finished_at if edition else None
    return {
        "register": register.code,
        "name": register.name("en"),
        "number": register.form("en"),
        "entries": await count_entries(session, register.code) if register.has_file else None,
        "edition": edition.edition_date if edition else None,
        "imported_at": wire_time(finished) if finished else None,
    }


@app.command("show")
def show_entry(
    number: Annotated[str, typer.Argument(help="The number, as people write it.")],
    register: RegisterOption = _FRANCE,
    ask: Annotated[
        bool, typer.Option("--ask", help="Ask the register's directory if the file has it not.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show who has a number, and where that is known from.

    Example: consilium register show 99900000018
    """
    known = register_of(register)
    digits = known.normalise(number)
    if not known.has_check_digit(digits):
        print(f"{digits}: its check digit is wrong, a typing error?", file=sys.stderr)

    async def work(house: House) -> dict[str, Any]:
        if ask and known.has_directory:
            async with open_client(house, ()) as client:
                await look_up(house.database, client, digits)
        async with house.database.read() as session:
            entry = await find_entry(session, known.code, digits)
            if entry is None:
                raise NotFound(f"{known.code} has no number {digits} here")
            return _entry(entry) | {"source": await cite_entry(session, entry, "en")}

    show(in_house(work), as_json=as_json)


@app.command()
def find(
    name: Annotated[str, typer.Argument(help="The name, or how it begins.")],
    register: RegisterOption = _FRANCE,
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many at most.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Find people of a register by name, the family name first or last.

    Example: consilium register find "martin ali"
    """
    known = register_of(register)

    async def work(house: House) -> Sequence[RegisterEntry]:
        async with house.database.read() as session:
            return await list_by_name(session, known.code, name, limit=limit)

    rows = [_found(entry) for entry in in_house(work)]
    show_list(rows, as_json=as_json, empty=f"nobody in {known.code} is called so")


def _entry(entry: RegisterEntry) -> dict[str, Any]:
    return {
        "register": entry.register_code,
        "number": entry.number,
        "name": written_name(given=entry.given_name, family=entry.family_name),
        "profession": profession_label(entry.profession, "en"),
        "category": entry.category,
        "specialities": specialities_label(entry.specialities, "en"),
        "workplace": entry.workplace,
        "site_code": entry.site_code,
        "town": entry.town,
        "town_code": entry.town_code,
        "department": entry.department,
    }


def _found(entry: RegisterEntry) -> dict[str, Any]:
    shown = ("number", "name", "profession", "specialities", "town", "department")
    whole = _entry(entry)
    return {name: whole[name] for name in shown}


@app.command("skills")
def import_second(
    file: Annotated[Path, typer.Argument(help="The register's second file, unpacked.")],
    register: RegisterOption = _FRANCE,
    as_json: AsJson = False,
) -> None:
    """Set specialities as a register's second file (savoir-faire) has them.

    Example: consilium register skills PS_LibreAcces_SavoirFaire.txt
    """
    known = register_of(register)

    async def work(house: House) -> dict[str, int]:
        return await import_skills(house.database, file, known, progress=_progress(file))

    show({"register": known.code, "file": file.name, **in_house(work)}, as_json=as_json)


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="The register's file, unpacked.")],
    register: Annotated[str, typer.Option(help="The register: FR-RPPS.")],
    skills: Annotated[
        Path | None, typer.Option(help="The register's second file, of skills (savoir-faire).")
    ] = None,
    may_shrink: Annotated[
        bool, typer.Option("--may-shrink", help="Accept an edition with far fewer people.")
    ] = False,
    may_be_older: Annotated[
        bool, typer.Option("--may-be-older", help="Accept an edition before the one that is here.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Bring a register to the edition in a file; one that was cut off goes on where it ended.

    Example: consilium register import PS_LibreAcces_Personne_activite.txt --register FR-RPPS
    """
    known = register_of(register)

    async def work(house: House) -> dict[str, Any]:
        report = await import_register(
            house.database,
            file,
            known,
            progress=_progress(file),
            may_shrink=may_shrink,
            may_be_older=may_be_older,
        )
        told = _report(known, file, report)
        if skills is not None:
            told["skills"] = await import_skills(
                house.database, skills, known, progress=_progress(skills)
            )
        return told

    told = in_house(work)
    show(told if as_json else _in_words(told), as_json=as_json)


def _report(register: Register, file: Path, report: ImportReport) -> dict[str, Any]:
    return {
        "register": register.code,
        "file": file.name,
        "edition": str(report.edition_id),
        "edition_date": report.edition_date,
        "lines": report.lines,
        "people": report.entries,
        "removed": report.removed,
        "skipped": report.skipped,
        "resumed_at_line": report.resumed_at,
        "imported_before": report.was_done,
        "verified_but_gone": report.flagged.gone,
        "verified_with_another_profession": report.flagged.changed,
        "verified_and_back": report.flagged.back,
    }


def _in_words(told: Mapping[str, Any]) -> dict[str, Any]:
    kept = {k: v for k, v in told.items() if v or k in {"people", "removed"}}
    return {k: _counts(v) if isinstance(v, Mapping) else v for k, v in kept.items()}


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{reason}: {count}" for reason, count in counts.items())


def _progress(file: Path) -> Progress | None:
    """Return what draws a bar on standard error, None where nobody watches."""
    if not sys.stderr.isatty():
        return None

    def draw(done: int, size: int, lines: int) -> None:
        part = done / size if size else 1.0
        bar = "#" * int(part * _WIDTH)
        end = "\n" if done >= size else ""
        sys.stderr.write(f"\r{file.name} [{bar:<{_WIDTH}}] {part:4.0%} {lines} lines{end}")
        sys.stderr.flush()

    return draw
