"""/.well-known/webfinger, host-meta and NodeInfo; always unsigned (WIRE §3)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import orjson
from quart import Blueprint, Request, Response, request

from core.errors import InvalidDocument
from federation.nodeinfo import SCHEMA, VERSIONS, nodeinfo
from federation.uris import LocalUris, handle_parts
from federation.vocabulary import ACTIVITY_JSON, JRD_JSON
from webfinger.document import WebfingerDocument, write_webfinger

MAX_RESOURCE = 2048
_CORS = {"access-control-allow-origin": "*"}
FindLocalActor = Callable[[str], Awaitable[tuple[str, str] | None]]
SecondsToWait = Callable[[Request], int]


def webfinger_routes(
    find_local_actor: FindLocalActor,
    uris: LocalUris,
    *,
    seconds_to_wait: SecondsToWait = lambda _: 0,
    open_registrations: bool = False,
) -> Blueprint:
    """Make the routes; `find_local_actor(username)` gives (username, actor id) or None.

    `seconds_to_wait(request)` counts a question about a handle, and is more than 0 for who asks too
    often: nobody goes through a register of doctors by their names (E11).
    """
    blueprint = Blueprint("webfinger", __name__)

    @blueprint.get("/.well-known/webfinger")
    async def get_webfinger() -> Response:
        if wait := seconds_to_wait(request):
            answer = _json({"error": "too many requests"}, status=429)
            answer.headers["retry-after"] = str(wait)
            return answer
        asked = request.args.getlist("resource")
        if len(asked) != 1 or not asked[0] or len(asked[0]) > MAX_RESOURCE:
            return _json({"error": "give one resource"}, status=400)
        username = _username_of(asked[0], uris)
        found = await find_local_actor(username) if username else None
        if found is None:
            return _json({"error": "not found"}, status=404)
        name, actor_uri = found
        page = uris.base_url if actor_uri == uris.instance_actor else uris.profile_page(name)
        document = WebfingerDocument(
            f"acct:{uris.handle(name)}",
            actor_uri,
            page,
            subscribe=f"{uris.base_url}/authorize_interaction?uri={{uri}}",
            aliases=(actor_uri, page),
        )
        return _json(write_webfinger(document), kind=JRD_JSON)

    @blueprint.get("/.well-known/host-meta")
    async def get_host_meta() -> Response:
        template = f"{uris.base_url}/.well-known/webfinger?resource={{uri}}"
        body = (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            '<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">\n'
            f'  <Link rel="lrdd" type="{JRD_JSON}" template="{template}"/>\n'
            "</XRD>\n"
        )
        return Response(body, content_type="application/xrd+xml; charset=utf-8", headers=_CORS)

    _add_nodeinfo(blueprint, uris, open_registrations=open_registrations)
    return blueprint


def _add_nodeinfo(blueprint: Blueprint, uris: LocalUris, *, open_registrations: bool) -> None:
    """Serve NodeInfo to servers; scripts of other sites read only where it is (decision 0012)."""

    @blueprint.get("/.well-known/nodeinfo")
    async def get_nodeinfo_links() -> Response:
        links = [
            {"rel": SCHEMA + version, "href": f"{uris.base_url}/nodeinfo/{version}"}
            for version in VERSIONS
        ]
        # FEP-2677: the instance actor is found here too.
        links.append(
            {
                "rel": "https://www.w3.org/ns/activitystreams#Application",
                "type": ACTIVITY_JSON,
                "href": uris.instance_actor,
            }
        )
        return _json({"links": links})

    @blueprint.get("/nodeinfo/<version>")
    async def get_nodeinfo(version: str) -> Response:
        if version not in VERSIONS:
            return _json({"error": "not found"}, status=404)
        kind = f'application/json; profile="{SCHEMA}{version}#"'
        written = nodeinfo(
            version, open_registrations=open_registrations, name=uris.handle_domain
        )
        return _json(written, kind=kind, is_shared=False)


def _username_of(resource: str, uris: LocalUris) -> str | None:
    """Read `acct:name@host`, an actor's id, its page, or the instance itself (FEP-d556)."""
    if resource.startswith(("https://", "http://")):
        local = uris.parse(resource)
        if local is not None and local.username is None and resource.rstrip("/") in (
            uris.base_url,
            uris.instance_actor,
        ):
            return uris.instance_username
        return local.username if local is not None and local.id is None else None
    try:
        name, host = handle_parts(resource)
    except InvalidDocument:
        return None
    return name if host in (uris.handle_domain, uris.host) else None


def _json(
    value: object,
    *,
    status: int = 200,
    kind: str = "application/json",
    is_shared: bool = True,
) -> Response:
    """Write an answer; a shared one may be read by the scripts of any page."""
    headers = _CORS if is_shared else {}
    return Response(orjson.dumps(value), status=status, content_type=kind, headers=headers)
