"""The only outbound HTTP of the house: gated, limited, signed, never redirected blindly."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import BinaryIO
from urllib.parse import urlencode, urljoin

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
from federation.files import FILE_ACCEPT, Download, KindOf, Receiver
from federation.knocking import Knocker, Letter, NoteScheme, SchemeOf, Signer
from federation.origin import host_of, normal_uri, same_origin
from federation.pages import PAGE_ACCEPT, Page, read_head, read_page
from federation.resolver import Resolve, resolve_with_system
from federation.transport import Read, Reply, Transport
from federation.vocabulary import ACCEPT, ACTIVITY_JSON, AS_PROFILE, CREDENTIAL_JSON, LD_JSON

__all__ = ["Client", "PostReply", "Signer"]

MAX_RESPONSE_BYTES = 1024 * 1024
MAX_ANSWER_BYTES = 16 * 1024
MAX_REDIRECTS = 3
TOTAL_S = 30.0
# A page is worth less waiting than a document.
PAGE_S = 10.0
PUSH_S = 10.0
LONGEST_RETRY_AFTER = timedelta(hours=24)
_CREDENTIAL_KINDS = frozenset({CREDENTIAL_JSON, "application/vc+ld+json"})
_ACCEPT_CREDENTIAL = f"{CREDENTIAL_JSON}, {ACTIVITY_JSON};q=0.8"


@dataclass(frozen=True, slots=True)
class PostReply:
    """A remote inbox's answer; `retry_after` is clamped to 1 s … 24 h."""

    status: int
    retry_after: timedelta | None = None


class Client:
    """The outbound client of one process.

    `may_talk_to(host)` is the peer policy, asked before anything is looked up; `own_host` is never
    fetched; `signer` is the instance actor, None before there is one. `scheme_of` and
    `note_scheme` are what is remembered of the signatures that hosts understand.
    """

    def __init__(
        self,
        *,
        gate: AddressGate,
        own_host: str,
        may_talk_to: Callable[[str], Awaitable[bool]],
        signer: Callable[[], Awaitable[Signer]] | None = None,
        scheme_of: SchemeOf | None = None,
        note_scheme: NoteScheme | None = None,
        resolve: Resolve = resolve_with_system,
        total_s: float = TOTAL_S,
    ) -> None:
        self._transport = Transport(
            gate=gate,
            own_host=own_host,
            may_talk_to=may_talk_to,
            resolve=resolve,
            total_s=total_s,
        )
        self._knocker = Knocker(self._transport, scheme_of=scheme_of, note_scheme=note_scheme)
        self._signer = signer

    async def close(self) -> None:
        """Close all connections."""
        await self._transport.close()

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

    async def ask_peer(self, url: str) -> JsonObject:
        """Ask another instance something beside ActivityPub, with a GET that the instance signs.

        What is asked is for its host alone: a redirect is not followed. Raises as `fetch_document`.
        """
        url = _as_sent(url)
        await self._transport.check(url)
        headers = {"accept": "application/json"}
        letter = Letter("GET", url, headers, MAX_ANSWER_BYTES)
        reply = _judged(await self._send(letter, signed=True, read=None, timeout_s=None))
        if "json" not in reply.headers.get("content-type", ""):
            raise FetchFailed(f"{url}: not JSON")
        return read_json(reply.body)

    async def ask_service(
        self, url: str, *, headers: Mapping[str, str], accept: str = "application/json"
    ) -> JsonObject:
        """GET JSON of a service that the instance's settings name: no peer, nothing signed.

        Its host is not asked of the policy, its address is within the gate all the same. It is
        told `headers`, so a redirect is never followed. Raises as `fetch_document`.
        """
        return await self._ask_service("GET", url, headers={"accept": accept, **headers})

    async def tell_service(
        self, url: str, form: Mapping[str, str], *, headers: Mapping[str, str]
    ) -> JsonObject:
        """POST a form to a service that the instance's settings name; as `ask_service` else."""
        return await self._ask_service(
            "POST",
            url,
            headers={
                "accept": "application/json",
                "content-type": "application/x-www-form-urlencoded",
                **headers,
            },
            body=urlencode(form).encode(),
        )

    async def _ask_service(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None = None
    ) -> JsonObject:
        url = _as_sent(url)
        await self._transport.check(url, judged_host=host_of(url))
        reply = await self._transport.request(
            method,
            url,
            headers=headers,
            limit=MAX_RESPONSE_BYTES,
            body=body,
            total_s=TOTAL_S,
        )
        reply = _judged(reply)
        if "json" not in reply.headers.get("content-type", ""):
            raise FetchFailed(f"{url}: not JSON")
        return read_json(reply.body)

    async def fetch_page(self, url: str) -> Page:
        """Fetch the head of a web page, unsigned, and return what it says of itself.

        Raises FetchFailed for what is no page, and as `fetch_document`.
        """
        try:
            async with asyncio.timeout(PAGE_S):
                reply = await self._get(url, accept=PAGE_ACCEPT, signed=False, read=read_head)
        except TimeoutError as error:
            raise FetchUnavailable(f"{url}: it took too long") from error
        return read_page(reply)

    async def download(
        self,
        url: str,
        into: BinaryIO,
        *,
        kind_of: KindOf,
        timeout_s: float,
        may_take_from: Callable[[str], Awaitable[bool]],
    ) -> Download:
        """Fetch a file, unsigned, and write it: what its host is told is nothing but its address.

        `may_take_from(host)` is asked at every step, beside the policy of all that is fetched.
        `kind_of` tells by its first bytes what a file is and how large it may be, None for what is
        refused. `timeout_s` is for all of it. Raises HostRefused, UnsupportedType, TooLarge,
        NotFound, Gone, FetchFailed, FetchUnavailable; then what was written is of no use.
        """
        receiver = Receiver(into, kind_of)
        try:
            async with asyncio.timeout(timeout_s):
                reply = await self._get(
                    url,
                    accept=FILE_ACCEPT,
                    signed=False,
                    read=receiver.read,
                    may_ask=may_take_from,
                    timeout_s=timeout_s,
                )
        except TimeoutError as error:
            raise FetchUnavailable(f"{url}: it took too long") from error
        assert receiver.kind is not None
        return Download(receiver.kind.mime, receiver.size_bytes, reply.url)

    async def post_activity(
        self, inbox: str, body: bytes, *, signer: Signer, judged_host: str | None = None
    ) -> PostReply:
        """POST a signed activity; the answer is a status, redirects are not followed.

        `judged_host` is a host about which the policy was asked a moment ago, with many others.
        Raises FetchUnavailable when there was no answer, HostRefused when it may not be dialled.
        """
        inbox = _as_sent(inbox)
        await self._transport.check(inbox, judged_host=judged_host)
        headers = {"content-type": ACTIVITY_JSON}
        letter = Letter("POST", inbox, headers, MAX_ANSWER_BYTES, body)
        reply = await self._knocker.send(letter, signer)
        return PostReply(reply.status, _retry_after(reply.headers.get("retry-after")))

    async def post_push(
        self, endpoint: str, body: bytes, *, headers: Mapping[str, str]
    ) -> PostReply:
        """POST an encrypted message to a push service: no peer, the caller has judged its host.

        Raises as `post_activity`, and FetchFailed for an answer that is too long.
        """
        endpoint = _as_sent(endpoint)
        await self._transport.check(endpoint, judged_host=host_of(endpoint))
        reply = await self._transport.request(
            "POST",
            endpoint,
            headers=headers,
            limit=MAX_ANSWER_BYTES,
            body=body,
            total_s=PUSH_S,
        )
        return PostReply(reply.status, _retry_after(reply.headers.get("retry-after")))

    async def _get(
        self,
        url: str,
        *,
        accept: str,
        signed: bool,
        read: Read | None = None,
        may_ask: Callable[[str], Awaitable[bool]] | None = None,
        timeout_s: float | None = None,
    ) -> Reply:
        headers = {"accept": accept} | ({"accept-encoding": "identity"} if read else {})
        for _ in range(MAX_REDIRECTS + 1):
            url = _as_sent(url)
            await self._transport.check(url)
            if may_ask is not None and not await may_ask(host_of(url)):
                raise HostRefused(f"{host_of(url)}: no files are taken from there")
            letter = Letter("GET", url, headers, MAX_RESPONSE_BYTES)
            # What is redirected is another request, and is signed anew.
            reply = await self._send(letter, signed=signed, read=read, timeout_s=timeout_s)
            location = reply.headers.get("location")
            if reply.status not in (301, 302, 303, 307, 308) or location is None:
                return _judged(reply)
            url = _redirected(url, location)
        raise FetchFailed(f"{url}: redirected more than {MAX_REDIRECTS} times")

    async def _send(
        self, letter: Letter, *, signed: bool, read: Read | None, timeout_s: float | None
    ) -> Reply:
        if signed and self._signer is not None:
            return await self._knocker.send(letter, await self._signer())
        return await self._transport.request(
            letter.method,
            letter.url,
            headers=letter.headers,
            limit=letter.limit,
            read=read,
            total_s=timeout_s,
        )


def _judged(reply: Reply) -> Reply:
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
