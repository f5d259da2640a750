"""From a host's name to the addresses that may be dialled: what is checked is dialled."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from aiohttp.abc import AbstractResolver, ResolveResult

from core.errors import FetchUnavailable
from federation.addresses import AddressGate

CONNECT_S = 5.0
# A name whose servers are dead holds a thread for half a minute, though nobody waits for it: such
# threads are none of those that sign, write and hash (uvloop's own would be four).
_LOOKUPS = ThreadPoolExecutor(max_workers=32, thread_name_prefix="lookup")
Resolve = Callable[[str, int], Awaitable[list[str]]]


async def resolve_with_system(host: str, port: int) -> list[str]:
    """Look a name up with the system's resolver, off the event loop."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(CONNECT_S):
            look_up = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
            found = await loop.run_in_executor(_LOOKUPS, look_up)
    except (OSError, TimeoutError, UnicodeError) as error:
        raise FetchUnavailable(f"{host}: its address cannot be found") from error
    return list(dict.fromkeys(str(part[4][0]) for part in found))


class GatedResolver(AbstractResolver):
    """Gives the connector only addresses that the gate let through: what is checked is dialled."""

    def __init__(self, gate: AddressGate, resolve: Resolve) -> None:
        self._gate = gate
        self._resolve = resolve

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return at most four addresses that may be dialled; raises HostRefused without one."""
        name = host.rstrip(".").lower()
        if self._gate.development and (name == "localhost" or name.endswith(".localhost")):
            found = ["127.0.0.1"]
        else:
            found = await self._resolve(host, port)
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in self._gate.addresses(host, found)[:4]
        ]

    async def close(self) -> None:
        """Hold nothing open."""
