"""The job that makes a thread whole: its collection, or the answers to each post, and all of them.

FEP-7888 and FEP-f228: a thread's `context` is a collection of its posts, kept by its owner. Where
there is none, each post's `replies` are read, level by level. Collections are believed for ids
only (D28): every post is fetched from its own home. The job does a bounded piece of work, writes
down how far it came, and owes itself the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from core.clock import now
from core.errors import InvalidDocument, TemporaryError
from db.session import AsyncSession, Database
from federation.client import Client
from federation.documents.collection import Part, read_collection, read_part
from federation.documents.lenient import Document
from federation.documents.note import NoteDocument
from federation.origin import normal_uri, same_origin
from federation.uris import local_uris
from posts.ancestors import find_missing
from posts.models import Post
from posts.owed import (
    are_ancestors_owed,
    is_thread_due,
    owe_ancestors,
    owe_thread,
    save_search,
)
from posts.queries import find_post, find_post_by_uri
from posts.remote import Check, fetch_post, store_post
from posts.threads import root_of
from posts.turns import PAUSE, RETRIES, Turn
from posts.visits import MAX_PAGES, Search, Visit

# As many posts that are here already are asked for their answers.
MAX_STARTS = 100
# So often a search waits for what is missing above its thread, and no longer.
MAX_WAITS = 12


async def look_again(database: Database, post: Post) -> None:
    """Owe what is missing of a thread that somebody here has opened."""
    async with database.read() as session:
        if not await is_thread_due(session, post):
            return
    async with database.transaction() as session:
        opened = await find_post(session, post.id)
        if opened is not None:
            await owe_thread(session, opened)


async def fetch_thread(
    database: Database, client: Client, payload: Mapping[str, Any], *, check: Check | None = None
) -> None:
    """Fetch a part of what is missing of a thread, and owe the rest."""
    search = Search.of(payload)
    if not search.is_begun and await _waits(database, search):
        return await _go_on(database, search)
    if not search.is_begun:
        await _begin(database, search)
    visitor = _Visitor(database, client, search, check)
    while search.waiting and not visitor.turn.is_over:
        visit = search.waiting.pop(0)
        try:
            await (visitor.read(visit) if visit.page else visitor.take_in(visit))
        except TemporaryError:
            search.later.append(visit)
    await _go_on(database, search)


async def _go_on(database: Database, search: Search) -> None:
    """Owe the next turn; what could not be had is asked for again, some times, at the end."""
    pause = PAUSE
    if search.is_begun and not search.waiting:
        if not search.later or search.rounds >= len(RETRIES):
            return
        pause = RETRIES[search.rounds]
        search.waiting, search.later = search.later, []
        search.rounds += 1
    async with database.transaction() as session:
        await save_search(session, search.root_id, search.written(), due_at=now() + pause)


async def _waits(database: Database, search: Search) -> bool:
    """Tell whether what is missing above the thread comes first; it is owed, once."""
    if search.waits >= MAX_WAITS:
        return False
    async with database.transaction() as session:
        post = await find_post(session, search.post_id)
        missing = await find_missing(session, post) if post is not None else None
        if missing is None or local_uris(database.settings).is_local(missing):
            return False
        if not await are_ancestors_owed(session, missing):
            if search.waits > 0:
                return False
            await owe_ancestors(session, missing)
    search.waits += 1
    return True


async def _begin(database: Database, search: Search) -> None:
    search.is_begun = True
    async with database.read() as session:
        post = await find_post(session, search.post_id)
        if post is None or post.deleted_at is not None:
            return
        root = await root_of(session, post) or post
        context = _elsewhere(database, root.context_uri) or _elsewhere(database, post.context_uri)
        if context is None:
            return await _begin_with_replies(session, search, root.id)
    search.context = context
    search.add(Visit(context, page=1))


async def _begin_with_replies(session: AsyncSession, search: Search, thread_id: int) -> None:
    search.context = None
    statement = (
        select(col(Post.uri), col(Post.replies_uri))
        .where(
            col(Post.thread_id) == thread_id,
            col(Post.replies_uri).is_not(None),
            col(Post.deleted_at).is_(None),
        )
        .order_by(col(Post.id))
        .limit(MAX_STARTS)
    )
    for uri, replies_uri in (await session.execute(statement)).all():
        if replies_uri is not None and same_origin(uri, replies_uri):
            search.add(Visit(replies_uri, page=1, under=uri))


def _elsewhere(database: Database, context: str | None) -> str | None:
    """Return a thread's collection in normal form; None for none, and for one of ours."""
    try:
        # Old Mastodon's `tag:` and Honk's `data:` lead nowhere.
        uri = normal_uri(context or "")
    except InvalidDocument:
        return None
    return None if local_uris(database.settings).is_local(uri) else uri


class _Visitor:
    """One turn of a search: what is found is stored, and what it leads to put on the list."""

    def __init__(
        self, database: Database, client: Client, search: Search, check: Check | None
    ) -> None:
        self.turn = Turn()
        self._database = database
        self._client = client
        self._search = search
        self._check = check

    async def read(self, visit: Visit) -> None:
        """Read a page of a collection; one of the thread that is not its owner's is done without.

        Raises TemporaryError where its host does not answer.
        """
        fetch = partial(self._client.fetch_document, visit.uri)
        document = await self.turn.ask(visit.uri, fetch)
        part = self._part(visit, document) if document is not None else None
        if part is not None:
            await self._list(visit, part)
        elif visit.uri == self._search.context:
            async with self._database.read() as session:
                post = await find_post(session, self._search.post_id)
                if post is not None:
                    await _begin_with_replies(session, self._search, post.thread_id)

    def _part(self, visit: Visit, document: Document) -> Part | None:
        try:
            owner = read_collection(document).attributed_to
            # FEP-7888: who keeps a thread says so where the thread lives.
            if visit.uri == self._search.context and owner and not same_origin(owner, visit.uri):
                return None
            return read_part(document)
        except InvalidDocument:
            return None

    async def _list(self, visit: Visit, part: Part) -> None:
        """Put on the list what a page lists: unknown posts, and the answers to known ones."""
        uris = local_uris(self._database.settings)
        listed = _normal(part.posts)
        known = await self._find_known(listed)
        # The pages of one collection come before its posts: what answers what is then known.
        if part.next is not None and visit.page < MAX_PAGES:
            self._search.add(
                Visit(part.next, page=visit.page + 1, under=visit.under, level=visit.level),
                first=True,
            )
        for uri in listed:
            if visit.under is None and (uri in known or uris.is_local(uri)):
                self._search.note(uri)
            elif uri not in known and not uris.is_local(uri):
                self._search.add(Visit(uri, under=visit.under, level=visit.level))
            elif uri in known and known[uri][0] == visit.under:
                self._follow(uri, known[uri][1], visit.level)

    async def _find_known(self, uris: list[str]) -> dict[str, tuple[str | None, str | None]]:
        statement = select(
            col(Post.uri), col(Post.in_reply_to_uri), col(Post.replies_uri)
        ).where(col(Post.uri).in_(uris))
        async with self._database.read() as session:
            rows = (await session.execute(statement)).all()
        return {uri: (parent, replies) for uri, parent, replies in rows}

    def _follow(self, uri: str, replies_uri: str | None, level: int) -> None:
        if self._search.context is None and replies_uri and same_origin(uri, replies_uri):
            self._search.add(Visit(replies_uri, page=1, under=uri, level=level + 1))

    async def take_in(self, visit: Visit) -> None:
        """Fetch and store a post, if it is of this thread; raises TemporaryError as `read`."""
        async with self._database.read() as session:
            post = await find_post_by_uri(session, visit.uri)
        if post is None:
            post = await self.turn.ask(visit.uri, partial(self._fetch, visit))
        if post is None:
            return
        self._follow(post.uri, post.replies_uri, visit.level)
        above = post.in_reply_to_uri
        if visit.under is None and above is not None and post.in_reply_to_id is None:
            self._search.add(Visit(above, level=visit.level + 1, is_above=True))

    async def _fetch(self, visit: Visit) -> Post | None:
        found = await fetch_post(self._database, self._client, visit.uri, check=self._check)
        if not self._belongs(visit, found.note):
            return None
        return await store_post(self._database, found, quotes=1)

    def _belongs(self, visit: Visit, note: NoteDocument) -> bool:
        """Tell whether a post says itself that it is of the thread: a list alone proves nothing."""
        if visit.is_above:
            return True
        if visit.under is not None:
            return note.in_reply_to == visit.under
        if note.in_reply_to is not None and self._search.has_seen(note.in_reply_to):
            return True
        return note.context is not None and self._search.context in _normal([note.context])


def _normal(uris: Iterable[str]) -> list[str]:
    found = []
    for uri in uris:
        try:
            found.append(normal_uri(uri.partition("#")[0]))
        except InvalidDocument:
            continue
    return list(dict.fromkeys(found))
