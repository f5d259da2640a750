"""From a route to its handler: who may call, how often, and how the answer is dressed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any

import orjson
from quart import Blueprint, Response, request

from api import errors
from api.authentication import (
    Caller,
    caller_of,
    find_valid_token,
    read_bearer,
    require_scope,
)
from api.cors import allow_any_origin
from api.errors import ApiError, Refusal, refusal_of
from api.fields import Fields, read_fields
from api.limits import Limits
from api.paging import link_header
from api.services import Services
from api.times import api_time
from api.uploads import read_upload
from core.errors import ServerError
from core.settings import Directory, PublicPages, Settings
from db.paging import Page
from db.session import AsyncSession
from federation.uris import LocalUris, local_uris
from media.forms import ReadForm, is_form_with_files
from posts.visibility import ANONYMOUS, Viewer
from users.addresses import address_key, caller_address
from users.limits import Allowance, TooManyAttempts
from users.tokens import FoundToken, note_use

_PAGING = frozenset({"max_id", "min_id", "since_id", "page"})
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Referrer-Policy": "no-referrer",
    "Vary": "Authorization, Origin",
}


class Door(StrEnum):
    """Who may call an endpoint (WIRE §3)."""

    ANYONE = "anyone"
    PROFILES = "with public profiles"
    POSTS = "with public posts"
    DIRECTORY = "with a public directory"
    TOKEN = "any token"
    USER = "a person's token"


_SHOWN: Mapping[Door, frozenset[PublicPages]] = {
    Door.PROFILES: frozenset({PublicPages.PROFILES, PublicPages.POSTS}),
    Door.POSTS: frozenset({PublicPages.POSTS}),
}


@dataclass(frozen=True, slots=True)
class Call:
    """One request: what was sent, and who sent it (`caller` is None for an app or a stranger)."""

    services: Services
    limits: Limits
    fields: Fields
    found: FoundToken | None
    caller: Caller | None
    address: str
    upload: ReadForm | None = None

    @property
    def me(self) -> Caller:
        """The person who calls; raises ApiError where only an app does."""
        if self.caller is None:
            raise ApiError(422, errors.NEEDS_USER)
        return self.caller

    def file(self, name: str) -> Path | None:
        """Return where a file lies that came with the form; None when it did not."""
        return self.upload.file(name) if self.upload is not None else None

    @property
    def viewer(self) -> Viewer:
        """Through whose eyes posts are read."""
        return self.caller.viewer if self.caller is not None else ANONYMOUS

    @property
    def uris(self) -> LocalUris:
        """The URIs of this instance."""
        return local_uris(self.services.settings)

    def page(self, page: Page, body: list[Any], ids: list[int]) -> Answer:
        """Answer with a list and the Link header that leads on."""
        return Answer(body, headers=link_header(self.services.settings, page, ids))


@dataclass(frozen=True, slots=True)
class Answer:
    """A body to be written as JSON, with its status and headers."""

    body: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


Handler = Callable[..., Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint; `scopes` are alternatives; with `takes_files` forms may bring files."""

    method: str
    path: str
    handler: Handler
    door: Door
    scopes: tuple[str, ...] = ()
    takes_files: bool = False


def make_blueprint(
    name: str, services: Services, limits: Limits, routes: tuple[Route, ...]
) -> Blueprint:
    """Return a blueprint that serves these routes, with CORS on each of its answers."""
    blueprint = Blueprint(name, __name__)
    for number, route in enumerate(routes):
        # Several routes may share a handler: the number tells them apart.
        endpoint = f"{route.handler.__name__}_{number}"
        view = _view(route, services, limits)
        blueprint.add_url_rule(
            route.path, endpoint, view, methods=[route.method], strict_slashes=False
        )

    @blueprint.after_request
    async def dress(response: Response) -> Response:
        for header, value in _HEADERS.items():
            response.headers.setdefault(header, value)
        asked = request.headers.get("Access-Control-Request-Headers")
        allow_any_origin(response, asked_headers=asked, preflight=request.method == "OPTIONS")
        return response

    return blueprint


def _view(
    route: Route, services: Services, limits: Limits
) -> Callable[..., Awaitable[Response]]:
    async def view(**arguments: str) -> Response:
        headers: dict[str, str] = {}
        call: Call | None = None
        try:
            call = await _admit(route, services, limits, headers=headers)
            if any("\x00" in part for part in arguments.values()):
                raise ApiError(404, errors.NOT_FOUND)
            result = await route.handler(call, **arguments)
        except ServerError as error:
            return _refuse(error, headers)
        finally:
            if call is not None and call.upload is not None:
                # What the handler did not take away.
                await asyncio.shield(call.upload.drop())
        if isinstance(result, Response):
            # A stream, which is not written here.
            result.headers.extend({k: v for k, v in headers.items() if k not in result.headers})
            return result
        answer = result if isinstance(result, Answer) else Answer(result)
        return _write(answer.body, answer.status, headers | dict(answer.headers))

    return view


async def _admit(
    route: Route, services: Services, limits: Limits, *, headers: dict[str, str]
) -> Call:
    """Find out who calls and whether they may; raises ApiError or TooManyAttempts."""
    trusted = services.settings.trusted_proxies
    forwarded = request.headers.get("X-Forwarded-For")
    address = address_key(caller_address(request.remote_addr, forwarded, trusted))
    bearer = read_bearer(request.headers.get("Authorization"))
    if bearer is None:
        headers.update(_limit_headers(limits.take(limits.per_address, address)))
        if _PAGING & request.args.keys():
            limits.take(limits.paging, address)
        _require_open(route, services.settings)
        return Call(services, limits, await read_fields(request), None, None, address)
    headers["Cache-Control"] = "private, no-store"
    try:
        found, caller = await _identify(route, services, bearer)
    except ApiError:
        # Whoever shows no token that is good for this is counted as a stranger.
        headers.update(_limit_headers(limits.take(limits.per_address, address)))
        raise
    headers.update(_limit_headers(count_call(limits, found)))
    if found.is_use_due:
        await note_use(services.database, found)
    if route.takes_files and caller is not None and is_form_with_files(request):
        count = partial(limits.take, limits.uploads, str(caller.user.id))
        upload = await read_upload(request, services.settings, count=count)
        fields = Fields(list(request.args.items(multi=True)) + upload.pairs)
        return Call(services, limits, fields, found, caller, address, upload)
    fields = await read_fields(request)
    return Call(services, limits, fields, found, caller, address)


async def _identify(
    route: Route, services: Services, bearer: str
) -> tuple[FoundToken, Caller | None]:
    async def work(session: AsyncSession) -> tuple[FoundToken, Caller | None]:
        found = await find_valid_token(session, bearer)
        require_scope(found, route.scopes)
        if found.user is None and route.door is not Door.USER:
            # An app's own token sees what a stranger sees.
            if route.door is not Door.TOKEN:
                _require_open(route, services.settings)
            return found, None
        return found, await caller_of(session, found)

    return await services.database.look(work)


def _require_open(route: Route, settings: Settings) -> None:
    if route.door is Door.ANYONE:
        return
    if route.door is Door.DIRECTORY:
        if settings.directory is not Directory.PUBLIC:
            raise ApiError(401, errors.NEEDS_USER)
        return
    if route.door in _SHOWN:
        if settings.shown_to_strangers not in _SHOWN[route.door]:
            raise ApiError(401, errors.NEEDS_USER)
        return
    raise ApiError(401, errors.INVALID_TOKEN)


def count_call(limits: Limits, found: FoundToken) -> Allowance | None:
    """Count a call for its person and its token; raises TooManyAttempts above either limit."""
    if found.user is not None:
        limits.take(limits.per_user, str(found.user.id))
    return limits.take(limits.per_token, str(found.token.id))


def _limit_headers(allowance: Allowance | None) -> dict[str, str]:
    if allowance is None:
        return {}
    return {
        "X-RateLimit-Limit": str(allowance.limit),
        "X-RateLimit-Remaining": str(allowance.remaining),
        "X-RateLimit-Reset": api_time(allowance.resets_at),
    }


def _refuse(error: ServerError, headers: dict[str, str]) -> Response:
    refusal: Refusal = refusal_of(error)
    if isinstance(error, TooManyAttempts):
        headers = headers | _limit_headers(error.allowance)
    if refusal.status in {408, 413}:
        # What is still coming is not read.
        headers = headers | {"Connection": "close"}
    if refusal.status == 401:
        headers = headers | {"WWW-Authenticate": _challenge(refusal)}
    return _write(refusal.body(), refusal.status, headers)


def _challenge(refusal: Refusal) -> str:
    """Say how to sign in, and what is wrong with the token that was shown (RFC 6750 §3)."""
    realm = 'Bearer realm="Consilium"'
    if "Authorization" not in request.headers or refusal.description is not None:
        return realm
    return f'{realm}, error="invalid_token", error_description="{refusal.error}"'


def _write(body: Any, status: int, headers: Mapping[str, str]) -> Response:
    return Response(
        orjson.dumps(body),
        status=status,
        content_type=headers.get("Content-Type", "application/json; charset=utf-8"),
        headers=dict(headers),
    )
