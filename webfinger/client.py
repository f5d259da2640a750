"""Asking another host who a handle is."""

from __future__ import annotations

from urllib.parse import quote

from core.errors import FetchFailed, InvalidDocument
from federation.client import Client
from federation.origin import normal_uri
from federation.uris import handle_parts
from federation.vocabulary import JRD_JSON
from webfinger.document import WebfingerDocument, read_webfinger


async def fetch_webfinger(
    client: Client, username: str, host: str, *, scheme: str = "https"
) -> WebfingerDocument:
    """Ask `host` who `acct:username@host` is; raises as `Client.fetch_json` does."""
    resource = quote(f"acct:{username}@{host}", safe="")
    url = f"{scheme}://{host}/.well-known/webfinger?resource={resource}"
    return read_webfinger(await client.fetch_json(url, accept=f"{JRD_JSON}, application/json"))


async def find_actor_uri(client: Client, handle: str, *, scheme: str = "https") -> str:
    """Return the actor's id that a handle's own host names; it still has to point back.

    Raises FetchFailed when the host names none.
    """
    username, host = handle_parts(handle)
    if host is None:
        raise InvalidDocument(f"no handle of another host: {handle[:100]!r}")
    found = await fetch_webfinger(client, username, host, scheme=scheme)
    if found.actor_uri is None:
        raise FetchFailed(f"{handle}: its host names no actor")
    return normal_uri(found.actor_uri)


async def proves(
    client: Client, username: str, domain: str, *, actor_uri: str, scheme: str = "https"
) -> bool:
    """Tell whether `domain` says that `username@domain` is this actor (E03, E04, E09)."""
    found = await fetch_webfinger(client, username, domain, scheme=scheme)
    try:
        name, host = handle_parts(found.subject)
        same_actor = found.actor_uri and normal_uri(found.actor_uri) == normal_uri(actor_uri)
    except InvalidDocument:
        return False
    return bool(same_actor) and name.lower() == username.lower() and host == domain
