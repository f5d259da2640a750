"""Offer: an authority vouches for somebody here; they accept it, or not; it ends at its word."""

from __future__ import annotations

import json

import pytest
import pytest_asyncio
from sqlmodel import col

from actors.documents import actor_document
from actors.models import Actor
from authorities import Order
from core.clock import now
from db.jobs import Job
from doctors.models import CredentialOffer, OfferState
from fakes.fixtures import list_peer
from fakes.remote import FakeRemote
from moderation.queries import find_peer
from outbox.accept import send_accept_offer
from outbox.models import OutboxActivity, Priority
from outbox.reject import send_reject_offer

REGISTER = "FR-RPPS"


@pytest_asyncio.fixture
async def order(house, remote) -> Order:
    """The clinical peer is an authority for the French register."""
    made = Order(house.database, remote)
    await made.is_listed(REGISTER)
    return made


@pytest_asyncio.fixture
async def dora(house) -> Actor:
    """Somebody here without a badge."""
    return await house.local("dora")


@pytest.fixture
def receive(house):
    """`await receive(order, offer, to=dora)`: into their own inbox, and what is owed then."""

    async def take(order: Order, offer: dict, *, to: Actor, by=None) -> tuple[str, str | None]:
        await house.take(by or order.instance, offer, inbox=house.inbox_of(to))
        await house.do_jobs()
        return await house.outcome()

    return take


@pytest.fixture
def answer(house):
    """`await answer(order, dora, accept=True)`: what somebody does with what they are shown."""

    async def give(order: Order, actor: Actor, *, accept: bool = True) -> None:
        found = (await order.offered(actor))[0]
        async with house.database.transaction() as session:
            actor = await session.get_one(Actor, actor.id)
            offer = await session.get_one(CredentialOffer, found.offer.id)
            if accept:
                found = type(found)(offer, found.credential, found.issuer_name)
                await send_accept_offer(session, actor, found, by="@dora")
            else:
                await send_reject_offer(session, actor, offer)
        await house.do_jobs()

    return give


async def _document(house, actor):
    async with house.database.read() as session:
        return await actor_document(session, await session.get_one(Actor, actor.id))


async def _sent(house, kind):
    rows = await house.all(OutboxActivity, col(OutboxActivity.type) == kind)
    return [json.loads(row.body) for row in rows]


async def test_an_authoritys_offer_is_judged_and_shown_and_gives_nothing_yet(
    house, order, dora, receive
):
    uri = order.vouches_for(dora.uri)

    assert await receive(order, order.offer(dora.uri, uri), to=dora) == ("handled", None)

    (found,) = await order.offered(dora)
    assert found.offer.state is OfferState.OPEN
    assert (found.credential.name, found.credential.register) == ("B. Durand", REGISTER)
    assert await order.badge(dora) is None
    assert (await _document(house, dora)).get("credentials", []) == []


async def test_accepted_it_is_a_badge_and_the_profile_names_it_and_all_are_told(
    house, order, dora, receive, answer
):
    uri = order.vouches_for(dora.uri)
    offer = order.offer(dora.uri, uri)
    await receive(order, offer, to=dora)

    await answer(order, dora)

    badge = await order.badge(dora)
    assert badge.is_doctor
    assert (badge.credential_uri, badge.issuer_uri) == (uri, order.instance.uri)
    document = await _document(house, dora)
    assert document["credentials"] == [uri]
    assert document["practitioner"]["profession"] == "10"
    (accept,) = await _sent(house, "Accept")
    assert (accept["object"]["id"], accept["object"]["object"]) == (offer["id"], uri)
    assert accept["to"] == [order.instance.uri]
    (update,) = await _sent(house, "Update")
    assert update["object"]["credentials"] == [uri]


async def test_declined_it_is_not_shown_any_more_and_the_authority_is_told(
    house, order, dora, receive, answer
):
    offer = order.offer(dora.uri, order.vouches_for(dora.uri))
    await receive(order, offer, to=dora)

    await answer(order, dora, accept=False)

    assert await order.offered(dora) == []
    assert await order.badge(dora) is None
    assert (await _sent(house, "Reject"))[0]["object"]["id"] == offer["id"]
    assert await _sent(house, "Update") == []


async def test_what_was_accepted_can_be_given_up(house, order, dora, receive, answer):
    await receive(order, order.offer(dora.uri, order.vouches_for(dora.uri)), to=dora)
    await answer(order, dora)

    await answer(order, dora, accept=False)

    assert await order.badge(dora) is None
    assert (await _document(house, dora)).get("credentials", []) == []
    assert len(await _sent(house, "Update")) == 2


async def test_who_is_no_authority_offers_nothing(house, order, dora, receive):
    await order.is_listed()
    uri = order.vouches_for(dora.uri)

    name, reason = await receive(order, order.offer(dora.uri, uri), to=dora)

    assert (name, "is no authority" in reason) == ("rejected", True)
    assert await house.all(CredentialOffer) == []
    assert order.remote.gets("/credentials") == []


async def test_only_the_pinned_instance_actor_offers(house, order, bob, dora, receive):
    uri = order.vouches_for(dora.uri)
    offer = bob.activity("Offer", uri, to=[dora.uri])

    name, reason = await receive(order, offer, to=dora, by=bob)

    assert (name, "pinned instance actor" in reason) == ("rejected", True)
    assert await house.all(CredentialOffer) == []


async def test_an_authority_whose_key_changed_unannounced_offers_nothing(
    house, order, dora, receive
):
    async with house.database.transaction() as session:
        peer = await find_peer(session, order.remote.host)
        peer.key_changed_at = now()
    uri = order.vouches_for(dora.uri)

    name, reason = await receive(order, order.offer(dora.uri, uri), to=dora)

    assert (name, "pinned instance actor" in reason) == ("rejected", True)


async def test_a_credential_of_another_origin_is_not_the_authoritys_to_offer(
    house, order, dora, receive
):
    with FakeRemote("c") as foreign:
        await list_peer(house.database, foreign)
        uri = Order(house.database, foreign).vouches_for(dora.uri)

        name, reason = await receive(order, order.offer(dora.uri, uri), to=dora)

    assert (name, "not of its issuer's origin" in reason) == ("rejected", True)
    assert foreign.gets("/credentials") == []


@pytest.mark.parametrize("whom", ["nobody", "two", "a stranger"])
async def test_what_is_not_for_one_person_here_is_left_alone(
    house, order, alice, dora, receive, whom
):
    named = {"nobody": [], "two": [alice.uri, dora.uri], "a stranger": [order.instance.uri]}[whom]
    offer = order.offer(dora.uri, order.vouches_for(dora.uri), to=named)

    name, _ = await receive(order, offer, to=dora)

    assert name == "ignored"
    assert await house.all(CredentialOffer) == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"register": "GB-GMC"}, "no authority for GB-GMC"),
        ({"assurance": "declared"}, "only declared"),
        ({"id": "http://b.localhost/users/eve"}, "about another actor"),
    ],
)
async def test_what_does_not_hold_is_never_shown_and_the_reason_is_kept(
    order, dora, receive, changes, reason
):
    uri = order.vouches_for(dora.uri, **changes)

    await receive(order, order.offer(dora.uri, uri), to=dora)

    assert await order.offered(dora) == []
    (refused,) = await order.refused()
    assert (refused.actor.id, refused.uri) == (dora.id, uri)
    assert reason in refused.reason


async def test_a_tampered_one_is_never_shown(order, dora, receive):
    uri = order.vouches_for(dora.uri)
    served = order.remote.documents["/credentials/7"]
    served["credentialSubject"]["specialities"] = ["SM54"]

    await receive(order, order.offer(dora.uri, uri), to=dora)

    assert await order.offered(dora) == []
    assert "not by this key" in (await order.refused())[0].reason


async def test_while_the_authority_does_not_answer_nothing_is_shown_and_it_is_tried_again(
    house, order, dora, receive
):
    uri = order.vouches_for(dora.uri)
    order.remote.script("/credentials/7", status=503, times=1)
    offer = order.offer(dora.uri, uri)

    await receive(order, offer, to=dora)

    assert await order.offered(dora) == []
    assert await order.refused() == []
    (job,) = await house.all(Job, col(Job.kind) == "judge offer")
    assert job.attempts == 1


async def test_an_offer_repeated_before_the_answer_changes_nothing(house, order, dora, receive):
    uri = order.vouches_for(dora.uri)
    await receive(order, order.offer(dora.uri, uri), to=dora)

    name, reason = await receive(order, order.offer(dora.uri, uri), to=dora)

    assert (name, reason) == ("ignored", "it was offered before")
    assert len(await house.all(CredentialOffer)) == 1


@pytest.mark.parametrize(("accept", "verb"), [(True, "Accept"), (False, "Reject")])
async def test_an_offer_repeated_after_the_answer_gets_the_same_answer(
    house, order, dora, receive, answer, accept, verb
):
    uri = order.vouches_for(dora.uri)
    await receive(order, order.offer(dora.uri, uri), to=dora)
    await answer(order, dora, accept=accept)

    assert await receive(order, order.offer(dora.uri, uri), to=dora) == ("handled", None)

    assert len(await _sent(house, verb)) == 1
    assert len(await house.all(CredentialOffer)) == 1


async def test_no_more_than_ten_wait_for_an_answer(house, order, dora, receive):
    for index in range(10):
        uri = order.vouches_for(dora.uri, index=index)
        await house.take(order.instance, order.offer(dora.uri, uri), inbox=house.inbox_of(dora))

    name, reason = await receive(
        order, order.offer(dora.uri, order.vouches_for(dora.uri, index=10)), to=dora
    )

    assert (name, "to answer first" in reason) == ("rejected", True)


async def test_a_renewal_of_what_was_accepted_is_accepted_by_itself(
    house, order, dora, receive, answer
):
    first = order.vouches_for(dora.uri)
    await receive(order, order.offer(dora.uri, first), to=dora)
    await answer(order, dora)
    second = order.vouches_for(dora.uri, index=8)

    await receive(order, order.offer(dora.uri, second), to=dora)

    assert (await order.badge(dora)).credential_uri == second
    assert (await _document(house, dora))["credentials"] == [second]
    assert [one.offer.credential_uri for one in await order.offered(dora)] == [second]
    assert len(await _sent(house, "Accept")) == 2


async def test_what_was_never_accepted_is_not_renewed_by_itself(order, dora, receive):
    await receive(order, order.offer(dora.uri, order.vouches_for(dora.uri)), to=dora)

    await receive(order, order.offer(dora.uri, order.vouches_for(dora.uri, index=8)), to=dora)

    assert await order.badge(dora) is None
    assert {one.offer.state for one in await order.offered(dora)} == {OfferState.OPEN}


async def test_another_registers_credential_waits_for_the_doctors_word(
    house, order, dora, receive, answer
):
    await order.is_listed(REGISTER, "GB-GMC")
    await receive(order, order.offer(dora.uri, order.vouches_for(dora.uri)), to=dora)
    await answer(order, dora)
    other = order.vouches_for(dora.uri, index=8, register="GB-GMC")

    await receive(order, order.offer(dora.uri, other), to=dora)

    states = {one.credential.register: one.offer.state for one in await order.offered(dora)}
    assert states == {REGISTER: OfferState.ACCEPTED, "GB-GMC": OfferState.OPEN}


async def test_after_a_revocation_nothing_is_accepted_by_itself(
    house, order, dora, receive, answer
):
    first = order.vouches_for(dora.uri)
    await receive(order, order.offer(dora.uri, first), to=dora)
    await answer(order, dora)
    await house.take(order.instance, order.instance.activity("Delete", first))

    await receive(order, order.offer(dora.uri, order.vouches_for(dora.uri, index=8)), to=dora)

    assert await order.badge(dora) is None
    assert [one.offer.state for one in await order.offered(dora)] == [OfferState.OPEN]


async def test_the_authoritys_delete_takes_the_badge_at_once_and_all_are_told_first_of_all(
    house, order, dora, receive, answer
):
    uri = order.vouches_for(dora.uri)
    await receive(order, order.offer(dora.uri, uri), to=dora)
    await answer(order, dora)

    await house.take(order.instance, order.instance.activity("Delete", uri))

    assert await order.badge(dora) is None
    assert (await _document(house, dora)).get("credentials", []) == []
    await house.do_jobs()
    last = (await house.all(OutboxActivity, col(OutboxActivity.type) == "Update"))[-1]
    assert last.priority == Priority.REVOCATION
    assert json.loads(last.body)["object"].get("credentials", []) == []


async def test_anothers_delete_of_what_the_authority_vouched_for_counts_for_nothing(
    house, order, bob, dora, receive, answer
):
    uri = order.vouches_for(dora.uri)
    await receive(order, order.offer(dora.uri, uri), to=dora)
    await answer(order, dora)

    await house.take(bob, bob.activity("Delete", uri))

    assert await order.badge(dora) is not None
