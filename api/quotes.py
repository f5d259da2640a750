"""https://docs.joinmastodon.org/methods/statuses/#quotes: who quotes a post, and who may."""

from __future__ import annotations

from typing import Any

from api.acting import acting
from api.entities.status import statuses
from api.fields import path_id
from api.paging import read_page
from api.routing import Answer, Call, Door, Route
from api.status_params import read_quote_policy
from api.statuses import find_original, own_post, show
from core.errors import InvalidInput, NotFound
from outbox.delete import send_delete_stamp
from outbox.update import send_anew
from posts.consent import list_quoting
from posts.queries import get_visible_post

Json = dict[str, Any]


async def get_quotes(call: Call, id: str) -> Answer:
    """List the posts that quote one with its author's consent, newest first."""
    page = read_page(call.fields)
    async with call.services.database.read() as session:
        post = await find_original(session, call, id)
        found = await list_quoting(session, call.viewer, post.id, page)
        built = await statuses(session, call.viewer, found)
    return call.page(page, built, [one.id for one in found])


async def post_revoke(call: Call, id: str, quoting_id: str) -> Json:
    """Take back that a post of one's own is quoted by another; it stays so."""
    async with call.services.database.transaction() as session:
        me = await acting(session, call)
        post = await own_post(session, call, id)
        quoting = await get_visible_post(session, call.viewer, path_id(quoting_id))
        if quoting.quote_of_id != post.id or quoting.author_id == me.id:
            raise NotFound(f"post {quoting.id} is no quote of {post.id} by another")
        await send_delete_stamp(session, me, post, quoting)
    return await show(call, quoting.id)


async def put_interaction_policy(call: Call, id: str) -> Json:
    """Change who may quote a post of one's own; quotes that are there stay."""
    policy = read_quote_policy(call.fields)
    if policy is None:
        raise InvalidInput("Validation failed: Quote approval policy can't be blank")
    async with call.services.database.transaction() as session:
        me = await acting(session, call)
        post = await own_post(session, call, id)
        if post.quote_policy != policy:
            post.quote_policy = policy
            await session.flush()
            await send_anew(session, me, post)
    return await show(call, post.id)


_PATH = "/api/v1/statuses/<id>"
_READ, _WRITE = ("read:statuses",), ("write:statuses",)
ROUTES = (
    Route("GET", f"{_PATH}/quotes", get_quotes, Door.USER, _READ),
    Route("POST", f"{_PATH}/quotes/<quoting_id>/revoke", post_revoke, Door.USER, _WRITE),
    Route("PUT", f"{_PATH}/interaction_policy", put_interaction_policy, Door.USER, _WRITE),
)
