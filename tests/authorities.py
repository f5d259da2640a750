"""A fake authority: a remote whose instance actor vouches for people of other hosts."""

from __future__ import annotations

from typing import Any

from actors.models import Actor
from actors.queries import find_badges
from db.paging import Page
from db.session import Database
from doctors.offers import Offered, list_offered
from doctors.queries import Refused, list_refused
from fakes.proofs import credential
from fakes.remote import FakeRemote
from moderation.queries import find_peer


class Order:
    """An Order's instance; `remote` is the server behind it."""

    def __init__(self, database: Database, remote: FakeRemote) -> None:
        self.database = database
        self.remote = remote
        self.instance = remote.instance
        self.lists = f"{remote.base_url}/credentials/status/1"

    async def is_listed(self, *registers: str) -> None:
        """Let our administrators list it as an authority; without registers, as none any more."""
        async with self.database.transaction() as session:
            peer = await find_peer(session, self.remote.host)
            assert peer is not None
            peer.authority, peer.registers = bool(registers), list(registers)

    def vouches_for(self, subject: str, *, index: int = 7, **changes: Any) -> str:
        """Serve a proven credential about an actor's id, and its list; return its own id."""
        uri = f"{self.remote.base_url}/credentials/{index}"
        written = credential(
            uri=uri,
            issuer=self.instance.uri,
            subject=subject,
            status_list=self.lists,
            index=index,
            **changes,
        )
        self.remote.serve(self.instance.prove(written))
        self.remote.serve_status_list()
        return uri

    def offer(self, subject: str, uri: str, **more: Any) -> dict[str, Any]:
        """Write the Offer of a credential to somebody."""
        return self.instance.activity("Offer", uri, **{"to": [subject], **more})

    async def offered(self, actor: Actor) -> list[Offered]:
        """Return what somebody here is shown of what was offered to them."""
        async with self.database.read() as session:
            return await list_offered(session, actor.id)

    async def refused(self) -> list[Refused]:
        """Return what gives no badge here, as administrators read it."""
        async with self.database.read() as session:
            return await list_refused(session, Page())

    async def badge(self, actor: Actor):
        async with self.database.read() as session:
            return (await find_badges(session, [actor.id])).get(actor.id)
