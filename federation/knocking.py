"""Knocking twice: a request signed as its host is known to understand, else once more otherwise.

What Mastodon, Fedify and Mitra do until everybody reads RFC 9421 (WIRE §10); never a third time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from core.clock import now
from core.errors import FetchUnavailable
from federation.origin import host_of
from federation.signatures.cavage import sign_cavage
from federation.signatures.request import target_of
from federation.signatures.rfc9421 import sign_message
from federation.transport import Reply, Transport

# The answers of a host that cannot read a signature: Mastodon says 401, others 400.
_UNREAD = frozenset({400, 401})
_REFUSED = frozenset({400, 401, 403})
BUSY = 503


class Scheme(StrEnum):
    """How a request is signed: draft-cavage-12, or RFC 9421 with the RSA or the Ed25519 key."""

    CAVAGE = "cavage"
    RFC9421 = "rfc9421"
    ED25519 = "ed25519"


SchemeOf = Callable[[str], Awaitable[Scheme | None]]
NoteScheme = Callable[[str, Scheme], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs: the RSA key's id and PEM, and the Ed25519 key's id and 32 raw bytes, if any."""

    key_id: str
    private_pem: bytes
    ed25519_key_id: str | None = None
    ed25519_private: bytes | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """A request before it is signed; `limit` is how many bytes of the answer are read."""

    method: str
    url: str
    headers: Mapping[str, str]
    limit: int
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class _Way:
    """One way to sign: `bare` leaves the query out of what is signed."""

    scheme: Scheme
    bare: bool = False


async def _nothing_known(_host: str) -> Scheme | None:
    return None


async def _nothing_noted(_host: str, _scheme: Scheme) -> None:
    return None


class Knocker:
    """Sends signed requests; `scheme_of` and `note_scheme` are what is remembered of hosts."""

    def __init__(
        self,
        transport: Transport,
        *,
        scheme_of: SchemeOf | None = None,
        note_scheme: NoteScheme | None = None,
    ) -> None:
        self._transport = transport
        self._scheme_of = scheme_of or _nothing_known
        self._note_scheme = note_scheme or _nothing_noted

    async def send(self, letter: Letter, signer: Signer) -> Reply:
        """Send a signed request, and a second time in another way if the first was not understood.

        The host of its address has been judged. Raises as `Transport.request` does, for the first.
        """
        host = host_of(letter.url)
        known = await self._scheme_of(host) or Scheme.CAVAGE
        has_ed25519 = signer.ed25519_private is not None
        first_way = _Way(
            known if has_ed25519 or known is not Scheme.ED25519 else Scheme.RFC9421
        )
        first = await self._send_once(letter, signer, first_way)
        second_way = _other_way(letter, first_way, first, has_ed25519=has_ed25519)
        if second_way is None:
            if first_way.scheme is not Scheme.CAVAGE and _has_crashed(first):
                # Some builds of Mastodon (June 2025) answered 500 to what they could not read.
                await self._note_scheme(host, Scheme.CAVAGE)
            return first
        try:
            second = await self._send_once(letter, signer, second_way)
        except FetchUnavailable:
            return first
        if second.status in _REFUSED or second.status >= 500:
            return first
        if second_way.scheme is not known:
            await self._note_scheme(host, second_way.scheme)
        return second

    async def _send_once(self, letter: Letter, signer: Signer, way: _Way) -> Reply:
        headers = await _signed(letter, signer, way)
        return await self._transport.request(
            letter.method, letter.url, headers=headers, body=letter.body, limit=letter.limit
        )


def _has_crashed(reply: Reply) -> bool:
    # 503 is said by a host that is busy, whatever it can read.
    return reply.status >= 500 and reply.status != BUSY


def _other_way(letter: Letter, way: _Way, reply: Reply, *, has_ed25519: bool) -> _Way | None:
    """Return how to sign a request once more after this answer, None when that would not help."""
    asked_for = reply.headers.get("accept-signature")
    if way.scheme is not Scheme.CAVAGE:
        return _Way(Scheme.CAVAGE) if reply.status in _UNREAD else None
    if asked_for is not None and reply.status in _REFUSED:
        wants_ed25519 = has_ed25519 and 'alg="ed25519"' in asked_for
        return _Way(Scheme.ED25519 if wants_ed25519 else Scheme.RFC9421)
    if reply.status not in _UNREAD:
        return None
    if letter.method == "GET" and "?" in target_of(letter.url):
        # Mastodon before 4.3 leaves the query out, GoToSocial found (superseriousbusiness #894).
        return _Way(Scheme.CAVAGE, bare=True)
    return _Way(Scheme.RFC9421)


async def _signed(letter: Letter, signer: Signer, way: _Way) -> dict[str, str]:
    sign_by_message = partial(
        sign_message, letter.method, letter.url, body=letter.body, headers=letter.headers
    )
    if way.scheme is Scheme.ED25519:
        assert signer.ed25519_key_id is not None and signer.ed25519_private is not None
        # Not in a thread: the way there and back costs more than the signature.
        return sign_by_message(
            key_id=signer.ed25519_key_id, private_key=signer.ed25519_private, moment=now()
        )
    if way.scheme is Scheme.RFC9421:
        return await asyncio.to_thread(
            sign_by_message, key_id=signer.key_id, private_key=signer.private_pem, moment=now()
        )
    return await asyncio.to_thread(
        sign_cavage,
        letter.method,
        letter.url,
        key_id=signer.key_id,
        private_pem=signer.private_pem,
        moment=now(),
        body=letter.body,
        headers=letter.headers,
        target=target_of(letter.url).partition("?")[0] if way.bare else None,
    )
