"""Somebody elsewhere asks to quote a post of ours: what is asked, and what is answered."""

from __future__ import annotations

import orjson

from outbox.models import OutboxActivity
from posts.models import Post, Visibility


async def ours(house, author, visibility=Visibility.PUBLIC, *, policy="public") -> Post:
    post = Post(uri="", author_id=author.id, visibility=visibility, quote_policy=policy)
    post.uri = house.uris.post(author.username, post.id)
    async with house.database.transaction() as session:
        session.add(post)
    return post


def request_of(bob, post, note, **more):
    return bob.activity("QuoteRequest", post.uri, instrument=note, **more)


async def said(house) -> list[dict]:
    """Everything that left here, oldest first."""
    return [orjson.loads(row.body) for row in await house.all(OutboxActivity)]
