"""The network step: who really speaks, and the documents that are only named or not to be believed.

Nothing here writes what the activity says; actors and posts that are fetched are stored as such.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta

from actors.authenticate import verify_proof_of
from actors.follows import has_follower_on
from actors.models import LOCAL_HOST, Actor
from actors.queries import find_actor, find_key
from actors.remote import refresh_actor, resolve_actor
from core.errors import (
    Gone,
    InvalidDocument,
    NotFound,
    PermanentError,
    TemporaryError,
    Untrusted,
    Withheld,
)
from db.jobs import enqueue
from db.session import Database
from doctors.credentials import check_actor
from federation.client import Client
from federation.documents.activity import Activity
from federation.documents.note import NoteDocument, read_note
from federation.origin import host_of, same_origin
from federation.proofs import find_proof
from federation.uris import local_uris
from inbox.create import addressed
from inbox.relevance import is_relevant
from moderation.models import PeerClass
from moderation.policy import class_of
from posts.documents import visibility_of
from posts.eyes import OPEN
from posts.models import Visibility
from posts.queries import find_post_by_uri
from posts.remote import check_doctor, resolve_post

# An actor whose key or badge we miss is looked at again once in this time.
MAY_BE_OLD = timedelta(minutes=5)
PARENT_S = 5.0
_SPOKEN_TO = frozenset({PeerClass.SOCIAL, PeerClass.CLINICAL})
_WITH_DOCUMENT = frozenset({"Create", "Update"})


@dataclass(frozen=True, slots=True)
class Completed:
    """An activity with whose it is, and with an object that may be believed."""

    activity: Activity
    sender: Actor


async def complete(
    database: Database,
    client: Client,
    activity: Activity,
    signer: Actor,
    *,
    owner_id: int | None = None,
    is_doctor: bool = False,
) -> Completed:
    """Find out who speaks, and fetch what is needed to understand it.

    `owner_id` is whose inbox it came to; `is_doctor` saves looking for the signer's badge. Raises
    a PermanentError for what is not to be believed, a TemporaryError for what cannot be found out
    now.
    """
    sender, is_proven = signer, True
    if activity.actor_id != signer.uri:
        sender = await _find_sender(database, client, activity)
        is_proven = await _is_proven(database, client, activity, sender)
    if activity.type in _WITH_DOCUMENT:
        if activity.object_id == sender.uri:
            return Completed(activity, await refresh_actor(database, client, sender.uri))
        activity = await _with_document(client, activity, sender, is_proven=is_proven)
        activity = await _with_owner(database, activity, owner_id)
        is_known = is_doctor and sender is signer
        await _fetch_surroundings(database, client, activity, sender, knows_badge=is_known)
        return Completed(activity, sender)
    if activity.type == "Announce" and is_proven:
        return Completed(await _with_announced(database, client, activity, sender), sender)
    if activity.type == "Delete" and not is_proven:
        await _require_gone(database, client, activity)
        return Completed(_without_words(activity), sender)
    if not is_proven:
        raise Untrusted("the sender did not sign it, and nothing proves that it is theirs")
    return Completed(activity, sender)


async def _find_sender(database: Database, client: Client, activity: Activity) -> Actor:
    """Return the actor in whose name somebody else sent it; the peer policy holds for both."""
    host = host_of(activity.actor_id)
    async with database.read() as session:
        if await class_of(session, host) not in _SPOKEN_TO:
            raise Untrusted(f"{host} is not a peer of this instance")
    sender = await resolve_actor(database, client, activity.actor_id)
    if sender.suspended_at is not None:
        raise Untrusted(f"{sender.uri} is suspended here")
    return sender


async def _is_proven(database: Database, client: Client, activity: Activity, sender: Actor) -> bool:
    proof = find_proof(activity.document)
    if proof is None:
        return False
    async with database.read() as session:
        key = await find_key(session, proof.method)
    if key is None:
        # The sender may have a new key.
        await resolve_actor(database, client, sender.uri, max_age=MAY_BE_OLD)
    async with database.read() as session:
        try:
            await verify_proof_of(session, activity.document, sender)
        except Untrusted:
            return False
    return True


async def _with_document(
    client: Client, activity: Activity, sender: Actor, *, is_proven: bool
) -> Activity:
    """Return an activity with its object: as embedded where the sender's word is good for it."""
    uri = activity.object_id
    if uri is None or (activity.object is not None and activity.object.id is None):
        raise InvalidDocument("the object has no id")
    if not same_origin(uri, sender.uri):
        raise Untrusted(f"{uri}: it does not live where the sender does")
    if activity.object is not None and is_proven:
        return activity
    fetched = replace(activity, object=await client.fetch_document(uri))
    return fetched if is_proven else _without_words(fetched)


def _without_words(activity: Activity) -> Activity:
    """Return an activity that nothing proves, without what only it says: its name, its audience.

    So it widens nothing, and is not passed on in its actor's name.
    """
    return replace(activity, id=None, to=(), cc=())


async def _with_owner(database: Database, activity: Activity, owner_id: int | None) -> Activity:
    """Address what has no audience to whom it was brought to, and nobody else (B44)."""
    assert activity.object is not None
    note = addressed(read_note(activity.object), activity)
    if note.to or note.cc or owner_id is None:
        return activity
    async with database.read() as session:
        owner = await find_actor(session, owner_id)
    return replace(activity, to=(owner.uri,) if owner is not None else ())


async def _fetch_surroundings(
    database: Database,
    client: Client,
    activity: Activity,
    sender: Actor,
    *,
    knows_badge: bool,
) -> None:
    """Look for what it takes to judge and to place a post: its author's badge, what it answers."""
    assert activity.object is not None
    note = addressed(read_note(activity.object), activity)
    if not knows_badge and visibility_of(note, sender) is Visibility.DOCTORS:
        await check_doctor(database, client, sender, _look_for_badge)
    if note.in_reply_to is not None:
        await _fetch_parent(database, client, note, sender)


async def _look_for_badge(database: Database, client: Client, actor_id: int) -> None:
    """Check the credentials that an actor shows, as its document lists them now."""
    async with database.read() as session:
        actor = await find_actor(session, actor_id)
    if actor is not None:
        await resolve_actor(database, client, actor.uri, max_age=MAY_BE_OLD)
    await check_actor(database, client, actor_id)


async def _fetch_parent(
    database: Database, client: Client, note: NoteDocument, sender: Actor
) -> None:
    """Fetch what a reply answers; what cannot be had now is owed, and joined when it comes."""
    uri = note.in_reply_to
    if uri is None or local_uris(database.settings).is_local(uri):
        return
    async with database.read() as session:
        if await find_post_by_uri(session, uri) is not None:
            return
        if not await is_relevant(session, note, sender):
            return
    try:
        async with asyncio.timeout(PARENT_S):
            await resolve_post(database, client, uri, check=_look_for_badge)
    except PermanentError:
        return
    except (TemporaryError, TimeoutError):
        async with database.transaction() as session:
            await enqueue(session, "resolve post", {"uri": uri}, key=f"resolve post {uri}")


async def _with_announced(
    database: Database, client: Client, activity: Activity, sender: Actor
) -> Activity:
    """Fetch what is passed on, from where it lives, if somebody here follows who passes it on."""
    uri = activity.object_id
    if uri is None:
        raise InvalidDocument("nothing is passed on")
    if local_uris(database.settings).is_local(uri):
        return activity
    async with database.read() as session:
        if await find_post_by_uri(session, uri) is not None:
            return activity
        if not await has_follower_on(session, sender.id, LOCAL_HOST):
            return activity
    post = await resolve_post(database, client, uri, check=_look_for_badge)
    return replace(activity, object_id=post.uri)


async def _require_gone(database: Database, client: Client, activity: Activity) -> None:
    """Ask a thing's home whether it is deleted, as somebody else says in its owner's name."""
    uri = activity.object_id
    if uri is None or not same_origin(uri, activity.actor_id):
        raise Untrusted("it is not the sender's to delete")
    async with database.read() as session:
        post = await find_post_by_uri(session, uri)
    try:
        document = await client.fetch_document(uri)
    except Gone:
        return
    except Withheld:
        raise
    except NotFound:
        # What is not for everybody is not shown to us either: that says nothing.
        if post is not None and post.visibility in OPEN:
            return
        raise
    if document.type != "Tombstone":
        raise Untrusted(f"{uri}: it is still there")
