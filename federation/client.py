"""The only outbound HTTP of the house: gated, limited, signed, never redirected blindly."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin, urlsplit

import aiohttp
from yarl import URL

from core.clock import now
from core.errors import (
    FetchFailed,
    FetchUnavailable,
    Gone,
    HostRefused,
    InvalidDocument,
    NotFound,
    Untrusted,
    Withheld,
)
from federation.addresses import AddressGate
from federation.documents.lenient import Document, JsonObject, read_document, read_json
from federation.origin import host_of, normal_uri, origin_of, same_origin
from federation.resolver import CONNECT_S, GatedResolver, Resolve, resolve_with_system
from federation.signatures import cavage
from federation.vocabulary import ACCEPT, ACTIVITY_JSON, AS_PROFILE, CREDENTIAL_JSON, LD_JSON

MAX_RESPONSE_BYTES = 1024 * 1024
MAX_REDIRECTS = 3
MAX_PER_HOST = 4
TOTAL_S, READ_S = 30.0, 10.0
LONGEST_RETRY_AFTER = timedelta(hours=24)
USER_AGENT = "Consilium/0.1 (ActivityPub)"
_CREDENTIAL_KINDS = frozenset({CREDENTIAL_JSON, "application/vc+ld+json"})
_ACCEPT_CREDENTIAL = f"{CREDENTIAL_JSON}, {ACTIVITY_JSON};q=0.8"


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs a request: the key's id and the RSA private key as PEM."""

    key_id: str
    private_pem: bytes


@dataclass(frozen=True, slots=True)
class PostReply:
    """A remote inbox's answer; `retry_after` is clamped to 1 s … 24 h."""

    status: int
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class _Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


class Client:
    """The outbound client of one process.

    `may_talk_to(host)` is the peer policy, asked before anything is looked up; `own_host` is never
    fetched; `signer` is the instance actor, None before there is one.
    """

    def __init__(
        self,
        *,
        gate: AddressGate,
        own_host: str,
        may_talk_to: Callable[[str], Awaitable[bool]],
        signer: Callable[[], Awaitable[Signer]] | None = None,
        resolve: Resolve = resolve_with_system,
        total_s: float = TOTAL_S,
    ) -> None:
        self._gate = gate
        self._own_host = own_host
        self._may_talk_to = may_talk_to
        self._signer = signer
        self._resolve = resolve
        self._timeout = aiohttp.ClientTimeout(
            total=total_s, sock_connect=min(CONNECT_S, total_s), sock_read=min(READ_S, total_s)
        )
        self._http: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Close all connections."""
        if self._http is not None:
            await self._http.close()
            self._http = None

    async def fetch_document(self, uri: str) -> Document:
        """Fetch an ActivityPub document with a signed GET and check that it is what was asked for.

        The final address must be of the same origin, the type ActivityPub's, and the document's id
        its address; where the id is another, that is fetched once and must then be itself
        (FEP-fe34). Raises HostRefused, NotFound, Gone, FetchFailed, Untrusted, FetchUnavailable.
        """
        document = await self._fetch_once(uri)
        if self._is_named(document, uri):
            return document
        if document.id is None:
            raise Untrusted(f"{uri}: the document has no id")
        again = await self._fetch_once(document.id)
        if not self._is_named(again, document.id):
            raise Untrusted(f"{uri}: the document's id is not where it is")
        return again

    @staticmethod
    def _is_named(document: Document, uri: str) -> bool:
        if document.id is None:
            return False
        return normal_uri(document.id) == normal_uri(uri.partition("#")[0])

    async def _fetch_once(self, uri: str) -> Document:
        reply = await self._get(uri.partition("#")[0], accept=ACCEPT, signed=True)
        if not _is_activity_json(reply.headers.get("content-type", "")):
            raise FetchFailed(f"{uri}: not an ActivityPub document")
        if not same_origin(reply.url, uri):
            raise Untrusted(f"{uri}: redirected to another origin")
        return read_document(reply.body)

    async def fetch_credential(self, uri: str) -> Document:
        """Fetch a credential or a status list from its own id, with a signed GET.

        Raises as `fetch_document` does, and Untrusted for a document with another id: an issuer
        says each thing in one place.
        """
        reply = await self._get(uri, accept=_ACCEPT_CREDENTIAL, signed=True)
        content_type = reply.headers.get("content-type", "")
        kind = content_type.partition(";")[0].strip().lower()
        if kind not in _CREDENTIAL_KINDS and not _is_activity_json(content_type):
            raise FetchFailed(f"{uri}: not a credential")
        document = read_document(reply.body)
        if not same_origin(reply.url, uri) or not self._is_named(document, uri):
            raise Untrusted(f"{uri}: the credential is not at its own id")
        return document

    async def fetch_json(self, url: str, *, accept: str = "application/json") -> JsonObject:
        """Fetch some other JSON (WebFinger, NodeInfo), unsigned; raises as `fetch_document`."""
        reply = await self._get(url, accept=accept, signed=False)
        if "json" not in reply.headers.get("content-type", ""):
            raise FetchFailed(f"{url}: not JSON")
        return read_json(reply.body)

    async def post_activity(
        self, inbox: str, body: bytes, *, signer: Signer, judged_host: str | None = None
    ) -> PostReply:
        """POST a signed activity once; the answer is a status, redirects are not followed.

        `judged_host` is a host about which the policy was asked a moment ago, with many others.
        Raises FetchUnavailable when there was no answer, HostRefused when it may not be dialled.
        """
        inbox = _as_sent(inbox)
        await self._check(inbox, judged_host=judged_host)
        headers = await asyncio.to_thread(
            cavage.sign,
            "POST",
            inbox,
            key_id=signer.key_id,
            private_pem=signer.private_pem,
            moment=now(),
            body=body,
            headers={"content-type": ACTIVITY_JSON},
        )
        reply = await self._request("POST", inbox, headers=headers, body=body, limit=16 * 1024)
        return PostReply(reply.status, _retry_after(reply.headers.get("retry-after")))

    async def _get(self, url: str, *, accept: str, signed: bool) -> _Reply:
        for _ in range(MAX_REDIRECTS + 1):
            url = _as_sent(url)
            await self._check(url)
            headers = {"accept": accept, **(await self._signature(url) if signed else {})}
            reply = await self._request("GET", url, headers=headers, limit=MAX_RESPONSE_BYTES)
            location = reply.headers.get("location")
            if reply.status not in (301, 302, 303, 307, 308) or location is None:
                return _judged(reply)
            url = _redirected(url, location)
        raise FetchFailed(f"{url}: redirected more than {MAX_REDIRECTS} times")

    async def _signature(self, url: str) -> dict[str, str]:
        if self._signer is None:
            return {}
        signer = await self._signer()
        return await asyncio.to_thread(
            cavage.sign,
            "GET",
            url,
            key_id=signer.key_id,
            private_pem=signer.private_pem,
            moment=now(),
        )

    async def _check(self, url: str, *, judged_host: str | None = None) -> None:
        """Refuse before anything is dialled: form, our own host, the gate, the policy."""
        try:
            scheme, host = origin_of(url)
        except InvalidDocument as error:
            raise HostRefused(str(error)) from error
        if host == self._own_host:
            raise HostRefused(f"{url}: this is our own host")
        parts = urlsplit(url)
        name = parts.hostname or ""
        self._gate.check_host(name, parts.port or (443 if scheme == "https" else 80), scheme)
        literal = _ip_literal(name)
        if literal is not None:
            # aiohttp skips the resolver for literals.
            self._gate.addresses(name, [literal])
        if host != judged_host and not await self._may_talk_to(host):
            raise HostRefused(f"{host}: not a peer of this instance")

    async def _request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        limit: int,
        body: bytes | None = None,
    ) -> _Reply:
        try:
            async with asyncio.timeout(self._timeout.total):
                async with self._session().request(
                    method,
                    URL(url, encoded=True),
                    data=body,
                    headers={"user-agent": USER_AGENT, **headers},
                    allow_redirects=False,
                ) as answer:
                    content = await _read(answer, limit)
                    found = {name.lower(): value for name, value in answer.headers.items()}
                    return _Reply(answer.status, found, content, url)
        except aiohttp.ClientConnectorError as error:
            if isinstance(error.__cause__, HostRefused):
                raise error.__cause__ from error
            raise FetchUnavailable(f"{host_of(url)}: no connection") from error
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise FetchUnavailable(f"{host_of(url)}: {type(error).__name__}") from error

    def _session(self) -> aiohttp.ClientSession:
        if self._http is None:
            connector = aiohttp.TCPConnector(
                resolver=GatedResolver(self._gate, self._resolve),
                limit=100,
                limit_per_host=MAX_PER_HOST,
                use_dns_cache=False,
                keepalive_timeout=30,
            )
            self._http = aiohttp.ClientSession(
                connector=connector,
                timeout=self._timeout,
                cookie_jar=aiohttp.DummyCookieJar(),
                max_line_size=8190,
                max_field_size=8190,
                # A compressed answer is inflated within the same limit as a plain one.
                auto_decompress=True,
            )
        return self._http


async def _read(answer: aiohttp.ClientResponse, limit: int) -> bytes:
    parts, size = [], 0
    async for part in answer.content.iter_chunked(64 * 1024):
        size += len(part)
        if size > limit:
            answer.close()
            raise FetchFailed(f"{answer.url}: the answer is larger than {limit} bytes")
        parts.append(part)
    return b"".join(parts)


def _judged(reply: _Reply) -> _Reply:
    if reply.status == 200:
        return reply
    if reply.status == 410:
        raise Gone(f"{reply.url}: gone")
    if reply.status in (401, 403):
        raise Withheld(f"{reply.url}: answered {reply.status}")
    if reply.status == 404:
        raise NotFound(f"{reply.url}: answered 404")
    if reply.status in (408, 429) or reply.status >= 500:
        raise FetchUnavailable(f"{reply.url}: answered {reply.status}")
    raise FetchFailed(f"{reply.url}: answered {reply.status}")


def _is_activity_json(content_type: str) -> bool:
    kind, _, parameters = content_type.partition(";")
    kind = kind.strip().lower()
    return kind == ACTIVITY_JSON or (kind == LD_JSON and AS_PROFILE in parameters)


def _redirected(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError as error:
        raise FetchFailed(f"{url}: redirected to no address") from error


def _as_sent(url: str) -> str:
    # The library must send what was signed: it is given only what it need not quote.
    try:
        return url if url.isascii() else normal_uri(url)
    except InvalidDocument as error:
        raise HostRefused(str(error)) from error


def _ip_literal(name: str) -> str | None:
    try:
        socket.inet_pton(socket.AF_INET6 if ":" in name else socket.AF_INET, name)
    except OSError:
        return None
    return name


def _retry_after(value: str | None) -> timedelta | None:
    if value is None:
        return None
    try:
        asked = (
            timedelta(seconds=int(value))
            if value.strip().isdigit() and len(value) < 12
            else parsedate_to_datetime(value) - now()
        )
    except (ValueError, TypeError, OverflowError):
        return None
    return max(timedelta(seconds=1), min(asked, LONGEST_RETRY_AFTER))
