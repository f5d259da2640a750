"""https://docs.joinmastodon.org/methods/media/: files for posts."""

from __future__ import annotations

from typing import Any

from api.entities.attachment import uploaded
from api.fields import path_id
from api.routing import Answer, Call, Door, Route
from core.errors import InvalidInput
from media.models import Media, MediaState
from media.queries import get_free_media, get_media_of
from media.receive import change_file, receive_file
from media.upload import delete_media
from media.words import read_words

Json = dict[str, Any]


async def post_media(call: Call) -> Answer:
    """Take in a file; 202 while it is being made ready, 200 when that is done."""
    media = await _receive(call, waits=False)
    status = 200 if media.state is MediaState.READY else 202
    return Answer(uploaded(media, call.services.settings), status)


async def post_media_and_wait(call: Call) -> Json:
    """Take in a file and answer when it is ready; the older way."""
    return uploaded(await _receive(call, waits=True), call.services.settings)


async def get_media(call: Call, id: str) -> Answer:
    """Show a file of the caller's own; 206 while it is being made ready."""
    async with call.services.database.read() as session:
        media = await get_media_of(session, path_id(id), call.me.actor.id)
    if media.state is MediaState.FAILED:
        raise InvalidInput(media.error)
    status = 200 if media.state is MediaState.READY else 206
    return Answer(uploaded(media, call.services.settings), status)


async def put_media(call: Call, id: str) -> Json:
    """Change what a file says, or its preview, as long as it belongs to no post."""
    media = await change_file(
        call.services.database,
        call.me.actor.id,
        path_id(id),
        words=read_words(call.fields.text("description"), call.fields.text("focus")),
        thumbnail=call.file("thumbnail"),
    )
    return uploaded(media, call.services.settings)


async def delete_one(call: Call, id: str) -> Json:
    """Remove a file that belongs to no post, neither now nor later."""
    async with call.services.database.transaction() as session:
        media = await get_free_media(session, path_id(id), call.me.actor.id)
        await delete_media(session, [media])
    return {}


async def _receive(call: Call, *, waits: bool) -> Media:
    words = read_words(call.fields.text("description"), call.fields.text("focus"))
    file = call.file("file")
    if file is None:
        raise InvalidInput("Validation failed: File can't be blank")
    return await receive_file(
        call.services.database,
        call.me.actor.id,
        file=file,
        thumbnail=call.file("thumbnail"),
        words=words,
        waits=waits,
    )


_WRITE = ("write:media",)
ROUTES = (
    Route("POST", "/api/v2/media", post_media, Door.USER, _WRITE, takes_files=True),
    Route("POST", "/api/v1/media", post_media_and_wait, Door.USER, _WRITE, takes_files=True),
    Route("GET", "/api/v1/media/<id>", get_media, Door.USER, _WRITE),
    Route("PUT", "/api/v1/media/<id>", put_media, Door.USER, _WRITE, takes_files=True),
    Route("DELETE", "/api/v1/media/<id>", delete_one, Door.USER, _WRITE),
)
