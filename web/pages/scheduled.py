"""Posts that are published later: listed, moved, taken back to be changed, dropped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from quart import Response, request

from core.errors import InvalidInput
from core.i18n import mark
from media.upload import list_files
from posts.audience import visibility_of_word
from posts.models import ScheduledPost, Visibility
from posts.params import PostParams
from posts.scheduled import drop, hold_own_scheduled, list_scheduled, move, read_due
from web.acting import read_own_form
from web.answers import go_to
from web.composer import composer_page
from web.composing import Typed, typed_of_params
from web.paging import POSTS_A_PAGE, read_id, read_page
from web.refusals import refusal_words
from web.visit import Pages, Visit

HOME = "/scheduled"
_TAKEN_BACK = mark("It is not published any more: change it, then publish it now or later.")


@dataclass(frozen=True, slots=True)
class Later:
    """A post that waits; `problem` is why it could not be published at its moment."""

    row: ScheduledPost
    params: PostParams
    visibility: Visibility
    due: str
    problem: str = ""


async def get_scheduled(visit: Visit) -> Response:
    """List what waits to be published, and what could not be."""
    return await _list(visit)


async def _list(
    visit: Visit, *, status: int = 200, problem: str = "", about: int | None = None
) -> Response:
    user, page = visit.require_member().user, read_page(request)
    async with visit.database.read() as session:
        rows = await list_scheduled(session, user.id, page)
    older = f"{HOME}?max_id={rows[-1].id}" if len(rows) >= POSTS_A_PAGE else ""
    return visit.page(
        "scheduled.html",
        status=status,
        posts=_shown(visit, rows),
        older=older,
        problem=problem,
        about=about,
        zone=visit.zone.key,
    )


def _shown(visit: Visit, rows: Sequence[ScheduledPost]) -> list[Later]:
    return [
        Later(
            row=row,
            params=(params := PostParams.from_json(row.params)),
            visibility=visibility_of_word(params.visibility or "direct"),
            due=_typed_moment(visit, row.due_at),
            problem=refusal_words(visit.language, row.error) if row.failed_at else "",
        )
        for row in rows
    ]


def _typed_moment(visit: Visit, moment: datetime) -> str:
    """Write a moment as a browser's field for one holds it, in the reader's time zone."""
    return moment.astimezone(visit.zone).strftime("%Y-%m-%dT%H:%M")


async def post_scheduled(visit: Visit, scheduled_id: str) -> Response:
    """Move a post to another moment, take it back to be changed, or drop it."""
    form = await read_own_form(visit)
    number, user = read_id(scheduled_id), visit.require_member().user
    match form.get("act"):
        case "anew":
            return await _take_back(visit, number)
        case "drop":
            async with visit.database.transaction() as session:
                await drop(session, await hold_own_scheduled(session, user.id, number))
        case _:
            try:
                due_at = read_due(Typed(due=form.get("due", "")).due_in(visit.zone))
                async with visit.database.transaction() as session:
                    row = await hold_own_scheduled(session, user.id, number)
                    await move(session, row, due_at)
            except InvalidInput as error:
                problem = refusal_words(visit.language, error)
                return await _list(visit, status=422, problem=problem, about=number)
    return go_to(visit.site.settings, HOME)


async def _take_back(visit: Visit, number: int) -> Response:
    """Open a post that waits in the composer; it waits no longer."""
    member = visit.require_member()
    async with visit.database.transaction() as session:
        row = await hold_own_scheduled(session, member.user.id, number)
        params = PostParams.from_json(row.params)
        files = {
            media.id: media
            for media in await list_files(session, member.actor.id, params.media_ids or ())
        }
        typed = typed_of_params(
            params, [files[id] for id in params.media_ids or () if id in files]
        )
        await drop(session, row)
    typed = replace(typed, draft=f"later-{number}")
    return await composer_page(visit, typed, notice=visit.language.gettext(_TAKEN_BACK))


PAGES: Pages = (
    ("GET", HOME, get_scheduled),
    ("POST", f"{HOME}/<scheduled_id>", post_scheduled),
)
