"""`consilium moderation reports …`: complaints about actors and posts, from here and elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from actors.models import Actor
from actors.queries import find_actors
from cli.house import BY_COMMAND, AsJson, House, in_house, number, printable, show, show_list
from core.clock import wire_time
from core.errors import NotFound
from db.paging import Page
from moderation.audit import record
from moderation.models import Report
from moderation.reports import close_report, find_report, list_reports
from posts.queries import find_posts

app = typer.Typer(help="Complaints about people and posts.", no_args_is_help=True)

LISTED = 50

Id = Annotated[str, typer.Argument(help="The id, as it is listed.")]


@app.command("list")
def list_all(
    handled: Annotated[bool, typer.Option("--handled", help="Those that were closed.")] = False,
    limit: Annotated[int, typer.Option(help="How many, newest first.", min=1, max=1000)] = LISTED,
    before: Annotated[int | None, typer.Option(help="Only those with a smaller id.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the reports that wait, newest first.

    Example: consilium moderation reports list
    """

    async def work(house: House) -> list[dict[str, Any]]:
        async with house.database.read() as session:
            page = Page(limit=limit, max_id=before)
            reports = await list_reports(session, page, handled=handled)
            people = await find_actors(session, {report.target_id for report in reports})
        return [_row(report, people) for report in reports]

    show_list(in_house(work), as_json=as_json, empty="Nothing was reported.")


@app.command("show")
def show_one(report: Id, as_json: AsJson = False) -> None:
    """Show a report: who complains, in which words, about which posts; that is written down.

    Example: consilium moderation reports show 7401022334455667788
    """

    async def work(house: House) -> dict[str, Any]:
        async with house.database.transaction() as session:
            found = await find_report(session, number(report))
            if found is None:
                raise NotFound(f"there is no report {report}")
            await record(session, actor=BY_COMMAND, action="report.show", subject=str(found.id))
            people = await find_actors(session, {found.target_id, found.reporter_id})
            posts = await find_posts(session, found.post_ids)
            return {
                **_row(found, people),
                "reported_by": _handle(people, found.reporter_id),
                "actor": people[found.target_id].uri if found.target_id in people else None,
                "posts": [post.uri for post in posts.values()],
                "comment": printable(" ".join(found.comment.split())),
                "closed_by": found.handled_by,
            }

    show(in_house(work), as_json=as_json)


@app.command("close")
def close(report: Id, as_json: AsJson = False) -> None:
    """Note that a report was dealt with.

    Example: consilium moderation reports close 7401022334455667788
    """

    async def work(house: House) -> dict[str, Any]:
        async with house.database.transaction() as session:
            closed = await close_report(session, number(report), handled_by=BY_COMMAND)
            return _row(closed, await find_actors(session, {closed.target_id}))

    show(in_house(work), as_json=as_json)


def _row(report: Report, people: Mapping[int, Actor]) -> dict[str, Any]:
    return {
        "id": str(report.id),
        "about": _handle(people, report.target_id),
        "category": report.category,
        "from": report.host or "here",
        "more_alike": report.others,
        "post_count": len(report.post_ids),
        "at": wire_time(report.created_at),
        "closed_at": wire_time(report.handled_at) if report.handled_at else None,
    }


def _handle(people: Mapping[int, Actor], actor_id: int) -> str | None:
    actor = people.get(actor_id)
    return f"@{actor.handle}" if actor is not None else None
