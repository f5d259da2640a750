"""What one says of one's practice, and who may read each part of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from quart import Response, request

from doctors.models import FieldAudience, PracticeField
from doctors.practice import InvalidField, read_settings, read_stated
from doctors.practice_rows import list_fields
from outbox.practice import PracticeChanges, send_practice
from web.acting import read_own_form
from web.answers import go_to
from web.own_rows import own_rows
from web.pages.findable import findable_note
from web.practice_form import MORE_STEPS, TownUnclear, career_rows, fields_of, typed_of
from web.visit import Pages, Visit

PRACTICE = "/settings/practice"


async def get_practice(visit: Visit) -> Response:
    """Show what one says of one's practice, to be changed."""
    return await _show(visit)


async def post_practice(visit: Visit) -> Response:
    """Change what one says of one's practice, and tell those who may read it."""
    form = await read_own_form(visit)
    try:
        changes = PracticeChanges(
            fields_of(form, visit.language.code),
            is_private="is_private" in form,
            seeks_colleagues="seeks_colleagues" in form,
        )
        async with visit.database.transaction() as session:
            _, actor = await own_rows(session, visit)
            await send_practice(session, actor, changes)
    except InvalidField as error:
        return await _show(visit, form, fault=error)
    return go_to(visit.site.settings, f"{PRACTICE}?saved=1")


async def _show(
    visit: Visit, typed: Mapping[str, str] | None = None, *, fault: InvalidField | None = None
) -> Response:
    """Show the form; `typed` is what was sent and is not kept, `fault` what is wrong with it."""
    locale = visit.language.code
    member = visit.require_member()
    async with visit.database.read() as session:
        note = await findable_note(session, visit)
        if typed is None:
            _, actor = await own_rows(session, visit)
            typed = typed_of(
                (await read_stated(session, [actor.id]))[actor.id],
                await read_settings(session, actor.id),
                _audiences(await list_fields(session, [actor.id])),
                locale,
            )
    rows = career_rows(typed)
    problem = visit.language.gettext(fault.problem, what=fault.what) if fault else ""
    return visit.page(
        "own_practice.html",
        status=422 if fault else 200,
        section=PRACTICE,
        note=note,
        typed=typed,
        said_rows=rows[:-MORE_STEPS],
        empty_rows=rows[-MORE_STEPS:],
        audiences=list(FieldAudience),
        faults={fault.field: problem} if fault else {},
        towns=fault.choices if isinstance(fault, TownUnclear) else (),
        is_doctor=visit.viewer.is_doctor,
        is_saved="saved" in request.args,
        page=f"/@{member.actor.username}",
    )


def _audiences(rows: Sequence[PracticeField]) -> dict[str, FieldAudience]:
    # As they were chosen: of a private profile, what each is for when it opens again.
    return {row.name: row.audience for row in rows}


PAGES: Pages = (
    ("GET", PRACTICE, get_practice),
    ("POST", PRACTICE, post_practice),
)
