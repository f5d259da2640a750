"""https://docs.joinmastodon.org/methods/statuses/: writing, reading, editing and deleting posts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from quart import request

from actors.models import Actor
from api.acting import acting
from api.entities.status import status, statuses
from api.fields import Fields, path_id
from api.routing import Call, Door, Route
from api.scheduled_statuses import schedule_status, show_written
from api.status_params import read_edit, read_params
from core.errors import InvalidInput, NotFound
from db.session import AsyncSession
from media.upload import detach_media
from moderation.filters import FilterContext
from outbox.create import send_create
from outbox.delete import send_delete
from outbox.update import send_update
from posts.conversation import look_again
from posts.drafts import prepare_draft, prepare_edit
from posts.edits import source_text
from posts.idempotency import find_by_key
from posts.models import Post
from posts.polls import find_poll
from posts.queries import get_visible_post, list_visible_posts
from posts.threads import list_ancestors, list_descendants
from users.queries import find_app_of_token
from users.secret import digest

Json = dict[str, Any]
Act = Callable[[AsyncSession, Actor, Post], Awaitable[object]]
_THREAD = FilterContext.THREAD


async def post_status(call: Call) -> Json:
    """Write a post, or keep it for later; the same `Idempotency-Key` gives the same one (H10)."""
    services, me = call.services, call.me
    key = _idempotency_key()
    # Before all is checked again: a scheduled moment is past, a file is attached by now.
    if key is not None and (earlier := await _find_earlier(call, key)) is not None:
        return earlier
    params = replace(read_params(call.fields), app_name=await _app_name(call))
    if due := call.fields.text("scheduled_at"):
        return await schedule_status(call, params, due=due, key=key)
    draft = await prepare_draft(
        services.database, services.client, me.actor, me.user, params=params
    )
    async with services.database.transaction() as session:
        author = await acting(session, call)
        post = await send_create(
            session, author, draft, idempotency_key=key, user_id=me.user.id
        )
    return await show(call, post.id)


async def put_status(call: Call, id: str) -> Json:
    """Change the text of one's own post; the audience stays (WIRE §6)."""
    fields, services, me = call.fields, call.services, call.me
    async with services.database.read() as session:
        post = await own_post(session, call, id)
        await _require_same_poll(session, fields, post)
    draft = await prepare_edit(
        services.database,
        services.client,
        me.actor,
        me.user,
        post=post,
        params=read_edit(fields),
    )
    async with services.database.transaction() as session:
        post = await own_post(session, call, id)
        await send_update(session, await acting(session, call), post, draft)
    return await show(call, post.id)


async def delete_status(call: Call, id: str) -> Json:
    """Delete one's own post; its text is returned, so that it can be written anew.

    So can its files be used for a day, unless `delete_media` says otherwise.
    """
    call.limits.take(call.limits.deletions, str(call.me.user.id))
    async with call.services.database.transaction() as session:
        me = await acting(session, call)
        post = await get_visible_post(session, call.viewer, path_id(id))
        if post.author_id != me.id:
            raise NotFound(f"post {post.id} is not of {me.id}")
        shown = await status(session, call.viewer, post)
        if post.boost_of_id is None:
            shown["text"] = source_text(post)
            if not call.fields.flag("delete_media"):
                await detach_media(session, post.id)
        await send_delete(session, me, post)
    return shown


async def get_status(call: Call, id: str) -> Json:
    """Show a post."""
    return await show(call, path_id(id))


async def get_statuses(call: Call) -> list[Json]:
    """Show several posts; those that the caller may not see are left out."""
    asked = call.fields.ids("id")
    async with call.services.database.read() as session:
        found = await list_visible_posts(session, call.viewer, asked)
        seen = [found[post_id] for post_id in asked if post_id in found]
        return await statuses(session, call.viewer, seen)


async def get_context(call: Call, id: str) -> Json:
    """Show what a post answers, and what was answered to it."""
    async with call.services.database.read() as session:
        post = await get_visible_post(session, call.viewer, path_id(id))
        before = await list_ancestors(session, call.viewer, post)
        after = await list_descendants(session, call.viewer, post)
        shown = {
            "ancestors": await statuses(session, call.viewer, before, context=_THREAD),
            "descendants": await statuses(session, call.viewer, after, context=_THREAD),
        }
    if call.viewer.actor_id is not None:
        await look_again(call.services.database, post)
    return shown


async def show(call: Call, post_id: int) -> Json:
    """Show a post as it is now; raises NotFound where the caller may not see it."""
    async with call.services.database.read() as session:
        post = await get_visible_post(session, call.viewer, post_id)
        return await status(session, call.viewer, post)


async def act_on(call: Call, id: str, act: Act) -> Json:
    """Do something with a post, of a boost with what it passes on; show what became of it."""
    async with call.services.database.transaction() as session:
        me = await acting(session, call)
        post = await find_original(session, call, id)
        await act(session, me, post)
    return await show(call, post.id)


async def find_original(session: AsyncSession, call: Call, id: str) -> Post:
    """Return a post that the caller sees, of a boost what it passes on; raises NotFound."""
    post = await get_visible_post(session, call.viewer, path_id(id))
    if post.boost_of_id is None:
        return post
    return await get_visible_post(session, call.viewer, post.boost_of_id)


async def own_post(session: AsyncSession, call: Call, id: str) -> Post:
    """Return a post that the caller wrote; others are not there."""
    post = await get_visible_post(session, call.viewer, path_id(id))
    if post.author_id != call.me.actor.id or post.boost_of_id is not None:
        raise NotFound(f"post {post.id} is none that the caller may change")
    return post


async def _require_same_poll(session: AsyncSession, fields: Fields, post: Post) -> None:
    """Refuse to ask something else where people may have answered already."""
    titles = fields.texts("poll[options]")
    if not any(titles):
        return
    state = await find_poll(session, post.id)
    if state is None or titles != [option.title for option in state.options]:
        raise InvalidInput("Validation failed: the options of a poll cannot be changed")


def _idempotency_key() -> str | None:
    """Return the key of the request, short enough to be stored."""
    key = request.headers.get("Idempotency-Key", "").strip()
    return digest(key) if key else None


async def _find_earlier(call: Call, key: str) -> Json | None:
    """Show what the caller wrote with a key before."""
    async with call.services.database.read() as session:
        written = await find_by_key(session, call.me.user.id, key)
        return await show_written(session, call, written) if written is not None else None


async def _app_name(call: Call) -> str | None:
    async with call.services.database.read() as session:
        app = await find_app_of_token(session, call.me.token)
    return app.name if app is not None else None


_READ, _WRITE = ("read:statuses",), ("write:statuses",)
ROUTES = (
    Route("POST", "/api/v1/statuses", post_status, Door.USER, _WRITE),
    Route("GET", "/api/v1/statuses", get_statuses, Door.POSTS, _READ),
    Route("GET", "/api/v1/statuses/<id>", get_status, Door.POSTS, _READ),
    Route("PUT", "/api/v1/statuses/<id>", put_status, Door.USER, _WRITE),
    Route("DELETE", "/api/v1/statuses/<id>", delete_status, Door.USER, _WRITE),
    Route("GET", "/api/v1/statuses/<id>/context", get_context, Door.POSTS, _READ),
)
