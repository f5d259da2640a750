"""`consilium audit …`: the log of decisions, and whether it is whole."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli.house import AsJson, House, in_house, show, show_list
from core.errors import PermanentError
from moderation.audit import count_lines, find_break, list_newest

app = typer.Typer(help="Decisions: who decided what, when and why.", no_args_is_help=True)

Limit = Annotated[int, typer.Option(help="How many lines.", min=1, max=10_000)]


@app.command()
def verify(as_json: AsJson = False) -> None:
    """See that no line was changed or taken out since it was written.

    Example: consilium audit verify
    """

    async def work(house: House) -> dict[str, Any]:
        async with house.database.read() as session:
            broken = await find_break(session)
            if broken is not None:
                raise PermanentError(
                    f"the log is broken at line {broken.id} of {broken.at:%Y-%m-%d %H:%M} UTC: it, "
                    "or a line before it, was changed or taken out"
                )
            return {"whole": True, "lines": await count_lines(session)}

    show(in_house(work), as_json=as_json)


@app.command("list")
def list_lines(limit: Limit = 50, as_json: AsJson = False) -> None:
    """List the newest decisions.

    Example: consilium audit list --limit 20
    """

    async def work(house: House) -> list[dict[str, Any]]:
        async with house.database.read() as session:
            return [
                {
                    "at": line.at.isoformat(timespec="seconds"),
                    "by": line.actor,
                    "action": line.action,
                    "subject": line.subject,
                    "detail": line.detail,
                }
                for line in await list_newest(session, limit)
            ]

    show_list(in_house(work), as_json=as_json, empty="Nothing has been decided yet.")
