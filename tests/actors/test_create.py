"""Local actors: names, keys, the instance itself."""

from __future__ import annotations

import asyncio

import pytest
from cryptography.exceptions import InvalidTag

from actors.create import save_local_actor
from actors.instance_actor import ensure_instance_actor, instance_signer
from actors.keyring import private_keys, signer_of, unwrap, wrap
from actors.queries import (
    find_actor_by_handle,
    find_badges,
    find_local_actor,
    is_doctor,
    list_public_keys,
)
from core.errors import InvalidInput, NotFound, SettingsError
from db.session import Database
from factories import give_badge, make_local_actor, make_remote_actor, new_keys
from federation.keys import sign_rsa, verify_with


@pytest.mark.parametrize(
    "name", ["", "a b", "é", "-a", "a-", "a..b/", "a" * 31, "admin", "x@y", "a\nb"]
)
async def test_bad_usernames_are_refused(session, name):
    with pytest.raises(InvalidInput):
        await save_local_actor(session, username=name, name="Dr A", keys=new_keys())


@pytest.mark.parametrize("name", ["a", "a.martin", "a-b_c", "a..b", "x" * 30])
async def test_good_usernames_are_taken(session, name):
    actor = await save_local_actor(session, username=name, name="Dr A", keys=new_keys())

    assert actor.uri == f"http://a.localhost:8001/users/{name}"
    assert not actor.discoverable, "nobody is proposed to others before they said so"


async def test_a_name_is_given_once_whatever_its_case(session):
    await make_local_actor(session, "alice")

    with pytest.raises(InvalidInput):
        await save_local_actor(session, username="ALICE", name="Dr A", keys=new_keys())


async def test_private_keys_come_back_and_fit_the_public_ones(session):
    alice = await make_local_actor(session, "alice")

    keys = await private_keys(session, alice)
    signer = await signer_of(session, alice.id)
    rsa, ed25519 = await list_public_keys(session, alice.id)

    assert verify_with(rsa.public_key, sign_rsa(keys.rsa_private, b"x"), b"x")
    assert keys.ed25519_key_id == f"{alice.uri}#{ed25519.public_key}"
    assert signer.key_id == f"{alice.uri}#main-key"
    assert rsa.wrapped_private_key and keys.rsa_private not in rsa.wrapped_private_key


async def test_remote_actors_have_no_private_keys(session):
    bob = await make_remote_actor(session)

    with pytest.raises(NotFound):
        await private_keys(session, bob)


def test_a_wrapped_key_opens_only_with_its_secret_and_its_name():
    wrapped = wrap(b"secret", b"private", key_id="https://a/#k")

    assert unwrap(b"secret", wrapped, key_id="https://a/#k") == b"private"
    with pytest.raises(InvalidTag):
        unwrap(b"other", wrapped, key_id="https://a/#k")
    with pytest.raises(InvalidTag):
        unwrap(b"secret", wrapped, key_id="https://a/#other")


async def test_there_is_one_instance_actor_however_often_it_is_made(database):
    made = await asyncio.gather(*(ensure_instance_actor(database) for _ in range(3)))

    assert len({actor.id for actor in made}) == 1
    assert made[0].uri == "http://a.localhost:8001/actor"
    assert (await instance_signer(database)).key_id == "http://a.localhost:8001/actor#main-key"


async def test_an_address_may_change_only_while_nobody_lives_here(database):
    await ensure_instance_actor(database)
    moved = Database(database.settings.model_copy(update={"base_url": "http://c.localhost:8003"}))

    assert (await ensure_instance_actor(moved)).uri == "http://c.localhost:8003/actor"
    async with moved.transaction() as session:
        await make_local_actor(session, "alice")
    with pytest.raises(SettingsError, match="CONSILIUM_BASE_URL"):
        await ensure_instance_actor(database)
    renamed = moved.settings.model_copy(update={"handle_domain": "chu.example"})
    other = Database(renamed)
    with pytest.raises(SettingsError, match="CONSILIUM_HANDLE_DOMAIN"):
        await ensure_instance_actor(other)
    await moved.close()
    await other.close()


async def test_actors_are_found_by_their_handle_whatever_its_case(session):
    alice = await make_local_actor(session, "alice")
    bob = await make_remote_actor(session, "Bob")

    assert await find_local_actor(session, "ALICE") is alice
    assert await find_actor_by_handle(session, "bob", "b.localhost:8002") is bob


async def test_a_lapsed_badge_counts_for_nothing(session):
    alice = await make_local_actor(session, "alice", doctor=True)
    carol = await make_local_actor(session, "carol")
    await give_badge(session, carol, days=-1)
    nurse = await make_local_actor(session, "nurse")
    await give_badge(session, nurse, is_doctor=False)

    assert set(await find_badges(session, [alice.id, carol.id, nurse.id])) == {alice.id, nurse.id}
    assert await is_doctor(session, alice.id)
    assert not await is_doctor(session, carol.id)
    assert not await is_doctor(session, nurse.id)
