"""The page of a person: who it is, who vouches, what they wrote that this reader may see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from quart import Response, request

from actors.models import Actor
from actors.relationships import Relationship, list_relationships
from actors.suggestions import list_familiar_followers
from core.settings import PublicPages
from db.session import AsyncSession
from moderation.filters import FilterContext
from posts.models import Post
from posts.pins import list_pins
from posts.queries import list_posts_of
from web.answers import go_to, sign_in_path
from web.card import Card, list_cards
from web.handles import find_shown, wants_document
from web.headers import page_headers
from web.paging import older_path, read_page
from web.person import Person, list_people, profile_path
from web.practice import Shown, show_practice
from web.visit import Pages, Visit

# The ways of looking at what somebody wrote, and which part of a profile its owner may hide.
_WAYS: Mapping[str, str | None] = {"posts": None, "replies": None, "media": "media"}


@dataclass(frozen=True, slots=True)
class _Look:
    """What a reader sees of a person: `pins` come first, on the first page."""

    person: Person
    pins: Sequence[Card]
    cards: Sequence[Card]
    posts: Sequence[Post]
    relation: Relationship | None
    familiar: Sequence[Person]
    shown: Shown


async def get_profile(visit: Visit, handle: str) -> Response:
    """Show a person; a program is sent to the document."""
    if wants_document(request) and "@" not in handle:
        return go_to(visit.site.settings, visit.site.uris.actor(handle))
    visit.require(PublicPages.PROFILES)
    actor = await find_shown(visit, handle)
    path = profile_path(actor)
    if request.path != path:
        return go_to(visit.site.settings, path)
    way = _way(actor)
    async with visit.database.read() as session:
        look = await _look(session, visit, actor, way)
    return visit.page(
        "profile.html",
        headers=page_headers(visit.site.settings, indexable=actor.indexable),
        person=look.person,
        relation=look.relation,
        familiar=look.familiar,
        shown=look.shown,
        is_me=visit.browser is not None and visit.browser.actor.id == actor.id,
        shows_posts=visit.may_read(PublicPages.POSTS),
        sign_in_path=sign_in_path(visit.here),
        way=way,
        ways=_ways(actor),
        pins=look.pins,
        cards=look.cards,
        older=older_path(path, look.posts, **({} if way == "posts" else {"show": way})),
    )


async def _look(session: AsyncSession, visit: Visit, actor: Actor, way: str) -> _Look:
    posts: Sequence[Post] = []
    pins: Sequence[Post] = []
    page = read_page(request)
    if visit.may_read(PublicPages.POSTS):
        posts = await list_posts_of(
            session,
            visit.viewer,
            actor.id,
            page,
            with_replies=way != "posts",
            with_boosts=way != "media",
            only_media=way == "media",
        )
        if way == "posts" and page.max_id is None:
            pins = await list_pins(session, actor.id, visit.viewer)
    cards = await list_cards(
        session, [*pins, *posts], visit.viewer, context=FilterContext.ACCOUNT
    )
    pinned = {post.id for post in pins}
    relation, familiar = await _standing(session, visit, actor)
    people = await list_people(session, [actor, *familiar])
    return _Look(
        person=people[actor.id],
        pins=[card for card in cards[: len(pins)] if card.post.id in pinned],
        cards=[card for card in cards if card.post.id not in pinned],
        posts=posts,
        relation=relation,
        familiar=[people[one.id] for one in familiar],
        shown=await show_practice(
            session,
            visit.viewer,
            people[actor.id],
            is_contact=relation is not None and relation.following,
            locale=visit.language.code,
        ),
    )


async def _standing(
    session: AsyncSession, visit: Visit, actor: Actor
) -> tuple[Relationship | None, list[Actor]]:
    """Return how the reader stands to a person, and whom they follow that follows them too."""
    if visit.browser is None or visit.browser.actor.id == actor.id:
        return None, []
    me = visit.browser.actor.id
    (relation,) = await list_relationships(session, me, [actor.id])
    familiar = await list_familiar_followers(session, me, [actor.id])
    return relation, familiar.get(actor.id, [])


def _ways(actor: Actor) -> list[str]:
    return [way for way, part in _WAYS.items() if part is None or actor.shows.get(part, True)]


def _way(actor: Actor) -> str:
    asked = request.args.get("show", "posts")
    return asked if asked in _ways(actor) else "posts"


PAGES: Pages = (
    ("GET", "/@<handle>", get_profile),
)
