"""GET /api/consilium/v1/openapi.json: what is beside Mastodon's API, described by OpenAPI 3.1."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Any

from api.consilium import (
    claims,
    colleagues,
    credential_offers,
    deciding,
    directory,
    map,
    practice,
    reactions,
    timelines,
)
from api.consilium.described import BASE, DESCRIBED, JSON, RING, Described
from api.consilium.shapes import ENTITIES, ID, TEXT, ref
from api.entities.instance import SOFTWARE_VERSION
from api.paging import public_base
from api.routing import Answer, Call, Door, Route
from doctors import ring_routes
from users.scopes import SCOPES

Json = dict[str, Any]
_MODULES = (
    claims,
    colleagues,
    credential_offers,
    deciding,
    directory,
    map,
    practice,
    reactions,
    timelines,
)
_HOLE = re.compile(r"<([^>]+)>")
_REFUSALS = {
    "401": "Nobody in particular calls, or the token is not good.",
    "403": "Not with this token, or not for this person.",
    "404": "There is no such thing, or not for the caller.",
    "422": "What was sent cannot be.",
    "429": "Too often for a moment.",
}
_WHO = {
    Door.ANYONE: "Anybody.",
    Door.PROFILES: "People who signed in; anybody where profiles are public.",
    Door.POSTS: "People who signed in; anybody where posts are public.",
    Door.DIRECTORY: "People who signed in; anybody where the directory is public.",
    Door.TOKEN: "Any token.",
    Door.USER: "People who signed in.",
}


async def get_openapi(call: Call) -> Answer:
    """Describe what this instance serves beside Mastodon's API."""
    document = describe() | {"servers": [{"url": public_base(call.services.settings)}]}
    return Answer(document)


@cache
def describe() -> Json:
    """Return the description, without where it is served; every route must be in `described`."""
    served = [*ROUTES, *(route for module in _MODULES for route in module.ROUTES)]
    paths: dict[str, Json] = {}
    for route in sorted(served, key=lambda one: one.path):
        told = DESCRIBED[(route.method, route.path.removeprefix(BASE))]
        paths.setdefault(_HOLE.sub(r"{\1}", route.path), {})[route.method.lower()] = (
            _operation(route, told)
        )
    paths[ring_routes.PATH] = {"get": _ring()}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Consilium, beside Mastodon's API",
            "version": SOFTWARE_VERSION,
            "description": "Badges and the way to them, practice, directory, map, colleagues.",
        },
        "paths": paths,
        "components": {
            "schemas": dict(ENTITIES),
            "responses": _refusals(),
            "securitySchemes": _schemes(),
        },
    }


def _operation(route: Route, told: Described) -> Json:
    is_read = route.method == "GET"
    parameters = [
        _parameter(name, "path", ID if name.endswith("id") else TEXT)
        for name in _HOLE.findall(route.path)
    ]
    if is_read:
        parameters += [_parameter(name, "query", each) for name, each in told.takes.items()]
    written: Json = {
        "operationId": _operation_id(route),
        "summary": (route.handler.__doc__ or "").strip().split("\n", 1)[0],
        "description": _WHO[route.door],
        "parameters": parameters,
        "responses": _responses(told),
        "security": _security(route),
    }
    if told.takes and not is_read:
        written["requestBody"] = _body(told, with_files=route.takes_files)
    return written


def _operation_id(route: Route) -> str:
    words = re.findall(r"[a-z]+", _HOLE.sub("", route.path.removeprefix(BASE)))
    is_one = route.path.endswith(">")
    return "_".join([route.method.lower(), *words, *(["one"] if is_one else [])])


def _parameter(name: str, place: str, schema: Json) -> Json:
    # Lists are sent as Rails reads them: `state[]=open&state[]=granted`.
    shown = f"{name}[]" if schema.get("type") == "array" else name
    return {"name": shown, "in": place, "required": place == "path", "schema": schema}


def _body(told: Described, *, with_files: bool) -> Json:
    schema = {"type": "object", "properties": dict(told.takes), "required": list(told.needs)}
    kinds = ["multipart/form-data"] if with_files else [JSON, "application/x-www-form-urlencoded"]
    return {"required": bool(told.needs), "content": {kind: {"schema": schema} for kind in kinds}}


def _responses(told: Described) -> Json:
    answer = {"description": "As asked.", "content": {told.kind: {"schema": told.answer}}}
    refused = {status: {"$ref": f"#/components/responses/{status}"} for status in _REFUSALS}
    return {"200": answer} | refused


def _refusals() -> Json:
    content = {JSON: {"schema": ref("Error")}}
    return {
        status: {"description": words, "content": content} for status, words in _REFUSALS.items()
    }


def _security(route: Route) -> list[Json]:
    """Return the alternatives: one of the scopes, or nothing where strangers may call."""
    with_scope: list[Json] = [{"oauth": [scope]} for scope in route.scopes]
    is_open = route.door in {Door.ANYONE, Door.PROFILES, Door.POSTS, Door.DIRECTORY}
    return with_scope + ([{}] if is_open else [])


def _ring() -> Json:
    return {
        "operationId": "get_ring_directory",
        "summary": "Let the instance of a clinical peer look for doctors who live here.",
        "description": "Clinical peers, signed by their instance actor. Who asks is not sent.",
        "parameters": [_parameter(name, "query", each) for name, each in RING.takes.items()],
        "responses": _responses(RING),
        "security": [{"httpSignature": []}],
    }


def _schemes() -> Json:
    return {
        "oauth": {
            "type": "oauth2",
            "flows": {
                "authorizationCode": {
                    "authorizationUrl": "/oauth/authorize",
                    "tokenUrl": "/oauth/token",
                    "scopes": _scopes(SCOPES),
                }
            },
        },
        "httpSignature": {
            "type": "http",
            "scheme": "signature",
            "description": "HTTP Message Signatures (RFC 9421) or draft-cavage-12.",
        },
    }


def _scopes(names: Iterable[str]) -> dict[str, str]:
    return {name: "" for name in sorted(names)}


ROUTES = (Route("GET", f"{BASE}/openapi.json", get_openapi, Door.ANYONE),)
