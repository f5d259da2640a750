"""The names of jobs and what does them: the whole list at one glance."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from actors.remote import refresh_actor
from db.session import Database
from doctors.credentials import check_actor
from federation.client import Client
from posts.remote import resolve_post

Work = Callable[[Database, Client, Mapping[str, Any]], Awaitable[Any]]


async def _check_credential(
    database: Database, client: Client, payload: Mapping[str, Any]
) -> None:
    await check_actor(database, client, int(payload["actor_id"]))


async def _refresh_actor(database: Database, client: Client, payload: Mapping[str, Any]) -> None:
    await refresh_actor(database, client, str(payload["uri"]))


async def _resolve_post(database: Database, client: Client, payload: Mapping[str, Any]) -> None:
    await resolve_post(database, client, str(payload["uri"]))


JOBS: Mapping[str, Work] = {
    "check credential": _check_credential,
    "refresh actor": _refresh_actor,
    "resolve post": _resolve_post,
}
