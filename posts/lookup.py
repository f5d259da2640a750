"""What is at an address or behind a handle: a person or a post, of here or of elsewhere."""

from __future__ import annotations

from actors.models import Actor
from actors.queries import find_actor_by_uri, find_local_actor
from actors.remote import resolve_actor, resolve_handle
from core.errors import InvalidDocument, PermanentError, TemporaryError
from db.session import AsyncSession, Database
from federation.client import Client
from federation.uris import LocalKind, LocalUri, handle_parts, local_uris
from posts.models import Post
from posts.queries import find_post, find_post_by_uri
from posts.remote import Check, resolve_post


async def find_at(
    database: Database, client: Client, address: str, *, check: Check, fetches: bool = True
) -> Actor | Post | None:
    """Return what is at an address; what is not known here is fetched if it `fetches`.

    None when there is nothing, and when it cannot be had: who asks learns no reason. Whether they
    may see it is the caller's to ask. `check` is what `resolve_post` takes.
    """
    ours = local_uris(database.settings).parse(address)
    async with database.read() as session:
        known = (
            await _find_ours(session, ours)
            if ours is not None
            else await find_post_by_uri(session, address)
            or await find_actor_by_uri(session, address)
        )
    if known is not None or ours is not None or not fetches:
        return known
    try:
        return await _fetch(database, client, address, check)
    except (PermanentError, TemporaryError):
        return None


async def find_behind(database: Database, client: Client, handle: str) -> Actor | None:
    """Return who has a whole handle, asked of its host if need be; None when nobody has."""
    try:
        if handle_parts(handle)[1] is None:
            return None
        return await resolve_handle(database, client, handle)
    except (PermanentError, TemporaryError):
        return None


async def _find_ours(session: AsyncSession, ours: LocalUri) -> Actor | Post | None:
    if ours.kind in {LocalKind.POST, LocalKind.POST_PAGE}:
        return await find_post(session, ours.id or 0)
    if ours.kind in {LocalKind.ACTOR, LocalKind.PROFILE_PAGE}:
        return await find_local_actor(session, ours.username or "")
    return None


async def _fetch(
    database: Database, client: Client, address: str, check: Check
) -> Actor | Post:
    try:
        return await resolve_post(database, client, address, check=check)
    except InvalidDocument:
        return await resolve_actor(database, client, address)
