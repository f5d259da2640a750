"""Update of a further profile document: to verified doctors' hosts, or to contacts' (WIRE §4)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from actors.models import Actor
from core.clock import now
from doctors.models import FieldAudience
from doctors.profile_documents import find_further_profile
from federation.documents.activity import write_activity
from federation.documents.lenient import JsonObject
from outbox.ids import fresh_id
from outbox.publish import publish
from outbox.recipients import clinical_inboxes, follower_inboxes


def build_update_profile(
    *, id: str, actor_uri: str, profile: JsonObject, published: datetime
) -> JsonObject:
    """Build the Update of a further profile document, addressed as it is."""
    return write_activity(
        id=id,
        type="Update",
        actor=actor_uri,
        object=profile,
        to=profile["to"],
        cc=[],
        published=published,
    )


async def send_update_profile(
    session: AsyncSession, actor: Actor, audience: FieldAudience
) -> None:
    """Tell an audience's hosts what somebody says to it now; nothing is sent when that is nothing.

    Then the actor does not list the document any more, which its own Update tells.
    """
    profile = await find_further_profile(session, actor, audience)
    if profile is None:
        return
    is_for_doctors = audience is FieldAudience.DOCTORS
    await publish(
        session,
        actor,
        build_update_profile(
            id=fresh_id(actor.uri), actor_uri=actor.uri, profile=profile, published=now()
        ),
        inboxes=await clinical_inboxes(session)
        if is_for_doctors
        else await follower_inboxes(session, actor.id),
        is_clinical=is_for_doctors,
    )
