"""Lists: people under a name, with a timeline of their own; and the hashtags that one follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from quart import Response, request

from actors.lists import (
    LONGEST_TITLE,
    checked_title,
    get_list,
    list_lists,
    list_members,
    make_list,
)
from actors.models import Actor, ActorList, RepliesPolicy
from actors.search import search_actors
from core.errors import InvalidInput
from db.paging import Page
from db.session import AsyncSession
from moderation.filters import FilterContext
from posts.followed_tags import MOST_TAGS, list_followed_tags
from posts.list_timelines import change_list, drop_list, put_on_list, take_off_list
from posts.models import Post
from posts.timelines import list_of_list
from web.acting import back_to, read_own_form
from web.answers import go_to
from web.paging import PEOPLE_A_PAGE, after_path, read_id, read_page
from web.person import Person, list_people
from web.timeline import Timeline, read_line, show_line
from web.visit import Pages, Visit

MAX_WORDS = 200
FOUND = 10
_POLICIES = {policy.value: policy for policy in RepliesPolicy}


@dataclass(frozen=True, slots=True)
class Wishes:
    """What somebody wants of a list, as it was typed or as it is."""

    title: str = ""
    replies: str = RepliesPolicy.LIST.value
    exclusive: bool = False

    @classmethod
    def of(cls, found: ActorList) -> Wishes:
        """Return what a list is."""
        return cls(found.title, found.replies_policy.value, found.exclusive)

    @classmethod
    def read(cls, form: Mapping[str, str]) -> Wishes:
        """Read a form; an unknown policy is the usual one."""
        replies = form.get("replies", "")
        known = replies if replies in _POLICIES else RepliesPolicy.LIST.value
        return cls(form.get("title", ""), known, form.get("exclusive") == "yes")


async def get_lists(visit: Visit) -> Response:
    """Show the reader's lists and followed hashtags."""
    return await _show_lists(visit)


async def post_lists(visit: Visit) -> Response:
    """Make a list, and go on to who is on it."""
    form = await read_own_form(visit)
    title = form.get("title", "")
    try:
        async with visit.database.transaction() as session:
            made = await make_list(session, _me(visit).id, title)
    except InvalidInput:
        return await _show_lists(visit, title=title, status=422)
    return go_to(visit.site.settings, f"/lists/{made.id}/edit")


async def _show_lists(visit: Visit, *, title: str = "", status: int = 200) -> Response:
    me = _me(visit)
    async with visit.database.read() as session:
        lists = await list_lists(session, me.id)
        tags = await list_followed_tags(session, me.id, Page(limit=MOST_TAGS))
    return visit.page(
        "lists.html", status=status, lists=lists, tags=tags, title=title, longest=LONGEST_TITLE
    )


async def get_one(visit: Visit, list_id: str) -> Response:
    """Show what a list of the reader's shows."""
    me, number = _me(visit), read_id(list_id)

    async with visit.database.read() as session:
        found = await get_list(session, me.id, number)
        timeline = Timeline(f"/lists/{number}", FilterContext.HOME, f"list:{number}")

        async def list_posts(session: AsyncSession, page: Page) -> list[Post]:
            return await list_of_list(session, visit.viewer, found, page)

        line = await read_line(session, visit, timeline, list_posts)
    return show_line(visit, "list.html", line, list=found)


async def get_edit(visit: Visit, list_id: str) -> Response:
    """Show who is on a list and what it wants, with a search among those whom one follows."""
    return await _show_edit(visit, read_id(list_id))


async def post_edit(visit: Visit, list_id: str) -> Response:
    """Change what a list is called and shows."""
    number = read_id(list_id)
    form = await read_own_form(visit)
    wishes = Wishes.read(form)
    try:
        async with visit.database.transaction() as session:
            found = await get_list(session, _me(visit).id, number)
            await change_list(
                session,
                found,
                title=checked_title(wishes.title),
                replies_policy=_POLICIES[wishes.replies],
                exclusive=wishes.exclusive,
            )
    except InvalidInput:
        return await _show_edit(visit, number, wishes=wishes, status=422)
    return go_to(visit.site.settings, f"/lists/{number}")


async def _show_edit(
    visit: Visit, list_id: int, *, wishes: Wishes | None = None, status: int = 200
) -> Response:
    me, words = _me(visit), request.args.get("q", "")[:MAX_WORDS].strip()
    async with visit.database.read() as session:
        found = await get_list(session, me.id, list_id)
        page = read_page(request, limit=PEOPLE_A_PAGE)
        rows = await list_members(session, found, page)
        others = await _others(session, me, found, words)
        members = [actor for _, actor in rows]
        people = await list_people(session, [*members, *others])
    return visit.page(
        "list_edit.html",
        status=status,
        list=found,
        wishes=wishes or Wishes.of(found),
        is_refused=status != 200,
        words=words,
        members=_shown(members, people),
        others=_shown(others, people),
        older=after_path(f"/lists/{list_id}/edit", rows),
        longest=LONGEST_TITLE,
    )


async def _others(
    session: AsyncSession, me: Actor, found: ActorList, words: str
) -> list[Actor]:
    """Return those whom one follows, called so, who are not on a list."""
    if not words:
        return []
    on_it = {actor.id for _, actor in await list_members(session, found, None)}
    called = await search_actors(
        session, words, limit=FOUND + len(on_it), viewer_id=me.id, only_followed=True
    )
    return [actor for actor in called if actor.id not in on_it][:FOUND]


def _shown(actors: Sequence[Actor], people: Mapping[int, Person]) -> list[Person]:
    return [people[actor.id] for actor in actors]


async def post_member(visit: Visit, list_id: str, actor_id: str, act: str) -> Response:
    """Put somebody on a list, or take them off; twice is once."""
    form = await read_own_form(visit)
    number, other = read_id(list_id), read_id(actor_id)
    async with visit.database.transaction() as session:
        found = await get_list(session, _me(visit).id, number)
        on_it = {actor.id for _, actor in await list_members(session, found, None)}
        if act == "add" and other not in on_it:
            await put_on_list(session, found, [other])
        elif act == "remove":
            await take_off_list(session, found, [other])
    return back_to(visit, form)


async def post_delete_list(visit: Visit, list_id: str) -> Response:
    """Delete a list; those on it are followed as before."""
    await read_own_form(visit)
    async with visit.database.transaction() as session:
        await drop_list(session, await get_list(session, _me(visit).id, read_id(list_id)))
    return go_to(visit.site.settings, "/lists")


def _me(visit: Visit) -> Actor:
    return visit.require_member().actor


PAGES: Pages = (
    ("GET", "/lists", get_lists),
    ("POST", "/lists", post_lists),
    ("GET", "/lists/<list_id>", get_one),
    ("GET", "/lists/<list_id>/edit", get_edit),
    ("POST", "/lists/<list_id>/edit", post_edit),
    ("POST", "/lists/<list_id>/delete", post_delete_list),
    ("POST", "/lists/<list_id>/people/<actor_id>/<any(add, remove):act>", post_member),
)
