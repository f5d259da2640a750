"""The Account entity, CredentialAccount, and the badge in both.

https://docs.joinmastodon.org/entities/Account/
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from actors.models import Actor, Badge
from actors.queries import find_badges
from api.entities.badge import badge_field, badge_role
from api.entities.emoji import emojis
from api.times import api_time
from core.settings import Settings
from db.session import AsyncSession, settings_of
from media.links import picture_url
from posts.quotes import FOLLOWERS
from users.models import Role, User

Json = dict[str, Any]
NO_AVATAR = "/static/no-avatar.png"
NO_HEADER = "/static/no-header.png"
_ROLE_IDS = {Role.MEMBER: "-99", Role.MODERATOR: "1", Role.ADMIN: "3"}


async def accounts(session: AsyncSession, actors: Sequence[Actor]) -> list[Json]:
    """Build the accounts of some actors, in their order; one query, for their badges."""
    badges = await find_badges(session, [actor.id for actor in actors])
    settings = settings_of(session)
    return [account_json(actor, badges.get(actor.id), settings) for actor in actors]


async def accounts_by_id(session: AsyncSession, actors: Mapping[int, Actor]) -> dict[int, Json]:
    """Build the accounts of some actors, by their id."""
    built = await accounts(session, list(actors.values()))
    return dict(zip(actors, built, strict=True))


async def account(session: AsyncSession, actor: Actor) -> Json:
    """Build one account."""
    return (await accounts(session, [actor]))[0]


async def credential_account(
    session: AsyncSession, actor: Actor, user: User, *, requests: int, privacy: str
) -> Json:
    """Build one's own account, with the sources of its texts and one's defaults."""
    shown = await account(session, actor) | {
        "note": actor.summary,
        "followers_count": actor.followers_count,
        "following_count": actor.following_count,
    }
    if actor.is_private:
        shown |= _pictures(actor, settings_of(session), is_own=True)
        shown["fields"] = [*shown["fields"], *_lines(actor)]
    source = {
        "privacy": privacy,
        "sensitive": user.default_sensitive,
        "language": user.default_language,
        "note": actor.summary_source,
        "fields": [
            {"name": row["name"], "value": row.get("source", row["value"]), "verified_at": None}
            for row in actor.fields
        ],
        "follow_requests_count": requests,
        "hide_collections": actor.hides_network,
        "discoverable": actor.discoverable,
        "indexable": actor.indexable,
        "quote_policy": user.default_quote_policy or FOLLOWERS,
        "attribution_domains": actor.attribution_domains,
    }
    return shown | {"source": source, "role": _role(user)}


def _role(user: User) -> Json:
    name = "" if user.role is Role.MEMBER else user.role.value.capitalize()
    return {
        "id": _ROLE_IDS[user.role],
        "name": name,
        "color": "",
        "permissions": "0",
        "highlighted": user.role is not Role.MEMBER,
    }


def acct(actor: Actor) -> str:
    """Return the name by which clients address an account: short for those who live here."""
    return actor.username if actor.is_local else actor.handle


def account_json(actor: Actor, badge: Badge | None, settings: Settings) -> Json:
    """Build an account from what was read: its badge is one that counts now."""
    hidden = actor.suspended_at is not None
    shown = _pictures(actor, settings) | _numbers(actor) | {
        "id": str(actor.id),
        "username": actor.username,
        "acct": acct(actor),
        "display_name": "" if hidden else actor.name,
        "locked": actor.approves_followers,
        "bot": actor.type in {"Service", "Application"},
        "group": actor.type == "Group",
        "discoverable": actor.discoverable,
        "indexable": actor.indexable,
        "noindex": not actor.indexable,
        "created_at": api_time(actor.published_at or actor.created_at),
        "note": "" if hidden or actor.is_private else actor.summary,
        "url": actor.url or actor.uri,
        "uri": actor.uri,
        "emojis": [] if hidden else emojis(actor.emojis, settings),
        "fields": [] if hidden else _fields(actor, badge),
        "feature_approval": _feature_approval(actor),
        "roles": [badge_role(badge)] if badge is not None and not hidden else [],
    }
    return shown | {"suspended": True} if hidden else shown


def _feature_approval(actor: Actor) -> Json:
    """Say who may put an account into a collection: of people here, those who want to be found."""
    is_open = actor.is_local and actor.discoverable
    return {
        "automatic": ["public"] if is_open else [],
        "manual": [],
        "current_user": "automatic" if is_open else "denied",
    }


def _numbers(actor: Actor) -> Json:
    last = actor.last_post_at
    return {
        "followers_count": 0 if actor.hides_network else actor.followers_count,
        "following_count": 0 if actor.hides_network else actor.following_count,
        "statuses_count": actor.posts_count,
        "last_status_at": last.date().isoformat() if last is not None else None,
    }


def _pictures(actor: Actor, settings: Settings, *, is_own: bool = False) -> Json:
    hidden = actor.suspended_at is not None
    header = actor.header_url if is_own or not actor.is_private else None
    shown: Json = {}
    for name, url, none in (
        ("avatar", actor.avatar_url, NO_AVATAR),
        ("header", header, NO_HEADER),
    ):
        for named, small in ((name, False), (f"{name}_static", True)):
            shown[named] = (
                settings.base_url + none
                if hidden or url is None
                else picture_url(settings, url, is_ours=actor.is_local, small=small)
            )
    return shown


def _lines(actor: Actor) -> list[Json]:
    return [
        {"name": row["name"], "value": row["value"], "verified_at": None} for row in actor.fields
    ]


def _fields(actor: Actor, badge: Badge | None) -> list[Json]:
    # Only a badge has `verified_at` here (WIRE §4). What a private profile says is for contacts:
    # they find it under /api/consilium/v1/accounts/:id/practice.
    said = [] if actor.is_private else _lines(actor)
    return said if badge is None else [badge_field(badge, actor.name), *said]
