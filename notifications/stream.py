"""Live events: who of those connected here hears of what, decided when it is told.

An event names a row. Whether somebody may have it is asked of the database as it is then, for all
who are connected at once: a fixed number of queries an event, none where nobody listens. How a
thing is written down is the client API's, which gives the hub a function for it.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from core.logging import get_logger
from db.bus import LOST, Event, Subscription
from db.session import AsyncSession, Database
from moderation.filters import FilterContext
from notifications.channels import Channel, Stream
from posts.live import find_place, list_readers
from users.living import find_living

# Within five seconds of its end a token hears nothing more (J03); told of it, it does at once.
SWEEP_S = 3.0
NAMES: Mapping[str, str] = {
    "post": "update",
    "edited": "status.update",
    "deleted": "delete",
    "notification": "notification",
    "notifications_merged": "notifications_merged",
    "conversation": "conversation",
    "filters": "filters_changed",
    "announcement": "announcement",
    "announcement.reaction": "announcement.reaction",
    "announcement.delete": "announcement.delete",
}
_OF_POSTS = frozenset({"post", "edited", "deleted"})
_FOR_ALL = frozenset({"announcement", "announcement.reaction", "announcement.delete"})
_LOOK_AGAIN = frozenset({"revoked", LOST.kind})
# What is told without anything being read: the id alone, a word, or nothing.
_PLAIN = frozenset({"deleted", "announcement.delete", "filters", "notifications_merged"})
log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom something is written down, and whose filters count: None is a stranger."""

    actor_id: int | None
    context: FilterContext


# What an event says to each reader, as JSON; who is left out is not told.
Write = Callable[[AsyncSession, Event, Collection[Reader]], Awaitable[Mapping[Reader, str]]]


@dataclass(eq=False, slots=True)
class Listener:
    """One connection: whose it is, what it listens to, how it is told and how it is ended.

    `who` is a person, or where a stranger comes from: for whom the connection counts.
    """

    tell: Callable[[Channel, str, str | None], None]
    end: Callable[[], None]
    who: str
    actor_id: int | None = None
    token_id: int | None = None
    token_hash: str = ""
    hears_notices: bool = False
    channels: set[Channel] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Ear:
    """A channel of a listener, as it was when an event came."""

    listener: Listener
    channel: Channel

    @property
    def reader(self) -> Reader:
        return Reader(self.listener.actor_id, self.channel.context)


class Hub:
    """All who are connected to this process."""

    def __init__(self) -> None:
        self._listeners: set[Listener] = set()
        self._connections: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._listeners)

    def join(self, listener: Listener) -> None:
        """Let a connection hear what happens from now on."""
        self._listeners.add(listener)
        self._connections[listener.who] += 1

    def leave(self, listener: Listener) -> None:
        """Forget a connection; twice does no harm."""
        if listener not in self._listeners:
            return
        self._listeners.discard(listener)
        self._connections[listener.who] -= 1
        if not self._connections[listener.who]:
            del self._connections[listener.who]

    def count_of(self, who: str) -> int:
        """Return how many connections count for somebody here."""
        return self._connections[who]

    async def run(self, database: Database, write: Write, stop: asyncio.Event) -> None:
        """Tell what happens, in order, until `stop` is set."""
        with database.bus.subscribe() as events:
            async with asyncio.TaskGroup() as group:
                tasks = (
                    group.create_task(self._tell_all(database, write, events)),
                    group.create_task(self._sweep_often(database)),
                )
                await stop.wait()
                for task in tasks:
                    task.cancel()

    async def _tell_all(self, database: Database, write: Write, events: Subscription) -> None:
        while True:
            event = await events.next()
            if not self._listeners:
                continue
            with _contained(event.kind, event.id):
                if event.kind in _LOOK_AGAIN:
                    await self.sweep(database)
                elif event.kind in NAMES:
                    await self._tell(database, write, event)

    async def _sweep_often(self, database: Database) -> None:
        while True:
            await asyncio.sleep(SWEEP_S)
            with _contained("sweep"):
                await self.sweep(database)

    async def sweep(self, database: Database) -> None:
        """End the connections whose token may not be used any more; one query for all of them."""
        listeners = [each for each in self._listeners if each.token_id is not None]
        if not listeners:
            return
        ids = {each.token_id for each in listeners if each.token_id is not None}
        living = await database.look(lambda session: find_living(session, ids))
        _end_all(listeners, living)

    async def _tell(self, database: Database, write: Write, event: Event) -> None:
        ears = self._ears_of(event)
        if not ears:
            return

        async def work(session: AsyncSession) -> tuple[list[_Ear], Mapping[Reader, str | None]]:
            told = await _who_hears(session, event, ears)
            if not told:
                return [], {}
            ids = {ear.listener.token_id for ear in told if ear.listener.token_id is not None}
            living = await find_living(session, ids)
            told = [ear for ear in told if _is_living(ear.listener, living)]
            return told, await _written(session, write, event, {ear.reader for ear in told})

        told, payloads = await database.look(work)
        for ear in told:
            still_there = ear.listener in self._listeners
            if ear.reader in payloads and still_there and ear.channel in ear.listener.channels:
                ear.listener.tell(ear.channel, NAMES[event.kind], payloads[ear.reader])

    def _ears_of(self, event: Event) -> list[_Ear]:
        """Return the channels by which an event could come, as far as that is known in memory."""
        return [
            _Ear(listener, channel)
            for listener in self._listeners
            if event.kind in _OF_POSTS | _FOR_ALL or listener.actor_id == event.actor_id
            for channel in listener.channels
            if _fits(event, channel, listener)
        ]


@contextmanager
def _contained(kind: str, id: int = 0) -> Iterator[None]:
    """Keep an error to one event: a stream may lack one, and does not end in silence."""
    try:
        yield
    except Exception:
        log.exception("an event was not told", kind=kind, id=id)


def _fits(event: Event, channel: Channel, listener: Listener) -> bool:
    if event.kind in _OF_POSTS:
        return channel.carries_posts
    if event.kind == "conversation":
        return channel.stream is Stream.DIRECT
    if event.kind in {"notification", "notifications_merged"}:
        is_right = channel.stream in {Stream.USER, Stream.NOTIFICATIONS}
        return is_right and listener.hears_notices
    return channel.stream is Stream.USER


async def _who_hears(session: AsyncSession, event: Event, ears: list[_Ear]) -> list[_Ear]:
    """Return by which of some channels an event comes now."""
    if event.kind not in _OF_POSTS:
        return ears
    owners = {ear.channel.owner_id(ear.listener.actor_id) for ear in ears} - {None}
    place = await find_place(session, event.id, [one for one in owners if one is not None])
    if place is None or place.is_deleted != (event.kind == "deleted"):
        return []
    shown = [ear for ear in ears if ear.channel.shows(place, ear.listener.actor_id)]
    people = {ear.listener.actor_id for ear in shown}
    known = {actor_id for actor_id in people if actor_id is not None}
    readers: set[int | None] = {*await list_readers(session, known, event.id)}
    if place.for_strangers:
        readers.add(None)
    return [ear for ear in shown if ear.listener.actor_id in readers]


async def _written(
    session: AsyncSession, write: Write, event: Event, readers: set[Reader]
) -> Mapping[Reader, str | None]:
    if event.kind not in _PLAIN:
        return await write(session, event, readers)
    said = {"filters": None, "notifications_merged": "1"}.get(event.kind, str(event.id))
    return dict.fromkeys(readers, said)


def _is_living(listener: Listener, living: Mapping[int, str]) -> bool:
    if listener.token_id is None:
        return True
    return living.get(listener.token_id) == listener.token_hash


def _end_all(listeners: Iterable[Listener], living: Mapping[int, str]) -> None:
    for listener in listeners:
        if not _is_living(listener, living):
            listener.end()
