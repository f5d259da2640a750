"""One request to another host: who may be dialled, for how long, and how much of the answer."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from core.errors import FetchFailed, FetchUnavailable, HostRefused, InvalidDocument
from federation.addresses import AddressGate
from federation.clocks import Clocks
from federation.origin import host_of, origin_of
from federation.resolver import CONNECT_S, GatedResolver, Resolve

MAX_PER_HOST = 4
# More than deliveries may hold open at once: what is fetched never waits for dead inboxes.
MAX_CONNECTIONS = 512
READ_S = 10.0
USER_AGENT = "Consilium/0.1 (ActivityPub)"
Read = Callable[[aiohttp.ClientResponse], Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class Reply:
    """What a host answered; header names in lower case, `url` is what was asked for."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


class Transport:
    """The connections of one process; see `Client` for what it is given."""

    def __init__(
        self,
        *,
        gate: AddressGate,
        own_host: str,
        may_talk_to: Callable[[str], Awaitable[bool]],
        resolve: Resolve,
        total_s: float,
    ) -> None:
        self._gate = gate
        self._own_host = own_host
        self._may_talk_to = may_talk_to
        self._resolve = resolve
        self._timeout = _timeout(total_s)
        self._http: aiohttp.ClientSession | None = None
        self._clocks = Clocks()

    async def close(self) -> None:
        """Close all connections."""
        if self._http is not None:
            await self._http.close()
            self._http = None

    async def check(self, url: str, *, judged_host: str | None = None) -> None:
        """Refuse before anything is dialled: form, our own host, the gate, the policy.

        `judged_host` is a host about which the policy was asked a moment ago. Raises HostRefused.
        """
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

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        limit: int,
        body: bytes | None = None,
        read: Read | None = None,
        total_s: float | None = None,
    ) -> Reply:
        """Send one request, whose address was checked, and read at most `limit` bytes.

        `read` reads the answer's body otherwise, within bounds of its own; `total_s` is how long
        all of it may take, where that is not the usual.
        Raises FetchUnavailable without an answer, FetchFailed for a longer one, HostRefused when
        the host's name leads to addresses that may not be dialled.
        """
        timeout = self._timeout if total_s is None else _timeout(total_s)
        try:
            async with asyncio.timeout(timeout.total):
                async with self._session().request(
                    method,
                    URL(url, encoded=True),
                    data=body,
                    headers={"user-agent": USER_AGENT, **headers},
                    allow_redirects=False,
                    timeout=timeout,
                ) as answer:
                    content = await (read(answer) if read is not None else _read(answer, limit))
                    found = {name.lower(): value for name, value in answer.headers.items()}
                    self._clocks.note(host_of(url), found)
                    return Reply(answer.status, found, content, url)
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
                limit=MAX_CONNECTIONS,
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


def _timeout(total_s: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(
        total=total_s, sock_connect=min(CONNECT_S, total_s), sock_read=min(READ_S, total_s)
    )


async def _read(answer: aiohttp.ClientResponse, limit: int) -> bytes:
    parts, size = [], 0
    async for part in answer.content.iter_chunked(64 * 1024):
        size += len(part)
        if size > limit:
            answer.close()
            raise FetchFailed(f"{answer.url}: the answer is larger than {limit} bytes")
        parts.append(part)
    return b"".join(parts)


def _ip_literal(name: str) -> str | None:
    try:
        socket.inet_pton(socket.AF_INET6 if ":" in name else socket.AF_INET, name)
    except OSError:
        return None
    return name
