"""Who may look at a copy of another host's file, and how many are fetched anew for somebody."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.buckets import Buckets, Rate
from core.clock import now
from core.errors import Forbidden, NotFound, RateLimited
from core.settings import Switch
from db.session import AsyncSession, Database
from federation.client import Client
from media.links import Link, Opening, check_proxy_link
from media.remote import Copies
from media.sending import FOR_A_DAY, FOR_READER

# Of what is fetched anew; copies that are here cost nothing. A first look at a timeline is some
# hundred pictures, and a hospital is one address.
NEW_COPIES = Rate(per_minute=60, burst=300)
MayOpenCopy = Callable[[AsyncSession, Link], Coroutine[Any, Any, Opening]]


@dataclass(frozen=True, slots=True)
class Passed:
    """A file to be passed on, and who may keep it for how long."""

    path: Path
    cache: str


class Proxy:
    """Passes on files of other hosts, for addresses that we wrote ourselves and for no others."""

    def __init__(self, database: Database, client: Client, may_open: MayOpenCopy) -> None:
        self._database = database
        self._may_open = may_open
        self._copies = Copies(database, client)
        self._fetched = Buckets()

    async def pass_on(self, signature: str, encoded: str, *, query: str, address: str) -> Passed:
        """Return the copy that a link names, fetched if need be; `address` is who asks.

        Raises Forbidden for a link that is not ours, NotFound for one that opens nothing (any
        more), RateLimited, and as `Copies` does.
        """
        settings = self._database.settings
        named = check_proxy_link(settings, signature, encoded, query=query)
        if named is None:
            raise Forbidden("this is no link of ours")
        if named.expires is not None and named.expires < now().timestamp():
            raise NotFound("the link has expired")
        opening = await self._database.look(lambda session: self._may_open(session, named.link))
        if opening is Opening.NOBODY:
            raise NotFound("there is nothing to be seen")
        copy = await self._copies.find(named.url)
        if copy is None:
            self._count(address)
            copy = await self._copies.fetch(named.url)
        path = self._copies.path_of(copy, small=named.small)
        is_open = opening is Opening.EVERYBODY
        return Passed(path, FOR_A_DAY if is_open else FOR_READER)

    def _count(self, address: str) -> None:
        if self._database.settings.rate_limits is Switch.OFF:
            return
        wait = self._fetched.take(address, NEW_COPIES)
        if wait is not None:
            raise RateLimited("too many new pictures at once", wait)
