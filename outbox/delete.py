"""Delete: somebody here takes a post, a consent, or everything, back; a credential is no more."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from actors.instance_actor import get_instance_actor
from actors.models import Actor
from actors.queries import get_actor
from doctors.claims import forget_claims
from doctors.credentials import drop_badge
from doctors.queries import find_verification
from doctors.reasons import Reason
from doctors.verification import withdraw
from federation.documents.activity import write_activity
from federation.documents.lenient import JsonObject
from federation.vocabulary import AS_PUBLIC
from notifications.notify import forget_post
from outbox import queries
from outbox.activities import forget_contents
from outbox.ids import derived_id
from outbox.models import Priority
from outbox.publish import publish
from outbox.recipients import (
    Inbox,
    clinical_inboxes,
    follower_inboxes,
    has_proof,
    is_for_everybody,
    known_inboxes,
    let_through,
    own_inboxes_of,
    post_inboxes,
    reached_inboxes,
    stays_clinical,
)
from outbox.undo import send_undo_announce
from outbox.update import send_anew
from posts.consent import REVOKED, change_state
from posts.erasure import owe_erasure
from posts.models import Post
from posts.queries import find_post, list_mentioned
from posts.save import delete_post
from posts.stamps import give_stamp, revoke_stamp


def build_delete(
    *, actor_uri: str, object_uri: str, to: Sequence[str] = (), cc: Sequence[str] = ()
) -> JsonObject:
    """Build the Delete of a thing; a thing has one."""
    return write_activity(
        id=derived_id(actor_uri, "Delete", object_uri),
        type="Delete",
        actor=actor_uri,
        object=object_uri,
        to=to,
        cc=cc,
    )


async def send_delete(session: AsyncSession, author: Actor, post: Post) -> None:
    """Delete a post, here and wherever it came to; of a boost, take it back.

    Who has not been told of the post yet never is; everybody else is told that it is gone.
    """
    if post.boost_of_id is not None:
        original = await find_post(session, post.boost_of_id)
        if original is not None:
            await send_undo_announce(session, author, original)
        return
    mentioned = (await list_mentioned(session, [post.id])).get(post.id, [])
    inboxes = await post_inboxes(session, post, author, mentioned)
    inboxes |= await reached_inboxes(session, post)
    inboxes = await let_through(session, inboxes, is_clinical=stays_clinical(post))
    # Who got it before its thread became clinical is told too: a deletion shows nothing but an id.
    inboxes |= await _got(session, author, post.uri)
    delete = build_delete(
        actor_uri=author.uri, object_uri=post.uri, to=post.to_uris, cc=post.cc_uris
    )
    signs = has_proof(post)
    untold = await queries.withdraw(session, author.id, post.uri)
    await forget_contents(session, author.id, post.uri)
    await delete_post(session, post)
    await forget_post(session, post.id)
    await publish(
        session,
        author,
        delete,
        inboxes={inbox for inbox in inboxes if inbox.url not in untold},
        signs=signs,
    )


async def _got(session: AsyncSession, author: Actor, uri: str | None) -> set[Inbox]:
    got_it = await queries.list_recipients_of(session, author.id, uri)
    return {Inbox(url, host) for url, host in got_it}


async def send_delete_stamp(
    session: AsyncSession, author: Actor, quoted: Post, quoting: Post
) -> None:
    """Take back that a post of one's own is quoted by another, and tell who may show it (FEP-044f).

    It stays so: asked again, the answer is no.
    """
    other = await get_actor(session, quoting.author_id)
    stamp = await give_stamp(
        session, quoted, author, quoting_uri=quoting.uri, quoting_actor_uri=other.uri
    )
    await revoke_stamp(session, stamp)
    await change_state(session, quoting, REVOKED)
    if other.is_local:
        await send_anew(session, other, quoting)
    inboxes = own_inboxes_of([other])
    if is_for_everybody(quoted):
        inboxes |= await follower_inboxes(session, author.id)
    await publish(
        session,
        author,
        build_delete(actor_uri=author.uri, object_uri=stamp.uri, to=[other.uri]),
        inboxes=inboxes,
        priority=Priority.REVOCATION,
        is_clinical=stays_clinical(quoted),
        about=quoting.uri,
    )


async def send_delete_actor(session: AsyncSession, actor: Actor) -> None:
    """Delete somebody who lives here; their keys sign this last word.

    At once nobody sees anything of theirs; a job removes what they said.
    """
    inboxes = await known_inboxes(session, actor.id) | await clinical_inboxes(session)
    inboxes |= await _got(session, actor, None)
    await _end_credentials(session, actor)
    await forget_claims(session, actor)
    await queries.withdraw(session, actor.id)
    await forget_contents(session, actor.id)
    await owe_erasure(session, actor)
    await publish(
        session,
        actor,
        build_delete(actor_uri=actor.uri, object_uri=actor.uri, to=[AS_PUBLIC]),
        inboxes=inboxes,
    )


async def _end_credentials(session: AsyncSession, actor: Actor) -> None:
    if await find_verification(session, actor.id) is not None:
        ended = await withdraw(
            session, actor, decided_by="account deletion", reason="the account is deleted"
        )
        for uri in ended:
            await send_delete_credential(session, uri, actor)
    # What an authority vouched for is nobody's any more.
    await drop_badge(session, actor.id, Reason.ACCOUNT_DELETED)


async def send_delete_credential(
    session: AsyncSession, credential_uri: str, subject: Actor
) -> None:
    """Tell every clinical peer, and the subject's home, that a credential is no more: before all.

    It goes to peers that have lost their class meanwhile, too: it takes trust away, and shows
    nothing that the status list does not.
    """
    issuer = await get_instance_actor(session)
    # An offer of it that did not arrive yet would hold this up, and is none any more.
    await queries.withdraw(session, issuer.id, credential_uri)
    await publish(
        session,
        issuer,
        build_delete(actor_uri=issuer.uri, object_uri=credential_uri, to=[AS_PUBLIC]),
        inboxes=await clinical_inboxes(session) | own_inboxes_of([subject]),
        priority=Priority.REVOCATION,
    )
