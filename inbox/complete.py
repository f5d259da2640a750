"""The network step: who really speaks, and the documents that are only named or not to be believed.

Nothing here writes what the activity says; actors and posts that are fetched are stored as such.
"""

from __future__ import annotations

from dataclasses import replace

from actors.follows import has_follower_on
from actors.models import LOCAL_HOST, Actor
from actors.queries import find_actor
from actors.remote import refresh_actor
from core.errors import InvalidDocument, Untrusted
from db.session import Database
from federation.client import Client
from federation.documents.activity import Activity
from federation.documents.collection import is_collection
from federation.documents.note import read_note
from federation.documents.profile import is_further_profile
from federation.documents.quote_authorization import read_quote_request
from federation.origin import same_origin
from inbox.announced import with_announced
from inbox.completed import Completed, without_words
from inbox.create import addressed
from inbox.gone import require_gone
from inbox.quote_request import must_be_fetched
from inbox.speaker import find_speaker, is_proven
from inbox.surroundings import fetch_surroundings, look_for_badge
from posts.queries import find_post_by_uri
from posts.remote import resolve_post

_WITH_DOCUMENT = frozenset({"Create", "Update"})


async def complete(
    database: Database,
    client: Client,
    activity: Activity,
    signer: Actor,
    *,
    owner_id: int | None = None,
    is_doctor: bool = False,
    is_released: bool = False,
) -> Completed:
    """Find out who speaks, and fetch what is needed to understand it.

    `owner_id` is whose inbox it came to; `is_doctor` saves looking for the signer's badge;
    `is_released` says that a moderator read it. Raises Waits for what one must read first, else
    a PermanentError for what is not to be believed, a TemporaryError for what cannot be found out
    now.
    """
    sender, is_theirs = signer, True
    if activity.actor_id != signer.uri:
        sender = await find_speaker(database, client, activity.actor_id)
        is_theirs = await is_proven(database, client, activity.document, sender)
    if activity.type in _WITH_DOCUMENT:
        if activity.object_id == sender.uri:
            return Completed(activity, await refresh_actor(database, client, sender.uri))
        if is_theirs and is_collection(activity.object):
            return Completed(activity, sender)
        activity = await _with_document(client, activity, sender, is_theirs=is_theirs)
        if is_further_profile(activity.object):
            return Completed(activity, sender)
        activity = await _with_owner(database, activity, owner_id)
        is_known = is_doctor and sender is signer
        await fetch_surroundings(database, client, activity, sender, knows_badge=is_known)
        return Completed(activity, sender)
    if activity.type == "Delete" and not is_theirs:
        await require_gone(database, client, activity)
        return Completed(without_words(activity), sender)
    if not is_theirs:
        raise Untrusted("the sender did not sign it, and nothing proves that it is theirs")
    if activity.type == "Announce":
        return await with_announced(
            database, client, activity, sender, is_released=is_released
        )
    if activity.type == "Add" and activity.target_id == sender.featured_uri:
        return Completed(await _with_pinned(database, client, activity, sender), sender)
    if activity.type == "QuoteRequest":
        return Completed(await _with_quoting(database, client, activity, sender), sender)
    return Completed(activity, sender)


async def _with_document(
    client: Client, activity: Activity, sender: Actor, *, is_theirs: bool
) -> Activity:
    """Return an activity with its object: as embedded where the sender's word is good for it."""
    uri = activity.object_id
    if uri is None or (activity.object is not None and activity.object.id is None):
        raise InvalidDocument("the object has no id")
    if not same_origin(uri, sender.uri):
        raise Untrusted(f"{uri}: it does not live where the sender does")
    if activity.object is not None and is_theirs:
        return activity
    fetched = replace(activity, object=await client.fetch_document(uri))
    return fetched if is_theirs else without_words(fetched)


async def _with_owner(database: Database, activity: Activity, owner_id: int | None) -> Activity:
    """Address what has no audience to whom it was brought to, and nobody else (B44)."""
    assert activity.object is not None
    note = addressed(read_note(activity.object), activity)
    if note.to or note.cc or owner_id is None:
        return activity
    async with database.read() as session:
        owner = await find_actor(session, owner_id)
    return replace(activity, to=(owner.uri,) if owner is not None else ())


async def _with_quoting(
    database: Database, client: Client, activity: Activity, sender: Actor
) -> Activity:
    """Fetch the post that is to quote, where only its home can show whose it is."""
    request = read_quote_request(activity)
    async with database.read() as session:
        if not await must_be_fetched(session, activity, request, sender):
            return activity
    return replace(activity, instrument=await client.fetch_document(request.quoting))


async def _with_pinned(
    database: Database, client: Client, activity: Activity, sender: Actor
) -> Activity:
    """Fetch what somebody pins who is followed here; of others, only what is known is pinned."""
    uri = activity.object_id
    if uri is None or not same_origin(uri, sender.uri):
        return activity
    async with database.read() as session:
        if await find_post_by_uri(session, uri) is not None:
            return activity
        if not await has_follower_on(session, sender.id, LOCAL_HOST):
            return activity
    post = await resolve_post(database, client, uri, check=look_for_badge)
    return replace(activity, object_id=post.uri)
