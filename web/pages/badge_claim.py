"""`/settings/badge/claim`: saying who one is; the register is looked up before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping

from quart import Response

from core.errors import InvalidInput
from core.i18n import mark
from core.settings import Switch
from doctors.claims import MAX_SPECIALITIES, find_open_claim, make_claim
from users.limits import TooManyAttempts
from web.acting import read_own_form
from web.answers import go_to
from web.claim_form import (
    BOUNDS,
    FIRST,
    Asked,
    Fault,
    choices,
    chosen_specialities,
    fault_of,
    filled,
    known_of,
    read_asked,
)
from web.entry import Looked, ask_directory, look, register_choices
from web.own_rows import own_rows
from web.pages.badge import BADGE
from web.visit import Pages, Visit

CLAIM = f"{BADGE}/claim"
LOOK_UP = "look-up"
# One more row than is filled, so that nobody has to save to get one.
_SPECIALITY_ROWS = 2


async def get_claim(visit: Visit) -> Response:
    """Show the form; whose claim waits is shown that instead."""
    member = visit.require_member()
    async with visit.database.read() as session:
        if await find_open_claim(session, member.actor.id) is not None:
            return go_to(visit.site.settings, BADGE)
    return _show(visit, FIRST)


async def post_claim(visit: Visit) -> Response:
    """Look the number up and show what the register says; or make the claim."""
    form = await read_own_form(visit)
    try:
        asked = read_asked(form, visit.language)
        if form.get("act") == LOOK_UP:
            return await _look_up(visit, form, asked)
        return await _claim(visit, form, asked)
    except Fault as fault:
        if visit.wants_part:
            return visit.page("claim_entry.html", looked=None, fault=fault.words, known={})
        return _show(visit, form, fault=fault)


async def _look_up(visit: Visit, form: Mapping[str, str], asked: Asked) -> Response:
    try:
        _count(visit)
    except TooManyAttempts as error:
        words = mark("Those were many look-ups in a short time: wait some minutes.")
        raise Fault("number", visit.language.gettext(words)) from error
    looked = await look(visit, asked.register, asked.number)
    if visit.wants_part:
        known = filled({}, looked.listed) if looked.listed else {}
        return visit.page("claim_entry.html", looked=looked, fault="", known=known)
    return _show(visit, filled(form, looked.listed), looked=looked)


def _count(visit: Visit) -> None:
    if visit.site.settings.rate_limits is Switch.ON:
        visit.site.numbers.require(str(visit.require_member().user.id))


async def _claim(visit: Visit, form: Mapping[str, str], asked: Asked) -> Response:
    await ask_directory(visit, asked.register, asked.number)
    try:
        async with visit.database.transaction() as session:
            _, actor = await own_rows(session, visit)
            if await find_open_claim(session, actor.id) is not None:
                return go_to(visit.site.settings, BADGE)
            await make_claim(
                session,
                actor,
                register=asked.register.code,
                number=asked.number,
                profession=form.get("profession", ""),
                given_name=form.get("given_name", ""),
                family_name=form.get("family_name", ""),
                specialities=chosen_specialities(form),
                workplace=form.get("workplace", ""),
                remark=form.get("remark", ""),
            )
    except InvalidInput as error:
        raise fault_of(error, visit.language) from error
    return go_to(visit.site.settings, f"{BADGE}?done=claimed")


def _show(
    visit: Visit,
    typed: Mapping[str, str],
    *,
    looked: Looked | None = None,
    fault: Fault | None = None,
) -> Response:
    locale = visit.language.code
    rows = min(len(chosen_specialities(typed)) + _SPECIALITY_ROWS, MAX_SPECIALITIES)
    return visit.page(
        "claim.html",
        status=422 if fault else 200,
        section=BADGE,
        typed=typed,
        looked=looked,
        known=known_of(looked.listed) if looked and looked.listed else {},
        fault="",
        faults={fault.field: fault.words} if fault else {},
        registers=register_choices(locale),
        rows=range(1, rows + 1),
        bounds=BOUNDS,
        choices=choices(locale),
    )


PAGES: Pages = (
    ("GET", CLAIM, get_claim),
    ("POST", CLAIM, post_claim),
)
