"""Forwarding: what answers in a thread that began here is passed on unchanged, with its proof."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from actors.models import Actor
from actors.queries import find_actor
from federation.documents.lenient import Document, read_document
from federation.proofs import find_proof, has_ld_signature
from outbox import queries
from outbox.activities import find_activity, forget_contents, save_activity
from outbox.models import OutboxActivity, Priority
from outbox.recipients import (
    Inbox,
    follower_inboxes,
    let_through,
    ring_inboxes,
    stays_clinical,
)
from posts.eyes import OPEN
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
    """Pass an activity of a remote actor on: in a ring to whom its first post reached (WIRE §6).

    In the open it goes to the followers of the author of `root`. That one lives here, and signs the
    requests; `activity_source` is what came, byte for byte. What nobody could believe is not passed
    on. Tells whether it was.
    """
    owner = await find_actor(session, root.author_id)
    if owner is None or not owner.is_local or root.visibility not in RESTRICTED | OPEN:
        return False
    is_ring = root.visibility in RESTRICTED
    if not may_be_believed(read_document(activity_source), in_ring=is_ring):
        return False
    if await find_activity(session, activity_uri) is not None:
        return False
    inboxes = await (
        ring_inboxes(session, root, owner) if is_ring else follower_inboxes(session, owner.id)
    )
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


def may_be_believed(document: Document, *, in_ring: bool) -> bool:
    """Tell whether those to whom a document is passed on can find out that it is true.

    By its proof; or an LD signature makes them ask its home, which in the open answers everybody.
    """
    return find_proof(document) is not None or (not in_ring and has_ld_signature(document))


async def _forget(session: AsyncSession, by: Actor, object_uri: str) -> set[Inbox]:
    """Withdraw what was being passed on of a thing now deleted; return who may have it."""
    got_it = await queries.list_recipients_of(session, by.id, object_uri)
    await queries.withdraw(session, by.id, object_uri)
    await forget_contents(session, by.id, object_uri)
    return {Inbox(url, host) for url, host in got_it}
