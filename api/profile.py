"""https://docs.joinmastodon.org/methods/accounts/: one's own account, and preferences."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from actors.follows import count_follow_requests
from actors.models import Actor
from actors.pictures import set_picture
from actors.profile import SHOWN_PARTS
from api.acting import acting, acting_user
from api.entities.account import credential_account
from api.entities.profile import profile
from api.entities.status import visibility_word
from api.fields import Fields
from api.own_pictures import own_pictures
from api.routing import Call, Door, Route
from db.session import AsyncSession
from outbox.update import send_update_actor
from posts.audience import choose_audience
from posts.models import Visibility
from posts.quotes import FOLLOWERS
from users.models import User
from users.profile import ProfileChanges, update_profile

Json = dict[str, Any]


async def get_verify_credentials(call: Call) -> Json:
    """Show the caller's own account."""
    async with call.services.database.read() as session:
        return await show_own(session, call, call.me.actor, call.me.user)


async def patch_update_credentials(call: Call) -> Json:
    """Change the caller's profile and defaults; what cannot be changed here is left alone (H13)."""
    return await change_own(call, _changes(call), show_own)


async def get_profile(call: Call) -> Json:
    """Show the caller's own profile as it is edited."""
    return profile(call.me.actor, call.services.settings)


async def patch_profile(call: Call) -> Json:
    """Change the caller's profile, and no defaults."""

    async def show(_session: AsyncSession, call: Call, actor: Actor, _user: User) -> Json:
        return profile(actor, call.services.settings)

    return await change_own(call, _seen_changes(call), show)


async def delete_avatar(call: Call) -> Json:
    """Take back the caller's portrait."""
    return await _without(call, "avatar")


async def delete_header(call: Call) -> Json:
    """Take back the caller's banner."""
    return await _without(call, "header")


async def change_own(
    call: Call,
    changes: ProfileChanges,
    show: Callable[[AsyncSession, Call, Actor, User], Awaitable[Json]],
) -> Json:
    """Write changes and new pictures, tell others, and show how it is now."""
    async with (
        own_pictures(call) as pictures,
        call.services.database.transaction() as session,
    ):
        user, actor = await acting_user(session, call), await acting(session, call)
        await update_profile(session, user, actor, changes)
        for purpose, picture in pictures.items():
            await set_picture(session, actor, purpose, picture)
        if pictures or changes.concerns_actor:
            await send_update_actor(session, actor)
        return await show(session, call, actor, user)


async def _without(call: Call, purpose: str) -> Json:
    async with call.services.database.transaction() as session:
        user, actor = await acting_user(session, call), await acting(session, call)
        if await set_picture(session, actor, purpose, None):
            await send_update_actor(session, actor)
        return await show_own(session, call, actor, user)


async def get_preferences(call: Call) -> Json:
    """Show how the caller likes to post and to read."""
    user = call.me.user
    reading = user.preferences
    return {
        "posting:default:visibility": _privacy(call, user),
        "posting:default:sensitive": user.default_sensitive,
        "posting:default:language": user.default_language,
        "posting:default:quote_policy": user.default_quote_policy or FOLLOWERS,
        "reading:expand:media": reading.get("expand_media", "default"),
        "reading:expand:spoilers": reading.get("expand_warnings", False),
        "reading:autoplay:gifs": reading.get("autoplay", False),
    }


def _changes(call: Call) -> ProfileChanges:
    fields = call.fields
    privacy = fields.text("source[privacy]")
    return replace(
        _seen_changes(call),
        default_audience=_audience(call, privacy).value if privacy else None,
        default_sensitive=fields.flag("source[sensitive]"),
        default_language=fields.text("source[language]"),
        default_quote_policy=fields.text("source[quote_policy]") or None,
    )


def _seen_changes(call: Call) -> ProfileChanges:
    fields = call.fields
    shows = {name: fields.flag(f"show_{name}") for name in SHOWN_PARTS}
    domains = fields.texts("attribution_domains")
    return ProfileChanges(
        name=fields.text("display_name"),
        note=fields.text("note"),
        fields=_profile_fields(fields),
        approves_followers=fields.flag("locked"),
        discoverable=fields.flag("discoverable"),
        indexable=fields.flag("indexable"),
        hides_network=fields.flag("hide_collections"),
        shows={name: is_shown for name, is_shown in shows.items() if is_shown is not None} or None,
        attribution_domains=tuple(domains) if domains else None,
        avatar_description=fields.text("avatar_description"),
        header_description=fields.text("header_description"),
    )


def _audience(call: Call, word: str | None) -> Visibility:
    """Return what a word, or none, means for the caller's posts that answer nothing."""
    me = call.me
    return choose_audience(word, me.user, is_doctor=me.viewer.is_doctor, parent=None)


def _privacy(call: Call, user: User) -> str:
    chosen = choose_audience(None, user, is_doctor=call.me.viewer.is_doctor, parent=None)
    return visibility_word(chosen)


def _profile_fields(fields: Fields) -> tuple[tuple[str, str], ...] | None:
    rows = fields.under("fields_attributes")
    if not rows:
        return None
    pairs = [(row.text("name") or "", row.text("value") or "") for row in rows.values()]
    return tuple(pair for pair in pairs if any(pair))


async def show_own(session: AsyncSession, call: Call, actor: Actor, user: User) -> Json:
    """Build the caller's own account, with its sources and defaults."""
    requests = await count_follow_requests(session, actor.id)
    return await credential_account(
        session, actor, user, requests=requests, privacy=_privacy(call, user)
    )


_WRITE = ("write:accounts",)
ROUTES = (
    Route(
        "GET",
        "/api/v1/accounts/verify_credentials",
        get_verify_credentials,
        Door.USER,
        ("read:accounts", "profile"),
    ),
    Route(
        "PATCH",
        "/api/v1/accounts/update_credentials",
        patch_update_credentials,
        Door.USER,
        _WRITE,
        takes_files=True,
    ),
    Route("GET", "/api/v1/profile", get_profile, Door.USER, ("profile", "read:accounts")),
    Route("PATCH", "/api/v1/profile", patch_profile, Door.USER, _WRITE, takes_files=True),
    Route("DELETE", "/api/v1/profile/avatar", delete_avatar, Door.USER, _WRITE),
    Route("DELETE", "/api/v1/profile/header", delete_header, Door.USER, _WRITE),
    Route("GET", "/api/v1/preferences", get_preferences, Door.USER, ("read:accounts",)),
)
