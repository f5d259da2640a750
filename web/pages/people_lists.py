"""Lists of people: who follows and is followed, who asks to, who is muted and blocked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from quart import Response, request

from actors.blocks import list_blocks, list_mutes
from actors.domain_blocks import delete_domain_block, list_domain_blocks, read_domain
from actors.follows import list_follow_requests, list_followers, list_following
from actors.models import Actor
from actors.queries import get_actor
from actors.relationships import list_relationships
from core.errors import InvalidInput
from core.settings import PublicPages
from db.paging import Page
from db.session import AsyncSession
from outbox.domain_block import send_domain_block
from web.acting import read_own_form
from web.answers import go_to
from web.handles import find_shown
from web.paging import PEOPLE_A_PAGE, after_path, read_page
from web.person import list_people, profile_path
from web.visit import Pages, Visit

Rows = Sequence[tuple[Any, Actor]]
ListRows = Callable[[AsyncSession, int, Page], Awaitable[Rows]]
_OWN: dict[str, ListRows] = {
    "follow-requests": list_follow_requests,
    "mutes": list_mutes,
    "blocks": list_blocks,
}


async def get_followers(visit: Visit, handle: str) -> Response:
    """List who follows somebody, unless that person keeps it to themself (H27)."""
    return await _of_somebody(visit, handle, "followers", list_followers)


async def get_following(visit: Visit, handle: str) -> Response:
    """List whom somebody follows, unless that person keeps it to themself (H27)."""
    return await _of_somebody(visit, handle, "following", list_following)


async def _of_somebody(visit: Visit, handle: str, name: str, rows: ListRows) -> Response:
    visit.require(PublicPages.PROFILES)
    actor = await find_shown(visit, handle)
    path = f"{profile_path(actor)}/{name}"
    if request.path != path:
        return go_to(visit.site.settings, path)
    is_mine = visit.browser is not None and visit.browser.actor.id == actor.id
    is_shown = is_mine or not actor.hides_network
    async with visit.database.read() as session:
        owner = (await list_people(session, [actor]))[actor.id]
        page = read_page(request, limit=PEOPLE_A_PAGE)
        found = await rows(session, actor.id, page) if is_shown else []
        values = await _shown(session, visit, found)
    more = after_path(path, found)
    return visit.page(
        "people.html", owner=owner, name=name, is_shown=is_shown, older=more, **values
    )


async def get_own(visit: Visit, name: str) -> Response:
    """List who asks to follow the reader, or whom they mute or block."""
    me = visit.require_member().actor
    async with visit.database.read() as session:
        page = read_page(request, limit=PEOPLE_A_PAGE)
        found = await _OWN[name](session, me.id, page)
        values = await _shown(session, visit, found)
    more = after_path(f"/{name}", found)
    return visit.page("own_people.html", name=name, section=f"/{name}", older=more, **values)


async def _shown(session: AsyncSession, visit: Visit, rows: Rows) -> dict[str, Any]:
    """Return people with how the reader stands to each; a fixed number of queries."""
    actors = [actor for _, actor in rows]
    people = await list_people(session, actors)
    relations = {}
    if visit.browser is not None:
        me = visit.browser.actor.id
        ids = [actor.id for actor in actors if actor.id != me]
        relations = {one.target_id: one for one in await list_relationships(session, me, ids)}
    return {"people": [people[actor.id] for actor in actors], "relations": relations}


async def get_domain_blocks(visit: Visit) -> Response:
    """List the instances of which the reader wants nothing, with a form for one more."""
    return await _domain_blocks(visit)


async def post_domain_blocks(visit: Visit) -> Response:
    """Block an instance, or end that; a name that is none is refused."""
    member, form = visit.require_member(), await read_own_form(visit)
    typed = form.get("host", "").strip()
    try:
        async with visit.database.transaction() as session:
            me = await get_actor(session, member.actor.id)
            domain = read_domain(session, typed)
            if form.get("act") == "unblock":
                await delete_domain_block(session, me.id, domain)
            else:
                await send_domain_block(session, me, domain)
    except InvalidInput:
        return await _domain_blocks(visit, typed=typed, status=422)
    return go_to(visit.site.settings, "/domain-blocks")


async def _domain_blocks(visit: Visit, *, typed: str = "", status: int = 200) -> Response:
    me = visit.require_member().actor
    async with visit.database.read() as session:
        page = read_page(request, limit=PEOPLE_A_PAGE)
        rows = await list_domain_blocks(session, me.id, page)
    return visit.page(
        "domain_blocks.html",
        status=status,
        section="/domain-blocks",
        domains=[row.domain for row in rows],
        typed=typed,
        older=after_path("/domain-blocks", [(row, row) for row in rows]),
    )


PAGES: Pages = (
    ("GET", "/@<handle>/followers", get_followers),
    ("GET", "/@<handle>/following", get_following),
    ("GET", "/<any('follow-requests', mutes, blocks):name>", get_own),
    ("GET", "/domain-blocks", get_domain_blocks),
    ("POST", "/domain-blocks", post_domain_blocks),
)
