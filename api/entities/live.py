"""What live events say to each reader, as JSON; built once for all who are shown the same."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from typing import Any

import orjson

from api.entities.announcement import announcement
from api.entities.conversation import conversations
from api.entities.notification import notifications
from api.entities.status import statuses
from core.errors import NotFound
from db.bus import Event
from db.session import AsyncSession, settings_of
from federation.uris import local_uris
from moderation.filters import list_filtering
from notifications.announcements import count_reaction, find_current, show_announcements
from notifications.queries import find_notification
from notifications.stream import Reader
from posts.conversations import get_conversation
from posts.files import is_open_to_all
from posts.live import list_followed, list_involved, list_readers
from posts.models import Post
from posts.queries import find_posts
from posts.visibility import ANONYMOUS, Viewer, viewer_of

Json = dict[str, Any]
NOBODY = 0
# What a viewer has done, and whom they follow, as far as it shows: who has the same is shown the
# same. None is somebody who is shown what nobody else is.
_Likeness = frozenset[int] | None


async def write_event(
    session: AsyncSession, event: Event, readers: Collection[Reader]
) -> Mapping[Reader, str]:
    """Return what an event says to each reader; who is left out is shown nothing of it."""
    match event.kind:
        case "post" | "edited":
            return await _write_post(session, event.id, readers)
        case "notification":
            return await _write_notification(session, event.id, readers)
        case "conversation":
            return await _write_conversation(session, event.id, readers)
        case "announcement":
            text = await _announcement_text(session, event.id)
        case "announcement.reaction":
            text = await _reaction_text(session, event.id, event.text)
        case _:
            text = None
    return dict.fromkeys(readers, text) if text is not None else {}


async def _announcement_text(session: AsyncSession, announcement_id: int) -> str | None:
    """Write an announcement as whoever reads it first sees it: it has just been made."""
    found = await find_current(session, announcement_id)
    if found is None:
        return None
    shown = await show_announcements(session, NOBODY, [found])
    return _text(announcement(shown[0], local_uris(settings_of(session))))


async def _reaction_text(session: AsyncSession, announcement_id: int, name: str) -> str | None:
    if await find_current(session, announcement_id) is None:
        return None
    count = await count_reaction(session, announcement_id, name)
    return _text({"name": name, "count": count, "announcement_id": str(announcement_id)})


async def _write_notification(
    session: AsyncSession, notification_id: int, readers: Collection[Reader]
) -> dict[Reader, str]:
    written = {}
    for reader in readers:
        viewer = await _viewer(session, reader)
        found = await find_notification(session, viewer, notification_id)
        if found is None or found.filtered:
            continue
        for shown in await notifications(session, viewer, [found]):
            written[reader] = _text(shown)
    return written


async def _write_conversation(
    session: AsyncSession, conversation_id: int, readers: Collection[Reader]
) -> dict[Reader, str]:
    written = {}
    for reader in readers:
        viewer = await _viewer(session, reader)
        with suppress(NotFound):
            found = await get_conversation(session, viewer, conversation_id)
            shown = await conversations(session, viewer, [found])
            written[reader] = _text(shown[0])
    return written


async def _write_post(
    session: AsyncSession, post_id: int, readers: Collection[Reader]
) -> dict[Reader, str]:
    post = (await find_posts(session, [post_id])).get(post_id)
    if post is None:
        return {}
    people = {reader.actor_id for reader in readers if reader.actor_id is not None}
    alike = await _likenesses(session, post, people)
    shared: dict[_Likeness, str] = {}
    written: dict[Reader, str] = {}
    for reader in readers:
        likeness = alike[reader.actor_id] if reader.actor_id is not None else None
        text = shared.get(likeness) if likeness is not None else None
        if text is None:
            text = await _status_text(session, post, reader)
        if text is None:
            continue
        written[reader] = text
        if likeness is not None:
            shared[likeness] = text
    return written


async def _status_text(session: AsyncSession, post: Post, reader: Reader) -> str | None:
    viewer = await _viewer(session, reader)
    built = await statuses(session, viewer, [post], context=reader.context)
    return _text(built[0]) if built else None


async def _likenesses(
    session: AsyncSession, post: Post, people: set[int]
) -> dict[int, _Likeness]:
    """Tell who is shown a post as others are, in a fixed number of queries.

    Authors, who did something with it, who has filters, and who does not see all that it quotes are
    shown their own; so are all where a file is not for everybody: its link is each reader's own.
    """
    shown = await _with_quoted(session, post)
    if any(each.attachments and not is_open_to_all(each) for each in shown.values()):
        return dict.fromkeys(people)
    authors = {each.author_id for each in shown.values()}
    alone = people & authors
    alone |= await list_involved(session, people, shown)
    alone |= await list_filtering(session, people)
    for quoted_id in shown.keys() - {post.id, post.boost_of_id}:
        alone |= people - await list_readers(session, people, quoted_id)
    follows = await list_followed(session, people, authors)
    return {
        person: None if person in alone else follows.get(person, frozenset()) for person in people
    }


async def _with_quoted(session: AsyncSession, post: Post) -> dict[int, Post]:
    """Return a post, what it passes on, and what these quote, two deep, as entities show it."""
    shown = {post.id: post}
    if post.boost_of_id is not None:
        shown |= await find_posts(session, [post.boost_of_id])
    for _ in range(2):
        quoted = {each.quote_of_id for each in shown.values() if each.quote_of_id is not None}
        if not quoted - shown.keys():
            break
        shown |= await find_posts(session, quoted - shown.keys())
    return shown


async def _viewer(session: AsyncSession, reader: Reader) -> Viewer:
    if reader.actor_id is None:
        return ANONYMOUS
    return await viewer_of(session, reader.actor_id)


def _text(shown: Json) -> str:
    return orjson.dumps(shown).decode()
