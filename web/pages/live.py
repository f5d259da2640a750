"""`/live`: what happens while a page is open, as server-sent events for this browser's session."""

from __future__ import annotations

from collections.abc import AsyncIterator

from quart import Response, request

from actors.lists import get_list
from core.errors import NotFound
from core.text import folded_tag
from db.session import AsyncSession
from notifications.channels import Channel, Stream
from notifications.outlet import Ending, Outlet, Over, cutter_of
from notifications.stream import Hub, Listener
from users.living import find_living
from users.sessions import SignedIn
from web.headers import page_headers
from web.live import deletion_told, unread_told
from web.paging import read_id
from web.visit import Pages, Visit

# Proxies close what is silent for a minute.
HEARTBEAT_S = 15.0
# Of one person in one process, and of all together.
MAX_CONNECTIONS = 20
MAX_IN_ALL = 10_000
MAX_TAG = 200
_TYPE = "text/event-stream; charset=utf-8"
_PLAIN = {"home": Stream.USER, "local": Stream.LOCAL, "federated": Stream.PUBLIC}
_OVER = '{"kind": "over"}'


async def get_live(visit: Visit) -> Response:
    """Tell what comes to a timeline, what goes from it, and how many notices are unread.

    `timeline` is `home`, `local`, `federated`, `tag:name` or `list:id`; without it, notices alone.
    Nobody but people who are signed in is told anything, and nothing once they have signed out.
    """
    hub, browser = visit.site.hub, visit.browser
    if browser is None:
        return _refuse(visit, 401)

    async def work(session: AsyncSession) -> tuple[str | None, set[Channel]]:
        token = browser.web_session.token_id
        living = await find_living(session, [token] if token is not None else [])
        channels = await _channels(session, browser, request.args.get("timeline", ""))
        return living.get(token or 0), channels

    token_hash, channels = await visit.database.look(work)
    if token_hash is None:
        # A session from before there were tokens, or one that has just ended.
        return _refuse(visit, 401)
    who = str(browser.actor.id)
    if hub.count_of(who) >= MAX_CONNECTIONS:
        return _refuse(visit, 429)
    if len(hub) >= MAX_IN_ALL:
        return _refuse(visit, 503)
    if request.method == "HEAD":
        return _refuse(visit, 200)
    outlet = Outlet(cutter_of(request.scope))
    listener = _listener(browser, outlet, token_hash)
    listener.channels |= channels
    return _stream(visit, _events(hub, listener, outlet, first=unread_told(visit.unread)))


async def _channels(session: AsyncSession, browser: SignedIn, asked: str) -> set[Channel]:
    """Return what a timeline's page hears; raises NotFound for one that is none of the reader's."""
    name, _, about = asked.partition(":")
    if name == "home":
        # Notices come by it too.
        return {Channel(Stream.USER)}
    notices = Channel(Stream.NOTIFICATIONS)
    if not asked:
        return {notices}
    if asked in _PLAIN:
        return {notices, Channel(_PLAIN[asked])}
    if name == "tag" and folded_tag(about) and len(about) <= MAX_TAG:
        return {notices, Channel(Stream.HASHTAG, folded_tag(about))}
    if name == "list":
        found = await get_list(session, browser.actor.id, read_id(about))
        return {notices, Channel(Stream.LIST, str(found.id))}
    raise NotFound(f"no timeline {asked[:40]!r}")


def _listener(browser: SignedIn, outlet: Outlet, token_hash: str) -> Listener:
    def tell(_channel: Channel, name: str, payload: str | None) -> None:
        if name == "delete":
            outlet.put(deletion_told(payload or ""))
        elif name in {"update", "notification"} and payload is not None:
            outlet.put(payload)

    return Listener(
        tell=tell,
        end=outlet.end,
        who=str(browser.actor.id),
        actor_id=browser.actor.id,
        token_id=browser.web_session.token_id,
        token_hash=token_hash,
        hears_notices=True,
    )


async def _events(
    hub: Hub, listener: Listener, outlet: Outlet, *, first: str
) -> AsyncIterator[str]:
    hub.join(listener)
    try:
        yield _event(first)
        while True:
            told = await outlet.next(HEARTBEAT_S)
            yield _event(told) if told is not None else ":\n\n"
    except Over as over:
        if over.ending is Ending.REVOKED:
            yield _event(_OVER)
    finally:
        hub.leave(listener)


def _event(payload: str) -> str:
    return f"data: {payload}\n\n"


def _stream(visit: Visit, events: AsyncIterator[str]) -> Response:
    # Nginx would hold back what is small.
    headers = dict(page_headers(visit.site.settings)) | {"X-Accel-Buffering": "no"}
    response = Response(events, content_type=_TYPE, headers=headers)
    response.timeout = None
    return response


def _refuse(visit: Visit, status: int) -> Response:
    headers = dict(page_headers(visit.site.settings))
    return Response("", status=status, content_type=_TYPE, headers=headers)


PAGES: Pages = (
    ("GET", "/live", get_live),
)
