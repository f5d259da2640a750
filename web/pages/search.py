"""Search: people, posts and hashtags by words; anything by its address or handle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from quart import Response, request

from actors.models import Actor
from actors.relationships import Relationship, list_relationships
from actors.search import search_actors
from db.session import AsyncSession
from doctors.credentials import check_actor
from posts.lookup import find_at, find_behind
from posts.models import Post
from posts.search import Bounds, search_posts
from posts.tags import search_tags
from web.answers import go_to
from web.card import Card, list_cards
from web.found import page_of
from web.paging import POSTS_A_PAGE, read_page
from web.person import Person, list_people
from web.visit import Pages, Visit

_WAYS = ("all", "people", "posts", "tags")
MAX_WORDS = 500
_FEW, _MANY = 5, 40


@dataclass(frozen=True, slots=True)
class Found:
    """What was found of each kind."""

    people: Sequence[Person] = ()
    relations: dict[int, Relationship] = field(default_factory=dict)
    cards: Sequence[Card] = ()
    posts: Sequence[Post] = ()
    tags: Sequence[str] = ()

    @property
    def is_nothing(self) -> bool:
        """Whether there is nothing of any kind."""
        return not (self.people or self.cards or self.tags)


async def get_search(visit: Visit) -> Response:
    """Find what the reader may see; an address or a whole handle leads to its page."""
    visit.require_member()
    words = request.args.get("q", "")[:MAX_WORDS].strip()
    asked = request.args.get("kind", "all")
    way = asked if asked in _WAYS else "all"
    if words.startswith(("https://", "http://")):
        path = await page_of(visit, await find_at(
            visit.database, visit.site.client, words, check=check_actor
        ))
        if path is not None:
            return go_to(visit.site.settings, path)
    first = await find_behind(visit.database, visit.site.client, words) if "@" in words else None
    found = Found()
    if words:
        async with visit.database.read() as session:
            found = await _find(session, visit, words, way=way, first=first)
    return visit.page(
        "search.html",
        words=words,
        way=way,
        ways=_WAYS,
        found=found,
        address_of=lambda one: f"/search?{urlencode({'q': words, 'kind': one})}",
        older=_older(words, found.posts) if way == "posts" else "",
    )


async def _find(
    session: AsyncSession, visit: Visit, words: str, *, way: str, first: Actor | None
) -> Found:
    most = _FEW if way == "all" else _MANY
    actors: list[Actor] = []
    posts: list[Post] = []
    tags: list[str] = []
    if way in {"all", "people"}:
        actors = await search_actors(session, words, limit=most, viewer_id=visit.viewer.actor_id)
        others = [actor for actor in actors if first is None or actor.id != first.id]
        actors = others if first is None else [first, *others]
    if way in {"all", "posts"}:
        page = read_page(request, limit=_FEW if way == "all" else POSTS_A_PAGE)
        posts = await search_posts(session, visit.viewer, words, Bounds(page=page))
    if way in {"all", "tags"}:
        tags = await search_tags(session, visit.viewer, words.removeprefix("#"), most)
    people = await list_people(session, actors)
    return Found(
        people=[people[actor.id] for actor in actors],
        relations=await _relations(session, visit, actors),
        cards=await list_cards(session, posts, visit.viewer),
        posts=posts,
        tags=tags,
    )


async def _relations(
    session: AsyncSession, visit: Visit, actors: Sequence[Actor]
) -> dict[int, Relationship]:
    me = visit.require_member().actor.id
    ids = [actor.id for actor in actors if actor.id != me]
    return {one.target_id: one for one in await list_relationships(session, me, ids)}


def _older(words: str, posts: Sequence[Post]) -> str:
    if len(posts) < POSTS_A_PAGE:
        return ""
    return f"/search?{urlencode({'q': words, 'kind': 'posts', 'max_id': posts[-1].id})}"


PAGES: Pages = (
    ("GET", "/search", get_search),
)
