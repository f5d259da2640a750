"""The names of jobs and what does them: the whole list at one glance."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from actors.follows import has_follower_on
from actors.models import LOCAL_HOST
from actors.queries import find_actor
from actors.remote import refresh_actor
from actors.search import index_actors
from db.session import Database
from doctors.comparing import compare_anew
from doctors.credentials import check_actor
from doctors.directory_index import index_doctor, index_doctors
from doctors.others_profiles import fetch_profiles
from doctors.practice_rows import forget_practice
from doctors.ring import meet_doctor
from federation.client import Client
from inbox.gone import check_gone
from inbox.offer import judge_offer
from inbox.quote_answer import tell_quote
from inbox.surroundings import look_for_badge
from media.clearing import remove_files
from media.waiting import give_up_media, process_media
from notifications.webpush import push_notice
from outbox.domain_block import reject_domain
from outbox.poll import end_poll, tell_poll
from outbox.scheduled import publish_scheduled
from outbox.update import tell_profile
from posts.ancestors import fetch_ancestors, fetch_quote
from posts.backfill import backfill_actor
from posts.cards import fetch_card
from posts.consent import check_stamp
from posts.conversation import fetch_thread
from posts.erasure import erase_actor
from posts.joining import adopt
from posts.owed import owe_backfill
from posts.queries import find_post
from posts.remote import resolve_post
from posts.search_index import index_posts
from users.mailing import send_mail
from users.signup import free_username

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


async def _erase_actor(database: Database, client: Client, payload: Mapping[str, Any]) -> None:
    async with database.transaction() as session:
        actor = await find_actor(session, int(payload["actor_id"]))
        if actor is not None and actor.deleted_at is not None:
            await forget_practice(session, actor.id)
    await erase_actor(database, client, payload)


async def _fetch_profiles(
    database: Database, client: Client, payload: Mapping[str, Any]
) -> None:
    await fetch_profiles(database, client, int(payload["actor_id"]))


async def _judge_offer(database: Database, client: Client, payload: Mapping[str, Any]) -> None:
    await judge_offer(database, client, int(payload["offer_id"]))


async def _refresh_actor(database: Database, client: Client, payload: Mapping[str, Any]) -> None:
    actor = await refresh_actor(database, client, str(payload["uri"]))
    async with database.transaction() as session:
        if await has_follower_on(session, actor.id, LOCAL_HOST):
            await owe_backfill(session, actor, only_pins=True)


async def _reject_domain(database: Database, _client: Client, payload: Mapping[str, Any]) -> None:
    async with database.transaction() as session:
        blocker = await find_actor(session, int(payload["actor_id"]))
        if blocker is not None and blocker.deleted_at is None:
            await reject_domain(session, blocker, str(payload["domain"]))


async def _resolve_post(database: Database, client: Client, payload: Mapping[str, Any]) -> None:
    await resolve_post(database, client, str(payload["uri"]), check=look_for_badge)


async def _tell_profile(
    database: Database, _client: Client, payload: Mapping[str, Any]
) -> None:
    is_urgent = bool(payload.get("is_urgent"))
    await tell_profile(database, int(payload["actor_id"]), is_urgent=is_urgent)


async def _tell_poll(database: Database, _client: Client, payload: Mapping[str, Any]) -> None:
    await tell_poll(database, int(payload["post_id"]))


async def _end_poll(database: Database, _client: Client, payload: Mapping[str, Any]) -> None:
    await end_poll(database, int(payload["post_id"]))


async def _tell_quote(database: Database, _client: Client, payload: Mapping[str, Any]) -> None:
    await tell_quote(database, int(payload["post_id"]))


# What is done once for a job that is set aside, because somebody waits to hear of it.
GIVEN_UP: Mapping[str, Work] = {"process media": give_up_media}
JOBS: Mapping[str, Work] = {
    "adopt replies": _adopt_replies,
    "backfill actor": partial(backfill_actor, check=look_for_badge),
    "check credential": _check_credential,
    "check gone": _check_gone,
    "check stamp": check_stamp,
    "compare claim": compare_anew,
    "end poll": _end_poll,
    "erase actor": _erase_actor,
    "fetch ancestors": partial(fetch_ancestors, check=look_for_badge),
    "fetch card": fetch_card,
    "fetch profiles": _fetch_profiles,
    "fetch quote": partial(fetch_quote, check=look_for_badge),
    "fetch thread": partial(fetch_thread, check=look_for_badge),
    "free username": free_username,
    "judge offer": _judge_offer,
    "meet doctor": meet_doctor,
    "push notice": push_notice,
    "process media": process_media,
    "index actors": index_actors,
    "index doctor": index_doctor,
    "index doctors": index_doctors,
    "index posts": index_posts,
    "publish scheduled": publish_scheduled,
    "refresh actor": _refresh_actor,
    "remove files": remove_files,
    "reject domain": _reject_domain,
    "resolve post": _resolve_post,
    "send mail": send_mail,
    "tell poll": _tell_poll,
    "tell profile": _tell_profile,
    "tell quote": _tell_quote,
}
