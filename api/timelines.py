"""https://docs.joinmastodon.org/methods/timelines/"""

from __future__ import annotations

from api.entities.status import statuses
from api.paging import read_page
from api.routing import Answer, Call, Door, Route
from db.paging import Page
from db.session import AsyncSession
from posts.models import Post
from posts.timelines import list_home, list_public, list_tag


async def get_home(call: Call) -> Answer:
    """List what those whom the caller follows said and passed on."""
    page = read_page(call.fields)
    viewer = call.me.viewer

    async def work(session: AsyncSession) -> Answer:
        return await shown(call, session, page, await list_home(session, viewer, page))

    # What is read most: in one go.
    return await call.services.database.look(work)


async def get_public(call: Call) -> Answer:
    """List public posts, of this instance or of the others if so asked."""
    page = read_page(call.fields)
    async with call.services.database.read() as session:
        posts = await list_public(
            session,
            call.viewer,
            page,
            local=bool(call.fields.flag("local")),
            remote=bool(call.fields.flag("remote")),
        )
        return await shown(call, session, page, posts)


async def get_tag(call: Call, hashtag: str) -> Answer:
    """List posts with a hashtag."""
    page = read_page(call.fields)
    local = bool(call.fields.flag("local"))
    async with call.services.database.read() as session:
        posts = await list_tag(session, call.viewer, hashtag, page, local=local)
        return await shown(call, session, page, posts)


async def shown(call: Call, session: AsyncSession, page: Page, posts: list[Post]) -> Answer:
    """Answer with posts as statuses; pages go by the posts' ids."""
    built = await statuses(session, call.viewer, posts)
    return call.page(page, built, [post.id for post in posts])


_READ = ("read:statuses",)
ROUTES = (
    Route("GET", "/api/v1/timelines/home", get_home, Door.USER, _READ),
    Route("GET", "/api/v1/timelines/public", get_public, Door.POSTS, _READ),
    Route("GET", "/api/v1/timelines/tag/<hashtag>", get_tag, Door.POSTS, _READ),
)
