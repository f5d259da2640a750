"""https://docs.joinmastodon.org/methods/accounts/: following, blocking and muting accounts."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from actors.blocks import delete_mute, list_blocks, list_mutes, save_mute
from actors.follows import find_follow
from actors.models import Actor, Mute
from actors.notes import save_note
from actors.queries import get_actor
from api.acting import acting
from api.entities.account import accounts
from api.entities.relationship import relationship
from api.fields import Fields, path_id
from api.paging import read_page
from api.routing import Answer, Call, Door, Route
from api.times import api_time_or_none
from core.clock import now
from core.errors import Forbidden, InvalidInput
from db.session import AsyncSession
from outbox.block import send_block
from outbox.follow import send_follow
from outbox.reject import send_reject
from outbox.undo import send_undo_block, send_undo_follow

Json = dict[str, Any]
Act = Callable[[AsyncSession, Actor, Actor], Awaitable[object]]
MANY = 80
MOST_LANGUAGES = 50
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8}){0,2}")
LONGEST_MUTE_S = 10 * 365 * 24 * 3600


async def post_follow(call: Call, id: str) -> Json:
    """Follow an account, or ask to; a repeated call changes the wishes that it names."""
    boosts, notifies = call.fields.flag("reblogs"), call.fields.flag("notify")
    languages = _languages(call.fields)

    async def follow(session: AsyncSession, me: Actor, other: Actor) -> None:
        known = await find_follow(session, me.id, other.id)
        spoken = known.languages if known is not None else None
        await send_follow(
            session,
            me,
            other,
            shows_boosts=_wish(boosts, known is None or known.shows_boosts),
            notifies=_wish(notifies, known is not None and known.notifies),
            languages=spoken if languages is None else (languages or None),
        )

    return await _act(call, id, follow)


async def post_unfollow(call: Call, id: str) -> Json:
    """Stop following an account, or take the request back."""
    return await _act(call, id, send_undo_follow)


async def post_remove_from_followers(call: Call, id: str) -> Json:
    """End another account's follow of the caller."""

    async def remove(session: AsyncSession, me: Actor, other: Actor) -> None:
        follow = await find_follow(session, other.id, me.id)
        if follow is not None and follow.accepted_at is not None:
            await send_reject(session, follow, follower=other, followee=me)

    return await _act(call, id, remove)


async def post_block(call: Call, id: str) -> Json:
    """Block an account: neither sees or reaches the other from now on."""
    return await _act(call, id, send_block)


async def post_unblock(call: Call, id: str) -> Json:
    """End a block."""
    return await _act(call, id, send_undo_block)


async def post_mute(call: Call, id: str) -> Json:
    """Mute an account, for some time or for good; it never learns of it."""
    seconds = call.fields.number("duration", default=0, smallest=0, largest=LONGEST_MUTE_S)
    hides_notifications = call.fields.flag("notifications") is not False
    until = now() + timedelta(seconds=seconds) if seconds else None

    async def mute(session: AsyncSession, me: Actor, other: Actor) -> None:
        await save_mute(
            session, me, other, hides_notifications=hides_notifications, expires_at=until
        )

    return await _act(call, id, mute)


async def post_unmute(call: Call, id: str) -> Json:
    """End a mute."""

    async def unmute(session: AsyncSession, me: Actor, other: Actor) -> None:
        await delete_mute(session, me.id, other.id)

    return await _act(call, id, unmute)


async def post_note(call: Call, id: str) -> Json:
    """Keep something in mind of an account, for the caller alone; an empty text forgets it."""
    comment = call.fields.text("comment") or ""
    async with call.services.database.transaction() as session:
        me, other = await acting(session, call), await get_actor(session, path_id(id))
        await save_note(session, me.id, other.id, comment)
        return await relationship(session, me.id, other.id)


async def get_blocks(call: Call) -> Answer:
    """List whom the caller blocks."""
    page = read_page(call.fields, default=40, largest=MANY)
    async with call.services.database.read() as session:
        rows = await list_blocks(session, call.me.actor.id, page)
        built = await accounts(session, [blocked for _, blocked in rows])
    return call.page(page, built, [block.id for block, _ in rows])


async def get_mutes(call: Call) -> Answer:
    """List whom the caller mutes, and until when."""
    page = read_page(call.fields, default=40, largest=MANY)
    async with call.services.database.read() as session:
        rows = await list_mutes(session, call.me.actor.id, page)
        built = await accounts(session, [muted for _, muted in rows])
    shown = [
        muted | _until(mute) for (mute, _), muted in zip(rows, built, strict=True)
    ]
    return call.page(page, shown, [mute.id for mute, _ in rows])


def _wish(asked: bool | None, known: bool) -> bool:
    return known if asked is None else asked


def _languages(fields: Fields) -> list[str] | None:
    """Return the languages that are wanted, none for all; None where nothing is said of them."""
    if fields.is_null("languages"):
        return []
    if "languages" not in fields and "languages[]" not in fields:
        return None
    found = list(dict.fromkeys(text.lower() for text in fields.texts("languages") if text))
    if len(found) > MOST_LANGUAGES or not all(_LANGUAGE.fullmatch(text) for text in found):
        raise InvalidInput("Validation failed: Languages is invalid")
    return found


def _until(mute: Mute) -> Json:
    return {"mute_expires_at": api_time_or_none(mute.expires_at)}


async def _act(call: Call, id: str, act: Act) -> Json:
    """Do something about another account and show how the caller stands to it then."""
    async with call.services.database.transaction() as session:
        me = await acting(session, call)
        other = await get_actor(session, path_id(id))
        if other.id == me.id:
            raise Forbidden("nobody follows, blocks or mutes themself")
        await act(session, me, other)
        return await relationship(session, me.id, other.id)


def _route(name: str, handler: Callable[..., Awaitable[Json]], scope: str) -> Route:
    return Route("POST", f"/api/v1/accounts/<id>/{name}", handler, Door.USER, (scope,))


ROUTES = (
    _route("follow", post_follow, "write:follows"),
    _route("unfollow", post_unfollow, "write:follows"),
    _route("remove_from_followers", post_remove_from_followers, "write:follows"),
    _route("block", post_block, "write:blocks"),
    _route("unblock", post_unblock, "write:blocks"),
    _route("mute", post_mute, "write:mutes"),
    _route("unmute", post_unmute, "write:mutes"),
    _route("note", post_note, "write:accounts"),
    Route("GET", "/api/v1/blocks", get_blocks, Door.USER, ("read:blocks",)),
    Route("GET", "/api/v1/mutes", get_mutes, Door.USER, ("read:mutes",)),
)
