"""What is still to be fetched of a post, a thread or an author: written down as jobs."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from actors.models import Actor
from core.clock import now
from db.jobs import enqueue, is_owed
from db.session import AsyncSession, settings_of
from federation.uris import local_uris
from posts.consent import settle
from posts.models import Post, Visibility
from posts.quotes import find_quoted
from posts.threads import root_of
from posts.turns import PAUSE

# So many posts above one are fetched at most (D29), and quotes of quotes (D31).
MAX_ANCESTORS = 500
QUOTES = 2
# A thread is looked at again after this; an old one after as long as it was old the last time.
RECHECK, LONGEST_RECHECK = timedelta(minutes=15), timedelta(days=1)
# What was just written has no answers yet, and all who got it should not ask at once.
WAIT_S = (30.0, 90.0)
BACKFILL_EVERY = timedelta(days=1)


async def owe_ancestors(session: AsyncSession, uri: str, *, left: int = MAX_ANCESTORS) -> None:
    """Owe what a post answers, and what that answers, up to a number of posts."""
    await enqueue(
        session,
        "fetch ancestors",
        {"uri": uri, "left": left},
        key=_ancestors(uri),
        due_at=now() + (PAUSE if left < MAX_ANCESTORS else timedelta()),
    )


async def are_ancestors_owed(session: AsyncSession, uri: str) -> bool:
    """Tell whether a missing post above others is being fetched, or will be."""
    return await is_owed(session, _ancestors(uri))


def _ancestors(uri: str) -> str:
    return f"fetch ancestors {uri}"


async def owe_quote(session: AsyncSession, post: Post, *, depth: int = QUOTES) -> None:
    """Owe what a post quotes, or tie it to what is here already."""
    uri = post.quote_uri
    if uri is None or uri == post.uri or post.quote_of_id is not None:
        return
    post.quote_of_id = await find_quoted(session, uri)
    await settle(session, post)
    is_elsewhere = not local_uris(settings_of(session)).is_local(uri)
    if post.quote_of_id is None and depth > 0 and is_elsewhere:
        payload = {"uri": uri, "depth": depth}
        await enqueue(session, "fetch quote", payload, key=f"fetch quote {uri}")


async def is_thread_due(session: AsyncSession, post: Post) -> bool:
    """Tell whether a thread has parts elsewhere, and was not looked at for long enough."""
    root = await root_of(session, post) or post
    return _has_parts_elsewhere(session, post, root) and _is_due(root)


async def owe_thread(session: AsyncSession, post: Post, *, waits: bool = False) -> bool:
    """Owe what is missing of a thread, at most once in a while; tell whether it was owed.

    `waits` is for what was written just now.
    """
    root = await root_of(session, post) or post
    if not _has_parts_elsewhere(session, post, root) or not _is_due(root):
        return False
    root.replies_checked_at = now()
    await save_search(
        session,
        root.id,
        {"post_id": post.id, "root_id": root.id},
        due_at=now() + timedelta(seconds=random.uniform(*WAIT_S)) if waits else None,
    )
    return True


async def save_search(
    session: AsyncSession,
    root_id: int,
    state: Mapping[str, Any],
    *,
    due_at: datetime | None = None,
) -> None:
    """Write down how far the search for a thread has come; there is one for each thread."""
    await enqueue(
        session, "fetch thread", dict(state), key=f"fetch thread {root_id}", due_at=due_at
    )


def _has_parts_elsewhere(session: AsyncSession, post: Post, root: Post) -> bool:
    # Who speaks to named people lists no answers; a boost has none.
    if post.boost_of_id is not None or post.visibility is Visibility.MENTIONED:
        return False
    uris = local_uris(settings_of(session))
    return not (uris.is_local(post.uri) and uris.is_local(root.uri))


def _is_due(root: Post) -> bool:
    last = root.replies_checked_at
    if last is None:
        return True
    return now() - last >= min(max(last - root.created_at, RECHECK), LONGEST_RECHECK)


async def owe_backfill(session: AsyncSession, actor: Actor, *, only_pins: bool = False) -> bool:
    """Owe the last posts of somebody who is followed from now on; tell whether they were owed.

    `only_pins` is for who was followed before: what they say comes by itself, pins may not.
    """
    if actor.is_local or actor.deleted_at is not None or actor.suspended_at is not None:
        return False
    last = actor.backfilled_at
    if not only_pins and last is not None and now() - last < BACKFILL_EVERY:
        return False
    await save_backfill(session, {"actor_id": actor.id, "only_pins": only_pins})
    return True


async def save_backfill(
    session: AsyncSession, state: Mapping[str, Any], *, due_at: datetime | None = None
) -> None:
    """Write down how far the fetching of an actor's last posts has come."""
    what = "refresh pins" if state["only_pins"] else "backfill actor"
    key = f"{what} {state['actor_id']}"
    await enqueue(session, "backfill actor", dict(state), key=key, due_at=due_at)
