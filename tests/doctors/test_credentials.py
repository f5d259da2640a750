"""A badge is shown only if all holds (WIRE §5): for each condition a test where just it fails."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from actors.queries import is_doctor
from checking import Checking
from core import clock
from core.clock import now, wire_time
from core.errors import Untrusted
from db.session import Database
from doctors.judging import Issuer, judge_credential
from factories import make_peer
from fakes.fixtures import list_peer
from fakes.proofs import prove
from fakes.remote import FakeRemote
from federation.client import Client
from federation.documents.lenient import read_document
from moderation.queries import find_peer


async def test_all_holds_and_the_badge_is_shown(checking: Checking):
    await checking.check()

    badge = await checking.badge()
    assert badge.is_doctor
    assert (badge.name, badge.profession_label) == ("B. Durand", "Médecin")
    assert badge.specialities_label == "Cardiologie et Maladies vasculaires"
    assert badge.issuer_uri == checking.remote.instance.uri
    assert badge.credential_uri == checking.uri
    # It counts as long as the list does, until that is read again.
    assert now() + timedelta(hours=23) < badge.valid_until <= now() + timedelta(days=1)
    # What people are shown is until when the issuer vouches, not when the list must be asked again.
    assert now() + timedelta(days=79) < badge.vouched_until
    assert await checking.problem() is None
    assert all(entry.verified for entry in checking.remote.gets("/credentials"))


async def test_without_a_credential_there_is_no_badge(checking: Checking):
    checking.bob.properties["credentials"] = None

    await checking.check()

    assert await checking.badge() is None


async def test_the_type_must_be_a_practitioners_credential(checking: Checking):
    checking.served["type"] = ["VerifiableCredential", "OpenBadgeCredential"]

    await checking.check()

    await checking.refused("no PractitionerCredential")


async def test_without_a_proof_there_is_no_badge(checking: Checking):
    await checking.check(prove=False)

    await checking.refused("no integrity proof")


async def test_the_proof_covers_the_exact_document(checking: Checking):
    proven = checking.remote.instance.prove(checking.served)
    proven["credentialSubject"] = {**proven["credentialSubject"], "profession": "21"}
    checking.served = proven

    await checking.check(prove=False)

    await checking.refused("not by this key")


async def test_the_proof_must_be_for_assertions(checking: Checking):
    checking.served = checking.remote.instance.prove(
        checking.served, proofPurpose="authentication"
    )

    await checking.check(prove=False)

    await checking.refused("another kind")


async def test_the_key_must_be_in_the_issuers_assertion_method(checking: Checking):
    instance = checking.remote.instance
    checking.served = prove(
        checking.served, key=instance.proof_key, method=f"{instance.uri}#another"
    )

    await checking.check(prove=False)

    await checking.refused("not among the issuer's assertion keys")


async def test_the_key_of_a_doctor_is_not_the_issuers(checking: Checking):
    checking.served = checking.bob.prove(checking.served)

    await checking.check(prove=False)

    await checking.refused("not among the issuer's assertion keys")


async def test_the_key_must_be_controlled_by_the_issuer(checking: Checking):
    instance = checking.remote.instance
    method = instance.document()["assertionMethod"][0]
    instance.properties["assertionMethod"] = [{**method, "controller": checking.bob.uri}]

    await checking.check()

    # The pinned key is not there any more: that is a change nobody announced.
    await checking.refused("not the pinned instance actor of a clinical peer")


async def test_a_key_in_the_assertion_method_that_another_controls_is_none(checking: Checking):
    instance, bob = checking.remote.instance, checking.bob
    method = bob.document()["assertionMethod"][0]
    own = instance.document()["assertionMethod"]
    instance.properties["assertionMethod"] = [*own, {**method, "id": f"{instance.uri}#bobs"}]
    checking.served = prove(checking.served, key=bob.proof_key, method=f"{instance.uri}#bobs")

    await checking.check(prove=False)

    await checking.refused("not among the issuer's assertion keys")


async def test_a_key_for_authentication_alone_proves_no_credential(checking: Checking):
    instance = checking.remote.instance
    asserting = instance.document()["assertionMethod"]
    await checking.check()
    instance.rotate_proof_key()
    other = instance.document()["assertionMethod"]
    instance.properties |= {"assertionMethod": asserting, "authentication": other}
    clock.shift(timedelta(minutes=20))

    await checking.check()

    await checking.refused("not among the issuer's assertion keys")


async def test_a_published_key_that_is_not_pinned_is_not_believed(checking: Checking):
    instance = checking.remote.instance
    issuer = Issuer(
        uri=instance.uri, name="", published={instance.proof_key_id: instance.multibase},
        pinned=frozenset(),
    )  # fmt: skip
    document = read_document(json.dumps(instance.prove(checking.served)).encode())

    with pytest.raises(Untrusted, match="not the pinned one"):
        judge_credential(document, subject=checking.bob.uri, issuer=issuer, moment=now())
    pinned = replace(issuer, pinned=frozenset({instance.multibase}))
    judged = judge_credential(document, subject=checking.bob.uri, issuer=pinned, moment=now())
    assert judged.status_index == 7


async def test_a_key_beside_the_pinned_one_that_was_not_seen_at_the_pinning_counts_once_announced(
    checking: Checking, database: Database
):
    instance = checking.remote.instance
    old = instance.document()["assertionMethod"]
    await checking.check()

    instance.rotate_proof_key()
    instance.properties["assertionMethod"] = [*old, *instance.document()["assertionMethod"]]
    clock.shift(timedelta(minutes=20))
    await checking.check()

    assert await checking.badge() is not None
    async with database.read() as session:
        peer = await find_peer(session, checking.remote.host)
    assert peer.key_changed_at is None
    assert instance.multibase in peer.pinned_keys


async def test_the_key_must_be_the_pinned_one(checking: Checking, database: Database):
    await checking.check()
    checking.remote.instance.rotate_proof_key()

    await checking.check()

    await checking.refused("not the pinned instance actor of a clinical peer")
    async with database.read() as session:
        peer = await find_peer(session, checking.remote.host)
    assert peer.key_changed_at is not None
    assert peer.seen_keys == [checking.remote.instance.multibase]
    assert peer.pinned_keys != peer.seen_keys


async def test_the_issuer_must_be_the_pinned_instance_actor(checking: Checking):
    other = checking.remote.person("service", kind="Service")
    checking.served["issuer"] = other.uri
    checking.served = other.prove(checking.served)

    await checking.check(prove=False)

    await checking.refused("not the pinned instance actor of a clinical peer")


@pytest.mark.parametrize("peer_class", ["social", "blocked"])
async def test_the_issuers_host_must_be_clinical(
    checking: Checking, database: Database, peer_class: str
):
    await checking.check()
    asked = len(checking.remote.gets("/credentials"))
    async with database.transaction() as session:
        (await find_peer(session, checking.remote.host)).peer_class = peer_class

    await checking.judge()

    await checking.refused("is not a clinical peer")
    assert len(checking.remote.gets("/credentials")) == asked


async def test_a_peer_of_another_origin_is_not_believed(
    checking: Checking, database: Database, client: Client
):
    with FakeRemote("c") as foreign:
        await list_peer(database, foreign)
        uri = checking.bob.credential(issuer=foreign.instance)

        await checking.judge()

        assert await checking.badge() is None
        assert "no authority" in await checking.problem(uri)
        assert foreign.gets("/credentials") == []


async def test_an_authority_is_believed_for_its_register_beyond_its_own_host(
    checking: Checking, database: Database
):
    with FakeRemote("order") as order:
        await _list_authority(database, order, ["FR-RPPS"])
        uri = checking.bob.credential(issuer=order.instance)

        await checking.judge()

        badge = await checking.badge()
        assert badge.is_doctor
        assert (badge.issuer_uri, badge.credential_uri) == (order.instance.uri, uri)


async def test_an_authority_is_not_believed_for_another_register(
    checking: Checking, database: Database
):
    with FakeRemote("order") as order:
        await _list_authority(database, order, ["BE-INAMI"])
        uri = checking.bob.credential(issuer=order.instance)

        await checking.judge()

        assert await checking.badge() is None
        assert "no authority for FR-RPPS" in await checking.problem(uri)


async def _list_authority(database: Database, remote: FakeRemote, registers: list[str]) -> None:
    keys = [remote.instance.multibase]
    async with database.transaction() as session:
        await make_peer(
            session, remote.host, actor_uri=remote.instance.uri, pinned_keys=keys, seen_keys=keys,
            authority=True, registers=registers,
        )  # fmt: skip


async def test_the_credential_must_be_on_its_issuers_origin(
    checking: Checking, database: Database
):
    with FakeRemote("order") as order:
        await _list_authority(database, order, ["FR-RPPS"])
        # Issued by the doctor's own instance, but served from the authority's address.
        checking.uri = f"{order.base_url}/credentials/7"
        checking.bob.properties["credentials"] = [checking.uri]
        checking.served = checking.credential()
        order.serve(checking.remote.instance.prove(checking.served))
        checking.remote.serve(checking.remote.instance.prove(checking.list))

        await checking.judge()

        await checking.refused("not of its issuer's origin")


async def test_the_subject_must_be_this_actor(checking: Checking):
    carol = checking.remote.person("carol")
    checking.served["credentialSubject"]["id"] = carol.uri

    await checking.check()

    await checking.refused("about another actor")


async def test_an_expired_credential_gives_no_badge(checking: Checking):
    checking.served["validUntil"] = wire_time(now() - timedelta(seconds=1))

    await checking.check()

    await checking.refused("has expired")


async def test_a_credential_of_tomorrow_gives_no_badge_yet(checking: Checking):
    checking.served["validFrom"] = wire_time(now() + timedelta(days=1))

    await checking.check()

    await checking.refused("not valid yet")


async def test_a_clock_that_is_a_little_ahead_does_no_harm(checking: Checking):
    checking.served["validFrom"] = wire_time(now() + timedelta(seconds=30))

    await checking.check()

    assert await checking.badge() is not None


async def test_the_document_must_be_at_its_own_id(checking: Checking):
    checking.served["id"] = f"{checking.remote.base_url}/credentials/8"

    await checking.check()

    await checking.refused("not at its own id")


async def test_a_credential_that_is_only_declared_gives_no_badge(checking: Checking):
    checking.served = checking.credential(assurance="declared")

    await checking.check()

    await checking.refused("only declared")


async def test_an_assurance_that_nobody_knows_gives_no_badge(checking: Checking):
    checking.served = checking.credential(assurance="trust-me")

    await checking.check()

    await checking.refused("no assurance")


async def test_another_profession_has_a_badge_and_is_no_doctor(
    checking: Checking, database: Database
):
    checking.served = checking.credential(profession="60")

    await checking.check()

    badge = await checking.badge()
    assert (badge.is_doctor, badge.profession_label) == (False, "Infirmier")
    async with database.read() as session:
        assert not await is_doctor(session, checking.id)
