"""`consilium register …`: national registers, imported from their open files."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.house import AsJson, House, in_house, show
from doctors.registers import register_of
from doctors.registers.importing import Progress, import_register, import_skills

app = typer.Typer(help="National registers of professionals.", no_args_is_help=True)

_WIDTH = 30


@app.callback()
def registers() -> None:
    """National registers of professionals."""


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="The register's file, unpacked.")],
    register: Annotated[str, typer.Option(help="The register: FR-RPPS.")],
    skills: Annotated[
        Path | None, typer.Option(help="The register's second file, of skills (savoir-faire).")
    ] = None,
    may_shrink: Annotated[
        bool, typer.Option("--may-shrink", help="Accept an edition with half as many people.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Bring a register to the edition in a file; one that was cut off goes on where it ended.

    Example: consilium register import PS_LibreAcces_Personne_activite.txt --register FR-RPPS
    """
    known = register_of(register)

    async def work(house: House) -> dict[str, Any]:
        report = await import_register(
            house.database, file, known, progress=_progress(file), may_shrink=may_shrink
        )
        told: dict[str, Any] = {
            "register": known.code,
            "file": file.name,
            "edition": str(report.edition_id),
            "lines": report.lines,
            "people": report.entries,
            "removed": report.removed,
            "skipped": report.skipped,
            "resumed_at_line": report.resumed_at,
            "imported_before": report.was_done,
            "verified_but_gone": report.vanished,
        }
        if skills is not None:
            told["skills"] = await import_skills(
                house.database, skills, known, progress=_progress(skills)
            )
        return told

    told = in_house(work)
    show(told if as_json else _in_words(told), as_json=as_json)


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
