"""https://docs.joinmastodon.org/methods/scheduled_statuses/: posts that are written later."""

from __future__ import annotations

from typing import Any

from api.acting import acting
from api.entities.scheduled_status import scheduled_statuses
from api.entities.status import status
from api.fields import path_id
from api.paging import read_page
from api.routing import Answer, Call, Door, Route
from db.session import AsyncSession
from posts.drafts import prepare_draft
from posts.idempotency import Written
from posts.models import ScheduledPost
from posts.params import PostParams
from posts.queries import get_visible_post
from posts.scheduled import (
    drop,
    get_own_scheduled,
    hold_own_scheduled,
    list_scheduled,
    move,
    read_due,
    schedule_draft,
)

Json = dict[str, Any]


async def schedule_status(call: Call, params: PostParams, *, due: str, key: str | None) -> Json:
    """Keep a post for later; all is checked now as if it were posted, and then again."""
    services, me = call.services, call.me
    due_at = read_due(due)
    draft = await prepare_draft(
        services.database, services.client, me.actor, me.user, params=params
    )
    async with services.database.transaction() as session:
        await acting(session, call)
        kept = await schedule_draft(
            session, me.user.id, params=params, draft=draft, due_at=due_at, key=key
        )
        return await show_written(session, call, kept)


async def show_written(session: AsyncSession, call: Call, written: Written) -> Json:
    """Show what somebody wrote with a key: a post for later, or what has become of it.

    Raises NotFound where that was deleted.
    """
    if isinstance(written, ScheduledPost):
        return await _show(session, call, written)
    post = await get_visible_post(session, call.viewer, written.id)
    return await status(session, call.viewer, post)


async def get_scheduled_statuses(call: Call) -> Answer:
    """List what the caller has for later, also what could not be written."""
    page = read_page(call.fields)
    async with call.services.database.read() as session:
        rows = await list_scheduled(session, call.me.user.id, page)
        built = await scheduled_statuses(session, call.me.actor.id, rows)
    return call.page(page, built, [row.id for row in rows])


async def get_scheduled_status(call: Call, id: str) -> Json:
    """Show a post for later."""
    async with call.services.database.read() as session:
        row = await get_own_scheduled(session, call.me.user.id, path_id(id))
        return await _show(session, call, row)


async def put_scheduled_status(call: Call, id: str) -> Json:
    """Write a post at another moment."""
    number, due_at = path_id(id), call.fields.text("scheduled_at")
    async with call.services.database.transaction() as session:
        row = await hold_own_scheduled(session, call.me.user.id, number)
        if due_at:
            await move(session, row, read_due(due_at))
        return await _show(session, call, row)


async def delete_scheduled_status(call: Call, id: str) -> Json:
    """Write a post neither now nor later."""
    async with call.services.database.transaction() as session:
        row = await hold_own_scheduled(session, call.me.user.id, path_id(id))
        await drop(session, row)
    return {}


async def _show(session: AsyncSession, call: Call, row: ScheduledPost) -> Json:
    return (await scheduled_statuses(session, call.me.actor.id, [row]))[0]


_PATH = "/api/v1/scheduled_statuses"
_READ, _WRITE = ("read:statuses",), ("write:statuses",)
ROUTES = (
    Route("GET", _PATH, get_scheduled_statuses, Door.USER, _READ),
    Route("GET", f"{_PATH}/<id>", get_scheduled_status, Door.USER, _READ),
    Route("PUT", f"{_PATH}/<id>", put_scheduled_status, Door.USER, _WRITE),
    Route("DELETE", f"{_PATH}/<id>", delete_scheduled_status, Door.USER, _WRITE),
)
