"""What a person says about themself and how they like to post: checked, and written to the rows."""

from __future__ import annotations

import re
from dataclasses import dataclass

from actors.models import Actor
from actors.profile import ActorChanges, change_profile
from core.errors import InvalidInput
from db.session import AsyncSession
from users.models import User

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


@dataclass(frozen=True, slots=True)
class ProfileChanges:
    """What somebody wants to change; None leaves a thing as it is.

    `fields` are names and values as typed. `default_audience` is a Visibility value;
    `default_language` may be empty for none.
    """

    name: str | None = None
    note: str | None = None
    fields: tuple[tuple[str, str], ...] | None = None
    approves_followers: bool | None = None
    discoverable: bool | None = None
    indexable: bool | None = None
    default_audience: str | None = None
    default_sensitive: bool | None = None
    default_language: str | None = None

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
    await change_profile(session, actor, _of_actor(changes))
    if changes.default_audience is not None:
        user.default_audience = changes.default_audience
    if changes.default_sensitive is not None:
        user.default_sensitive = changes.default_sensitive
    if changes.default_language is not None:
        user.default_language = changes.default_language or None
    await session.flush()


def _of_actor(changes: ProfileChanges) -> ActorChanges:
    return ActorChanges(
        name=changes.name,
        summary=changes.note,
        fields=changes.fields,
        approves_followers=changes.approves_followers,
        discoverable=changes.discoverable,
        indexable=changes.indexable,
    )
