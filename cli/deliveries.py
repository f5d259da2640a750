"""`consilium delivery …`: what waits, what could not be delivered, and sending it again."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from cli.house import AsJson, House, in_house, show, show_list
from core.clock import wire_time
from core.errors import InvalidInput, NotFound
from db.paging import Page
from outbox.bounds import Queue, find_queue
from outbox.letters import list_dead_letters, resend
from outbox.models import Delivery

app = typer.Typer(help="Deliveries: what waits, what was given up.", no_args_is_help=True)

LISTED = 50
SENT_A_TIME = 500


@app.command("list")
def list_letters(
    limit: Annotated[int, typer.Option(help="How many, newest first.", min=1, max=1000)] = LISTED,
    before: Annotated[int | None, typer.Option(help="Only those with a smaller id.")] = None,
    as_json: AsJson = False,
) -> None:
    """List deliveries that were given up, newest first.

    Example: consilium delivery list --json
    """

    async def work(house: House) -> list[dict[str, Any]]:
        async with house.database.read() as session:
            letters = await list_dead_letters(session, Page(limit=limit, max_id=before))
            _warn(await find_queue(session))
        return [_row(letter) for letter in letters]

    show_list(in_house(work), as_json=as_json, empty="Nothing was given up.")


@app.command("queue")
def show_queue(as_json: AsJson = False) -> None:
    """Show how many deliveries wait, and how many may.

    Example: consilium delivery queue
    """

    async def work(house: House) -> dict[str, Any]:
        async with house.database.read() as session:
            queue = await find_queue(session)
        return {
            "waiting": queue.waiting,
            "most": queue.most,
            "failing_hosts": queue.failing_hosts,
            "nearly_full": queue.is_nearly_full,
        }

    show(in_house(work), as_json=as_json)


@app.command("resend")
def resend_letters(
    delivery: Annotated[int | None, typer.Argument(help="The id of one delivery.")] = None,
    host: Annotated[str | None, typer.Option(help="All that were given up for a host.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that were given up.")] = False,
    as_json: AsJson = False,
) -> None:
    """Owe deliveries again that were given up: one, a host's, or all.

    Example: consilium delivery resend --host saint-louis.example
    """
    if sum((delivery is not None, host is not None, everything)) != 1:
        raise typer.BadParameter("name one delivery, or --host, or --all")

    async def work(house: House) -> dict[str, Any]:
        if delivery is not None:
            return {"resent": await _resend_one(house, delivery)}
        return {"resent": await _resend_many(house, host)}

    show(in_house(work), as_json=as_json)


def _warn(queue: Queue) -> None:
    if queue.is_nearly_full:
        told = f"{queue.waiting} of {queue.most} deliveries wait: likes and boosts are set aside"
        print(f"Warning: {told}", file=sys.stderr)


async def _resend_one(house: House, delivery: int) -> int:
    if not 0 < delivery < 2**63:
        raise InvalidInput(f"no delivery: {delivery}")
    async with house.database.transaction() as session:
        if not await resend(session, delivery):
            raise NotFound(f"delivery {delivery} is not one that was given up")
    return 1


async def _resend_many(house: House, host: str | None) -> int:
    resent, before = 0, None
    while True:
        async with house.database.transaction() as session:
            page = Page(limit=SENT_A_TIME, max_id=before)
            letters = await list_dead_letters(session, page)
            for letter in letters:
                if host is None or letter.host == host.lower():
                    resent += await resend(session, letter.id)
        if not letters:
            return resent
        before = letters[-1].id


def _row(letter: Delivery) -> dict[str, Any]:
    return {
        "id": str(letter.id),
        "host": letter.host,
        "inbox": letter.inbox,
        "given_up_at": wire_time(letter.given_up_at) if letter.given_up_at else None,
        "attempts": letter.attempts,
        "status": letter.last_status,
        "error": letter.last_error,
    }
