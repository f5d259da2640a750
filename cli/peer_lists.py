"""`consilium peer export` and `import`: block lists, as Mastodon and GoToSocial exchange them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.house import BY_COMMAND, AsJson, House, in_house, show_list
from core.errors import InvalidInput
from doctors.block_lists import Step, Verdict, carry_out_import, plan_import
from moderation.audit import record
from moderation.blocklist import (
    MAX_BYTES,
    Blocklist,
    Severity,
    Skipped,
    entries_of,
    patterns_in,
    read_blocklist,
    write_blocklist,
)
from moderation.queries import list_peers


def export_list(
    file: Annotated[Path | None, typer.Option(help="Where to write it, instead of here.")] = None,
) -> None:
    """Write our blocks and restrictions as Mastodon's CSV; our own reasons are left out.

    Example: consilium peer export --file blocks.csv
    """

    async def work(house: House) -> list[Any]:
        async with house.database.read() as session:
            return entries_of(await list_peers(session))

    entries = in_house(work)
    written = write_blocklist(entries)
    if file is None:
        print(written, end="")
    else:
        try:
            file.write_text(written, encoding="utf-8", newline="")
        except OSError as error:
            raise InvalidInput(f"{file} cannot be written: {error.strerror}") from error
    patterns = patterns_in(entries)
    if patterns:
        print(f"only a Consilium reads patterns: {', '.join(patterns)}", file=sys.stderr)


def import_list(
    file: Annotated[Path, typer.Argument(help="CSV, JSON, or one host a line.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what it would do, and do nothing.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Restrict and block clinical peers, too.")
    ] = False,
    reason: Annotated[str, typer.Option(help="Why, where nobody said so yet.")] = "",
    as_json: AsJson = False,
) -> None:
    """Take a block list over: it makes decisions stricter, never weaker, and allows nobody.

    suspend blocks; silence holds for review (stricter: we have no silence); noop restricts only.

    Example: consilium peer import blocks.csv --dry-run
    """
    read = read_blocklist(_read(file))
    why = reason or f"on the list {file.name}"

    async def work(house: House) -> list[Step]:
        if dry_run:
            async with house.database.read() as session:
                return await plan_import(session, read.entries, force=force)
        async with house.database.transaction() as session:
            steps = await plan_import(session, read.entries, force=force)
            done = await carry_out_import(session, steps, decided_by=BY_COMMAND, reason=why)
            if done:
                detail = {"changed": done, "forced": force, "reason": why}
                await record(
                    session,
                    actor=BY_COMMAND,
                    action="peer.import",
                    subject=file.name,
                    detail=detail,
                )
            return steps

    steps = in_house(work)
    # What changes nothing is not worth a line; what was kept back, or not understood, is.
    told = [step for step in steps if step.verdict is not Verdict.SAME]
    rows = [*map(_row, told), *map(_skipped_row, read.skipped)]
    show_list(rows, as_json=as_json, empty="Nothing new in it.")
    print(_summary(steps, read, dry_run=dry_run), file=sys.stderr)


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(MAX_BYTES + 1)
    except OSError as error:
        raise InvalidInput(f"{file} cannot be read: {error.strerror}") from error


def _row(step: Step) -> dict[str, Any]:
    entry = step.entry
    takes = {
        "held for review": entry.severity is Severity.SILENCE,
        "no media": entry.rejects_media,
        "no reports": entry.rejects_reports,
    }
    return {
        "host": entry.host,
        "what": step.verdict.value,
        "before": step.before or None,
        "takes": [words for words, is_set in takes.items() if is_set],
        "note": step.note or None,
    }


def _skipped_row(skipped: Skipped) -> dict[str, Any]:
    return {
        "host": skipped.text or None,
        "what": "skipped",
        "before": None,
        "takes": [],
        "note": f"line {skipped.line}: {skipped.why}",
    }


def _summary(steps: list[Step], read: Blocklist, *, dry_run: bool) -> str:
    counted = {verdict: sum(step.verdict is verdict for step in steps) for verdict in Verdict}
    done = "would be" if dry_run else "were"
    return (
        f"{counted[Verdict.BLOCK]} {done} blocked, {counted[Verdict.RESTRICT]} {done} restricted; "
        f"{counted[Verdict.SAME]} bring nothing new, {counted[Verdict.KEPT]} kept back, "
        f"{len(read.skipped)} skipped"
    )
