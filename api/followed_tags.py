"""https://docs.joinmastodon.org/methods/followed_tags/ and following and featuring of tags."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from api.acting import acting
from api.entities.tag import tags_for
from api.paging import read_page
from api.routing import Answer, Call, Door, Route
from core.errors import NotFound
from db.session import AsyncSession
from posts.featured_tags import feature_tag, unfeature_tag
from posts.followed_tags import follow_tag, list_followed_tags, read_tag, unfollow_tag

Json = dict[str, Any]
Act = Callable[[AsyncSession, int, str], Awaitable[object]]


async def get_followed_tags(call: Call) -> Answer:
    """List the hashtags that the caller follows."""
    page = read_page(call.fields, default=100, largest=200)
    me = call.me.actor.id
    async with call.services.database.read() as session:
        rows = await list_followed_tags(session, me, page)
        built = await tags_for(session, me, [row.tag for row in rows], call.uris)
    return call.page(page, built, [row.id for row in rows])


async def post_follow(call: Call, name: str) -> Json:
    """Follow a hashtag: its public posts come to the caller's home from now on."""
    return await _act(call, name, follow_tag)


async def post_unfollow(call: Call, name: str) -> Json:
    """Follow a hashtag no more."""
    return await _act(call, name, unfollow_tag)


async def post_feature(call: Call, name: str) -> Json:
    """Show a hashtag on the caller's profile."""
    return await _act(call, name, feature_tag)


async def post_unfeature(call: Call, name: str) -> Json:
    """Show a hashtag on the caller's profile no more."""
    return await _act(call, name, unfeature_tag)


async def _act(call: Call, name: str, act: Act) -> Json:
    read = read_tag(name)
    if read is None:
        raise NotFound(f"no hashtag: {name[:40]!r}")
    async with call.services.database.transaction() as session:
        me = await acting(session, call)
        await act(session, me.id, read)
        return (await tags_for(session, me.id, [read.lower()], call.uris))[0]


def _route(action: str, handler: Callable[..., Awaitable[Json]], scope: str) -> Route:
    return Route("POST", f"/api/v1/tags/<name>/{action}", handler, Door.USER, (scope,))


ROUTES = (
    Route("GET", "/api/v1/followed_tags", get_followed_tags, Door.USER, ("read:follows",)),
    _route("follow", post_follow, "write:follows"),
    _route("unfollow", post_unfollow, "write:follows"),
    _route("feature", post_feature, "write:accounts"),
    _route("unfeature", post_unfeature, "write:accounts"),
)
