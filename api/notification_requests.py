"""https://docs.joinmastodon.org/methods/notifications/: policy, and who waits under it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from api.entities.notification_request import notification_policy, notification_requests
from api.fields import Fields, path_id
from api.paging import read_page
from api.routing import Answer, Call, Door, Route
from core.errors import InvalidInput
from notifications.models import Handling
from notifications.policy import RULES, find_policy, save_policy
from notifications.requests import (
    accept_requests,
    dismiss_requests,
    list_requests,
    summarise,
)

Json = dict[str, Any]
MANY = 80


async def get_policy(call: Call) -> Json:
    """Show what the caller wants done with notices of people whom they do not know."""
    async with call.services.database.read() as session:
        policy = await find_policy(session, call.me.actor.id)
        return notification_policy(policy, await summarise(session, call.me.viewer))


async def patch_policy(call: Call) -> Json:
    """Change some rules of the caller's policy."""
    wanted = _rules(call.fields)
    async with call.services.database.transaction() as session:
        policy = await save_policy(session, call.me.actor.id, wanted)
        return notification_policy(policy, await summarise(session, call.me.viewer))


async def get_requests(call: Call) -> Answer:
    """List those whose notices wait for the caller's word, newest first."""
    page = read_page(call.fields, default=40, largest=MANY)
    async with call.services.database.read() as session:
        found = await list_requests(session, call.me.viewer, page)
        built = await notification_requests(session, call.me.viewer, found)
    return call.page(page, built, [asking.request.id for asking in found])


async def post_accept(call: Call, id: str) -> Json:
    """Let somebody in."""
    return await _accept(call, [path_id(id)])


async def post_dismiss(call: Call, id: str) -> Json:
    """Send somebody away."""
    return await _dismiss(call, [path_id(id)])


async def post_accept_many(call: Call) -> Json:
    """Let several people in, all or none."""
    return await _accept(call, _ids(call))


async def post_dismiss_many(call: Call) -> Json:
    """Send several people away, all or none."""
    return await _dismiss(call, _ids(call))


async def _accept(call: Call, ids: Sequence[int]) -> Json:
    async with call.services.database.transaction() as session:
        await accept_requests(session, call.me.actor.id, ids)
    return {}


async def _dismiss(call: Call, ids: Sequence[int]) -> Json:
    async with call.services.database.transaction() as session:
        await dismiss_requests(session, call.me.actor.id, ids)
    return {}


def _ids(call: Call) -> list[int]:
    ids = call.fields.ids("id")
    if not ids:
        raise InvalidInput("Validation failed: id can't be blank")
    return ids


def _rules(fields: Fields) -> dict[str, Handling]:
    given = {name: text for name in RULES if (text := fields.text(name)) is not None}
    known = {handling.value for handling in Handling}
    for name, text in given.items():
        if text not in known:
            raise InvalidInput(f"Validation failed: {name} is none of {', '.join(sorted(known))}")
    return {name: Handling(text) for name, text in given.items()}


_READ, _WRITE = ("read:notifications",), ("write:notifications",)
_POLICY, _REQUESTS = "/api/v2/notifications/policy", "/api/v1/notifications/requests"
ROUTES = (
    Route("GET", _POLICY, get_policy, Door.USER, _READ),
    Route("PATCH", _POLICY, patch_policy, Door.USER, _WRITE),
    Route("GET", _REQUESTS, get_requests, Door.USER, _READ),
    Route("POST", f"{_REQUESTS}/accept", post_accept_many, Door.USER, _WRITE),
    Route("POST", f"{_REQUESTS}/dismiss", post_dismiss_many, Door.USER, _WRITE),
    Route("POST", f"{_REQUESTS}/<id>/accept", post_accept, Door.USER, _WRITE),
    Route("POST", f"{_REQUESTS}/<id>/dismiss", post_dismiss, Door.USER, _WRITE),
)
