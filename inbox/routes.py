"""POST /inbox, /users/<username>/inbox and /actor/inbox: how other servers tell us things."""

from __future__ import annotations

import asyncio
from typing import Any

from quart import Blueprint, Request, Response, request
from sqlalchemy.exc import SQLAlchemyError

from core.errors import ServerError, TemporaryError, TooLarge, UnsupportedType
from core.logging import get_logger
from db.session import Database
from federation.client import Client
from federation.documents.lenient import MAX_BODY_BYTES
from federation.responses import accepted_response, refusal_response, signed_request
from federation.uris import local_uris
from federation.vocabulary import ACTIVITY_JSON, LD_JSON
from inbox.limits import InboxLimits
from inbox.receive import Door, receive

DEADLINE_S = 30.0
_POST_ONLY: dict[str, Any] = {"methods": ["POST"], "provide_automatic_options": False}
DEFAULT_LIMITS = InboxLimits()
log = get_logger(__name__)
_READ = frozenset({ACTIVITY_JSON, LD_JSON})


def inbox_routes(
    database: Database, client: Client, limits: InboxLimits = DEFAULT_LIMITS
) -> Blueprint:
    """Make the routes; each takes POST and nothing else."""
    blueprint = Blueprint("inbox", __name__)
    door = Door.of(database, limits)
    instance = local_uris(database.settings).instance_username

    async def take(username: str | None) -> Response:
        try:
            async with asyncio.timeout(DEADLINE_S):
                signed = signed_request(request, await _read_body(request))
                await receive(database, client, signed, door=door, username=username)
        except TimeoutError:
            return _closing(refusal_response(TemporaryError("it took too long")))
        except TooLarge as error:
            return _closing(refusal_response(error))
        except ServerError as error:
            return refusal_response(error)
        except (SQLAlchemyError, OSError) as error:
            # Its text may hold what was to be stored.
            log.error("an activity cannot be stored", error=type(error).__name__)
            return refusal_response(TemporaryError("it cannot be stored now"))
        return accepted_response()

    @blueprint.route("/inbox", **_POST_ONLY)
    async def post_shared_inbox() -> Response:
        return await take(None)

    @blueprint.route("/actor/inbox", **_POST_ONLY)
    async def post_instance_inbox() -> Response:
        return await take(instance)

    @blueprint.route("/users/<username>/inbox", **_POST_ONLY)
    async def post_inbox(username: str) -> Response:
        return await take(username)

    return blueprint


async def _read_body(request: Request) -> bytes:
    """Read what is sent, up to 1 MiB whatever its length is said to be.

    Raises UnsupportedType for other types and for anything compressed, TooLarge for more.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in _READ:
        raise UnsupportedType(f"send {ACTIVITY_JSON}")
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise UnsupportedType("send it uncompressed")
    if (request.content_length or 0) > MAX_BODY_BYTES:
        raise TooLarge("an activity has at most 1 MiB")
    body = bytearray()
    async for part in request.body:
        body += part
        if len(body) > MAX_BODY_BYTES:
            raise TooLarge("an activity has at most 1 MiB")
    return bytes(body)


def _closing(answer: Response) -> Response:
    # What is still being sent is not read any more.
    answer.headers["connection"] = "close"
    return answer
