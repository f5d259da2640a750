"""https://docs.joinmastodon.org/methods/accounts/: one's own account, and preferences."""

from __future__ import annotations

from typing import Any

from actors.follows import count_follow_requests
from actors.models import Actor
from api.acting import acting, acting_user
from api.entities.account import credential_account
from api.entities.status import visibility_word
from api.fields import Fields
from api.routing import Call, Door, Route
from db.session import AsyncSession
from outbox.update import send_update_actor
from posts.audience import choose_audience
from posts.models import Visibility
from users.models import User
from users.profile import ProfileChanges, update_profile

Json = dict[str, Any]


async def get_verify_credentials(call: Call) -> Json:
    """Show the caller's own account."""
    async with call.services.database.read() as session:
        return await _own(session, call, call.me.actor, call.me.user)


async def patch_update_credentials(call: Call) -> Json:
    """Change the caller's profile and defaults; what cannot be changed here is left alone (H13)."""
    changes = _changes(call)
    async with call.services.database.transaction() as session:
        user, actor = await acting_user(session, call), await acting(session, call)
        await update_profile(session, user, actor, changes)
        if changes.concerns_actor:
            await send_update_actor(session, actor)
        return await _own(session, call, actor, user)


async def get_preferences(call: Call) -> Json:
    """Show how the caller likes to post and to read."""
    user = call.me.user
    return {
        "posting:default:visibility": _privacy(call, user),
        "posting:default:sensitive": user.default_sensitive,
        "posting:default:language": user.default_language,
        "posting:default:quote_policy": "nobody",
        "reading:expand:media": "default",
        "reading:expand:spoilers": False,
        "reading:autoplay:gifs": False,
    }


def _changes(call: Call) -> ProfileChanges:
    fields = call.fields
    privacy = fields.text("source[privacy]")
    return ProfileChanges(
        name=fields.text("display_name"),
        note=fields.text("note"),
        fields=_profile_fields(fields),
        approves_followers=fields.flag("locked"),
        discoverable=fields.flag("discoverable"),
        indexable=fields.flag("indexable"),
        default_audience=_audience(call, privacy).value if privacy else None,
        default_sensitive=fields.flag("source[sensitive]"),
        default_language=fields.text("source[language]"),
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


async def _own(session: AsyncSession, call: Call, actor: Actor, user: User) -> Json:
    requests = await count_follow_requests(session, actor.id)
    return await credential_account(
        session, actor, user, requests=requests, privacy=_privacy(call, user)
    )


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
        ("write:accounts",),
    ),
    Route("GET", "/api/v1/preferences", get_preferences, Door.USER, ("read:accounts",)),
)
