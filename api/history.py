"""https://docs.joinmastodon.org/methods/statuses/#history: how posts read, and used to read."""

from __future__ import annotations

from typing import Any

from api.entities.status import status
from api.entities.status_edit import status_edits, status_source
from api.errors import NOT_FOUND, ApiError
from api.fields import path_id
from api.routing import Answer, Call, Door, Route
from posts.edits import list_wordings
from posts.queries import get_visible_post

Json = dict[str, Any]


async def get_history(call: Call, id: str) -> list[Json]:
    """Show all wordings of a post, the oldest first, the present one last."""
    async with call.services.database.read() as session:
        post = await get_visible_post(session, call.viewer, path_id(id))
        return status_edits(
            post,
            await status(session, call.viewer, post),
            await list_wordings(session, post),
            call.services.settings,
            viewer_id=call.viewer.actor_id,
        )


async def get_source(call: Call, id: str) -> Json:
    """Show the text of a post as it was typed."""
    async with call.services.database.read() as session:
        post = await get_visible_post(session, call.viewer, path_id(id))
        return status_source(post)


async def post_translate(call: Call, id: str) -> Answer:
    """Say that nothing is translated: what doctors write goes to no such service.

    Raises ApiError 404, as Mastodon does without a provider, whatever post it is (H02).
    """
    raise ApiError(404, NOT_FOUND)


_READ = ("read:statuses",)
ROUTES = (
    Route("GET", "/api/v1/statuses/<id>/history", get_history, Door.POSTS, _READ),
    Route("GET", "/api/v1/statuses/<id>/source", get_source, Door.USER, _READ),
    Route("POST", "/api/v1/statuses/<id>/translate", post_translate, Door.USER, _READ),
)
