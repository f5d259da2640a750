"""The page of a hashtag: what was said under it that this reader may see; following it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import quote

from quart import Response

from core.errors import NotFound
from core.settings import PublicPages
from core.text import folded_tag
from db.paging import Page
from db.session import AsyncSession
from moderation.filters import FilterContext
from posts.followed_tags import find_followed_tags, follow_tag, read_tag, unfollow_tag
from posts.models import Post
from posts.open_timelines import list_tag
from web.acting import back_to, read_own_form
from web.timeline import Timeline, read_line, show_line
from web.visit import Pages, Visit

_ACTS: Mapping[str, Callable[[AsyncSession, int, str], Awaitable[None]]] = {
    "follow": follow_tag,
    "unfollow": unfollow_tag,
}


async def get_tag(visit: Visit, name: str) -> Response:
    """List the posts under a tag."""
    visit.require(PublicPages.POSTS)
    tag = folded_tag(name)
    timeline = Timeline(f"/tags/{quote(name)}", FilterContext.PUBLIC, f"tag:{tag}")

    async def list_posts(session: AsyncSession, page: Page) -> list[Post]:
        return await list_tag(session, visit.viewer, name, page)

    async with visit.database.read() as session:
        line = await read_line(session, visit, timeline, list_posts)
        follows = visit.browser is not None and bool(
            await find_followed_tags(session, visit.browser.actor.id, [tag])
        )
    may_follow = read_tag(name) is not None
    return show_line(visit, "tag.html", line, tag=name, follows=follows, may_follow=may_follow)


async def post_tag(visit: Visit, name: str, act: str) -> Response:
    """Let the posts under a tag come to the reader's home from now on, or no more."""
    form = await read_own_form(visit)
    read = read_tag(name)
    if read is None:
        raise NotFound(f"no hashtag: {name[:40]!r}")
    async with visit.database.transaction() as session:
        await _ACTS[act](session, visit.require_member().actor.id, read)
    if not visit.wants_part:
        return back_to(visit, form)
    return visit.page("tag_part.html", tag=name, follows=act == "follow")


PAGES: Pages = (
    ("GET", "/tags/<name>", get_tag),
    ("POST", "/tags/<name>/<any(follow, unfollow):act>", post_tag),
)
