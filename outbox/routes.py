"""/users/<u>/outbox, …/activities/<id>, /actor/outbox: what was said, for who may hear it."""

from __future__ import annotations

import orjson
from quart import Blueprint, Response, request

from actors.blocks import find_block
from actors.models import Actor
from actors.queries import find_actor
from actors.reading import Reader, read_reader
from actors.routes import find_for, page_asked, read_id
from core.errors import Gone, NotFound
from db.paging import Page
from db.session import AsyncSession, Database
from federation.client import Client
from federation.documents.collection import write_collection, write_page
from federation.documents.lenient import JsonObject
from federation.responses import activity_response, add_refusals, bytes_response
from federation.uris import local_uris
from moderation.models import PeerClass
from outbox.activities import (
    count_public_activities,
    find_activity,
    list_public_activities,
    was_owed_to,
)
from outbox.ids import numbered_id
from outbox.models import OutboxActivity
from posts.queries import find_post_by_uri
from posts.visibility import may_host_have


def outbox_routes(database: Database, client: Client) -> Blueprint:
    """Make the routes; every answer is for the host that signed the request (WIRE §3)."""
    blueprint = add_refusals(Blueprint("outbox", __name__))
    uris = local_uris(database.settings)

    @blueprint.get("/users/<username>/outbox")
    async def get_outbox(username: str) -> Response:
        reader = await read_reader(database, client, request, public=False)
        page = page_asked(request) if "page" in request.args else None
        async with database.read() as session:
            actor = await find_for(session, reader, username, uris)
            uri = uris.collection(actor.username, "outbox")
            if page is None:
                return activity_response(await _outbox(session, actor, reader, uri))
            return activity_response(await _outbox_page(session, actor, reader, (uri, page)))

    @blueprint.get("/users/<username>/activities/<number>")
    async def get_activity(username: str, number: str) -> Response:
        reader = await read_reader(database, client, request, public=False)
        async with database.read() as session:
            return await _activity(session, reader, uris.actor(username.lower()), number)

    @blueprint.get("/actor/activities/<number>")
    async def get_instance_activity(number: str) -> Response:
        reader = await read_reader(database, client, request, public=False)
        async with database.read() as session:
            return await _activity(session, reader, uris.instance_actor, number)

    @blueprint.get("/actor/outbox")
    async def get_instance_outbox() -> Response:
        await read_reader(database, client, request, public=False)
        return activity_response(write_collection(f"{uris.instance_actor}/outbox", total=0))

    return blueprint


def _hears_clinical(reader: Reader) -> bool:
    return reader.peer_class is PeerClass.CLINICAL


async def _outbox(
    session: AsyncSession, actor: Actor, reader: Reader, uri: str
) -> JsonObject:
    total = await count_public_activities(session, actor.id, clinical=_hears_clinical(reader))
    return write_collection(uri, total=total, first=f"{uri}?page=true")


async def _outbox_page(
    session: AsyncSession, actor: Actor, reader: Reader, asked: tuple[str, Page]
) -> JsonObject:
    uri, page = asked
    said = await list_public_activities(
        session, actor.id, page, clinical=_hears_clinical(reader)
    )
    start = f"{uri}?page=true"
    return write_page(
        f"{start}&max_id={page.max_id}" if page.max_id is not None else start,
        part_of=uri,
        items=[orjson.loads(activity.body) for activity in said],
        next_page=f"{start}&max_id={said[-1].id}" if len(said) == page.limit else None,
    )


async def _activity(
    session: AsyncSession, reader: Reader, actor_uri: str, number: str
) -> Response:
    activity = await find_activity(session, numbered_id(actor_uri, read_id(number)))
    if activity is None or not await _may_have(session, reader, activity):
        raise NotFound(f"{number}: no such activity")
    if not activity.body:
        raise Gone(f"{activity.uri}: what it was about is deleted")
    return bytes_response(activity.body)


async def _may_have(session: AsyncSession, reader: Reader, activity: OutboxActivity) -> bool:
    """Tell whether a host may have an activity: it was sent there, or it may have the post."""
    author = await find_actor(session, activity.actor_id)
    if author is None or author.suspended_at is not None:
        return False
    post = await find_post_by_uri(session, activity.object_uri or "")
    is_clinical = activity.clinical_only or (post is not None and post.clinical)
    if is_clinical and not _hears_clinical(reader):
        return False
    if reader.actor is not None and await find_block(session, author.id, reader.actor.id):
        return False
    if activity.is_public or await was_owed_to(session, activity.id, reader.host):
        return True
    # What tells of a post is as visible as the post.
    if activity.type not in {"Create", "Update"}:
        return False
    return post is not None and await may_host_have(session, reader, post)
