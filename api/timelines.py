"""https://docs.joinmastodon.org/methods/timelines/"""

from __future__ import annotations

from actors.lists import get_list as get_one_list
from api.entities.status import statuses
from api.fields import Fields, path_id
from api.paging import read_page
from api.routing import Answer, Call, Door, Route
from db.paging import Page
from db.session import AsyncSession
from moderation.filters import FilterContext
from posts.models import Post
from posts.open_timelines import OtherTags, Which, list_link, list_public, list_tag
from posts.timelines import list_home, list_of_list

MAX_OTHER_TAGS = 4


async def get_home(call: Call) -> Answer:
    """List what those whom the caller follows said and passed on."""
    page = read_page(call.fields)
    viewer = call.me.viewer

    async def work(session: AsyncSession) -> Answer:
        posts = await list_home(session, viewer, page)
        return await shown(call, session, page, posts, context=FilterContext.HOME)

    # What is read most: in one go.
    return await call.services.database.look(work)


async def get_list(call: Call, list_id: str) -> Answer:
    """List what one of the caller's lists shows."""
    page = read_page(call.fields)
    viewer = call.me.viewer

    async def work(session: AsyncSession) -> Answer:
        found = await get_one_list(session, call.me.actor.id, path_id(list_id))
        posts = await list_of_list(session, viewer, found, page)
        return await shown(call, session, page, posts, context=FilterContext.HOME)

    return await call.services.database.look(work)


async def get_public(call: Call) -> Answer:
    """List public posts, of this instance or of the others if so asked."""
    page = read_page(call.fields)
    async with call.services.database.read() as session:
        posts = await list_public(session, call.viewer, page, _which(call.fields))
        return await shown(call, session, page, posts)


async def get_tag(call: Call, hashtag: str) -> Answer:
    """List posts with a hashtag, and with, or without, others."""
    page, fields = read_page(call.fields), call.fields
    others = OtherTags(
        any=_tags(fields, "any"), all=_tags(fields, "all"), none=_tags(fields, "none")
    )
    async with call.services.database.read() as session:
        posts = await list_tag(
            session, call.viewer, hashtag, page, which=_which(fields), others=others
        )
        return await shown(call, session, page, posts)


async def get_link(call: Call) -> Answer:
    """List public posts that link to a page."""
    page, url = read_page(call.fields), call.fields.required("url")
    async with call.services.database.read() as session:
        posts = await list_link(session, call.viewer, url, page)
        return await shown(call, session, page, posts)


async def shown(
    call: Call,
    session: AsyncSession,
    page: Page,
    posts: list[Post],
    *,
    context: FilterContext = FilterContext.PUBLIC,
) -> Answer:
    """Answer with posts as statuses; pages go by the posts' ids, also of those that are hidden."""
    built = await statuses(session, call.viewer, posts, context=context)
    return call.page(page, built, [post.id for post in posts])


def _which(fields: Fields) -> Which:
    """Read which posts of a timeline are wanted."""
    return Which(
        local=bool(fields.flag("local")),
        remote=bool(fields.flag("remote")),
        only_media=bool(fields.flag("only_media")),
    )


def _tags(fields: Fields, name: str) -> tuple[str, ...]:
    """Read further hashtags, a few: each costs a question of its own."""
    return tuple(fields.texts(name)[:MAX_OTHER_TAGS])


_READ = ("read:statuses",)
ROUTES = (
    Route("GET", "/api/v1/timelines/home", get_home, Door.USER, _READ),
    Route("GET", "/api/v1/timelines/list/<list_id>", get_list, Door.USER, ("read:lists",)),
    Route("GET", "/api/v1/timelines/public", get_public, Door.POSTS, _READ),
    Route("GET", "/api/v1/timelines/tag/<hashtag>", get_tag, Door.POSTS, _READ),
    Route("GET", "/api/v1/timelines/link", get_link, Door.POSTS, _READ),
)
