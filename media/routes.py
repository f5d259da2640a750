"""GET /media/<key>: the files of the people here, for everybody or for who was given a link."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from quart import Blueprint, Response, request

from core.clock import now
from db.session import AsyncSession, Database
from media.links import Link, Opening, check_link
from media.models import Media, MediaState
from media.queries import find_media_by_key
from media.sending import FOR_A_DAY, FOR_EVERYBODY, FOR_READER, absent, send_file
from media.store import Store

MayOpen = Callable[[AsyncSession, int, Link], Awaitable[Opening]]


def media_routes(database: Database, may_open: MayOpen) -> Blueprint:
    """Return the blueprint; `may_open` tells for whom the files of a post, by its id, open."""
    blueprint = Blueprint("media", __name__)
    store = Store(database.settings)

    @blueprint.get("/media/<key>")
    async def get_media(key: str) -> Response:
        path = store.path_of(key)
        link = check_link(database.settings, key, request.args, moment=now())
        if path is None or link is None:
            return absent()

        async def look(session: AsyncSession) -> str | None:
            media = await find_media_by_key(session, key)
            opening = await _opening(session, media, link, may_open)
            return _cache(media, opening) if media is not None else None

        cache = await database.look(look)
        return absent() if cache is None else await send_file(request, path, cache=cache)

    return blueprint


def _cache(media: Media, opening: Opening) -> str | None:
    """Tell who may keep a file for how long; None where it does not open."""
    match opening:
        case Opening.NOBODY:
            return None
        case Opening.READER:
            return FOR_READER
        case Opening.EVERYBODY:
            return FOR_A_DAY if media.purpose == "post" else FOR_EVERYBODY


async def _opening(
    session: AsyncSession, media: Media | None, link: Link, may_open: MayOpen
) -> Opening:
    if media is None or media.state is not MediaState.READY:
        return Opening.NOBODY
    if media.purpose != "post":
        return Opening.EVERYBODY
    if media.post_id is not None:
        return await may_open(session, media.post_id, link)
    # What belongs to no post yet is its owner's alone (F13).
    is_owner = link == Link(viewer_id=media.owner_id)
    return Opening.READER if is_owner else Opening.NOBODY
