"""https://docs.joinmastodon.org/methods/follow_requests/"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from actors.follows import find_follow, list_follow_requests
from actors.models import Actor, Follow
from actors.queries import get_actor
from api.acting import acting
from api.entities.account import accounts
from api.entities.relationship import relationship
from api.fields import path_id
from api.paging import read_page
from api.routing import Answer, Call, Door, Route
from core.errors import NotFound
from db.session import AsyncSession
from outbox.accept import send_accept
from outbox.reject import send_reject

Json = dict[str, Any]
Decide = Callable[[AsyncSession, Follow, Actor, Actor], Awaitable[None]]


async def get_follow_requests(call: Call) -> Answer:
    """List who waits for the caller's answer."""
    page = read_page(call.fields, default=40, largest=80)
    async with call.services.database.read() as session:
        rows = await list_follow_requests(session, call.me.actor.id, page)
        built = await accounts(session, [follower for _, follower in rows])
    return call.page(page, built, [follow.id for follow, _ in rows])


async def post_authorize(call: Call, account_id: str) -> Json:
    """Let somebody follow the caller."""

    async def accept(
        session: AsyncSession, follow: Follow, follower: Actor, followee: Actor
    ) -> None:
        await send_accept(session, follow, follower=follower, followee=followee)

    return await _decide(call, account_id, accept)


async def post_reject(call: Call, account_id: str) -> Json:
    """Turn a request down."""

    async def reject(
        session: AsyncSession, follow: Follow, follower: Actor, followee: Actor
    ) -> None:
        await send_reject(session, follow, follower=follower, followee=followee)

    return await _decide(call, account_id, reject)


async def _decide(call: Call, account_id: str, decide: Decide) -> Json:
    async with call.services.database.transaction() as session:
        me = await acting(session, call)
        other = await get_actor(session, path_id(account_id))
        follow = await find_follow(session, other.id, me.id)
        if follow is None or follow.accepted_at is not None:
            raise NotFound(f"actor {other.id} does not ask to follow {me.id}")
        await decide(session, follow, other, me)
        return await relationship(session, me.id, other.id)


_WRITE = ("write:follows",)
ROUTES = (
    Route("GET", "/api/v1/follow_requests", get_follow_requests, Door.USER, ("read:follows",)),
    Route(
        "POST",
        "/api/v1/follow_requests/<account_id>/authorize",
        post_authorize,
        Door.USER,
        _WRITE,
    ),
    Route(
        "POST", "/api/v1/follow_requests/<account_id>/reject", post_reject, Door.USER, _WRITE
    ),
)
