"""https://docs.joinmastodon.org/methods/scheduled_statuses/: posts that are written later."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from api.acting import acting
from api.entities.scheduled_status import scheduled_statuses
from api.fields import path_id
from api.paging import read_page
from api.routing import Answer, Call, Door, Route
from core.ids import new_id
from db.session import AsyncSession
from posts.audience import word_of
from posts.drafts import prepare_draft
from posts.idempotency import claim_key
from posts.models import ScheduledPost
from posts.params import PostParams
from posts.scheduled import (
    drop,
    find_scheduled,
    get_own_scheduled,
    list_scheduled,
    move,
    read_due,
    schedule,
)

Json = dict[str, Any]


async def schedule_status(call: Call, params: PostParams, *, due: str, key: str | None) -> Json:
    """Keep a post for later; all is checked now as if it were posted, and then again."""
    services, me = call.services, call.me
    due_at = read_due(due)
    draft = await prepare_draft(
        services.database, services.client, me.actor, me.user, params=params
    )
    kept = replace(
        params,
        # Settings that change meanwhile, and a badge that is lost, make no audience wider.
        visibility=word_of(draft.visibility),
        sensitive=draft.sensitive,
        language=draft.language,
        quote_policy=draft.quote_policy,
    )
    row = ScheduledPost(
        id=new_id(),
        user_id=me.user.id,
        due_at=due_at,
        params=kept.to_json(),
        app_name=params.app_name,
    )
    async with services.database.transaction() as session:
        await acting(session, call)
        row = await _find_earlier(session, row, key) or await schedule(
            session, row, media=draft.media
        )
        return await _show(session, call, row)


async def _find_earlier(
    session: AsyncSession, row: ScheduledPost, key: str | None
) -> ScheduledPost | None:
    """Return what was kept for later with the same key before."""
    if key is None:
        return None
    holder = await claim_key(session, row.user_id, key, row.id)
    return await find_scheduled(session, holder) if holder != row.id else None


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
        row = await get_own_scheduled(session, call.me.user.id, number)
        if due_at:
            await move(session, row, read_due(due_at))
        return await _show(session, call, row)


async def delete_scheduled_status(call: Call, id: str) -> Json:
    """Write a post neither now nor later."""
    async with call.services.database.transaction() as session:
        row = await get_own_scheduled(session, call.me.user.id, path_id(id))
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
