"""`/directory`: the right colleague for a patient, by one line; filters, facets, the ring.

The ring is asked where the address says so (`ring=1`): a link, which our script follows in place.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from quart import Response, request

from core.i18n import mark
from core.settings import Directory
from doctors.asked import Asked, asked_from
from doctors.directory import Found, search
from doctors.practice import PracticeReader
from doctors.ring import RingFound, ask_ring
from moderation.queries import clinical_peers
from users.limits import TooManyAttempts
from web.answers import go_to
from web.found_doctors import (
    address,
    asked_in,
    choices,
    facets,
    list_rows,
    map_address,
    narrowed_by,
    other_towns,
)
from web.mapping import show_map
from web.pages.findable import findable_note
from web.visit import Pages, Visit

_TOO_OFTEN = mark("The other instances were asked too often for a moment. Ask again in a minute.")


async def get_directory(visit: Visit) -> Response:
    """Show who fits what the address asks for, one page of them."""
    if visit.site.settings.directory is not Directory.PUBLIC:
        visit.require_member()
    asked = asked_from(request.args)
    asks_ring = request.args.get("ring") == "1" and visit.browser is not None
    if visit.wants_part and asks_ring:
        return visit.page("directory_ring.html", **await _ring(visit, asked))

    async with visit.database.read() as session:
        found = await search(session, asked, _reader(visit))
        rows = await list_rows(session, visit, found)
        peers = await clinical_peers(session) if visit.browser is not None else []
        note = await findable_note(session, visit) if asked.is_nothing else ""
    values = await _ring(visit, asked) if asks_ring else {}
    return visit.page(
        "directory.html",
        asked=asked,
        found=found,
        rows=rows,
        peers=len(peers),
        note=note,
        choices=choices(visit, asked),
        facets=facets(visit, asked, found),
        narrowed=narrowed_by(visit, asked, found.question),
        other_towns=other_towns(visit, asked, found.question),
        address=lambda **more: address(replace(asked, page=1), **more),
        map_address=map_address(replace(asked, page=1)),
        next_page=address(replace(asked, page=asked.page + 1)) if found.has_next else "",
        asks_ring=asks_ring,
        **values,
    )


def _reader(visit: Visit) -> PracticeReader:
    return PracticeReader(visit.viewer.actor_id, is_doctor=visit.viewer.is_doctor)


async def _ring(visit: Visit, asked: Asked) -> dict[str, Any]:
    """Ask the other instances; return what their part of the page shows."""
    try:
        ring = await ask_ring(visit.database, visit.site.client, asked, _reader(visit))
    except TooManyAttempts:
        return {"ring": None, "ring_problem": visit.language.gettext(_TOO_OFTEN)}
    async with visit.database.read() as session:
        here = await search(session, asked, _reader(visit))
        rows = await list_rows(session, visit, _without(ring, here))
    return {"ring": ring, "ring_rows": rows}


def _without(ring: RingFound, here: Found) -> Found:
    """Return whom the ring named and the page does not show already."""
    shown = {one.actor_id for one in here.people}
    people = [one for one in ring.found.people if one.actor_id not in shown]
    return replace(ring.found, people=people)


async def get_asked_map(visit: Visit) -> Response:
    """Lead to the map of those who fit."""
    visit.require_member()
    asked = replace(asked_from(request.args), page=1)
    return go_to(visit.site.settings, map_address(asked))


async def get_directory_map(visit: Visit, written: str) -> Response:
    """Show those who fit on a map."""
    visit.require_member()
    asked = replace(asked_in(written), page=1)
    found = await visit.database.look(lambda session: search(session, asked, _reader(visit)))
    gettext = visit.language.gettext
    back = (address(asked), gettext("Directory"))
    return await show_map(visit, found.actor_ids, gettext("Who was found, on the map"), back=back)


PAGES: Pages = (
    ("GET", "/directory", get_directory),
    ("GET", "/directory/map", get_asked_map),
    ("GET", "/directory/map/<written>", get_directory_map),
)
