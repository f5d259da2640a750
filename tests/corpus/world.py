"""Every host of the corpus on one socket: its documents, and the people who are named in them.

What is asked for is found by host and path. Whoever signs has a real key of ours, in the document
that was recorded of them or in one that is made up.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson
from aiohttp import web

from corpus.documents import IS_THERE, Recorded, moved, objects
from fakes.actor import FakeActor
from fakes.remote import FakeRemote
from fakes.server import Received
from fakes.signing import ACTIVITY_JSON
from federation.vocabulary import ACTOR_TYPES, JRD_JSON, POST_TYPES

_COLLECTIONS = frozenset({"OrderedCollection", "Collection", "OrderedCollectionPage"})


class Resident(FakeActor):
    """Somebody at an address of the corpus; `recorded` is their document, if there is one."""

    def __init__(self, world: World, uri: str, recorded: dict[str, Any] | None) -> None:
        name = re.sub(r"\W", "_", urlsplit(uri).path.rstrip("/").rpartition("/")[2]) or "somebody"
        known = recorded or {}
        super().__init__(world, "", str(known.get("preferredUsername") or name), "Person")
        self.uri, self.recorded = uri, recorded
        self.key_id = f"{uri}#main-key"

    def document(self) -> dict[str, Any]:
        """What is known of them, with a key that signs; home is where they live."""
        made = {**super().document(), "endpoints": None, "url": self.uri}
        made |= self.recorded or {}
        own = {"id": self.key_id, "owner": self.uri, "publicKeyPem": self.public_pem}
        return {name: value for name, value in (made | {"publicKey": own}).items() if value}


class World(FakeRemote):
    """All hosts at once. What a test serves with `publish` goes before what is known of them."""

    def __init__(self) -> None:
        super().__init__("world")
        self.published: dict[str, bytes] = {}
        self.known: dict[str, bytes] = {}
        self.webfingers: dict[str, bytes] = {}
        self.residents: dict[str, Resident] = {}

    def settle(self) -> None:
        """Learn what the corpus says of all hosts; not what a hostile one says."""
        if not IS_THERE:
            return
        honest = [one for one in moved(self.port) if not one.is_hostile]
        for one in honest:
            self._learn(one)
        for one in moved(self.port):
            self._settle_people(one)

    def forget(self) -> None:
        """Serve again what is known, and nothing else."""
        self.published.clear()
        self.webfingers.clear()
        self.journal.clear()

    def address(self, host: str, path: str) -> str:
        return f"http://{host}.localhost:{self.port}{path}"

    def publish(self, uri: str, body: bytes) -> None:
        """Serve these bytes at an address, whatever they say of themselves."""
        self.published[_key(uri)] = body

    def withdraw(self, uri: str) -> None:
        """Serve what is known at an address again."""
        self.published.pop(_key(uri), None)

    def serves(self, uri: str) -> bool:
        """Tell whether anything is at an address."""
        return self._found(_key(uri)) is not None

    def resident(self, uri: str) -> Resident:
        """The person at an address, made up where nobody knows them."""
        key = _key(uri)
        if key not in self.residents:
            self.residents[key] = Resident(self, uri.partition("#")[0], None)
        return self.residents[key]

    def _learn(self, one: Recorded) -> None:
        for part in objects(one.json):
            uri, kinds = part.get("id"), _types(part)
            if not isinstance(uri, str) or not uri.startswith("http") or "#" in uri:
                continue
            if "inbox" in part:
                self.residents.setdefault(_key(uri), Resident(self, uri, part))
            elif (kinds & (POST_TYPES | _COLLECTIONS) or "actor" in part) and len(part) > 3:
                self.known.setdefault(_key(uri), orjson.dumps(part))

    def _settle_people(self, one: Recorded) -> None:
        for part in objects(one.json):
            if _types(part) & ACTOR_TYPES:
                continue
            for value in (part.get("actor"), part.get("attributedTo")):
                for named in value if isinstance(value, list) else [value]:
                    uri = named.get("id") if isinstance(named, dict) else named
                    if isinstance(uri, str) and uri.startswith("http"):
                        self.resident(uri)
            about = part.get("object")
            if part.get("type") == "Announce" and isinstance(about, dict) and "actor" in about:
                # Only groups pass on what others did.
                self.resident(part["actor"]).kind = "Group"

    # Answering

    def read(self, received: Received) -> web.Response:
        host = dict(received.headers)["host"]
        path, _, query = received.path.partition("?")
        if received.method == "POST":
            return super().read(received)
        if path == "/.well-known/webfinger":
            return self._handle(host, dict(parse_qsl(query)).get("resource", ""))
        body = self._found(_key(f"http://{host}{received.path}"))
        if body is None:
            return web.Response(status=404)
        return web.Response(body=body, content_type=ACTIVITY_JSON)

    def _found(self, key: str) -> bytes | None:
        if key in self.published:
            return self.published[key]
        if key in self.residents:
            return orjson.dumps(self.residents[key].document())
        return self.known.get(key)

    def _handle(self, host: str, resource: str) -> web.Response:
        if host in self.webfingers:
            return web.Response(body=self.webfingers[host], content_type=JRD_JSON)
        name = resource.removeprefix("acct:").partition("@")[0].lower()
        for one in self.residents.values():
            if one.username.lower() == name and urlsplit(one.uri).netloc == host:
                link = {"rel": "self", "type": ACTIVITY_JSON, "href": one.uri}
                found = {"subject": f"acct:{one.username}@{host}", "links": [link]}
                return web.Response(body=orjson.dumps(found), content_type=JRD_JSON)
        return web.Response(status=404)


def _types(part: dict[str, Any]) -> set[str]:
    kinds = part.get("type")
    return {kind for kind in (kinds if isinstance(kinds, list) else [kinds]) if kind}


def _key(uri: str) -> str:
    # As it is asked for: without the fragment, and with a path.
    parts = urlsplit(uri)
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.netloc}{parts.path or '/'}{query}"
