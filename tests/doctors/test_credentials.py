"""A badge is shown only if all holds (WIRE §5): for each condition a test where just it fails."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from actors.queries import find_badges, is_doctor
from actors.remote import resolve_actor
from checking import Checking
from core import clock
from core.clock import now, wire_time
from core.errors import FetchUnavailable, Untrusted
from db.session import Database
from doctors.credentials import check_actor, drop_badge, forget_credential
from doctors.judging import Issuer, judge_credential
from factories import make_peer
from fakes.fixtures import list_peer
from fakes.proofs import credential, prove
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


# The status list


async def test_a_revoked_bit_takes_the_badge(checking: Checking):
    checking.list = checking.status_list(7)

    await checking.check()

    await checking.refused("the status list says that it is revoked")


async def test_another_ones_bit_does_not(checking: Checking):
    checking.list = checking.status_list(6, 8)

    await checking.check()

    assert await checking.badge() is not None


async def test_an_index_beyond_the_list_gives_no_badge(checking: Checking):
    checking.served["credentialStatus"]["statusListIndex"] = "131072"

    await checking.check()

    await checking.refused("beyond the list")


async def test_the_status_must_be_about_revocation(checking: Checking):
    checking.served["credentialStatus"]["statusPurpose"] = "suspension"

    await checking.check()

    await checking.refused("nothing about revocation")


async def test_the_list_must_be_about_revocation(checking: Checking):
    checking.list["credentialSubject"]["statusPurpose"] = "suspension"

    await checking.check()

    await checking.refused("the status list tells nothing about revocation")


async def test_the_list_must_be_the_issuers(checking: Checking):
    checking.list["issuer"] = checking.bob.uri

    await checking.check()

    await checking.refused("another issuer")


async def test_the_list_must_be_of_the_issuers_origin(checking: Checking, database: Database):
    with FakeRemote("c") as foreign:
        await list_peer(database, foreign)
        checking.lists = f"{foreign.base_url}/credentials/status/1"
        checking.served, checking.list = checking.credential(), None
        foreign.serve(checking.remote.instance.prove(checking.status_list()))

        await checking.check()

        await checking.refused("the status list is not of the issuer's origin")
        assert foreign.gets("/credentials") == []


async def test_the_list_must_be_the_one_that_is_named(checking: Checking):
    checking.list["id"] = f"{checking.remote.base_url}/credentials/status/2"

    await checking.check()

    await checking.refused("not at its own id")


async def test_the_lists_proof_must_be_valid(checking: Checking):
    proven = checking.remote.instance.prove(checking.list)
    clear = checking.status_list()["credentialSubject"]
    checking.remote.serve({**proven, "credentialSubject": {**clear, "ttl": 1}})
    checking.list = None

    await checking.check()

    await checking.refused("not by this key")


async def test_a_list_that_has_ended_counts_for_nothing(checking: Checking):
    checking.list["validUntil"] = wire_time(now() - timedelta(seconds=1))

    await checking.check()

    await checking.refused("the status list has expired")


async def test_a_list_that_cannot_be_reached_means_no_badge_yet_and_another_try(
    checking: Checking,
):
    checking.remote.script("/credentials/status/1", status=503)

    with pytest.raises(FetchUnavailable):
        await checking.check()
    first = await checking.badge()
    checking.remote.unscript("/credentials/status/1")
    await checking.judge()

    assert first is None
    assert await checking.badge() is not None


async def test_what_is_known_stays_while_the_issuer_does_not_answer(checking: Checking):
    await checking.check()
    checking.remote.script("/credentials/7", status=503)

    with pytest.raises(FetchUnavailable):
        await checking.judge()

    assert await checking.badge() is not None


# Several, withdrawn, another's


async def test_of_two_credentials_the_doctors_counts_before_the_better_attested(
    checking: Checking,
):
    instance = checking.remote.instance
    second = f"{checking.remote.base_url}/credentials/8"
    nurse = credential(
        uri=second, issuer=instance.uri, subject=checking.bob.uri, status_list=checking.lists,
        index=8, profession="60", assurance="strong-auth",
    )  # fmt: skip
    checking.remote.serve(instance.prove(nurse))
    checking.bob.properties["credentials"] = [second, checking.uri]

    await checking.check()

    assert (await checking.badge()).credential_uri == checking.uri
    checking.list = checking.status_list(7)
    clock.shift(timedelta(minutes=16))
    await checking.check()
    assert (await checking.badge()).credential_uri == second


async def test_a_bad_credential_beside_a_good_one_does_no_harm(checking: Checking):
    checking.bob.properties["credentials"] = [
        f"{checking.remote.base_url}/credentials/404", "not a uri", checking.uri,
        f"{checking.remote.base_url}/{'x' * 1500}", f"{checking.remote.base_url}/{'é' * 1500}",
    ]  # fmt: skip

    await checking.check()

    assert (await checking.badge()).credential_uri == checking.uri


async def test_a_credential_that_is_not_shown_any_more_gives_no_badge(checking: Checking):
    await checking.check()
    checking.bob.properties["credentials"] = []
    clock.shift(timedelta(minutes=1))
    await resolve_actor(
        checking.database, checking.client, checking.bob.uri, max_age=timedelta(0)
    )

    await checking.judge()

    assert await checking.badge() is None
    assert await checking.problem() == "nothing is held"


async def test_a_credential_that_is_gone_gives_no_badge(checking: Checking):
    await checking.check()
    checking.remote.remove(checking.uri, gone=True)

    await checking.judge()

    await checking.refused("revoked by its issuer")


async def test_the_issuers_delete_takes_the_badge_at_once_and_for_good(
    checking: Checking, database: Database
):
    await checking.check()

    async with database.transaction() as session:
        forgotten = await forget_credential(
            session, checking.uri, by_host=checking.remote.host
        )
    at_once = await checking.badge()
    await checking.judge()

    assert forgotten
    assert at_once is None
    await checking.refused("revoked by its issuer")


async def test_another_hosts_delete_of_a_credential_counts_for_nothing(
    checking: Checking, database: Database
):
    await checking.check()

    async with database.transaction() as session:
        for uri, host in (
            (checking.uri, "c.localhost"),
            ("no uri", checking.remote.host),
            (f"{checking.remote.base_url}/credentials/99", checking.remote.host),
        ):
            assert not await forget_credential(session, uri, by_host=host)

    assert await checking.badge() is not None


async def test_who_shows_anothers_credential_does_the_other_no_harm(checking: Checking):
    await checking.check()
    thief = checking.remote.person("thief", credentials=[checking.uri])
    stranger = await resolve_actor(checking.database, checking.client, thief.uri)

    await check_actor(checking.database, checking.client, stranger.id)

    assert await checking.badge() is not None
    assert await checking.problem() is None
    async with checking.database.read() as session:
        assert await find_badges(session, [stranger.id]) == {}


async def test_the_true_subject_takes_over_what_a_thief_showed_first(checking: Checking):
    instance = checking.remote.instance
    checking.remote.serve(instance.prove(checking.served))
    thief = checking.remote.person("thief", credentials=[checking.uri])
    stranger = await resolve_actor(checking.database, checking.client, thief.uri)
    checking.remote.serve(instance.prove(checking.list))
    await check_actor(checking.database, checking.client, stranger.id)
    assert await checking.problem() == "the credential is about another actor"

    await checking.check()

    assert await checking.badge() is not None
    assert await checking.problem() is None


async def test_a_dropped_badge_comes_back_only_by_a_check(checking: Checking, database: Database):
    await checking.check()
    async with database.transaction() as session:
        await drop_badge(session, checking.id, "an administrator's word")
    dropped = await checking.problem()

    await checking.judge()

    assert dropped == "an administrator's word"
    assert await checking.badge() is not None


async def test_a_clinical_peer_that_was_down_when_listed_is_pinned_at_first_contact(
    checking: Checking, database: Database
):
    async with database.transaction() as session:
        peer = await find_peer(session, checking.remote.host)
        peer.actor_uri, peer.pinned_keys, peer.seen_keys = None, [], []

    await checking.check()

    assert await checking.badge() is not None
    async with database.read() as session:
        peer = await find_peer(session, checking.remote.host)
    assert peer.actor_uri == checking.remote.instance.uri
    assert peer.pinned_keys == [checking.remote.instance.multibase]


async def test_who_lives_here_is_never_judged_by_what_is_fetched(
    checking: Checking, database: Database
):
    from factories import make_local_actor

    async with database.transaction() as session:
        alice = await make_local_actor(session, doctor=True)

    await check_actor(database, checking.client, alice.id)

    async with database.read() as session:
        assert await is_doctor(session, alice.id)


async def test_a_credential_of_the_wrong_content_type_is_not_read(checking: Checking):
    body = json.dumps(checking.remote.instance.prove(checking.served))
    checking.remote.script("/credentials/7", body=body, content_type="text/html")

    await checking.check()

    await checking.refused("not a credential")
    checking.remote.script("/credentials/7", body=body, content_type="application/vc")
    await checking.judge()
    assert await checking.badge() is not None
