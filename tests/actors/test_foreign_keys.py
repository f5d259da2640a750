"""Keys as the others name them: at addresses of their own, in arrays, by id; and nobody's else."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import serialization

from actors.authenticate import verify_proof_of
from actors.queries import find_key, list_public_keys
from actors.remote import refresh_actor, resolve_actor
from core.errors import Unauthenticated, Untrusted
from fakes.proofs import base58
from federation.documents.lenient import embed


async def refused(work, kind=Unauthenticated):
    with pytest.raises(kind):
        await work


def _stub(actor):
    """What GoToSocial serves at the address of a key."""
    shown = actor.document()
    return {name: shown[name] for name in ("@context", "id", "type", "publicKey")}


def _key_document(actor, key_id):
    """What Misskey serves at the address of a key."""
    return {"id": key_id, "type": "Key", "owner": actor.uri, "publicKeyPem": actor.public_pem}


async def test_gotosocials_neighbour_cannot_take_a_key_before_its_owner_is_known(
    ask, database, client, remote
):
    victim, evil = remote.person("victim"), remote.person("evil")
    victim.key_id = f"{victim.uri}/main-key"
    remote.serve(_stub(victim), at=victim.key_id)
    evil.properties["publicKey"] = {
        "id": victim.key_id, "owner": evil.uri, "publicKeyPem": evil.public_pem
    }  # fmt: skip
    await resolve_actor(database, client, evil.uri)

    # Evil's word for it is not enough: the key's own address names the victim.
    await refused(ask(remote, evil, key_id=victim.key_id))

    async with database.read() as session:
        assert (await find_key(session, victim.key_id)).public_key == victim.public_pem
    assert (await ask(remote, victim)).uri == victim.uri


async def test_gotosocials_key_stays_its_owners_when_the_actor_is_read_again(
    ask, database, client, remote
):
    bob = remote.person("bob")
    bob.key_id = f"{bob.uri}/main-key"
    remote.serve(_stub(bob), at=bob.key_id)
    await resolve_actor(database, client, bob.uri)
    await ask(remote, bob)

    await refresh_actor(database, client, bob.uri)

    async with database.read() as session:
        assert (await find_key(session, bob.key_id)).public_key == bob.public_pem


async def test_misskeys_key_at_its_own_address_is_the_one_that_the_actor_lists(ask, remote):
    bob, eve = remote.person("bob"), remote.person("eve")
    bob.key_id = f"{bob.uri}/publickey"
    remote.serve(_key_document(bob, bob.key_id))
    # A document that somebody put there says it is bob's, but bob says nothing of it.
    stray = f"{remote.base_url}/stray"
    remote.serve({**_key_document(bob, stray), "publicKeyPem": eve.public_pem})

    assert (await ask(remote, bob)).uri == bob.uri
    await refused(ask(remote, eve, key_id=stray))


async def test_peertube_names_the_actor_where_others_name_the_key(ask, remote):
    bob = remote.person("bob")

    for _ in range(2):
        assert (await ask(remote, bob, key_id=bob.uri)).uri == bob.uri
    await refused(ask(remote, remote.person("eve"), key_id=bob.uri))
    assert len(remote.gets("/users/bob")) <= 2


async def test_bookwyrm_lists_its_key_with_a_slash_and_signs_without(ask, remote):
    bob = remote.person("bob")
    bob.properties["publicKey"] = {
        "id": f"{bob.uri}/#main-key", "owner": bob.uri, "publicKeyPem": bob.public_pem
    }  # fmt: skip

    assert (await ask(remote, bob, key_id=f"{bob.uri}#main-key")).uri == bob.uri


async def test_an_array_of_keys_holds_one_that_signs(ask, remote):
    bob, other = remote.person("bob"), remote.person("other")
    own = bob.document()["publicKey"]
    bob.properties["publicKey"] = [
        {**own, "id": f"{bob.uri}#old", "publicKeyPem": other.public_pem}, own
    ]  # fmt: skip

    assert (await ask(remote, bob)).uri == bob.uri


@pytest.mark.parametrize("where", ["assertionMethod", "authentication"])
@pytest.mark.parametrize("embedded", [True, False])
async def test_multikeys_sign_wherever_they_are_listed(ask, database, remote, where, embedded):
    bob = remote.person("bob")
    key = {**bob.document()["assertionMethod"][0], "id": f"{bob.uri}#eddsa"}
    if not embedded:
        key["id"] = f"{bob.uri}/keys/1"
        remote.serve({"@context": bob.document()["@context"], **key})
    bob.properties |= {"assertionMethod": [], "authentication": []}
    bob.properties[where] = [key if embedded else key["id"]]

    actor = await ask(remote, bob, scheme="ed25519", key_id=key["id"])

    assert actor.uri == bob.uri
    async with database.read() as session:
        stored = await find_key(session, key["id"])
    assert (stored.algorithm, stored.proves) == ("ed25519", where == "assertionMethod")


async def test_a_key_for_authentication_alone_proves_no_document(ask, database, client, remote):
    bob = remote.person("bob")
    bob.properties |= {
        "authentication": bob.document()["assertionMethod"], "assertionMethod": None
    }  # fmt: skip
    actor = await ask(remote, bob, scheme="ed25519")

    async with database.read() as session:
        with pytest.raises(Untrusted):
            await verify_proof_of(session, embed(bob.prove(bob.activity("Like", "x"))), actor)


async def test_an_rsa_multikey_signs(ask, database, remote):
    bob = remote.person("bob")
    der = bob.key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.PKCS1
    )
    key_id = f"{bob.uri}#rsa"
    bob.properties["authentication"] = [
        {"id": key_id, "type": "Multikey", "controller": bob.uri,
         "publicKeyMultibase": "z" + base58(b"\x85\x24" + der)}
    ]  # fmt: skip

    assert (await ask(remote, bob, scheme="rfc9421", key_id=key_id)).uri == bob.uri
    async with database.read() as session:
        assert (await find_key(session, key_id)).algorithm == "rsa"


async def test_keys_of_kinds_that_we_do_not_read_are_not_kept(database, client, remote):
    bob = remote.person("bob")
    bob.properties["assertionMethod"] = [
        {"id": f"{bob.uri}#p256", "type": "Multikey", "controller": bob.uri,
         "publicKeyMultibase": "zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169"}
    ]  # fmt: skip

    actor = await resolve_actor(database, client, bob.uri)

    async with database.read() as session:
        assert [key.algorithm for key in await list_public_keys(session, actor.id)] == ["rsa"]


async def test_the_two_schemes_agree_on_who_signed(ask, remote):
    bob = remote.person("bob")

    for scheme in ("cavage", "rfc9421", "ed25519"):
        assert (await ask(remote, bob, scheme=scheme)).uri == bob.uri
