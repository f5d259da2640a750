"""The job that fetches the last and the pinned posts of somebody who is followed from now on.

Nobody is told of them: they have their place in the past. An embedded post is believed only from
the actor's own outbox, about the actor's own post; all others are fetched by their ids.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import Any

from actors.models import Actor
from actors.queries import find_actor
from core.clock import now
from core.errors import InvalidDocument, PermanentError, TemporaryError, Untrusted
from db.session import AsyncSession, Database
from federation.client import Client
from federation.documents.activity import read_activity
from federation.documents.collection import Part, read_part
from federation.documents.lenient import Document
from federation.documents.note import NoteDocument, read_note
from federation.origin import normal_uri, same_origin
from posts.owed import save_backfill
from posts.pins import replace_pins
from posts.queries import find_post_by_uri
from posts.remote import Check, Fetched, fetch_post, store_post, with_author
from posts.timelines import fill_home
from posts.turns import PAUSE, RETRIES, Turn

LAST_POSTS = 20
PINNED_POSTS = 5
# The collection itself, and two pages of it.
_MAX_READS = 3


@dataclass(slots=True)
class Backfill:
    """How far the fetching has come: which posts are still to be had.

    `pins` None: what is pinned could not be read, and stays as it is.
    """

    actor_id: int
    only_pins: bool = False
    is_begun: bool = False
    waiting: list[str] = field(default_factory=list)
    later: list[str] = field(default_factory=list)
    pins: list[str] | None = None
    rounds: int = 0


async def backfill_actor(
    database: Database, client: Client, payload: Mapping[str, Any], *, check: Check | None = None
) -> None:
    """Fetch some of an actor's last posts, and owe the rest; at the end they come to homes.

    Raises FetchUnavailable where the outbox cannot be had now.
    """
    state = Backfill(**payload)
    async with database.read() as session:
        actor = await find_actor(session, state.actor_id)
    if actor is None or actor.is_local or actor.deleted_at or actor.suspended_at:
        return
    work = _Work(database, client, actor, check)
    if not state.is_begun:
        await work.begin(state)
    while state.waiting and not work.turn.is_over:
        uri = state.waiting.pop(0)
        try:
            await work.turn.ask(uri, partial(work.fetch, uri))
        except TemporaryError:
            state.later.append(uri)
    pause = PAUSE
    if not state.waiting and state.later and state.rounds < len(RETRIES):
        pause = RETRIES[state.rounds]
        state.waiting, state.later, state.rounds = state.later, [], state.rounds + 1
    async with database.transaction() as session:
        await _show(session, state)
        if state.waiting:
            await save_backfill(session, asdict(state), due_at=now() + pause)


async def _show(session: AsyncSession, state: Backfill) -> None:
    """Let what has come so far be seen: as pinned, and in the homes of who follows."""
    actor = await find_actor(session, state.actor_id)
    if actor is None:
        return
    if state.pins is not None:
        found = [await find_post_by_uri(session, uri) for uri in state.pins]
        await replace_pins(session, actor, [post.id for post in found if post is not None])
    if not state.only_pins:
        actor.backfilled_at = now()
        await fill_home(session, None, actor.id)


class _Work:
    """One turn of the job, for one actor."""

    def __init__(
        self, database: Database, client: Client, actor: Actor, check: Check | None
    ) -> None:
        self.turn = Turn()
        self._database = database
        self._client = client
        self._actor = actor
        self._check = check

    async def begin(self, state: Backfill) -> None:
        """Read the two collections; what can be believed of them is stored at once."""
        pinned = await self._read(self._actor.featured_uri, PINNED_POSTS)
        said = None if state.only_pins else await self._read(self._actor.outbox, LAST_POSTS)
        state.is_begun = True
        state.pins = None if pinned is None else list(pinned)
        # The oldest first, so that each finds what it answers; pins are of any age.
        for uri, note in reversed({**(said or {}), **(pinned or {})}.items()):
            if note is None or not await self._take_in(note):
                state.waiting.append(uri)

    async def _read(
        self, uri: str | None, limit: int
    ) -> dict[str, NoteDocument | None] | None:
        """Return the newest posts of a collection of the actor's, with those that are believed.

        None where there is no such collection.
        """
        is_read = False
        found: dict[str, NoteDocument | None] = {}
        for _ in range(_MAX_READS):
            if uri is None or not same_origin(uri, self._actor.uri) or len(found) >= limit:
                break
            document = await self.turn.ask(uri, partial(self._client.fetch_document, uri))
            part = _part(document)
            if part is None:
                break
            is_read = True
            believed = self._believed(part)
            own = [normal for one in part.posts if (normal := self._own(one)) is not None]
            found |= {one: believed.get(one) for one in own if one not in found}
            uri = part.next
        return dict(list(found.items())[:limit]) if is_read else None

    def _own(self, uri: str) -> str | None:
        return normal_uri(uri) if same_origin(uri, self._actor.uri) else None

    def _believed(self, part: Part) -> dict[str, NoteDocument]:
        notes = (self._believe(item) for item in part.embedded)
        return {note.id: note for note in notes if note is not None}

    def _believe(self, item: Document) -> NoteDocument | None:
        """Return an embedded post if it is the actor's own in every respect."""
        try:
            said = item
            to: tuple[str, ...] = ()
            cc: tuple[str, ...] = ()
            if item.type == "Create":
                activity = read_activity(item)
                if activity.object is None or activity.actor_id != self._actor.uri:
                    return None
                said, to, cc = activity.object, activity.to, activity.cc
            note = read_note(said)
        except InvalidDocument:
            return None
        if note.attributed_to != self._actor.uri or not same_origin(note.id, self._actor.uri):
            return None
        if not (note.to or note.cc):
            note = replace(note, to=to, cc=cc)
        # What does not say for whom it is, is asked for by itself.
        return note if note.to or note.cc else None

    async def _take_in(self, note: NoteDocument) -> bool:
        """Store a post that is believed; False where that takes its author's host to answer."""
        try:
            found = await with_author(self._database, self._client, note, check=self._check)
            await store_post(self._database, found, quotes=1, is_late=True)
        except PermanentError:
            return True
        except TemporaryError:
            return False
        return True

    async def fetch(self, uri: str) -> None:
        """Fetch and store one post of the actor's; raises TemporaryError where it may come later.

        Raises Untrusted for somebody else's.
        """
        async with self._database.read() as session:
            if await find_post_by_uri(session, uri) is not None:
                return
        found: Fetched = await fetch_post(self._database, self._client, uri, check=self._check)
        if found.author.id != self._actor.id:
            raise Untrusted(f"{uri}: it is not {self._actor.uri}'s")
        await store_post(self._database, found, quotes=1, is_late=True)


def _part(document: Document | None) -> Part | None:
    try:
        return read_part(document) if document is not None else None
    except InvalidDocument:
        return None
