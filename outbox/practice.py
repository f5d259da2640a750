"""What somebody here says of their practice: saved, and told to whom each part is for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from actors.documents import actor_document
from actors.models import Actor
from doctors.models import FieldAudience
from doctors.practice import save_practice, save_settings
from doctors.profile_documents import AUDIENCES, find_further_profile
from outbox.update import send_update_actor
from outbox.update_profile import send_update_profile


@dataclass(frozen=True, slots=True)
class PracticeChanges:
    """What to change; fields that are not named, and wishes that are None, stay as they are."""

    fields: Mapping[str, tuple[Any, FieldAudience]] = field(default_factory=dict)
    is_private: bool | None = None
    seeks_colleagues: bool | None = None


async def send_practice(session: AsyncSession, actor: Actor, changes: PracticeChanges) -> None:
    """Write what somebody here says of their practice, and tell those who may read what changed.

    Raises InvalidField, before anything is changed.
    """
    before = await _documents(session, actor)
    await save_practice(session, actor, changes.fields)
    await save_settings(
        session,
        actor,
        is_private=changes.is_private,
        seeks_colleagues=changes.seeks_colleagues,
    )
    after = await _documents(session, actor)
    is_told = before[FieldAudience.PUBLIC] != after[FieldAudience.PUBLIC]
    if is_told:
        await send_update_actor(session, actor)
    for audience in AUDIENCES:
        # With a private actor's own Update goes the one for its contacts.
        goes_with_actor = is_told and actor.is_private and audience is FieldAudience.CONTACTS
        if before[audience] != after[audience] and not goes_with_actor:
            await send_update_profile(session, actor, audience)


async def _documents(session: AsyncSession, actor: Actor) -> dict[FieldAudience, Any]:
    further = {
        audience: await find_further_profile(session, actor, audience) for audience in AUDIENCES
    }
    return {FieldAudience.PUBLIC: await actor_document(session, actor), **further}
