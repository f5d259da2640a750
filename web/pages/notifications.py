"""What happened to one's own: notices in groups, and the people who wait to be let in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from quart import Response, request

from actors.queries import find_actors
from actors.relationships import Relationship, list_relationships
from core.errors import NotFound
from db.session import AsyncSession
from doctors.news import list_news
from moderation.filters import FilterContext
from notifications.groups import Group, dismiss_group, list_groups
from notifications.models import Kind
from notifications.queries import ALL, Choice, clear
from notifications.requests import (
    Asking,
    accept_requests,
    dismiss_requests,
    list_requests,
    summarise,
)
from posts.queries import list_visible_posts
from users.markers import find_last_read, save_marker
from web.acting import read_own_form
from web.answers import go_to
from web.card import Card, list_cards
from web.paging import PEOPLE_A_PAGE, read_id, read_page
from web.person import Person, list_people
from web.visit import Pages, Visit

HOME = "/notifications"
REQUESTS = f"{HOME}/requests"
_WAYS: Mapping[str, Choice] = {
    "all": ALL,
    "mentions": Choice(kinds=frozenset({Kind.MENTION, Kind.QUOTE})),
}
_MARKER = "notifications"


@dataclass(frozen=True, slots=True)
class Notice:
    """Some notices of one kind as one line; `others` is how many people are not named."""

    key: str
    kind: Kind
    people: Sequence[Person]
    others: int
    card: Card | None
    at: datetime
    is_new: bool

    @property
    def first(self) -> Person:
        """Who did it last."""
        return self.people[0]


async def get_notifications(visit: Visit) -> Response:
    """Show what happened, newest first; what is on the first page counts as read then."""
    member = visit.require_member()
    way = request.args.get("show", "all")
    if way not in _WAYS:
        raise NotFound(f"no notices of {way[:40]!r}")
    page = read_page(request, limit=PEOPLE_A_PAGE)
    async with visit.database.read() as session:
        found = await list_groups(session, visit.viewer, page, choice=_WAYS[way])
        seen = await find_last_read(session, member.user.id, _MARKER) or 0
        notices = await _notices(session, visit, found.groups, seen)
        waiting = await summarise(session, visit.viewer)
        relations = await _relations(session, visit, notices)
        is_top = page.max_id is None and way == "all"
        news = await list_news(session, member.user.id, member.actor.id) if is_top else []
    if found.groups and is_top:
        await _mark_read(visit, found.groups[0].latest_id, seen)
    more = f"{HOME}?show={way}&max_id={found.ids[-1]}" if len(found.ids) >= page.limit else ""
    return visit.page(
        "notifications.html",
        notices=notices,
        news=news,
        waiting=waiting.requests,
        relations=relations,
        way=way,
        ways=list(_WAYS),
        older=more,
    )


async def _notices(
    session: AsyncSession, visit: Visit, groups: Sequence[Group], seen: int
) -> list[Notice]:
    """Return groups with their people and posts; a fixed number of queries."""
    ids = {actor_id for group in groups for actor_id in group.from_ids}
    people = await list_people(session, (await find_actors(session, ids)).values())
    posts = await list_visible_posts(
        session, visit.viewer, [group.post_id for group in groups if group.post_id is not None]
    )
    cards = {
        card.post.id: card
        for card in await list_cards(
            session, list(posts.values()), visit.viewer, context=FilterContext.NOTIFICATIONS
        )
    }
    notices = []
    for group in groups:
        known = [people[actor_id] for actor_id in group.from_ids if actor_id in people]
        card = cards.get(group.post_id or 0)
        if not known or (group.post_id is not None and card is None):
            continue
        others = max(group.count - len(known), 0)
        notices.append(
            Notice(group.key, group.kind, known, others, card, group.latest_at,
                   group.latest_id > seen)
        )  # fmt: skip
    return notices


async def _relations(
    session: AsyncSession, visit: Visit, notices: Sequence[Notice]
) -> dict[int, Relationship]:
    """Return how the reader stands to those who follow them, or ask to."""
    about_people = {Kind.FOLLOW, Kind.FOLLOW_REQUEST}
    ids = [one.first.actor.id for one in notices if one.kind in about_people]
    me = visit.require_member().actor.id
    return {one.target_id: one for one in await list_relationships(session, me, ids)}


async def _mark_read(visit: Visit, newest: int, seen: int) -> None:
    if newest <= seen:
        return
    async with visit.database.transaction() as session:
        await save_marker(session, visit.require_member().user.id, _MARKER, newest)


async def post_dismiss(visit: Visit) -> Response:
    """Forget one group of notices, or all."""
    member, form = visit.require_member(), await read_own_form(visit)
    async with visit.database.transaction() as session:
        if form.get("all") == "yes":
            await clear(session, member.actor.id)
        elif key := form.get("key"):
            await dismiss_group(session, member.actor.id, key)
    return go_to(visit.site.settings, HOME)


async def get_requests(visit: Visit) -> Response:
    """Show whose notices wait, and what each of them said last."""
    visit.require_member()
    async with visit.database.read() as session:
        page = read_page(request, limit=PEOPLE_A_PAGE)
        asking = await list_requests(session, visit.viewer, page)
        ids = {one.request.from_id for one in asking}
        people = await list_people(session, (await find_actors(session, ids)).values())
        cards = await _last_said(session, visit, asking)
    more = ""
    if len(asking) >= PEOPLE_A_PAGE:
        more = f"{REQUESTS}?max_id={asking[-1].request.id}"
    shown = [
        (one, people[one.request.from_id], cards.get(one.request.last_post_id or 0))
        for one in asking
        if one.request.from_id in people
    ]
    return visit.page("notification_requests.html", asking=shown, older=more)


async def _last_said(
    session: AsyncSession, visit: Visit, asking: Sequence[Asking]
) -> dict[int, Card]:
    ids = [one.request.last_post_id for one in asking if one.request.last_post_id]
    posts = await list_visible_posts(session, visit.viewer, ids)
    cards = await list_cards(
        session, list(posts.values()), visit.viewer, context=FilterContext.NOTIFICATIONS
    )
    return {card.post.id: card for card in cards}


async def post_requests(visit: Visit) -> Response:
    """Let somebody's notices in, from now on too, or forget what waits."""
    member, form = visit.require_member(), await read_own_form(visit)
    number = read_id(form.get("request", ""))
    async with visit.database.transaction() as session:
        decide = accept_requests if form.get("act") == "accept" else dismiss_requests
        await decide(session, member.actor.id, [number])
    return go_to(visit.site.settings, REQUESTS)


PAGES: Pages = (
    ("GET", HOME, get_notifications),
    ("POST", f"{HOME}/dismiss", post_dismiss),
    ("GET", REQUESTS, get_requests),
    ("POST", REQUESTS, post_requests),
)
