"""`/users/{username}/profile/doctors` and `…/contacts`: signed GET, judged by host (WIRE §3)."""

from __future__ import annotations

from quart import Blueprint, Response, request

from actors.reading import read_reader
from actors.routes import find_for
from core.errors import NotFound
from db.session import Database
from doctors.profile_documents import AUDIENCES, find_further_profile, may_have, signed_profile
from federation.client import Client
from federation.responses import activity_response, add_refusals
from federation.uris import local_uris


def profile_routes(database: Database, client: Client) -> Blueprint:
    """Make the routes of the further profile documents."""
    blueprint = add_refusals(Blueprint("profiles", __name__))
    uris = local_uris(database.settings)

    @blueprint.get("/users/<username>/profile/<audience>")
    async def get_further_profile(username: str, audience: str) -> Response:
        reader = await read_reader(database, client, request, public=False)
        wanted = next((one for one in AUDIENCES if one.value == audience), None)
        if wanted is None:
            raise NotFound(f"there is no profile for {audience[:40]!r}")
        async with database.read() as session:
            actor = await find_for(session, reader, username, uris)
            if not await may_have(session, reader, actor, wanted):
                raise NotFound(f"{reader.host} has nobody who may read it")
            document = await find_further_profile(session, actor, wanted)
            if document is None:
                raise NotFound(f"{username} says nothing to {audience} alone")
            return activity_response(await signed_profile(session, actor, document))

    return blueprint
