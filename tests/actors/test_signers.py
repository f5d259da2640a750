"""Whose key it is: known keys, unknown and changed ones, and keys of others (cases A17–A32)."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlmodel import col

from actors.asking import Allowance, Recent, memory_of
from actors.models import Actor, ActorKey
from actors.queries import find_actor_by_uri, find_key
from actors.remote import resolve_actor
from actors.signers import FETCH_S
from core import clock
from core.errors import FetchUnavailable, Forbidden, Unauthenticated
from factories import make_peer
from fakes.fixtures import list_peer
from fakes.remote import FakeRemote
from fakes.signing import public_pem, rsa_key


async def refused(work, kind=Unauthenticated):
    with pytest.raises(kind):
        await work


async def test_a_known_key_is_not_fetched_again(ask, remote):
    bob = remote.person("bob")
    await ask(remote, bob)
    fetched = len(remote.journal)

    await ask(remote, bob)

    assert len(remote.journal) == fetched


async def test_our_fetch_of_a_key_is_signed_by_our_instance_actor(ask, remote):
    bob = remote.person("bob")

    await ask(remote, bob)

    fetch = remote.gets("/users/bob")[0]
    assert fetch.verified, fetch.reason
    assert fetch.signer == "http://a.localhost:8001/actor#main-key"


async def test_a17_the_keys_host_refuses_connections(ask, remote):
    bob = remote.person()
    remote.refuse()
    await refused(ask(remote, bob), FetchUnavailable)
    remote.accept()

    await refused(ask(remote, bob), FetchUnavailable)

    assert remote.journal == []
    clock.shift(timedelta(seconds=61))
    assert (await ask(remote, bob)).uri == bob.uri


async def test_a18_the_keys_host_hangs(ask, remote, monkeypatch):
    monkeypatch.setattr("actors.signers.FETCH_S", 0.3)
    people = [remote.person(f"p{number}") for number in range(100)]
    for person in people:
        remote.script(person.uri, hang=True)
    started = time.monotonic()

    answers = await asyncio.gather(*(ask(remote, p) for p in people), return_exceptions=True)

    assert FETCH_S < 10
    assert {type(answer) for answer in answers} == {FetchUnavailable}
    assert time.monotonic() - started < 9
    asked = len(remote.journal)
    with pytest.raises(FetchUnavailable):
        await ask(remote, remote.person("another"))
    assert len(remote.journal) == asked


async def test_a19_a_key_on_another_origin_than_its_actor(ask, database, remote):
    with FakeRemote("v") as victims:
        await list_peer(database, victims)
        victim = victims.person("victim")
        evil = remote.person("evil")
        remote.serve({"id": evil.key_id.replace("#", "/"), "type": "Key", "owner": victim.uri,
                      "publicKeyPem": evil.public_pem})  # fmt: skip

        await refused(ask(remote, evil, key_id=evil.key_id.replace("#", "/")))

        assert victims.journal == []


async def test_a19_the_signer_is_never_somebody_else_than_the_keys_owner(ask, remote):
    evil = remote.person("evil")

    actor = await ask(remote, evil)

    # An activity that names another actor is refused by whoever compares it with this one.
    assert actor.uri == evil.uri


async def test_a20_the_keys_owner_is_a_victim_elsewhere(ask, database, client, remote):
    with FakeRemote("v") as victims:
        await list_peer(database, victims)
        victim = victims.person("victim")
        await resolve_actor(database, client, victim.uri)
        evil = remote.person("evil")
        evil.properties["publicKey"] = {
            "id": evil.key_id, "owner": victim.uri, "publicKeyPem": evil.public_pem
        }  # fmt: skip

        await refused(ask(remote, evil))

        async with database.read() as session:
            stored = await find_key(session, victim.key_id)
            assert stored.public_key == victim.public_pem
            assert await find_key(session, evil.key_id) is None


async def test_a20_a_key_id_of_a_victim_on_the_same_host_stays_the_victims(
    ask, database, client, remote
):
    victim, evil = remote.person("victim"), remote.person("evil")
    evil.properties["publicKey"] = {
        "id": victim.key_id, "owner": evil.uri, "publicKeyPem": evil.public_pem
    }  # fmt: skip
    await resolve_actor(database, client, evil.uri)

    await refused(ask(remote, evil, key_id=victim.key_id))

    assert (await ask(remote, victim)).uri == victim.uri


async def test_a21_the_owner_lists_another_key(ask, remote):
    evil = remote.person("evil")

    await refused(ask(remote, evil, key_id=f"{evil.uri}#other-key"))


async def test_a22_the_keys_address_redirects_to_another_origin(ask, database, remote):
    with FakeRemote("v") as victims:
        await list_peer(database, victims)
        victim, evil = victims.person("victim"), remote.person("evil")
        remote.script(evil.uri, redirect=victim.uri)

        await refused(ask(remote, evil))


async def test_a23_a_key_of_our_own(ask, remote):
    for key_id in ("http://a.localhost:8001/actor#main-key", "http://A.localhost:8001/users/x#k"):
        await refused(ask(remote, remote.person(), key_id=key_id))
    assert remote.journal == []


async def test_a28_a_pkcs1_key_is_accepted(ask, remote):
    bob = remote.person()
    bob.properties["publicKey"] = {
        "id": bob.key_id, "owner": bob.uri, "publicKeyPem": public_pem(bob.key, pkcs1=True)
    }  # fmt: skip

    assert (await ask(remote, bob)).uri == bob.uri


async def test_a29_a_rotated_key_is_fetched_once_and_verifies(ask, remote):
    bob = remote.person()
    await ask(remote, bob)
    bob.rotate_key()
    remote.journal.clear()

    actors = await asyncio.gather(*(ask(remote, bob) for _ in range(10)))

    assert {actor.uri for actor in actors} == {bob.uri}
    assert len(remote.gets("/users/bob")) == 1


async def test_a29_a_key_is_refreshed_at_most_once_in_five_minutes(ask, remote):
    bob = remote.person()
    await ask(remote, bob)
    remote.journal.clear()
    forged = {"key": rsa_key(7) if bob.key is not rsa_key(7) else rsa_key(6)}

    for _ in range(5):
        await refused(ask(remote, bob, **forged))
    assert len(remote.gets("/users/bob")) == 1

    clock.shift(timedelta(minutes=5, seconds=1))
    await refused(ask(remote, bob, **forged))
    assert len(remote.gets("/users/bob")) == 2
    # What is rightly signed is not held up by what is not.
    assert (await ask(remote, bob)).uri == bob.uri


async def test_an_unknown_key_that_is_not_there_is_asked_for_once_a_minute(ask, remote):
    bob = remote.person()
    for _ in range(3):
        await refused(ask(remote, bob, key_id=f"{remote.base_url}/users/nobody#main-key"))

    assert len(remote.gets("/users/nobody")) == 1


async def test_c13_the_unknown_keys_of_one_host_are_asked_for_so_often_a_minute(
    ask, database, remote
):
    bob = remote.person("bob")
    await ask(remote, bob)
    memory_of(database).fetches = Allowance(3, timedelta(minutes=1))
    remote.journal.clear()

    for number in range(10):
        key_id = f"{remote.base_url}/users/nobody{number}#main-key"
        await refused(
            ask(remote, bob, key_id=key_id), (Unauthenticated, FetchUnavailable)
        )

    assert len(remote.gets("/users/nobody")) == 3
    # Whom we know is not held up by it.
    assert (await ask(remote, bob)).uri == bob.uri
    clock.shift(timedelta(seconds=61))
    assert (await ask(remote, remote.person("new"))).username == "new"


async def test_c13_made_up_keys_hold_up_no_rotated_key_of_the_same_host(ask, database, remote):
    bob = remote.person("bob")
    await ask(remote, bob)
    memory_of(database).fetches = Allowance(1, timedelta(minutes=1))
    remote.script("/users/slow", status=503)
    for name in ("slow", "nobody"):
        key_id = f"{remote.base_url}/users/{name}#main-key"
        await refused(ask(remote, bob, key_id=key_id), FetchUnavailable)

    bob.rotate_key()

    assert (await ask(remote, bob)).uri == bob.uri


async def test_d30_new_hosts_below_one_domain_are_asked_ten_in_five_minutes(ask, database, remote):
    async with database.transaction() as session:
        for number in range(14):
            await make_peer(session, f"h{number}.b.localhost:{remote.port}")
    eve = remote.person("eve")

    async def come_from(host):
        key_id = f"http://{host}:{remote.port}/users/eve#main-key"
        with pytest.raises((Unauthenticated, FetchUnavailable)):
            await ask(remote, eve, key_id=key_id)

    def asked():
        hosts = [dict(entry.headers)["host"] for entry in remote.journal]
        return [host for host in hosts if host.startswith("h")]

    for number in range(14):
        await come_from(f"h{number}.b.localhost")
    assert len(asked()) == 10

    # A host that is not new goes on, and so does every other domain; later come new ones again.
    await come_from("h0.b.localhost")
    clock.shift(timedelta(minutes=5, seconds=1))
    await come_from("h13.b.localhost")
    assert asked()[-1] == f"h13.b.localhost:{remote.port}"


def test_d30_what_is_remembered_is_bounded(monkeypatch):
    monkeypatch.setattr("actors.asking._REMEMBERED", 5)
    allowance, recent = Allowance(1, timedelta(minutes=5)), Recent(timedelta(minutes=5))
    for number in range(20):
        assert allowance.take(f"h{number}")
        recent.add(f"h{number}")

    assert len(allowance._taken) == len(recent._noted) == 5
    assert not allowance.take("h19")
    assert "h19" in recent and "h0" not in recent


async def test_a30_a_signer_that_is_gone(ask, database, remote):
    bob = remote.person()
    await ask(remote, bob)
    remote.remove(bob.uri, gone=True)
    bob.rotate_key()

    await refused(ask(remote, bob))

    async with database.read() as session:
        assert (await find_actor_by_uri(session, bob.uri)).deleted_at is not None


async def test_a31_a_signer_whom_we_suspended(ask, database, remote):
    bob = remote.person()
    stored = await ask(remote, bob)
    async with database.transaction() as session:
        (await session.get(Actor, stored.id)).suspended_at = clock.now()

    await refused(ask(remote, bob), Forbidden)


async def test_a32_the_key_of_another_on_the_same_host_names_its_owner_only(ask, remote):
    remote.person("victim")
    evil = remote.person("evil")

    actor = await ask(remote, evil)

    assert actor.uri == evil.uri


async def test_gotosocials_keys_have_an_address_of_their_own(ask, remote):
    bob = remote.person()
    bob.key_id = f"{bob.uri}/main-key"
    remote.serve({"@context": bob.document()["@context"], "id": bob.uri, "type": "Person",
                  "preferredUsername": "bob", "publicKey": bob.document()["publicKey"]},
                 at=bob.key_id)  # fmt: skip

    assert (await ask(remote, bob)).uri == bob.uri


async def test_a_keys_own_document_names_its_owner(ask, remote):
    bob = remote.person()
    bob.key_id = f"{bob.uri}/main-key"
    remote.serve({"id": bob.key_id, "type": "CryptographicKey", "owner": bob.uri,
                  "publicKeyPem": bob.public_pem})  # fmt: skip

    assert (await ask(remote, bob)).uri == bob.uri


async def test_two_first_requests_at_once_make_one_actor(ask, database, remote):
    bob = remote.person()

    actors = await asyncio.gather(*(ask(remote, bob) for _ in range(8)))

    assert len({actor.id for actor in actors}) == 1
    assert len(remote.gets("/users/bob")) == 1
    async with database.read() as session:
        stored = await session.scalars(select(ActorKey).where(col(ActorKey.uri) == bob.key_id))
        assert len(stored.all()) == 1
