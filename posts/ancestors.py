"""The jobs around a post: what it answers, up to the beginning of its thread, and what it quotes.

How far they have come is in the database: what is stored is not fetched again, so that one that
was broken off goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.errors import FetchUnavailable, PermanentError
from core.logging import get_logger
from db.session import AsyncSession, Database
from federation.client import Client
from federation.uris import local_uris
from posts.consent import settle_waiting
from posts.models import Post
from posts.owed import MAX_ANCESTORS, owe_ancestors
from posts.queries import find_post_by_uri
from posts.quotes import join_quotes
from posts.remote import Check, climb, resolve_post, store_above
from posts.threads import root_of
from posts.turns import FETCHES_A_TURN

log = get_logger(__name__)


async def fetch_ancestors(
    database: Database, client: Client, payload: Mapping[str, Any], *, check: Check | None = None
) -> None:
    """Fetch what is missing above a post, some at a time; the payload is `uri` and `left`.

    Raises FetchUnavailable where nothing could be had now.
    """
    uri, left = str(payload["uri"]), int(payload.get("left", MAX_ANCESTORS))
    async with database.read() as session:
        known = await find_post_by_uri(session, uri)
        first = uri if known is None else await find_missing(session, known)
    if first is None or left <= 0 or local_uris(database.settings).is_local(first):
        return
    climbed = await climb(database, client, first, limit=min(left, FETCHES_A_TURN), check=check)
    if not climbed.above and climbed.missing is not None:
        raise FetchUnavailable(f"{climbed.missing}: not to be had now")
    await store_above(database, climbed)
    left -= len(climbed.above)
    if climbed.missing is not None and left > 0:
        async with database.transaction() as session:
            await owe_ancestors(session, climbed.missing, left=left)


async def find_missing(session: AsyncSession, post: Post) -> str | None:
    """Return the post that is missing above a thread as it is known here; None where none is."""
    root = await root_of(session, post)
    if root is None or root.in_reply_to_uri is None:
        return None
    if await find_post_by_uri(session, root.in_reply_to_uri) is not None:
        return None
    return root.in_reply_to_uri


async def fetch_quote(
    database: Database, client: Client, payload: Mapping[str, Any], *, check: Check | None = None
) -> None:
    """Fetch what a post quotes, and owe what that quotes, `depth` deep (D31)."""
    uri, depth = str(payload["uri"]), int(payload.get("depth", 1))
    try:
        quoted = await resolve_post(database, client, uri, check=check, depth=0, quotes=depth - 1)
    except PermanentError as error:
        # Nothing that an operator could mend.
        log.info("a quoted post cannot be had", uri=uri, reason=str(error))
        return
    if quoted.uri != uri:
        # Misskey and others name a page, not an id.
        async with database.transaction() as session:
            await join_quotes(session, quoted, called=uri)
            await settle_waiting(session, quoted)
