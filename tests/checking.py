"""A remote doctor whose credential and status list a test changes before they are judged."""

from __future__ import annotations

from actors.queries import find_badges
from actors.remote import resolve_actor
from db.session import Database
from doctors import queries
from doctors.credentials import check_actor
from fakes.proofs import credential, status_list
from fakes.remote import FakeRemote
from federation.client import Client


class Checking:
    """A remote with one doctor; `served` is its credential before the proof, to be changed."""

    def __init__(self, database: Database, client: Client, remote: FakeRemote) -> None:
        self.database, self.client, self.remote = database, client, remote
        self.bob = remote.person("bob")
        self.uri = f"{remote.base_url}/credentials/7"
        self.lists = f"{remote.base_url}/credentials/status/1"
        self.served = self.credential()
        self.list = self.status_list()
        self.bob.properties["credentials"] = [self.uri]

    def credential(self, **changes):
        return credential(
            uri=self.uri, issuer=self.remote.instance.uri, subject=self.bob.uri,
            status_list=self.lists, index=7, **changes,
        )  # fmt: skip

    def status_list(self, *revoked: int):
        return status_list(uri=self.lists, issuer=self.remote.instance.uri, revoked=revoked)

    async def check(self, *, prove: bool = True) -> None:
        """Serve both documents as they are now, and judge."""
        instance = self.remote.instance
        self.remote.serve(instance.prove(self.served) if prove else self.served, at=self.uri)
        if self.list is not None:
            self.remote.serve(instance.prove(self.list), at=self.lists)
        await self.judge()

    async def judge(self) -> None:
        actor = await resolve_actor(self.database, self.client, self.bob.uri)
        self.id = actor.id
        await check_actor(self.database, self.client, actor.id)

    async def badge(self):
        async with self.database.read() as session:
            return (await find_badges(session, [self.id])).get(self.id)

    async def problem(self, uri: str | None = None) -> str | None:
        async with self.database.read() as session:
            held = await queries.find_held(session, uri or self.uri)
        return held.problem if held is not None else "nothing is held"

    async def refused(self, reason: str) -> None:
        """Fail unless there is no badge, for this reason."""
        assert await self.badge() is None
        assert reason in (await self.problem() or "no problem")
