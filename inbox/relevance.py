"""Does it concern anybody here? What does not is not kept."""

from __future__ import annotations

from actors.follows import has_follower_on
from actors.models import LOCAL_HOST, Actor
from actors.queries import find_actors_by_uri
from db.session import AsyncSession, settings_of
from federation.documents.note import NoteDocument
from federation.uris import local_uris
from posts.documents import visibility_of
from posts.models import Visibility
from posts.queries import find_post_by_uri


async def is_relevant(session: AsyncSession, note: NoteDocument, author: Actor) -> bool:
    """Tell whether a post is for somebody here, by somebody followed, or answers what is here.

    So does one that quotes somebody here.

    What is for the verified doctors concerns every clinical instance (B46, WIRE §11).
    """
    if await has_follower_on(session, author.id, LOCAL_HOST):
        return True
    if visibility_of(note, author) is Visibility.DOCTORS:
        return True
    if await _is_for_somebody_here(session, note):
        return True
    if note.quote is not None and local_uris(settings_of(session)).is_local(note.quote):
        quoted = await find_post_by_uri(session, note.quote)
        if quoted is not None and quoted.deleted_at is None:
            return True
    if note.in_reply_to is None:
        return False
    parent = await find_post_by_uri(session, note.in_reply_to)
    return parent is not None and parent.deleted_at is None


async def _is_for_somebody_here(session: AsyncSession, note: NoteDocument) -> bool:
    uris = local_uris(settings_of(session))
    ours = [uri for uri in (*note.to, *note.cc) if uris.is_local(uri)]
    return bool(ours) and bool(await find_actors_by_uri(session, ours))
