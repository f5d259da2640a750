"""Credentials, status lists and the trust list: unsigned for everybody, always (WIRE §3)."""

from __future__ import annotations

from quart import Blueprint, Request, Response, request

from core.errors import Gone, NotFound
from db.session import Database
from doctors import queries
from doctors.status_list import StatusLists
from doctors.trust import trust_list
from federation.client import Client
from federation.responses import activity_response, add_refusals, bytes_response
from federation.vocabulary import ACTIVITY_JSON, CREDENTIAL_JSON

MAX_ID = 2**63 - 1


def doctor_routes(database: Database, _client: Client) -> Blueprint:
    """Make the routes of `/credentials/…` and `/trust-list`."""
    blueprint = add_refusals(Blueprint("doctors", __name__))
    lists = StatusLists()

    @blueprint.get("/credentials/<int:credential_id>")
    async def get_credential(credential_id: int) -> Response:
        async with database.read() as session:
            known = credential_id <= MAX_ID
            issued = await queries.find_issued(session, credential_id) if known else None
        if issued is None:
            raise NotFound(f"there is no credential {credential_id}")
        if issued.revoked_at is not None:
            raise Gone("the credential was revoked")
        return bytes_response(issued.document, kind=_kind(request))

    @blueprint.get("/credentials/status/<int:number>")
    async def get_status_list(number: int) -> Response:
        async with database.read() as session:
            return bytes_response(await lists.read(session, number), kind=_kind(request))

    @blueprint.get("/trust-list")
    async def get_trust_list() -> Response:
        async with database.read() as session:
            return activity_response(await trust_list(session))

    return blueprint


def _kind(asked: Request) -> str:
    """Return the type that who asks reads: that of credentials, or plain ActivityPub's."""
    accepted = asked.headers.get("accept", "")
    reads_only_activities = ACTIVITY_JSON in accepted and CREDENTIAL_JSON not in accepted
    return ACTIVITY_JSON if reads_only_activities else CREDENTIAL_JSON
