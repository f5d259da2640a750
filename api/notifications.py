"""https://docs.joinmastodon.org/methods/notifications/"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from api.entities.notification import notifications
from api.fields import Fields, path_id
from api.paging import read_page
from api.routing import Answer, Call, Door, Route
from core.errors import NotFound
from notifications.models import Kind
from notifications.queries import (
    Choice,
    clear,
    count_unread,
    dismiss,
    find_notification,
    list_notifications,
)
from users.markers import find_last_read

Json = dict[str, Any]
_KINDS = {kind.value: kind for kind in Kind}
MANY = 80
MOST_COUNTED = 1000


async def get_notifications(call: Call) -> Answer:
    """List the caller's notices, newest first."""
    page = read_page(call.fields, default=40, largest=MANY)
    choice = read_choice(call.fields)
    async with call.services.database.read() as session:
        found = await list_notifications(session, call.me.viewer, page, choice)
        built = await notifications(session, call.me.viewer, found)
    return call.page(page, built, [notice.id for notice in found])


async def get_notification(call: Call, id: str) -> Json:
    """Show one of the caller's notices."""
    async with call.services.database.read() as session:
        found = await find_notification(session, call.me.viewer, path_id(id))
        built = await notifications(session, call.me.viewer, [found] if found else [])
    if not built:
        raise NotFound(f"no notification {id}")
    return built[0]


async def post_dismiss(call: Call, id: str) -> Json:
    """Forget one notice; one that is not the caller's is not there."""
    async with call.services.database.transaction() as session:
        if not await dismiss(session, call.me.actor.id, path_id(id)):
            raise NotFound(f"no notification {id}")
    return {}


async def post_clear(call: Call) -> Json:
    """Forget every notice of the caller."""
    async with call.services.database.transaction() as session:
        await clear(session, call.me.actor.id)
    return {}


async def get_unread_count(call: Call) -> Json:
    """Count the notices after the caller's marker, up to a limit."""
    limit = call.fields.number("limit", default=100, largest=MOST_COUNTED)
    choice = read_choice(call.fields)
    async with call.services.database.read() as session:
        last_read = await find_last_read(session, call.me.user.id, "notifications")
        count = await count_unread(
            session, call.me.viewer, last_read or 0, limit=limit, choice=choice
        )
    return {"count": count}


def read_choice(fields: Fields) -> Choice:
    """Read which notices are asked for; those of one person include the ones that wait."""
    wanted, from_id = fields.texts("types"), fields.id("account_id")
    return Choice(
        # Kinds that do not exist here have no notices, which is what was asked for.
        kinds=read_kinds(wanted) if wanted else None,
        excluded=read_kinds(fields.texts("exclude_types")),
        from_id=from_id,
        with_filtered=bool(fields.flag("include_filtered")) or from_id is not None,
    )


def read_kinds(names: Sequence[str]) -> frozenset[Kind]:
    """Read the names of kinds; those that do not exist here are left out."""
    return frozenset(_KINDS[name] for name in names if name in _KINDS)


_READ, _WRITE = ("read:notifications",), ("write:notifications",)
ROUTES = (
    Route("GET", "/api/v1/notifications", get_notifications, Door.USER, _READ),
    Route("GET", "/api/v1/notifications/unread_count", get_unread_count, Door.USER, _READ),
    Route("GET", "/api/v1/notifications/<id>", get_notification, Door.USER, _READ),
    Route("POST", "/api/v1/notifications/clear", post_clear, Door.USER, _WRITE),
    Route("POST", "/api/v1/notifications/<id>/dismiss", post_dismiss, Door.USER, _WRITE),
)
