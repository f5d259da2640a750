"""What is told after a commit: wake-up calls, and events that say what happened to whom.

A call is a hint that there is work; an event names a row by its id, never what is in it. Within a
process they go straight; between the processes of one PostgreSQL they travel by NOTIFY. Of what is
rolled back nobody hears (J11).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from typing import Any

import orjson
from sqlalchemy import func, select
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncSession

from core.ids import new_id

CHANNEL = "consilium"
EVENTS_CHANNEL = "consilium_events"
RECONNECT_S = 5.0
# So many events wait for whoever listens; of more, the oldest are forgotten.
WAITING = 10_000
# PostgreSQL takes less than 8000 bytes a notification.
MAX_PAYLOAD = 7000
MAX_TEXT = 200


@dataclass(frozen=True, slots=True)
class Event:
    """Something happened: what (`kind`), to which row (`id`), whom it concerns (`actor_id`).

    `text` is a name that belongs to it, never what somebody wrote. Kinds: `post`, `edited`,
    `deleted`, `notification` (of `actor_id`), `notifications_merged`, `conversation`, `filters`,
    `announcement`, `announcement.reaction` (`text`: its emoji), `announcement.delete`, and
    `revoked`: somebody may do less from now on, look again.
    """

    kind: str
    id: int = 0
    actor_id: int | None = None
    text: str = ""

    def __post_init__(self) -> None:
        if len(self.text) > MAX_TEXT:
            raise ValueError(f"the text of an event is a name, not {len(self.text)} characters")


# Events were lost between here and who listens: what depends on them is to be looked at again.
LOST = Event("lost")


class Subscription:
    """The events of one listener, in order, from the moment on at which it began to listen."""

    def __init__(self, limit: int = WAITING) -> None:
        self._waiting: deque[Event] = deque()
        self._limit = limit
        self._called = asyncio.Event()
        self.lost = 0

    def put(self, event: Event) -> None:
        """Let an event wait; where too many do, the oldest goes and LOST is heard first."""
        if len(self._waiting) >= self._limit:
            self._waiting.popleft()
            self.lost += 1
            self._waiting[0] = LOST
        self._waiting.append(event)
        self._called.set()

    async def next(self) -> Event:
        """Wait for the next event."""
        while not self._waiting:
            self._called.clear()
            await self._called.wait()
        return self._waiting.popleft()


class Bus:
    """In-process topics and events.

    Who waits for a topic looks at the database: a lost call costs a moment, not work.
    """

    def __init__(self) -> None:
        self._events: dict[str, asyncio.Event] = {}
        self._subscriptions: set[Subscription] = set()
        # A process hears its own notifications too, and has told of them already.
        self.name = str(new_id())

    def publish(self, topics: Iterable[str], events: Iterable[Event] = ()) -> None:
        """Wake whoever waits for one of these topics, and tell all listeners of events."""
        for topic in topics:
            self._event(topic).set()
        for event in events:
            for subscription in self._subscriptions:
                subscription.put(event)

    async def wait(self, topic: str, timeout_s: float) -> bool:
        """Wait until a topic is called or the time is over; tell whether it was called."""
        event = self._event(topic)
        try:
            async with asyncio.timeout(timeout_s):
                await event.wait()
        except TimeoutError:
            return False
        event.clear()
        return True

    @contextmanager
    def subscribe(self, limit: int = WAITING) -> Iterator[Subscription]:
        """Hear every event that is committed within the block, by whichever process."""
        subscription = Subscription(limit)
        self._subscriptions.add(subscription)
        try:
            yield subscription
        finally:
            self._subscriptions.discard(subscription)

    def hear(self, payload: str) -> None:
        """Pass on events that another process notified; what cannot be read is LOST."""
        try:
            sender, *rows = orjson.loads(payload)
            events = [Event(*row) for row in rows]
        except (ValueError, TypeError):
            sender, events = "", [LOST]
        if sender != self.name:
            self.publish((), events)

    def _event(self, topic: str) -> asyncio.Event:
        return self._events.setdefault(topic, asyncio.Event())


def announce(session: AsyncSession, topic: str) -> None:
    """Call a topic when, and only when, this session's transaction is committed."""
    session.info.setdefault("topics", set()).add(topic)


def emit(session: AsyncSession, event: Event) -> None:
    """Tell of an event when, and only when, this session's transaction is committed; once."""
    session.info.setdefault("events", {})[event] = None


@dataclass(frozen=True, slots=True)
class Told:
    """What a transaction has to tell once it is on disk."""

    topics: frozenset[str]
    events: tuple[Event, ...]


def take_told(session: AsyncSession) -> Told:
    """Return what was announced and emitted in a session, and forget it there."""
    topics = frozenset(session.info.pop("topics", ()))
    return Told(topics, tuple(session.info.pop("events", ())))


async def notify_others(session: AsyncSession, sender: str) -> None:
    """Tell the other processes at this transaction's commit (PostgreSQL)."""
    if topics := session.info.get("topics"):
        await session.execute(select(func.pg_notify(CHANNEL, " ".join(sorted(topics)))))
    for payload in payloads(sender, session.info.get("events", ())):
        await session.execute(select(func.pg_notify(EVENTS_CHANNEL, payload)))


def payloads(sender: str, events: Iterable[Event]) -> Iterator[str]:
    """Write events as notifications, as many in each as PostgreSQL takes."""
    rows: list[str] = []
    size = 0
    for event in events:
        row = orjson.dumps(astuple(event)).decode()
        size += len(row.encode())
        if size > MAX_PAYLOAD:
            yield _payload(sender, rows)
            rows, size = [], len(row.encode())
        rows.append(row)
    if rows:
        yield _payload(sender, rows)


def _payload(sender: str, rows: list[str]) -> str:
    return f'["{sender}",{",".join(rows)}]'


async def listen(url: str, bus: Bus, stop: asyncio.Event) -> None:
    """Pass on what other processes tell until `stop` is set; a lost connection is made anew."""
    import asyncpg

    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)

    def called(_connection: Any, _pid: int, _channel: str, payload: str) -> None:
        bus.publish(payload.split())

    def heard(_connection: Any, _pid: int, _channel: str, payload: str) -> None:
        bus.hear(payload)

    while not stop.is_set():
        try:
            connection = await asyncpg.connect(plain, timeout=RECONNECT_S)
            lost = asyncio.Event()
            connection.add_termination_listener(lambda _connection, lost=lost: lost.set())
            await connection.add_listener(CHANNEL, called)
            await connection.add_listener(EVENTS_CHANNEL, heard)
            # What was told before it listened, nobody here heard.
            bus.publish((), [LOST])
            await _first(stop.wait(), lost.wait())
            await connection.close(timeout=RECONNECT_S)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await _first(stop.wait(), asyncio.sleep(RECONNECT_S))


async def _first(*waits: Any) -> None:
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
