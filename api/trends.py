"""https://docs.joinmastodon.org/methods/trends/: what many talk of in public now."""

from __future__ import annotations

from typing import Any

from api.entities.card import card_json
from api.entities.status import statuses
from api.entities.tag import history, tags_for
from api.paging import offset_links
from api.routing import Answer, Call, Door, Route
from posts.trends import (
    KEPT,
    list_trending_links,
    list_trending_posts,
    list_trending_tags,
)


async def get_tags(call: Call) -> Answer:
    """List hashtags that many people use these days."""
    limit, offset = _place(call, default=10, largest=20)
    async with call.services.database.read() as session:
        names = await list_trending_tags(session, limit=limit, offset=offset)
        built = await tags_for(session, call.viewer.actor_id, names, call.uris)
    return _page(call, built, limit=limit, offset=offset)


async def get_statuses(call: Call) -> Answer:
    """List posts that many people approve of these days, as far as the caller wants them."""
    limit, offset = _place(call, default=20, largest=40)
    async with call.services.database.read() as session:
        posts = await list_trending_posts(session, call.viewer, limit=limit, offset=offset)
        built = await statuses(session, call.viewer, posts)
    return _page(call, built, limit=limit, offset=offset)


async def get_links(call: Call) -> Answer:
    """List pages that many people link to these days."""
    limit, offset = _place(call, default=10, largest=20)
    async with call.services.database.read() as session:
        found = await list_trending_links(session, limit=limit, offset=offset)
    built = [
        card_json(link.card, call.services.settings) | {"history": history(link.days)}
        for link in found
    ]
    return _page(call, built, limit=limit, offset=offset)


def _place(call: Call, *, default: int, largest: int) -> tuple[int, int]:
    limit = call.fields.number("limit", default=default, largest=largest)
    return limit, call.fields.number("offset", default=0, smallest=0, largest=KEPT)


def _page(call: Call, built: list[Any], *, limit: int, offset: int) -> Answer:
    links = offset_links(
        call.services.settings, limit=limit, offset=offset, count=len(built)
    )
    return Answer(built, headers=links)


ROUTES = (
    Route("GET", "/api/v1/trends/tags", get_tags, Door.POSTS),
    # As Mastodon called it first.
    Route("GET", "/api/v1/trends", get_tags, Door.POSTS),
    Route("GET", "/api/v1/trends/statuses", get_statuses, Door.POSTS),
    Route("GET", "/api/v1/trends/links", get_links, Door.POSTS),
)
