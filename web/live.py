"""What live events say to an open page: that something is there, by its id, and how much is unread.

The page asks for what it wants to show, as any page does: nothing of a post travels here.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping

from db.bus import Event
from db.session import AsyncSession
from moderation.filters import list_filtering
from notifications.groups import count_unread_groups
from notifications.queries import ALL, find_notification
from notifications.stream import Reader
from posts.filtered import find_matches, is_hidden
from posts.models import Post
from posts.polls import find_polls
from posts.queries import find_posts
from posts.visibility import viewer_of
from users.markers import find_last_read_by
from web.visit import MAX_COUNTED


async def write_for_pages(
    session: AsyncSession, event: Event, readers: Collection[Reader]
) -> Mapping[Reader, str]:
    """Return what an event says to each reader's page; who is left out is told nothing of it."""
    match event.kind:
        case "post":
            return await _write_post(session, event.id, readers)
        case "notification":
            return await _write_notification(session, event.id, readers)
    return {}


def post_told(post_id: int) -> str:
    """Say that there is a new post; ids are texts, as our script's numbers end before they do."""
    return json.dumps({"kind": "post", "id": str(post_id)})


def deletion_told(post_id: str) -> str:
    """Say that a post is not there any more."""
    return json.dumps({"kind": "deleted", "id": post_id})


def unread_told(unread: int) -> str:
    """Say how many notices are unread."""
    return json.dumps({"kind": "notification", "unread": unread})


async def _write_post(
    session: AsyncSession, post_id: int, readers: Collection[Reader]
) -> dict[Reader, str]:
    """Tell of a post all but those whose filters hide it where they read."""
    people = {reader.actor_id for reader in readers if reader.actor_id is not None}
    filtering = await list_filtering(session, people)
    if not filtering:
        return dict.fromkeys(readers, post_told(post_id))
    shown = await _shown(session, post_id)
    written = {}
    for reader in readers:
        if reader.actor_id in filtering and await _is_hidden(session, reader, shown):
            continue
        written[reader] = post_told(post_id)
    return written


async def _shown(session: AsyncSession, post_id: int) -> list[Post]:
    """Return a post, and what it passes on."""
    found = await find_posts(session, [post_id])
    boosted = [post.boost_of_id for post in found.values() if post.boost_of_id is not None]
    return [*found.values(), *(await find_posts(session, boosted)).values()]


async def _is_hidden(session: AsyncSession, reader: Reader, shown: list[Post]) -> bool:
    assert reader.actor_id is not None
    viewer = await viewer_of(session, reader.actor_id)
    asking = [post.id for post in shown if post.kind == "Question"]
    polls = await find_polls(session, asking)
    matches = await find_matches(session, viewer, shown, polls)
    return any(is_hidden(post, matches, reader.context) for post in shown)


async def _write_notification(
    session: AsyncSession, notification_id: int, readers: Collection[Reader]
) -> dict[Reader, str]:
    written = {}
    for reader in readers:
        if reader.actor_id is None:
            continue
        viewer = await viewer_of(session, reader.actor_id)
        found = await find_notification(session, viewer, notification_id)
        if found is None or found.filtered:
            continue
        since = await find_last_read_by(session, reader.actor_id, "notifications") or 0
        unread = await count_unread_groups(
            session, viewer, since, limit=MAX_COUNTED, choice=ALL
        )
        written[reader] = unread_told(unread)
    return written
