"""Dead hosts, more of them than there are places, and the living, who do not wait for them."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Collection

import pytest
import pytest_asyncio
from sqlalchemy import func, select
from sqlmodel import col

from actors.queries import list_public_keys
from app import make_client
from factories import make_local_actor, make_peer
from fakes.remote import FakeRemote
from fakes.server import bound_socket
from federation.resolver import resolve_with_system
from outbox.hosts import note_failure, note_success
from outbox.models import Delivery, HostState
from outbox.publish import publish
from outbox.recipients import Inbox
from workers import outgoing as sender
from workers.outgoing import MAX_QUICK, Outgoing

HANGING, DRIPPING, REFUSING, LIVING = MAX_QUICK + 6, 4, 10, 20
PATIENCE_S = 30.0


@pytest_asyncio.fixture
async def outgoing(database, monkeypatch):
    monkeypatch.setattr(sender, "SLOW_AFTER_S", 0.2)
    client = make_client(database)
    made = Outgoing(database, client)
    yield made
    await made.drain()
    await client.close()


@pytest.fixture
def remote(outgoing):
    """Many hosts on one port: some answer, some hang, some send a byte at a time."""
    with FakeRemote("b") as running:
        running.script("/hanging", hang=True)
        running.script("/dripping", drip_s=0.05)
        yield running
        running.release()


@pytest.fixture
def closed_port():
    """A port at which connections are refused."""
    with bound_socket(0) as bound:
        yield bound.getsockname()[1]


def _inboxes(kind: str, count: int, port: int) -> list[Inbox]:
    hosts = [f"{kind}{number}.localhost:{port}" for number in range(count)]
    return [Inbox(f"http://{host}/{kind}", host) for host in hosts]


async def _owe(database, remote: FakeRemote, name: str, inboxes: Collection[Inbox]) -> None:
    async with database.transaction() as session:
        alice = await make_local_actor(session, name)
        for inbox in inboxes:
            await make_peer(session, inbox.host)
        remote.keys[f"{alice.uri}#main-key"] = (
            await list_public_keys(session, alice.id)
        )[0].public_key
        activity = {
            "@context": ["https://www.w3.org/ns/activitystreams"],
            "id": f"{alice.uri}/activities/1",
            "type": "Like",
            "actor": alice.uri,
            "object": f"{remote.base_url}/users/bob/posts/1",
        }
        await publish(session, alice, activity, inboxes=inboxes)


def _served(remote: FakeRemote, kind: str) -> list[str]:
    asked = [dict(e.headers)["host"] for e in list(remote.journal) if e.path == f"/{kind}"]
    return sorted(asked)


async def _count(database, *conditions) -> int:
    async with database.read() as session:
        return await session.scalar(select(func.count(col(Delivery.id))).where(*conditions))


async def test_k07_the_living_are_all_served_while_more_dead_than_there_are_places_hang(
    database, outgoing, remote, closed_port
):
    dead = (
        *_inboxes("hanging", HANGING, remote.port),
        *_inboxes("dripping", DRIPPING, remote.port),
        *_inboxes("refusing", REFUSING, closed_port),
    )
    living = _inboxes("living", LIVING, remote.port)
    await _owe(database, remote, "alice", dead)
    while await outgoing.step():
        pass
    await _owe(database, remote, "carol", living)

    async with asyncio.timeout(PATIENCE_S):
        while await _count(database, col(Delivery.delivered_at).is_not(None)) < LIVING:
            await outgoing.step()

    # Each once; and those that hang hang still.
    assert _served(remote, "living") == sorted(inbox.host for inbox in living)
    held = await _count(database, col(Delivery.locked_until).is_not(None))
    assert held == HANGING + DRIPPING
    assert await _count(database, col(Delivery.last_error).is_not(None)) == REFUSING


async def test_while_many_hang_the_places_that_are_left_are_for_hosts_that_answered_last_time(
    database, outgoing, remote, monkeypatch
):
    monkeypatch.setattr(sender, "SLOW_AFTER_S", 0.0)
    monkeypatch.setattr(sender, "MAX_SLOW", 8)
    failed, answered, new = _inboxes("living", 3, remote.port)
    await _owe(database, remote, "alice", _inboxes("hanging", 4, remote.port))
    while await outgoing.step():
        pass
    await _owe(database, remote, "carol", [failed, answered, new])
    async with database.transaction() as session:
        await note_failure(session, failed.host)
        await note_success(session, answered.host)

    async with asyncio.timeout(PATIENCE_S):
        while not await _count(database, col(Delivery.delivered_at).is_not(None)):
            await outgoing.step()
        await outgoing.step()
    served_then = _served(remote, "living")
    remote.release()
    await outgoing.drain()
    await outgoing.step()
    await outgoing.drain()

    assert served_then == [answered.host]
    assert _served(remote, "living") == [failed.host, answered.host, new.host]


async def test_hosts_that_answered_last_time_go_before_those_that_may_be_dead(
    database, outgoing, remote
):
    *new, answered = _inboxes("living", 4, remote.port)
    await _owe(database, remote, "alice", new)
    await _owe(database, remote, "carol", [answered])
    async with database.transaction() as session:
        await note_success(session, answered.host)

    await outgoing.step()

    held = col(Delivery.locked_until).is_not(None) | col(Delivery.delivered_at).is_not(None)
    assert await _count(database, held, col(Delivery.host) != answered.host) == 0
    assert await _count(database, held, col(Delivery.host) == answered.host) == 1
    await outgoing.step()
    assert await _count(database, held) == 4


async def test_a_host_that_failed_has_one_request_at_a_time_until_it_answers(
    database, outgoing, remote
):
    inbox = _inboxes("hanging", 1, remote.port)[0]
    for name in ("alice", "carol", "dora"):
        await _owe(database, remote, name, [inbox])
    async with database.transaction() as session:
        session.add(HostState(host=inbox.host, failures=1))

    while await outgoing.step():
        pass

    assert await _count(database, col(Delivery.locked_until).is_not(None)) == 1


async def test_names_that_are_not_found_out_take_no_thread_from_other_work(monkeypatch):
    found = threading.Event()
    look_up = socket.getaddrinfo

    def slow_for_the_dead(host, *more, **options):
        if host.startswith("dead"):
            found.wait(PATIENCE_S)
        return look_up("127.0.0.1", *more, **options)

    monkeypatch.setattr(socket, "getaddrinfo", slow_for_the_dead)
    dead = [asyncio.create_task(resolve_with_system(f"dead{n}.example", 443)) for n in range(24)]

    async with asyncio.timeout(PATIENCE_S / 2):
        assert await asyncio.to_thread(lambda: "written") == "written"
        assert await resolve_with_system("living.example", 443) == ["127.0.0.1"]

    assert not any(task.done() for task in dead)
    found.set()
    await asyncio.gather(*dead)
