"""`consilium moderation …`: what waits for a moderator's word."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any

import typer

from cli import reports
from cli.house import BY_COMMAND, AsJson, House, in_house, number, printable, show, show_list
from core.clock import wire_time
from db.paging import Page
from inbox.held import Held, discard_held, list_held, release_held, show_held

app = typer.Typer(help="What waits for a moderator.", no_args_is_help=True)
held_app = typer.Typer(help="What hosts that are held for review say.", no_args_is_help=True)
app.add_typer(held_app, name="held")
app.add_typer(reports.app, name="reports")

LISTED = 50

Id = Annotated[str, typer.Argument(help="The id, as it is listed.")]
Ids = Annotated[list[str], typer.Argument(help="The ids, as they are listed.")]
Limit = Annotated[int, typer.Option(help="How many, newest first.", min=1, max=1000)]
Before = Annotated[int | None, typer.Option(help="Only those with a smaller id.")]


@held_app.command("list")
def list_waiting(
    host: Annotated[str | None, typer.Option(help="Only what this host brought.")] = None,
    limit: Limit = LISTED,
    before: Before = None,
    as_json: AsJson = False,
) -> None:
    """List what waits, newest first: whose it is and about what, never what it says.

    Example: consilium moderation held list --host noisy.example
    """

    async def work(house: House) -> list[dict[str, Any]]:
        page = Page(limit=limit, max_id=before)
        async with house.database.read() as session:
            waiting = await list_held(session, page, host=host.lower() if host else None)
        return [_row(one) for one in waiting]

    show_list(in_house(work), as_json=as_json, empty="Nothing waits.")


@held_app.command("show")
def show_waiting(activity: Id, as_json: AsJson = False) -> None:
    """Show an activity as it came; that you looked is written down.

    Example: consilium moderation held show 7401022334455667788
    """

    async def work(house: House) -> dict[str, Any]:
        async with house.database.transaction() as session:
            held, body = await show_held(session, number(activity), shown_to=BY_COMMAND)
        return {**_row(held), "why": held.reason, "activity": json.loads(body)}

    shown = in_house(work)
    if as_json:
        show(shown, as_json=True)
        return
    document = shown.pop("activity")
    show(shown, as_json=False)
    print(printable(json.dumps(document, ensure_ascii=False, indent=2)))


@held_app.command("release")
def release(activities: Ids, as_json: AsJson = False) -> None:
    """Let activities through: they are processed now. All of those named, or none.

    Example: consilium moderation held release 7401022334455667788
    """
    _decide(release_held, activities, as_json=as_json)


@held_app.command("discard")
def discard(activities: Ids, as_json: AsJson = False) -> None:
    """Throw activities away. All of those named, or none.

    Example: consilium moderation held discard 7401022334455667788
    """
    _decide(discard_held, activities, as_json=as_json)


def _decide(
    decision: Callable[..., Awaitable[list[Held]]], activities: Sequence[str], *, as_json: bool
) -> None:
    async def work(house: House) -> list[dict[str, Any]]:
        ids = sorted({number(activity) for activity in activities})
        async with house.database.transaction() as session:
            return [_row(one) for one in await decision(session, ids, decided_by=BY_COMMAND)]

    show_list(in_house(work), as_json=as_json, empty="Nothing waits.")


def _row(held: Held) -> dict[str, Any]:
    return {
        "id": str(held.id),
        "type": held.type,
        "host": held.host,
        "actor": held.actor_uri,
        "object": printable(held.object_uri or "") or None,
        "brought_by": held.brought_by if held.brought_by != held.host else None,
        "received_at": wire_time(held.received_at),
    }
