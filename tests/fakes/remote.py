"""A fake remote server on a real socket: it checks our signatures, and it can misbehave.

    with FakeRemote("b") as remote:
        bob = remote.person("bob")                      # keys, document, WebFinger, collections
        note = bob.note("<p>Bonjour</p>")               # served at note["id"]
        reply = await bob.post(inbox, bob.create(note))             # signed POST: reply.status
        reply = await bob.post(inbox, activity, date=long_ago)      # knobs: signing.sign_request
        reply = await remote.get(url)                   # signed by the remote's instance actor
        reply = await remote.get(url, signed=False)

What comes in is in `remote.journal` (`Received`: method, path, headers, body, json, verified,
reason); `remote.activities("Accept")` are the activities that came to any inbox,
`remote.gets(path)` the reads; `await remote.wait_for("Accept")` waits for one.

It serves what `remote.serve(document)` was given (at the document's id), every actor, WebFinger,
NodeInfo, and `remote.collection(uri, items)`. `remote.remove(uri)` makes it 404, `gone=True` 410.
A path can be scripted: `remote.script("/inbox", status=503, times=2)`, also `headers`, `delay_s`,
`body`, `content_type`, `redirect`, `hang`, `drip_s` (a byte at a time, until `remote.release()`),
`drop` (closes the connection without an answer).
`remote.refuse()` refuses connections until `remote.accept()`.

`remote.reads` are the signatures that it understands (`cavage`, `rfc9421`, `ed25519`); others get
the answer `unread_status` (401), with the Accept-Signature header `asks_for`, if any. With
`announces` its actors say that they read RFC 9421 (FEP-844e); one that `leaves_query_out` verifies
as Mastodon before 4.3 did.

Every signature of ours is checked with `signing.why_refused`, or `message_signatures` for RFC 9421,
against the key in our own document:
asked for over HTTP, or, where no server of ours runs, in `remote.keys[key_id] = pem`, or from
`remote.mount(app)`, which also lets `post` and `get` reach an app without a socket. With
`checks_gets = True` an unsigned or wrongly signed GET is answered 401; a POST always is if its
signature is wrong.

The server runs in a thread of its own: it answers while a test blocks. In a test that is not
async, `remote.run(remote.post(…))`.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import aiohttp
from aiohttp import web
from quart import Quart

from fakes.actor import AS, FakeActor
from fakes.message_signatures import sign_message
from fakes.proofs import credential, status_list
from fakes.sending import send_outside, send_to_app
from fakes.server import Received, Reply, Server, path_of
from fakes.signing import ACTIVITY_JSON, Request, sign_request

WAIT_S = 10.0


class FakeRemote(Server):
    """One remote server; see the module's docstring."""

    def __init__(self, name: str = "b", *, domain: str | None = None) -> None:
        super().__init__()
        self.host = f"{name}.localhost:{self.port}"
        self.domain = domain or self.host
        self.base_url = f"http://{self.host}"
        # Where its people decide about following others, with `{uri}` in it.
        self.subscribe: str | None = None
        self.shared_inbox = f"{self.base_url}/inbox"
        self.documents: dict[str, dict[str, Any]] = {}
        self.actors: dict[str, FakeActor] = {}
        self.checks_gets = False
        self.software = "mastodon"
        self.announces = False
        self.unread_status = 401
        self.asks_for = ""
        self._gone: dict[str, int] = {}
        self._mounted: dict[str, tuple[Quart, asyncio.AbstractEventLoop]] = {}
        self.instance = self._add(FakeActor(self, "/actor", f"{name}.localhost", "Application"))

    # What there is to read

    def person(
        self, username: str = "bob", *, kind: str = "Person", **properties: Any
    ) -> FakeActor:
        """Add an actor; `properties` replace what its document says (None leaves one out)."""
        return self._add(FakeActor(self, f"/users/{username}", username, kind, **properties))

    def _add(self, actor: FakeActor) -> FakeActor:
        self.actors[urlsplit(actor.uri).path] = actor
        return actor

    def serve(self, document: dict[str, Any], *, at: str | None = None) -> dict[str, Any]:
        """Serve a document at its id, or at another address; return it."""
        self.documents[path_of(at or document["id"])] = document
        return document

    def remove(self, uri: str, *, gone: bool = False) -> None:
        """Answer 404, or 410, where something was."""
        self._gone[path_of(uri)] = 410 if gone else 404

    def collection(self, uri: str, items: Sequence[Any], *, page_size: int | None = None) -> None:
        """Serve a collection, whole or by pages."""
        head = {"@context": AS, "id": uri, "type": "OrderedCollection", "totalItems": len(items)}
        if page_size is None:
            self.serve({**head, "orderedItems": list(items)})
            return
        starts = range(0, max(len(items), 1), page_size)
        self.serve({**head, "first": f"{uri}?page=0"})
        for number, start in enumerate(starts):
            page = {"@context": AS, "id": f"{uri}?page={number}", "type": "OrderedCollectionPage",
                    "partOf": uri, "orderedItems": list(items[start : start + page_size])}
            if number + 1 < len(starts):
                page["next"] = f"{uri}?page={number + 1}"
            self.serve(page)

    def issue(
        self, subject: FakeActor, issuer: FakeActor, index: int, changes: Mapping[str, Any]
    ) -> str:
        """Serve a proven credential and its list; see `FakeActor.credential`."""
        uri = f"{issuer.remote.base_url}/credentials/{index}"
        lists = f"{issuer.remote.base_url}/credentials/status/1"
        written = credential(
            uri=uri,
            issuer=issuer.uri,
            subject=subject.uri,
            status_list=lists,
            index=index,
            **changes,
        )
        issuer.remote.serve(issuer.prove(written))
        if path_of(lists) not in issuer.remote.documents:
            issuer.remote.serve_status_list()
        subject.properties["credentials"] = [uri]
        return uri

    def serve_status_list(self, *, revoked: Iterable[int] = ()) -> dict[str, Any]:
        """Serve the proven status list `/credentials/status/1` with these bits set."""
        uri = f"{self.base_url}/credentials/status/1"
        written = status_list(uri=uri, issuer=self.instance.uri, revoked=set(revoked))
        return self.serve(self.instance.prove(written))

    # What came in

    def activities(self, kind: str | None = None) -> list[dict[str, Any]]:
        """Return the activities that came to any inbox, oldest first."""
        posted = [entry.json for entry in list(self.journal) if entry.method == "POST"]
        return [activity for activity in posted if kind is None or activity["type"] == kind]

    def gets(self, path: str = "") -> list[Received]:
        """Return the GETs of paths that begin so."""
        return [e for e in list(self.journal) if e.method == "GET" and e.path.startswith(path)]

    async def wait_for(
        self, kind: str, *, count: int = 1, timeout_s: float = WAIT_S
    ) -> dict[str, Any]:
        """Wait for the `count`-th activity of a type and return it."""
        deadline = time.monotonic() + timeout_s
        while len(found := self.activities(kind)) < count:
            assert time.monotonic() < deadline, f"no {kind} came: {self.activities()}"
            await asyncio.sleep(0.02)
        return found[count - 1]

    # What goes out

    def mount(self, app: Quart) -> None:
        """Reach an app of ours without a socket; call it in the loop in which the app runs."""
        host = urlsplit(app.extensions["consilium"]["database"].settings.base_url).netloc
        self._mounted[host] = (app, asyncio.get_running_loop())

    async def post(
        self, inbox: str, activity: Any, *, actor: FakeActor | None = None, **knobs: Any
    ) -> Reply:
        """POST an activity (a dict, or bytes as they are), signed by an actor of this remote."""
        body = activity if isinstance(activity, bytes) else json.dumps(activity).encode()
        return await self.send(self.sign("POST", inbox, body=body, actor=actor, **knobs))

    async def get(
        self, url: str, *, actor: FakeActor | None = None, signed: bool = True, **knobs: Any
    ) -> Reply:
        """GET a document, signed by the instance actor unless another is given."""
        if not signed:
            knobs["header"] = ""
        return await self.send(self.sign("GET", url, actor=actor, **knobs))

    def sign(
        self,
        method: str,
        url: str,
        *,
        actor: FakeActor | None = None,
        scheme: str = "cavage",
        **knobs: Any,
    ) -> Request:
        """Return a signed request without sending it.

        `scheme` is `cavage`, or `rfc9421` or `ed25519`: then the knobs are `sign_message`'s.
        """
        signer = actor or self.instance
        defaults: dict[str, Any] = {"key": signer.key, "key_id": signer.key_id}
        if scheme == "ed25519":
            defaults = {"key": signer.proof_key, "key_id": signer.proof_key_id}
        sign = sign_request if scheme == "cavage" else sign_message
        return sign(method, url, **{**defaults, **knobs})

    async def send(self, request: Request) -> Reply:
        """Send a request: over a socket, or into a mounted app."""
        host = urlsplit(request.url).netloc
        if host in self._mounted:
            return await self._send_inside(request, *self._mounted[host])
        return await send_outside(request)

    async def _send_inside(
        self, request: Request, app: Quart, loop: asyncio.AbstractEventLoop
    ) -> Reply:
        if asyncio.get_running_loop() is loop:
            return await send_to_app(request, app)
        work = asyncio.run_coroutine_threadsafe(send_to_app(request, app), loop)
        return await asyncio.wrap_future(work)

    # Answering

    def read(self, received: Received) -> web.Response:
        if received.scheme is not None and received.scheme not in self.reads:
            return self._unread()
        if received.method == "POST":
            return web.Response(status=202) if received.verified else self._unread()
        path, _, query = received.path.partition("?")
        if received.path in self._gone or path in self._gone:
            return web.Response(status=self._gone.get(received.path) or self._gone[path])
        if path == "/.well-known/webfinger":
            return self._webfinger(dict(parse_qsl(query)).get("resource", ""))
        if path.startswith(("/.well-known/nodeinfo", "/nodeinfo")):
            return _json(self._nodeinfo(path), kind="application/json")
        if self.checks_gets and path != "/actor" and not received.verified:
            return self._unread(401)
        document = self._document(received.path) or self._document(path)
        return web.Response(status=404) if document is None else _json(document)

    def _unread(self, status: int | None = None) -> web.Response:
        asked = {"accept-signature": self.asks_for} if self.asks_for else {}
        return web.Response(status=status or self.unread_status, headers=asked)

    async def fetch_key(self, key_id: str) -> str | None:
        try:
            document = (await self.get(key_id.partition("#")[0])).json
            keys = document["publicKey"]
        except (aiohttp.ClientError, ValueError, KeyError, TimeoutError):
            return None
        keys = keys if isinstance(keys, list) else [keys]
        for key in (*keys, *document.get("assertionMethod", [])):
            if key["id"] == key_id and document["id"] == key.get("owner", key.get("controller")):
                public: str = key.get("publicKeyPem") or key["publicKeyMultibase"]
                return public
        return None

    def _document(self, path: str) -> dict[str, Any] | None:
        if path in self.documents:
            return self.documents[path]
        if path in self.actors:
            return self.actors[path].document()
        owner, _, name = path.rpartition("/")
        if owner in self.actors and name in ("outbox", "followers", "following", "featured"):
            uri = self.base_url + path
            return {"@context": AS, "id": uri, "type": "OrderedCollection", "totalItems": 0,
                    "orderedItems": []}
        return None

    def _webfinger(self, resource: str) -> web.Response:
        name, _, host = resource.removeprefix("acct:").partition("@")
        for actor in self.actors.values():
            if actor.username.lower() == name.lower() and host in (self.domain, self.host):
                links = [{"rel": "self", "type": ACTIVITY_JSON, "href": actor.uri}]
                if self.subscribe is not None:
                    rel = "http://ostatus.org/schema/1.0/subscribe"
                    links.append({"rel": rel, "template": self.subscribe})
                found = {"subject": f"acct:{actor.handle}", "links": links}
                return _json(found, kind="application/jrd+json")
        return web.Response(status=404)

    def _nodeinfo(self, path: str) -> dict[str, Any]:
        schema = "http://nodeinfo.diaspora.software/ns/schema/2.0"
        if path.startswith("/.well-known"):
            links = [
                (schema, f"{self.base_url}/nodeinfo/2.0"),
                (f"{AS}#Application", self.instance.uri),
            ]
            return {"links": [{"rel": rel, "href": href} for rel, href in links]}
        return {"version": "2.0", "software": {"name": self.software, "version": "4.5"},
                "protocols": ["activitypub"]}


def _json(document: Mapping[str, Any], *, kind: str = ACTIVITY_JSON) -> web.Response:
    return web.Response(text=json.dumps(document), content_type=kind)
