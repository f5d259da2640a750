"""Who may listen to which stream (J01, J02), and how many connections they may have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from actors.lists import get_list
from api import errors
from api.errors import ApiError
from api.fields import read_id
from api.services import Services
from core.errors import InvalidInput, NotFound
from core.settings import PublicPages
from db.session import AsyncSession
from notifications.channels import PUBLIC_ONES, Channel, Stream
from notifications.outlet import Outlet
from notifications.stream import Hub, Listener
from users.scopes import covers
from users.tokens import FoundToken

# Of one person in one process, or of one address that shows no token of a person.
MAX_CONNECTIONS = 50
MAX_IN_ALL = 10_000
MAX_TAG = 200
UNKNOWN = "Unknown channel requested"


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Who listens: `found` is None for a stranger; `who` is whom the connection counts for."""

    found: FoundToken | None
    address: str
    pages_are_open: bool

    @classmethod
    def of(cls, services: Services, found: FoundToken | None, address: str) -> Subscriber:
        """Return who listens with a token, or without one."""
        shown = services.settings.shown_to_strangers is PublicPages.POSTS
        return cls(found, address, shown)

    @property
    def actor_id(self) -> int | None:
        """Whose eyes count; an app's own token sees what a stranger sees."""
        if self.found is None or self.found.actor is None:
            return None
        return self.found.actor.id

    @property
    def who(self) -> str:
        """Whom the connection counts for."""
        return self.address if self.actor_id is None else str(self.actor_id)

    def require_something(self) -> None:
        """Raise ApiError where no stream at all could be listened to (J01)."""
        if self.actor_id is None:
            if not self.pages_are_open:
                raise ApiError(401, errors.INVALID_TOKEN)
        elif not (self.may("read:statuses") or self.may("read:notifications")):
            raise ApiError(403, errors.OUT_OF_SCOPE)

    def may(self, scope: str) -> bool:
        """Tell whether the token covers a scope."""
        return self.found is not None and covers(self.found.scopes, scope)


async def find_channel(
    session: AsyncSession, subscriber: Subscriber, asked: Mapping[str, Any]
) -> Channel:
    """Return the stream that somebody asks for by `stream`, `tag` and `list`.

    Raises ApiError 401 or 403 for one that they may not hear, InvalidInput for one that does not
    exist, and NotFound for a list that is not theirs.
    """
    name = asked.get("stream")
    if not isinstance(name, str) or name not in set(Stream):
        raise InvalidInput(UNKNOWN)
    stream = Stream(name)
    _require_allowed(subscriber, stream)
    if stream in {Stream.HASHTAG, Stream.HASHTAG_LOCAL}:
        return Channel(stream, _tag(asked.get("tag")))
    if stream is not Stream.LIST:
        return Channel(stream)
    assert subscriber.actor_id is not None
    found = await get_list(session, subscriber.actor_id, _list_id(asked.get("list")))
    return Channel(stream, str(found.id))


def _require_allowed(subscriber: Subscriber, stream: Stream) -> None:
    if subscriber.actor_id is None:
        if stream in PUBLIC_ONES and subscriber.pages_are_open:
            return
        raise ApiError(401, errors.NEEDS_USER)
    needed = "read:notifications" if stream is Stream.NOTIFICATIONS else "read:statuses"
    if not subscriber.may(needed):
        raise ApiError(403, errors.OUT_OF_SCOPE)


def _tag(given: object) -> str:
    tag = given.strip().removeprefix("#").lower() if isinstance(given, str) else ""
    if not tag or len(tag) > MAX_TAG or "\x00" in tag:
        raise InvalidInput("Validation failed: tag can't be blank")
    return tag


def _list_id(given: object) -> int:
    if isinstance(given, bool) or not isinstance(given, (str, int)):
        raise NotFound("no list is named")
    try:
        return read_id(str(given))
    except InvalidInput as error:
        raise NotFound("no such list") from error


def require_room(hub: Hub, subscriber: Subscriber) -> None:
    """Raise ApiError where somebody has too many connections (429), or all together (503)."""
    if hub.count_of(subscriber.who) >= MAX_CONNECTIONS:
        raise ApiError(429, "Too many open streams")
    if len(hub) >= MAX_IN_ALL:
        raise ApiError(503, errors.BUSY)


def make_listener(
    subscriber: Subscriber,
    outlet: Outlet,
    write: Callable[[Channel, str, str | None], str],
) -> Listener:
    """Return a connection for the hub, which puts into an outlet what `write` makes of events."""
    token = subscriber.found.token if subscriber.found is not None else None

    def tell(channel: Channel, name: str, payload: str | None) -> None:
        outlet.put(write(channel, name, payload))

    return Listener(
        tell=tell,
        end=outlet.end,
        who=subscriber.who,
        actor_id=subscriber.actor_id,
        token_id=token.id if token is not None else None,
        token_hash=token.token_hash if token is not None else "",
        hears_notices=subscriber.may("read:notifications"),
    )
