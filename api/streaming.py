"""https://docs.joinmastodon.org/methods/streaming/: one stream a connection, as server-sent events.

The WebSocket under the same address is in `api/stream_socket.py`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from quart import Response, request

from api.errors import ApiError
from api.routing import Call, Door, Route
from api.subscribing import Subscriber, find_channel, make_listener, require_room
from notifications.channels import Channel, Stream
from notifications.outlet import Outlet, Over, cutter_of
from notifications.stream import Hub, Listener

# Proxies close what is silent for a minute.
HEARTBEAT_S = 15.0
_TYPE = "text/event-stream; charset=utf-8"
_HEADERS = {
    "Cache-Control": "private, no-store",
    # Nginx would hold back what is small.
    "X-Accel-Buffering": "no",
}


async def get_health(call: Call) -> Response:
    """Say that this process answers; it asks nobody else."""
    return Response("OK", content_type="text/plain; charset=utf-8", headers=_HEADERS)


async def get_socket(call: Call) -> Response:
    """Send who does not speak WebSocket here to the paths below; raises ApiError 400."""
    raise ApiError(400, "This address is for WebSocket; see /api/v1/streaming/user and others")


async def get_user(call: Call) -> Response:
    """Tell what comes to the caller's home, and their notices where the token covers them."""
    return await _stream(call, Stream.USER)


async def get_notifications(call: Call) -> Response:
    """Tell the caller's notices."""
    return await _stream(call, Stream.NOTIFICATIONS)


async def get_public(call: Call) -> Response:
    """Tell public posts."""
    return await _stream(call, _with_media(call, Stream.PUBLIC, Stream.PUBLIC_MEDIA))


async def get_local(call: Call) -> Response:
    """Tell public posts of this instance."""
    return await _stream(call, _with_media(call, Stream.LOCAL, Stream.LOCAL_MEDIA))


async def get_remote(call: Call) -> Response:
    """Tell public posts of other instances."""
    return await _stream(call, _with_media(call, Stream.REMOTE, Stream.REMOTE_MEDIA))


async def get_hashtag(call: Call) -> Response:
    """Tell posts with a hashtag."""
    return await _stream(call, Stream.HASHTAG, tag=call.fields.text("tag"))


async def get_hashtag_local(call: Call) -> Response:
    """Tell posts of this instance with a hashtag."""
    return await _stream(call, Stream.HASHTAG_LOCAL, tag=call.fields.text("tag"))


async def get_list_stream(call: Call) -> Response:
    """Tell what comes to one of the caller's lists."""
    return await _stream(call, Stream.LIST, list=call.fields.text("list"))


async def get_direct(call: Call) -> Response:
    """Tell what happens in the caller's conversations."""
    return await _stream(call, Stream.DIRECT)


def _with_media(call: Call, all_posts: Stream, only_media: Stream) -> Stream:
    return only_media if call.fields.flag("only_media") else all_posts


async def _stream(call: Call, stream: Stream, **asked: str | None) -> Response:
    subscriber = Subscriber.of(call.services, call.found, call.address)
    wanted: dict[str, Any] = {"stream": stream.value, **asked}
    channel = await call.services.database.look(
        lambda session: find_channel(session, subscriber, wanted)
    )
    hub = call.services.hub
    require_room(hub, subscriber)
    if request.method == "HEAD":
        return Response("", content_type=_TYPE, headers=_HEADERS)
    outlet = Outlet(cutter_of(request.scope))
    listener = make_listener(subscriber, outlet, _event)
    listener.channels.add(channel)
    response = Response(
        _events(hub, listener, outlet),
        content_type=_TYPE,
        headers=_HEADERS,
    )
    response.timeout = None
    return response


async def _events(hub: Hub, listener: Listener, outlet: Outlet) -> AsyncIterator[str]:
    hub.join(listener)
    try:
        yield ":)\n\n"
        while True:
            yield await outlet.next(HEARTBEAT_S) or ":thump\n\n"
    except Over:
        return
    finally:
        hub.leave(listener)


def _event(_channel: Channel, name: str, payload: str | None) -> str:
    return f"event: {name}\ndata: {payload or ''}\n\n"


_POSTS, _NOTICES = ("read:statuses",), ("read:notifications",)
_AT = "/api/v1/streaming"
ROUTES = (
    Route("GET", _AT, get_socket, Door.USER, _POSTS + _NOTICES),
    Route("GET", f"{_AT}/health", get_health, Door.ANYONE),
    Route("GET", f"{_AT}/user", get_user, Door.USER, _POSTS),
    Route("GET", f"{_AT}/user/notification", get_notifications, Door.USER, _NOTICES),
    Route("GET", f"{_AT}/public", get_public, Door.POSTS, _POSTS),
    Route("GET", f"{_AT}/public/local", get_local, Door.POSTS, _POSTS),
    Route("GET", f"{_AT}/public/remote", get_remote, Door.POSTS, _POSTS),
    Route("GET", f"{_AT}/hashtag", get_hashtag, Door.POSTS, _POSTS),
    Route("GET", f"{_AT}/hashtag/local", get_hashtag_local, Door.POSTS, _POSTS),
    Route("GET", f"{_AT}/list", get_list_stream, Door.USER, _POSTS),
    Route("GET", f"{_AT}/direct", get_direct, Door.USER, _POSTS),
)
