"""`consilium announcement …`: what the institution tells everybody here."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from cli.house import BY_COMMAND, AsJson, House, in_house, number, printable, show, show_list
from core.clock import wire_time
from core.errors import InvalidInput
from notifications.announcements import (
    delete_announcement,
    list_announcements,
    save_announcement,
)
from notifications.models import Announcement

app = typer.Typer(help="What the institution tells everybody here.", no_args_is_help=True)
SHOWN_CHARACTERS = 80
Moment = Annotated[str | None, typer.Option(help="As 2026-12-01T08:00, in UTC, or a day alone.")]


@app.command("add")
def add(
    text: Annotated[str, typer.Argument(help="The text; links and hashtags become links.")],
    starts: Moment = None,
    ends: Moment = None,
    all_day: Annotated[bool, typer.Option("--all-day", help="Show days, no times.")] = False,
    as_json: AsJson = False,
) -> None:
    """Tell everybody here something, until `--ends`, or until it is removed.

    Example: consilium announcement add "Maintenance on Sunday" --ends 2026-12-06T12:00
    """
    starts_at, ends_at = _moment(starts), _moment(ends)

    async def work(house: House) -> dict[str, Any]:
        async with house.database.transaction() as session:
            saved = await save_announcement(
                session,
                text,
                decided_by=BY_COMMAND,
                starts_at=starts_at,
                ends_at=ends_at,
                all_day=all_day,
            )
        return _row(saved)

    show(in_house(work), as_json=as_json)


@app.command("list")
def list_all(as_json: AsJson = False) -> None:
    """List what was announced, oldest first.

    Example: consilium announcement list
    """

    async def work(house: House) -> list[dict[str, Any]]:
        async with house.database.read() as session:
            return [_row(one) for one in await list_announcements(session)]

    show_list(in_house(work), as_json=as_json, empty="Nothing is announced.")


@app.command("remove")
def remove(
    announcement: Annotated[str, typer.Argument(help="The id, as it is listed.")],
    as_json: AsJson = False,
) -> None:
    """Take an announcement back, with the emojis that it was given.

    Example: consilium announcement remove 7401022334455667788
    """

    async def work(house: House) -> dict[str, Any]:
        removed = number(announcement)
        async with house.database.transaction() as session:
            await delete_announcement(session, removed, decided_by=BY_COMMAND)
        return {"removed": str(removed)}

    show(in_house(work), as_json=as_json)


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        given = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(f"no moment: {text[:40]!r}; as 2026-12-01T08:00") from error
    return given.astimezone(UTC) if given.tzinfo is not None else given.replace(tzinfo=UTC)


def _row(announcement: Announcement) -> dict[str, Any]:
    starts, ends = announcement.starts_at, announcement.ends_at
    return {
        "id": str(announcement.id),
        "text": printable(announcement.source_text)[:SHOWN_CHARACTERS],
        "starts_at": wire_time(starts) if starts is not None else None,
        "ends_at": wire_time(ends) if ends is not None else None,
        "published_at": wire_time(announcement.published_at),
    }
