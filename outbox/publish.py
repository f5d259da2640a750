"""Owe an activity to inboxes: its JSON signed and stored once, a delivery row for each inbox."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from actors.keyring import private_keys
from actors.models import Actor
from core.clock import now
from federation.documents.lenient import JsonObject
from federation.proofs import sign_document
from outbox import activities, queries
from outbox.models import OutboxActivity, Priority
from outbox.recipients import Inbox, let_through


async def publish(
    session: AsyncSession,
    actor: Actor,
    activity: JsonObject,
    *,
    inboxes: Collection[Inbox],
    priority: Priority = Priority.POST,
    signs: bool = True,
    is_public: bool = False,
    is_clinical: bool = False,
    about: str | None = None,
) -> OutboxActivity | None:
    """Store an activity and owe it to those inboxes that the policy lets through.

    `signs` adds an integrity proof (not to `mentioned` posts: a signed private message is evidence
    that can be passed on). `about` names the thing whose story keeps its order; the object's id by
    default. Nothing is stored when nobody may have it and no outbox lists it: then None.
    """
    allowed = await let_through(session, inboxes, is_clinical=is_clinical)
    gone = await queries.gone_inboxes(session, {inbox.url for inbox in allowed})
    owed = {(inbox.url, inbox.host) for inbox in allowed if inbox.url not in gone}
    if not owed and not is_public:
        return None
    if signs and "#" not in activity["id"]:
        activity = await prove(session, actor, activity)
    stored = await activities.save_activity(
        session,
        OutboxActivity(
            uri=activity["id"],
            actor_id=actor.id,
            type=activity["type"],
            body=orjson.dumps(activity),
            priority=priority,
            is_public=is_public,
            clinical_only=is_clinical,
            object_uri=about or _id_of(activity["object"]),
        ),
    )
    await queries.owe(session, stored, owed, signer_id=actor.id)
    return stored


def _id_of(thing: Any) -> str | None:
    return thing.get("id") if isinstance(thing, dict) else thing


async def prove(session: AsyncSession, actor: Actor, activity: JsonObject) -> JsonObject:
    """Return an activity with its actor's integrity proof, and what it embeds with its own."""
    keys = await private_keys(session, actor)
    thing = activity["object"]
    # What is embedded with a context of its own is signed by itself too: it can be passed on alone.
    if isinstance(thing, dict) and "@context" in thing and "proof" not in thing:
        proven = sign_document(
            thing, method=keys.ed25519_key_id, private_key=keys.ed25519_private, created=now()
        )
        activity = {**activity, "object": proven}
    return sign_document(
        activity, method=keys.ed25519_key_id, private_key=keys.ed25519_private, created=now()
    )
