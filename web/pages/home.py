"""Home and the other timelines that are there for everybody: doctors, this house, all houses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from quart import Response

from actors.lists import list_lists
from actors.models import Actor, ActorList
from actors.queries import get_actor
from actors.relationships import Relationship, list_relationships
from actors.suggestions import Reason, dismiss_suggestion, list_suggestions
from core.settings import PublicPages
from db.paging import Page
from db.session import AsyncSession
from doctors.news import News, list_news
from moderation.filters import FilterContext
from posts.followed_tags import list_followed_tags
from posts.models import FollowedTag, Post
from posts.open_timelines import Which, list_doctors, list_public
from posts.timelines import list_home
from web.acting import back_to, nothing_left, read_own_form
from web.pages.about import get_about
from web.paging import read_id
from web.person import Person, list_people
from web.timeline import Line, Timeline, read_line, show_line
from web.visit import Pages, Visit

SUGGESTED = 5
# Who follows fewer people has just come.
FEW = 5
_TAGS = 20
_HOME = Timeline("/", FilterContext.HOME, "home")
_DOCTORS = Timeline("/timelines/doctors", FilterContext.PUBLIC)
_LOCAL = Timeline("/timelines/local", FilterContext.PUBLIC, "local")
_FEDERATED = Timeline("/timelines/federated", FilterContext.PUBLIC, "federated")


@dataclass(frozen=True, slots=True)
class Acquaintances:
    """Whom one might follow, how one stands to each, and why they are named."""

    people: Sequence[Person] = ()
    relations: Mapping[int, Relationship] | None = None
    reasons: Mapping[int, Sequence[Reason]] | None = None


async def get_home(visit: Visit) -> Response:
    """Show what those say whom the reader follows; to strangers, what this place is."""
    if visit.browser is None:
        return await get_about(visit)
    me, user_id = visit.browser.actor, visit.browser.user.id

    async def list_posts(session: AsyncSession, page: Page) -> list[Post]:
        return await list_home(session, visit.viewer, page)

    async def work(
        session: AsyncSession,
    ) -> tuple[Line, Acquaintances, list[ActorList], list[FollowedTag], list[News]]:
        line = await read_line(session, visit, _HOME, list_posts)
        if visit.wants_part:
            return line, Acquaintances(), [], [], []
        is_new = line.is_first and me.following_count < FEW
        known = await _acquaintances(session, me) if is_new else Acquaintances()
        news = await list_news(session, user_id, me.id) if line.is_first else []
        lists = await list_lists(session, me.id)
        tags = await list_followed_tags(session, me.id, Page(limit=_TAGS))
        return line, known, lists, tags, news

    # What is read most: in one go.
    line, known, lists, tags, news = await visit.database.look(work)
    return show_line(visit, "home.html", line, known=known, lists=lists, tags=tags, news=news)


async def _acquaintances(session: AsyncSession, me: Actor) -> Acquaintances:
    found = await list_suggestions(session, me.id, limit=SUGGESTED)
    actors = [each.actor for each in found]
    people = await list_people(session, actors)
    relations = await list_relationships(session, me.id, [actor.id for actor in actors])
    return Acquaintances(
        people=[people[actor.id] for actor in actors],
        relations={each.target_id: each for each in relations},
        reasons={each.actor.id: each.reasons for each in found},
    )


async def post_dismiss(visit: Visit, actor_id: str) -> Response:
    """Suggest somebody to the reader no more."""
    form = await read_own_form(visit)
    async with visit.database.transaction() as session:
        other = await get_actor(session, read_id(actor_id))
        await dismiss_suggestion(session, visit.require_member().actor.id, other.id)
    return nothing_left(visit) if visit.wants_part else back_to(visit, form)


async def get_doctors(visit: Visit) -> Response:
    """Show what is addressed to the verified doctors."""
    visit.require_member()

    async def list_posts(session: AsyncSession, page: Page) -> list[Post]:
        return await list_doctors(session, visit.viewer, page)

    async with visit.database.read() as session:
        line = await read_line(session, visit, _DOCTORS, list_posts)
    is_reader = visit.viewer.is_doctor or visit.viewer.is_colleague
    return show_line(visit, "timeline.html", line, is_reader=is_reader)


async def get_local(visit: Visit) -> Response:
    """Show what people of this house say to everybody."""
    return await _open(visit, _LOCAL, Which(local=True))


async def get_federated(visit: Visit) -> Response:
    """Show what people of all houses say to everybody."""
    return await _open(visit, _FEDERATED, Which())


async def _open(visit: Visit, timeline: Timeline, which: Which) -> Response:
    visit.require(PublicPages.POSTS)

    async def list_posts(session: AsyncSession, page: Page) -> list[Post]:
        return await list_public(session, visit.viewer, page, which)

    async with visit.database.read() as session:
        line = await read_line(session, visit, timeline, list_posts)
    return show_line(visit, "timeline.html", line, is_reader=True)


PAGES: Pages = (
    ("GET", "/", get_home),
    ("GET", "/timelines/doctors", get_doctors),
    ("GET", "/timelines/local", get_local),
    ("GET", "/timelines/federated", get_federated),
    ("POST", "/suggestions/<actor_id>/dismiss", post_dismiss),
)
