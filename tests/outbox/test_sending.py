"""One POST over a real socket: signed when sent, checked by a remote, judged by its answer."""

from __future__ import annotations

from datetime import timedelta

import pytest
import pytest_asyncio
from sqlalchemy import select

from actors.keyring import signer_of
from actors.remote import resolve_actor
from core import clock
from factories import make_local_actor
from fakes.fixtures import know_our_keys
from outbox import queries
from outbox.deliver import Result, deliver, record
from outbox.models import Delivery
from outbox.publish import publish
from outbox.recipients import Inbox


@pytest_asyncio.fixture
async def send(database, remote, client):
    """`await send()`: claim what is due, POST it, write the results down; return them."""
    async with database.transaction() as session:
        alice = await make_local_actor(session)
        activity = {
            "@context": ["https://www.w3.org/ns/activitystreams"],
            "id": f"{alice.uri}/activities/1",
            "type": "Like",
            "actor": alice.uri,
            "object": f"{remote.base_url}/users/bob/posts/1",
        }
        inbox = Inbox(remote.shared_inbox, remote.host)
        await publish(session, alice, activity, inboxes=[inbox])
    await know_our_keys(database, remote)

    async def run() -> list[Result]:
        async with database.transaction() as session:
            held = await queries.claim(session, hosts=8)
            signers = [await signer_of(session, owed.signer_id) for owed in held]
        results = [
            await deliver(client, owed, signer)
            for owed, signer in zip(held, signers, strict=True)
        ]
        async with database.transaction() as session:
            for result in results:
                await record(session, result)
        return results

    return run


async def _delivery(database) -> Delivery:
    async with database.read() as session:
        return await session.scalar(select(Delivery))


async def test_a_delivery_is_signed_at_the_moment_of_sending_and_arrives(database, remote, send):
    clock.shift(timedelta(hours=5))

    (result,) = await send()

    assert result.status == 202
    (received,) = [entry for entry in remote.journal if entry.method == "POST"]
    assert received.verified, received.reason
    assert received.json["type"] == "Like"
    assert (await _delivery(database)).delivered_at is not None


async def test_a_peer_that_announces_rfc_9421_is_sent_it_by_ed25519(
    database, client, remote, send
):
    remote.announces = True
    await resolve_actor(database, client, remote.person("bob").uri)

    (result,) = await send()

    assert result.status == 202
    (received,) = [entry for entry in remote.journal if entry.method == "POST"]
    assert (received.scheme, received.verified) == ("ed25519", True)


async def test_K14_a_request_tells_nothing_but_what_it_must(remote, send):
    await send()

    (received,) = [entry for entry in remote.journal if entry.method == "POST"]
    names = {name for name, _ in received.headers}
    assert "referer" not in names
    assert "cookie" not in names
    assert dict(received.headers)["user-agent"] == "Consilium/0.1 (ActivityPub)"


async def test_K04_a_redirected_delivery_is_not_followed(database, remote, send):
    remote.script("/inbox", status=307, redirect=f"{remote.base_url}/other")

    (result,) = await send()

    assert result.status == 307
    assert [entry.path for entry in remote.journal if entry.method == "POST"] == ["/inbox"]
    assert (await _delivery(database)).due_at is not None


@pytest.mark.parametrize(
    ("asked", "least", "most"),
    [("7200", 7000, 7200), ("999999999", 86_000, 86_400), ("-5", 40, 90), ("soon", 40, 90)],
)
async def test_K05_retry_after_is_honoured_within_reason(
    database, remote, send, asked, least, most
):
    remote.script("/inbox", status=429, headers={"retry-after": asked})

    await send()

    pause = (await _delivery(database)).due_at - clock.now()
    assert least <= pause.total_seconds() + 5
    assert pause.total_seconds() <= most


async def test_K06_no_answer_after_the_body_is_tried_again_with_the_same_id(
    database, remote, send
):
    remote.script("/inbox", drop=True, times=1)
    (first,) = await send()
    assert first.status is None

    clock.shift(timedelta(minutes=2))
    (second,) = await send()

    assert second.status == 202
    ids = [activity["id"] for activity in remote.activities("Like")]
    assert len(ids) == 2
    assert len(set(ids)) == 1


async def test_a_dead_host_is_no_answer(database, remote, send):
    remote.refuse()

    (result,) = await send()

    assert result.status is None
    assert (await _delivery(database)).attempts == 1
    remote.accept()
