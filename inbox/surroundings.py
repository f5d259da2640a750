"""What it takes to judge and to place a post: its author's badge, and what it answers."""

from __future__ import annotations

import asyncio

from actors.models import Actor
from actors.queries import find_actor
from actors.remote import resolve_actor
from core.errors import PermanentError, TemporaryError
from db.jobs import enqueue
from db.session import Database
from doctors.credentials import check_actor
from federation.client import Client
from federation.documents.activity import Activity
from federation.documents.note import NoteDocument, read_note
from federation.uris import local_uris
from inbox.create import addressed
from inbox.relevance import is_relevant
from inbox.speaker import MAY_BE_OLD
from posts.documents import visibility_of
from posts.models import Visibility
from posts.queries import find_post_by_uri
from posts.remote import check_doctor, resolve_post

PARENT_S = 5.0


async def fetch_surroundings(
    database: Database,
    client: Client,
    activity: Activity,
    sender: Actor,
    *,
    knows_badge: bool = False,
    is_wanted: bool = False,
) -> None:
    """Look for the badge of who writes to the verified doctors, and for what a post answers.

    `is_wanted` says that the post is kept whether it concerns somebody here or not.
    """
    assert activity.object is not None
    note = addressed(read_note(activity.object), activity)
    if not knows_badge and visibility_of(note, sender) is Visibility.DOCTORS:
        await check_doctor(database, client, sender, look_for_badge)
    if note.in_reply_to is not None:
        await _fetch_parent(database, client, note, sender, is_wanted=is_wanted)


async def look_for_badge(database: Database, client: Client, actor_id: int) -> None:
    """Check the credentials that an actor shows, as its document lists them now."""
    async with database.read() as session:
        actor = await find_actor(session, actor_id)
    if actor is not None:
        await resolve_actor(database, client, actor.uri, max_age=MAY_BE_OLD)
    await check_actor(database, client, actor_id)


async def _fetch_parent(
    database: Database, client: Client, note: NoteDocument, sender: Actor, *, is_wanted: bool
) -> None:
    """Fetch what a reply answers; what cannot be had now is owed, and joined when it comes."""
    uri = note.in_reply_to
    if uri is None or local_uris(database.settings).is_local(uri):
        return
    async with database.read() as session:
        if await find_post_by_uri(session, uri) is not None:
            return
        if not is_wanted and not await is_relevant(session, note, sender):
            return
    try:
        async with asyncio.timeout(PARENT_S):
            await resolve_post(database, client, uri, check=look_for_badge)
    except PermanentError:
        return
    except (TemporaryError, TimeoutError):
        async with database.transaction() as session:
            await enqueue(session, "resolve post", {"uri": uri}, key=f"resolve post {uri}")
