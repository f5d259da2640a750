"""Offer: what an authority sends to whom it vouches for, again at renewal, and when it ends."""

from __future__ import annotations

from datetime import timedelta

import orjson
import pytest
import pytest_asyncio
from sqlalchemy import select

from actors.models import Actor
from core import clock
from core.clock import now
from doctors.issue import renew_due
from doctors.models import CredentialOffer, OfferState, RegisterEntry
from doctors.queries import find_verification, list_issued
from factories import (
    make_instance_actor,
    make_local_actor,
    make_peer,
    make_register_entry,
    make_remote_actor,
)
from fakes.proofs import is_proven
from moderation.models import PeerClass
from outbox.accept import build_accept_offer
from outbox.offer import build_offer, send_offer, send_renewed, send_vouching
from outbox.reject import build_reject_offer
from outbox.revoke import send_revocation

H, C, S = "h.localhost:8002", "c.localhost:8003", "s.localhost:8004"
NUMBER = "99900000003"


@pytest_asyncio.fixture
async def anne(session) -> Actor:
    """A doctor of the hospital, in our register; another clinical peer, and a social one."""
    await make_instance_actor(session)
    for host, peer_class in (
        (H, PeerClass.CLINICAL),
        (C, PeerClass.CLINICAL),
        (S, PeerClass.SOCIAL),
    ):
        await make_peer(session, host, peer_class=peer_class)
    await make_register_entry(session, NUMBER, "Anne", "Martin")
    actor = await make_remote_actor(session, "anne", host=H)
    actor.name = "Dr Anne Martin"
    return actor


async def _vouch(session, actor):
    return await send_vouching(
        session, actor, register="FR-RPPS", number=NUMBER, decided_by="the Order"
    )


async def _offers(session) -> list[CredentialOffer]:
    statement = select(CredentialOffer).order_by(CredentialOffer.id)
    return list(await session.scalars(statement))


def test_an_offer_is_the_same_whenever_it_is_built():
    told = {
        "issuer_uri": "https://o.example/actor",
        "subject_uri": "https://h.example/users/anne",
        "credential_uri": "https://o.example/credentials/1",
    }

    offer = build_offer(**told)

    assert offer == build_offer(**told)
    assert offer["id"].startswith("https://o.example/actor/activities/")
    assert (offer["type"], offer["object"]) == ("Offer", told["credential_uri"])
    assert (offer["to"], offer["cc"]) == ([told["subject_uri"]], [])


def test_an_answer_names_the_offer_and_is_for_its_issuer():
    offer = CredentialOffer(
        uri="https://o.example/actor/activities/1",
        actor_id=1,
        issuer_uri="https://o.example/actor",
        credential_uri="https://o.example/credentials/1",
    )
    doctor = "https://h.example/users/anne"

    accept = build_accept_offer(offer, doctor_uri=doctor)
    reject = build_reject_offer(offer, doctor_uri=doctor)

    for answer in (accept, reject):
        assert answer["object"] == {
            "id": offer.uri, "type": "Offer", "actor": offer.issuer_uri,
            "object": offer.credential_uri, "to": [doctor],
        }  # fmt: skip
        assert (answer["actor"], answer["to"]) == (doctor, [offer.issuer_uri])
    assert accept["id"] != reject["id"]


async def test_vouching_offers_the_credential_at_the_doctors_own_inbox(session, sent, anne):
    await _vouch(session, anne)

    ((inbox, offer),) = await sent()
    (issued,) = await list_issued(session, anne.id)
    assert inbox == anne.inbox
    assert offer["object"] == f"http://a.localhost:8001/credentials/{issued.id}"
    assert offer["actor"] == "http://a.localhost:8001/actor"
    method = offer["proof"]["verificationMethod"]
    assert is_proven(offer, method.partition("#")[2])
    (noted,) = await _offers(session)
    assert (noted.uri, noted.state) == (offer["id"], OfferState.OPEN)


async def test_an_offer_is_tried_again_for_two_weeks_and_goes_before_posts(session, claim, anne):
    await _vouch(session, anne)

    (owed,) = await claim()

    assert (owed.type, owed.inbox) == ("Offer", anne.inbox)
    assert (owed.expires_at - now()).days >= 13


async def test_said_again_it_is_the_same_offer(session, sent, anne):
    await _vouch(session, anne)
    (issued,) = await list_issued(session, anne.id)

    await send_offer(session, anne, issued)

    assert len(await sent("Offer")) == 1
    assert len(await _offers(session)) == 1


async def test_a_renewal_is_offered_again_to_the_same_doctor(session, sent, anne):
    await _vouch(session, anne)
    clock.shift(timedelta(days=76))

    renewed = await renew_due(session)
    for actor in renewed:
        await send_renewed(session, actor)

    assert renewed == [anne]
    offers = [offer for _, offer in await sent("Offer")]
    assert len({offer["object"] for offer in offers}) == 2
    assert {tuple(offer["to"]) for offer in offers} == {(anne.uri,)}
    assert await sent("Update") == []
    assert len(await _offers(session)) == 2


async def test_a_renewal_of_somebody_here_is_told_by_an_update(session, sent, anne):
    alice = await make_local_actor(session, "alice")

    await send_renewed(session, alice)

    assert {activity["type"] for _, activity in await sent()} == {"Update"}


async def test_revoked_the_peers_and_the_doctors_home_are_told_first_and_no_update_is_ours(
    session, sent, claim, anne
):
    await _vouch(session, anne)
    (issued,) = await list_issued(session, anne.id)

    ended = await send_revocation(session, anne, decided_by="the Order", reason="struck off")

    uri = f"http://a.localhost:8001/credentials/{issued.id}"
    assert ended == [uri]
    told = [(inbox, activity) for inbox, activity in await sent("Delete")]
    assert {inbox for inbox, _ in told} == {
        f"http://{H}/inbox", f"http://{C}/inbox", anne.inbox,
    }  # fmt: skip
    assert {activity["object"] for _, activity in told} == {uri}
    assert await sent("Update") == []
    # The offer did not arrive: it never will.
    assert await sent("Offer") == []
    held = await claim()
    assert [owed.type for owed in held] == ["Delete"] * 3
    assert all((owed.expires_at - now()).days >= 29 for owed in held)


@pytest.mark.parametrize("peer_class", [PeerClass.SOCIAL, PeerClass.BLOCKED])
async def test_a_home_that_is_no_clinical_peer_hears_of_it_unless_it_is_blocked(
    session, sent, anne, peer_class
):
    await _vouch(session, anne)
    await make_peer(session, H, peer_class=peer_class)

    await send_revocation(session, anne, decided_by="the Order", reason="struck off")

    told = {inbox for inbox, _ in await sent("Delete")}
    assert (anne.inbox in told) is (peer_class is PeerClass.SOCIAL)


async def test_vouched_for_as_somebody_else_the_first_credential_ends_with_a_delete(
    session, sent, anne
):
    await _vouch(session, anne)
    (first,) = await list_issued(session, anne.id)
    entry = await session.get_one(RegisterEntry, ("FR-RPPS", NUMBER))
    entry.profession = "50"
    await session.flush()

    await _vouch(session, anne)

    assert {activity["object"] for _, activity in await sent("Delete")} == {
        f"http://a.localhost:8001/credentials/{first.id}"
    }
    standing = await find_verification(session, anne.id)
    assert standing is not None
    newest = (await list_issued(session, anne.id))[0]
    assert orjson.loads(newest.document)["credentialSubject"]["profession"] == "50"
