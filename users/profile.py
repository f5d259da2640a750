"""What a person says about themself and how they like to post: checked, and written to the rows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from actors.models import Actor
from actors.profile import ActorChanges, change_profile
from core.errors import InvalidInput
from db.session import AsyncSession
from users.models import User

_QUOTE_POLICIES = frozenset({None, "public", "followers", "nobody"})
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


@dataclass(frozen=True, slots=True)
class ProfileChanges:
    """What somebody wants to change; None leaves a thing as it is.

    `fields` are names and values as typed, `shows` parts of the profile, `attribution_domains`
    who may name them as an author. `default_audience` is a Visibility value;
    `default_language` may be empty for none; `default_quote_policy` is `public`, `followers` or
    `nobody`.
    """

    name: str | None = None
    note: str | None = None
    fields: tuple[tuple[str, str], ...] | None = None
    approves_followers: bool | None = None
    discoverable: bool | None = None
    indexable: bool | None = None
    hides_network: bool | None = None
    shows: Mapping[str, bool] | None = None
    attribution_domains: tuple[str, ...] | None = None
    avatar_description: str | None = None
    header_description: str | None = None
    default_audience: str | None = None
    default_sensitive: bool | None = None
    default_language: str | None = None
    default_quote_policy: str | None = None

    @property
    def concerns_actor(self) -> bool:
        """Whether others can see the change."""
        seen = (
            self.name,
            self.note,
            self.fields,
            self.approves_followers,
            self.discoverable,
            self.indexable,
            self.hides_network,
            self.shows,
            self.attribution_domains,
            self.avatar_description,
            self.header_description,
        )
        return any(value is not None for value in seen)


async def update_profile(
    session: AsyncSession, user: User, actor: Actor, changes: ProfileChanges
) -> None:
    """Write changes to both rows; raises InvalidInput, in Mastodon's words, before any is made.

    Telling the fediverse is `outbox.send_update_actor`, in the same transaction.
    """
    if changes.default_language and not _LANGUAGE.fullmatch(changes.default_language):
        raise InvalidInput("Validation failed: Default language is not valid")
    if changes.default_quote_policy not in _QUOTE_POLICIES:
        raise InvalidInput("Validation failed: Quote policy is not included in the list")
    await change_profile(session, actor, _of_actor(changes))
    if changes.default_audience is not None:
        user.default_audience = changes.default_audience
    if changes.default_sensitive is not None:
        user.default_sensitive = changes.default_sensitive
    if changes.default_language is not None:
        user.default_language = changes.default_language or None
    if changes.default_quote_policy is not None:
        user.default_quote_policy = changes.default_quote_policy
    await session.flush()


def _of_actor(changes: ProfileChanges) -> ActorChanges:
    return ActorChanges(
        name=changes.name,
        summary=changes.note,
        fields=changes.fields,
        approves_followers=changes.approves_followers,
        discoverable=changes.discoverable,
        indexable=changes.indexable,
        hides_network=changes.hides_network,
        shows=changes.shows,
        attribution_domains=changes.attribution_domains,
        avatar_description=changes.avatar_description,
        header_description=changes.header_description,
    )
