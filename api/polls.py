"""https://docs.joinmastodon.org/methods/polls/: reading polls and voting in them."""

from __future__ import annotations

from typing import Any

from api.acting import acting
from api.entities.emoji import emojis
from api.entities.poll import poll_json
from api.fields import path_id
from api.routing import Call, Door, Route
from core.errors import InvalidInput, NotFound
from db.session import AsyncSession
from outbox.vote import send_votes
from posts.models import Post
from posts.polls import find_poll
from posts.queries import get_visible_post

Json = dict[str, Any]


async def get_poll(call: Call, id: str) -> Json:
    """Show a poll."""
    async with call.services.database.read() as session:
        return await _show(session, call, await _find(session, call, id))


async def post_votes(call: Call, id: str) -> Json:
    """Vote in a poll, once; of several choices, all at once."""
    choices = [_position(text) for text in call.fields.texts("choices")]
    async with call.services.database.transaction() as session:
        me = await acting(session, call)
        post = await _find(session, call, id)
        await send_votes(session, me, post, choices)
        return await _show(session, call, post)


async def _find(session: AsyncSession, call: Call, id: str) -> Post:
    post = await get_visible_post(session, call.viewer, path_id(id))
    if await find_poll(session, post.id) is None:
        raise NotFound(f"post {post.id} asks nothing")
    return post


async def _show(session: AsyncSession, call: Call, post: Post) -> Json:
    viewer_id = call.viewer.actor_id
    state = await find_poll(session, post.id, viewer_id=viewer_id)
    assert state is not None
    shown = emojis(post.emojis, call.services.settings)
    return poll_json(
        state, viewer_id=viewer_id, emojis=shown, is_own=post.author_id == viewer_id
    )


def _position(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 3:
        raise InvalidInput("Validation failed: The chosen vote option does not exist")
    return int(text)


ROUTES = (
    Route("GET", "/api/v1/polls/<id>", get_poll, Door.POSTS, ("read:statuses",)),
    Route("POST", "/api/v1/polls/<id>/votes", post_votes, Door.USER, ("write:statuses",)),
)
