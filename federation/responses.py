"""ActivityPub over HTTP, the serving side: requests as their signers saw them, and our answers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import orjson
from quart import Blueprint, Request, Response, has_request_context, request

from core.errors import (
    Forbidden,
    Gone,
    HostRefused,
    InvalidDocument,
    InvalidInput,
    NotFound,
    RateLimited,
    ServerError,
    TemporaryError,
    TooLarge,
    Unauthenticated,
    UnsupportedType,
    Untrusted,
)
from federation.signatures.request import SignedRequest
from federation.signatures.rfc9421 import accept_signature
from federation.vocabulary import ACTIVITY_JSON, LD_JSON, LD_JSON_AS

RETRY_AFTER_S = 60
# Who may ask is decided by the request's signature: nothing between us may keep the answer.
_HEADERS = {
    "access-control-allow-origin": "*",
    "cache-control": "private, no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cross-origin-resource-policy": "cross-origin",
    "vary": "Accept, Signature",
    "x-content-type-options": "nosniff",
}
_CHALLENGE = 'Signature headers="(request-target) host date"'
# What each kind of error is answered with; the first that fits. The words tell nothing of what we
# hold: absent, hidden and forbidden things read the same.
_STATUSES: tuple[tuple[type[ServerError], int], ...] = (
    (Unauthenticated, 401),
    (Untrusted, 401),
    (Forbidden, 403),
    (HostRefused, 403),
    (NotFound, 404),
    (Gone, 410),
    (TooLarge, 413),
    (UnsupportedType, 415),
    (InvalidDocument, 400),
    (InvalidInput, 422),
    (RateLimited, 429),
    (TemporaryError, 503),
)


def signed_request(asked: Request, body: bytes = b"") -> SignedRequest:
    """Return a request as its signer saw it: the raw target, every header as it came."""
    scope = asked.scope
    target = bytes(scope.get("raw_path") or asked.path.encode()).decode("latin-1")
    query = bytes(scope["query_string"]).decode("latin-1")
    return SignedRequest(
        method=asked.method,
        target=f"{target}?{query}" if query else target,
        headers=tuple(
            (bytes(name).decode("latin-1"), bytes(value).decode("latin-1"))
            for name, value in scope["headers"]
        ),
        body=body,
    )


def wants_page(asked: Request) -> bool:
    """Tell whether a request prefers a page for people to a document for servers."""
    kinds = asked.accept_mimetypes
    document = max(kinds[kind] for kind in (ACTIVITY_JSON, LD_JSON, LD_JSON_AS, "application/json"))
    # `*/*` alone, as curl says it, is no wish for HTML.
    return "text/html" in asked.headers.get("accept", "") and kinds["text/html"] > document


def add_refusals(blueprint: Blueprint) -> Blueprint:
    """Let a blueprint's views raise our errors, and answer 405 to HEAD: documents are for GET."""

    async def refuse(error: ServerError) -> Response:
        return refusal_response(error)

    async def refuse_head() -> Response | None:
        if request.method != "HEAD":
            return None
        return Response(b"", status=405, headers={**_HEADERS, "allow": "GET"})

    blueprint.register_error_handler(ServerError, refuse)
    blueprint.before_request(refuse_head)
    return blueprint


def page_response(url: str) -> Response:
    """Send a browser to the page about the thing whose document it asked for."""
    return Response(b"", status=302, headers={"location": url, "vary": "Accept, Signature"})


def activity_response(
    document: Mapping[str, Any], status: int = 200, kind: str = ACTIVITY_JSON
) -> Response:
    """Answer with a document."""
    return bytes_response(orjson.dumps(document), status, kind)


def bytes_response(body: bytes, status: int = 200, kind: str = ACTIVITY_JSON) -> Response:
    """Answer with a document as it was signed, byte for byte."""
    return Response(body, status=status, content_type=kind, headers=_HEADERS)


def accepted_response() -> Response:
    """Answer 202: what was sent is on disk, and will be looked at."""
    return Response(b"", status=202, headers=_HEADERS)


def status_of(error: ServerError) -> int:
    """Return the status that tells a peer of an error; 400 for what has none of its own."""
    return next((status for kind, status in _STATUSES if isinstance(error, kind)), 400)


def refusal_response(error: ServerError) -> Response:
    """Answer with an error, in its kind's status; absent and hidden things answer the same."""
    status = status_of(error)
    words = "not found" if status == 404 else str(error)
    answer = Response(
        orjson.dumps({"error": words}),
        status=status,
        content_type="application/json",
        headers=_HEADERS,
    )
    if status == 401:
        answer.headers["www-authenticate"] = _CHALLENGE
        method = request.method if has_request_context() else "GET"
        answer.headers["accept-signature"] = accept_signature(method)
    if isinstance(error, RateLimited):
        answer.headers["retry-after"] = str(max(math.ceil(error.retry_after.total_seconds()), 1))
    elif status == 503:
        answer.headers["retry-after"] = str(RETRY_AFTER_S)
    return answer
