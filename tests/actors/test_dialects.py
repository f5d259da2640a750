"""What is remembered of the signatures that a host understands: what it said, what it answered."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from actors.dialects import (
    _REMEMBERED,
    _memories,
    learn_scheme,
    note_announced,
    note_scheme,
    recall_scheme,
    scheme_of_host,
)
from actors.keyring import signer_of
from actors.models import HostScheme
from actors.remote import resolve_actor
from core import clock
from factories import make_local_actor
from fakes.fixtures import know_our_keys
from federation.knocking import Scheme

ANNOUNCED = ["https://datatracker.ietf.org/doc/html/rfc9421"]
HOST = "b.localhost:8002"


async def test_what_is_noted_is_found_and_replaced(session):
    assert await scheme_of_host(session, HOST) is None

    for scheme in (Scheme.RFC9421, Scheme.CAVAGE):
        await note_scheme(session, HOST, scheme)

        assert await scheme_of_host(session, HOST) is scheme


@pytest.mark.parametrize(
    ("noted", "age", "then"),
    [
        (None, timedelta(0), Scheme.ED25519),
        (Scheme.RFC9421, timedelta(0), Scheme.ED25519),
        # It said so, and did not understand it: that is tried again, but not all day.
        (Scheme.CAVAGE, timedelta(hours=1), Scheme.CAVAGE),
        (Scheme.CAVAGE, timedelta(hours=25), Scheme.ED25519),
    ],
)
async def test_what_a_host_says_counts_until_its_answers_say_otherwise(session, noted, age, then):
    if noted is not None:
        await note_scheme(session, HOST, noted)
    clock.shift(age)

    assert await note_announced(session, HOST, ANNOUNCED)

    assert await scheme_of_host(session, HOST) is then


async def test_a_host_that_says_nothing_of_it_is_not_noted(session):
    assert not await note_announced(session, HOST, ["https://example.org/rfc9999"])
    assert await scheme_of_host(session, HOST) is None


async def test_a_process_remembers_for_a_minute_and_no_more_than_so_many(database, monkeypatch):
    assert await recall_scheme(database, HOST) is None
    async with database.transaction() as session:
        await note_scheme(session, HOST, Scheme.RFC9421)

    # Another process noted it; this one looks again after a while.
    assert await recall_scheme(database, HOST) is None
    clock.shift(timedelta(seconds=61))
    assert await recall_scheme(database, HOST) is Scheme.RFC9421

    monkeypatch.setattr("actors.dialects._REMEMBERED", 3)
    for number in range(5):
        await recall_scheme(database, f"h{number}.example")
    assert len(_memories[database]) == 3 < _REMEMBERED


async def test_what_is_learned_counts_at_once(database):
    await recall_scheme(database, HOST)

    await learn_scheme(database, HOST, Scheme.RFC9421)

    assert await recall_scheme(database, HOST) is Scheme.RFC9421
    async with database.read() as session:
        assert await scheme_of_host(session, HOST) is Scheme.RFC9421


async def test_ed25519_goes_to_a_host_whose_actor_announces_rfc_9421(database, client, remote):
    async with database.transaction() as session:
        alice = await make_local_actor(session, "alice")
        signer = await signer_of(session, alice.id)
    await know_our_keys(database, remote)
    await client.post_activity(remote.shared_inbox, b"{}", signer=signer)
    remote.announces = True
    await resolve_actor(database, client, remote.person("bob").uri)

    await client.post_activity(remote.shared_inbox, b"{}", signer=signer)

    posts = [entry for entry in remote.journal if entry.method == "POST"]
    assert [(entry.scheme, entry.verified) for entry in posts] == [
        ("cavage", True), ("ed25519", True)
    ]  # fmt: skip
    assert posts[1].signer == signer.ed25519_key_id


async def test_what_a_host_answered_is_kept_in_the_database(database, client, remote):
    async with database.transaction() as session:
        signer = await signer_of(session, (await make_local_actor(session, "alice")).id)
    await know_our_keys(database, remote)
    remote.reads = {"rfc9421"}

    assert (await client.post_activity(remote.shared_inbox, b"{}", signer=signer)).status == 202

    async with database.read() as session:
        (row,) = await session.scalars(select(HostScheme))
    assert (row.host, row.scheme) == (remote.host, "rfc9421")
