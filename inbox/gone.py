"""What somebody says is deleted, asked for at its own home; actors whose keys are gone, too."""

from __future__ import annotations

from datetime import timedelta

from actors.queries import find_actor_by_uri
from core.clock import now
from core.errors import Gone, NotFound, PermanentError, Untrusted, Withheld
from core.logging import get_logger
from db.jobs import enqueue
from db.session import Database
from federation.client import Client
from federation.documents.activity import Activity
from federation.origin import same_origin
from inbox.delete import erase
from posts.eyes import OPEN
from posts.queries import find_post_by_uri

SECOND_LOOK = timedelta(days=1)
log = get_logger(__name__)


async def require_gone(database: Database, client: Client, activity: Activity) -> None:
    """Ask a thing's home whether it is deleted, as somebody else says in its owner's name.

    Raises Untrusted for what is still there, and as `fetch_document` does.
    """
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


async def check_gone(
    database: Database, client: Client, actor_uri: str, *, was_missing: bool = False
) -> None:
    """Remove an actor whose home says that it is gone (B21).

    Asked after a Delete that nobody could sign any more. 410 and a Tombstone count at once, 404
    when it is still the answer a day later (`was_missing`): a site under repair says 404 too. A
    home that is broken, or does not show it to us, says nothing.
    """
    try:
        document = await client.fetch_document(actor_uri)
    except Gone:
        await _remove(database, actor_uri)
    except Withheld:
        return
    except NotFound:
        await (_remove if was_missing else _look_again)(database, actor_uri)
    except PermanentError as error:
        log.info("a deleted actor's home says nothing", uri=actor_uri, reason=str(error))
    else:
        if document.type == "Tombstone":
            await _remove(database, actor_uri)


async def _remove(database: Database, actor_uri: str) -> None:
    async with database.transaction() as session:
        actor = await find_actor_by_uri(session, actor_uri)
        if actor is not None and not actor.is_local:
            await erase(session, actor)


async def _look_again(database: Database, actor_uri: str) -> None:
    async with database.transaction() as session:
        await enqueue(
            session,
            "check gone",
            {"uri": actor_uri, "was_missing": True},
            key=f"check gone {actor_uri}",
            due_at=now() + SECOND_LOOK,
        )
