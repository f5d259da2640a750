"""GET /media/proxy/<signature>/<address>: files of other hosts, which never learn who looks."""

from __future__ import annotations

import math
from collections.abc import Callable

from quart import Blueprint, Request, Response, request

from core.errors import (
    Forbidden,
    NotFound,
    RateLimited,
    ServerError,
    TemporaryError,
    UnsupportedType,
)
from db.session import Database
from federation.client import Client
from media.proxy import MayOpenCopy, Proxy
from media.sending import absent, send_file
from media.store import StoreFull

_STATUSES: tuple[tuple[type[ServerError], int], ...] = (
    (NotFound, 404),
    (Forbidden, 403),
    (UnsupportedType, 415),
    (RateLimited, 429),
    (StoreFull, 507),
    (TemporaryError, 503),
)
RETRY_AFTER_S = 30


def proxy_routes(
    database: Database,
    client: Client,
    *,
    may_open: MayOpenCopy,
    address_of: Callable[[Request], str],
) -> Blueprint:
    """Return the blueprint; `address_of` tells who asks, as far as that is counted."""
    blueprint = Blueprint("media_proxy", __name__)
    proxy = Proxy(database, client, may_open)

    @blueprint.get("/media/proxy/<signature>/<encoded>")
    async def get_copy(signature: str, encoded: str) -> Response:
        query = request.query_string.decode("latin-1")
        try:
            passed = await proxy.pass_on(
                signature, encoded, query=query, address=address_of(request)
            )
        except ServerError as error:
            return _refusal(error)
        return await send_file(request, passed.path, cache=passed.cache)

    return blueprint


def _refusal(error: ServerError) -> Response:
    """Answer with nothing: clients show the words beside a picture, or the one of their own."""
    answer = absent()
    # A host of which nothing is taken looks like one that has nothing.
    answer.status_code = next((code for kind, code in _STATUSES if isinstance(error, kind)), 404)
    if isinstance(error, RateLimited):
        answer.headers["Retry-After"] = str(max(math.ceil(error.retry_after.total_seconds()), 1))
    elif isinstance(error, TemporaryError):
        answer.headers["Retry-After"] = str(RETRY_AFTER_S)
    return answer
