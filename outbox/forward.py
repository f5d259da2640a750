"""Forwarding: what answers in a ring that began here is passed on unchanged, with its proof."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from actors.models import Actor
from actors.queries import find_actor
from federation.documents.lenient import read_document
from federation.proofs import find_proof
from outbox import queries
from outbox.activities import find_activity, forget_contents, save_activity
from outbox.models import OutboxActivity, Priority
from outbox.recipients import Inbox, let_through, ring_inboxes, stays_clinical
from posts.models import Post
from posts.rings import RESTRICTED

_DELETE = "Delete"


async def forward(
    session: AsyncSession,
    root: Post,
    activity_source: bytes,
    *,
    activity_uri: str,
    type: str,
    by: Actor,
    clinical: bool,
    object_uri: str | None = None,
) -> bool:
    """Pass an activity of a remote actor on to whom a ring's first post reached (WIRE §6).

    `root` is by somebody here, who signs the requests; `activity_source` is what came, byte for
    byte. What has no proof is not passed on: nobody could believe it. Tells whether it was.
    """
    owner = await find_actor(session, root.author_id)
    if owner is None or not owner.is_local or root.visibility not in RESTRICTED:
        return False
    if find_proof(read_document(activity_source)) is None:
        return False
    if await find_activity(session, activity_uri) is not None:
        return False
    inboxes = await ring_inboxes(session, root, owner)
    if type == _DELETE and object_uri is not None:
        inboxes |= await _forget(session, by, object_uri)
    inboxes = {inbox for inbox in inboxes if inbox.host != by.host}
    clinical_only = clinical or stays_clinical(root)
    allowed = await let_through(session, inboxes, is_clinical=clinical_only)
    gone = await queries.gone_inboxes(session, {inbox.url for inbox in allowed})
    owed = {(inbox.url, inbox.host) for inbox in allowed if inbox.url not in gone}
    if not owed:
        return False
    stored = await save_activity(
        session,
        OutboxActivity(
            uri=activity_uri,
            actor_id=by.id,
            type=type,
            body=activity_source,
            priority=Priority.POST,
            clinical_only=clinical_only,
            object_uri=object_uri,
        ),
    )
    await queries.owe(session, stored, owed, signer_id=owner.id)
    return True


async def _forget(session: AsyncSession, by: Actor, object_uri: str) -> set[Inbox]:
    """Withdraw what was being passed on of a thing now deleted; return who may have it."""
    got_it = await queries.list_recipients_of(session, by.id, object_uri)
    await queries.withdraw(session, by.id, object_uri)
    await forget_contents(session, by.id, object_uri)
    return {Inbox(url, host) for url, host in got_it}
