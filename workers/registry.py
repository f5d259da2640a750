"""The names of jobs and what does them: the whole list at one glance."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from actors.follows import has_follower_on
from actors.models import LOCAL_HOST
from actors.remote import refresh_actor
from db.session import Database
from doctors.credentials import check_actor
from federation.client import Client
from inbox.gone import check_gone
from inbox.surroundings import look_for_badge
from outbox.poll import end_poll, tell_poll
from posts.ancestors import fetch_ancestors, fetch_quote
from posts.backfill import backfill_actor
from posts.cards import fetch_card
from posts.conversation import fetch_thread
from posts.erasure import erase_actor
from posts.owed import owe_backfill
from posts.queries import find_post
from posts.remote import resolve_post
from posts.save import adopt

Work = Callable[[Database, Client, Mapping[str, Any]], Awaitable[Any]]


async def _adopt_replies(database: Database, _client: Client, payload: Mapping[str, Any]) -> None:
    async with database.transaction() as session:
        post = await find_post(session, int(payload["post_id"]))
        if post is not None:
            await adopt(session, post)


async def _check_credential(
    database: Database, client: Client, payload: Mapping[str, Any]
) -> None:
    await check_actor(database, client, int(payload["actor_id"]))


async def _check_gone(database: Database, client: Client, payload: Mapping[str, Any]) -> None:
    was_missing = bool(payload.get("was_missing"))
    await check_gone(database, client, str(payload["uri"]), was_missing=was_missing)


async def _refresh_actor(database: Database, client: Client, payload: Mapping[str, Any]) -> None:
    actor = await refresh_actor(database, client, str(payload["uri"]))
    async with database.transaction() as session:
        if await has_follower_on(session, actor.id, LOCAL_HOST):
            await owe_backfill(session, actor, only_pins=True)


async def _resolve_post(database: Database, client: Client, payload: Mapping[str, Any]) -> None:
    await resolve_post(database, client, str(payload["uri"]), check=look_for_badge)


async def _tell_poll(database: Database, _client: Client, payload: Mapping[str, Any]) -> None:
    await tell_poll(database, int(payload["post_id"]))


async def _end_poll(database: Database, _client: Client, payload: Mapping[str, Any]) -> None:
    await end_poll(database, int(payload["post_id"]))


JOBS: Mapping[str, Work] = {
    "adopt replies": _adopt_replies,
    "backfill actor": partial(backfill_actor, check=look_for_badge),
    "check credential": _check_credential,
    "check gone": _check_gone,
    "end poll": _end_poll,
    "erase actor": erase_actor,
    "fetch ancestors": partial(fetch_ancestors, check=look_for_badge),
    "fetch card": fetch_card,
    "fetch quote": partial(fetch_quote, check=look_for_badge),
    "fetch thread": partial(fetch_thread, check=look_for_badge),
    "refresh actor": _refresh_actor,
    "resolve post": _resolve_post,
    "tell poll": _tell_poll,
}
