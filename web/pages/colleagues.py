"""`/colleagues`: former colleagues, proposed to both if both wish, and the wish itself."""

from __future__ import annotations

from dataclasses import dataclass

from quart import Response, request

from actors.queries import get_actor
from actors.relationships import list_relationships
from actors.suggestions import dismiss_suggestion
from doctors.colleagues import Together, list_former_colleagues, read_own_search
from outbox.practice import PracticeChanges, send_practice
from web.acting import back_to, read_own_form
from web.answers import go_to
from web.paging import PEOPLE_A_PAGE, after_path, read_id, read_page
from web.person import Person, list_people
from web.visit import Pages, Visit

PATH = "/colleagues"


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody from before, with where and when."""

    person: Person
    together: tuple[Together, ...]


async def get_colleagues(visit: Visit) -> Response:
    """Show one's former colleagues, or what is missing to find them."""
    me = visit.require_member().actor
    async with visit.database.read() as session:
        own = await read_own_search(session, me.id)
        page = read_page(request, limit=PEOPLE_A_PAGE)
        found = await list_former_colleagues(session, visit.viewer, page)
        ids = [one.actor.id for one in found]
        people = await list_people(session, [one.actor for one in found])
        relations = {one.target_id: one for one in await list_relationships(session, me.id, ids)}
    return visit.page(
        "colleagues.html",
        own=own,
        found=[Known(people[one.actor.id], one.together) for one in found],
        relations=relations,
        older=after_path(PATH, [(one.actor, one.actor) for one in found]),
    )


async def post_wish(visit: Visit, act: str) -> Response:
    """Begin or stop to look for former colleagues, and to be proposed to them."""
    await read_own_form(visit)
    async with visit.database.transaction() as session:
        me = await get_actor(session, visit.require_member().actor.id)
        await send_practice(session, me, PracticeChanges(seeks_colleagues=act == "look"))
    return go_to(visit.site.settings, PATH)


async def post_dismiss(visit: Visit, actor_id: str) -> Response:
    """Propose somebody no more; they are not told."""
    form = await read_own_form(visit)
    number = read_id(actor_id)
    async with visit.database.transaction() as session:
        me = await get_actor(session, visit.require_member().actor.id)
        other = await get_actor(session, number)
        await dismiss_suggestion(session, me.id, other.id)
    return back_to(visit, form)


PAGES: Pages = (
    ("GET", PATH, get_colleagues),
    ("POST", f"{PATH}/<any(look, stop):act>", post_wish),
    ("POST", f"{PATH}/<actor_id>/dismiss", post_dismiss),
)
