"""Talks with named people: their list; a talk itself is the thread of its newest post."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from quart import Response, request

from actors.queries import find_actors
from db.session import AsyncSession
from posts.conversations import (
    delete_conversation,
    get_conversation,
    list_conversations,
    mark_read,
)
from posts.models import Conversation, Post
from web.acting import read_own_form
from web.answers import go_to
from web.card import Card, list_cards
from web.paging import POSTS_A_PAGE, read_id, read_page
from web.person import Person, list_people
from web.visit import Pages, Visit

HOME = "/messages"


@dataclass(frozen=True, slots=True)
class Talk:
    """One talk: with whom, what was said last, and whether the reader has seen it."""

    id: int
    people: Sequence[Person]
    last: Card
    is_new: bool


async def get_messages(visit: Visit) -> Response:
    """List the reader's talks, those in which something was said last first."""
    visit.require_member()
    async with visit.database.read() as session:
        rows = await list_conversations(session, visit.viewer, read_page(request))
        talks = await _talks(session, visit, rows)
    older = f"{HOME}?max_id={rows[-1][0].last_post_id}" if len(rows) >= POSTS_A_PAGE else ""
    return visit.page("messages.html", talks=talks, older=older)


async def _talks(
    session: AsyncSession, visit: Visit, rows: Sequence[tuple[Conversation, Post]]
) -> list[Talk]:
    ids = {actor_id for row, _ in rows for actor_id in row.participant_ids}
    people = await list_people(session, (await find_actors(session, ids)).values())
    posts = [post for _, post in rows]
    cards = {card.post.id: card for card in await list_cards(session, posts, visit.viewer)}
    return [
        Talk(
            id=row.id,
            people=[people[one] for one in row.participant_ids if one in people],
            last=cards[post.id],
            is_new=row.unread,
        )
        for row, post in rows
        if post.id in cards
    ]


async def get_talk(visit: Visit, talk_id: str) -> Response:
    """Open a talk, at what was said last."""
    visit.require_member()
    async with visit.database.transaction() as session:
        row, post = await get_conversation(session, visit.viewer, read_id(talk_id))
        await mark_read(session, row, unread=False)
        cards = await list_cards(session, [post], visit.viewer)
    return go_to(visit.site.settings, cards[0].path if cards else HOME)


async def post_talk(visit: Visit, talk_id: str) -> Response:
    """Mark a talk as unread, or take it from the list: what is said next brings it back."""
    form = await read_own_form(visit)
    async with visit.database.transaction() as session:
        row, _ = await get_conversation(session, visit.viewer, read_id(talk_id))
        if form.get("act") == "forget":
            await delete_conversation(session, row)
        else:
            await mark_read(session, row, unread=form.get("act") == "unread")
    return go_to(visit.site.settings, HOME)


PAGES: Pages = (
    ("GET", HOME, get_messages),
    ("GET", f"{HOME}/<talk_id>", get_talk),
    ("POST", f"{HOME}/<talk_id>", post_talk),
)
