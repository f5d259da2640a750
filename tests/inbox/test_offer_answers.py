"""Accept and Reject of what this instance, an authority, offered: noted, or taken back."""

from __future__ import annotations

import json

import pytest
import pytest_asyncio
from sqlmodel import col

from actors.queries import find_badges
from doctors import queries
from doctors.models import CredentialOffer, OfferState
from factories import make_register_entry
from outbox.models import OutboxActivity
from outbox.offer import send_vouching

NUMBER = "99900000003"


@pytest_asyncio.fixture
async def offered(house, bob):
    """The Offer that bob, of the clinical peer, was sent."""
    bob.properties["name"] = "Dr Bob Durand"
    actor = await house.known(bob)
    async with house.database.transaction() as session:
        await make_register_entry(session, NUMBER, "Bob", "Durand")
        await send_vouching(
            session, actor, register="FR-RPPS", number=NUMBER, decided_by="the Order"
        )
    row = await house.one(OutboxActivity, col(OutboxActivity.type) == "Offer")
    return json.loads(row.body)


async def _state(house) -> OfferState:
    return (await house.one(CredentialOffer)).state


@pytest.mark.parametrize("embedded", [True, False], ids=["the offer", "its id"])
async def test_an_accept_is_noted(house, bob, offered, embedded):
    answered = offered if embedded else offered["id"]

    inbox = f"{house.uris.base_url}/actor/inbox"
    await house.take(bob, bob.activity("Accept", answered), inbox=inbox)

    assert await house.outcome() == ("handled", None)
    offer = await house.one(CredentialOffer)
    assert (offer.state, offer.answered_at is not None) == (OfferState.ACCEPTED, True)


async def test_accepted_and_shown_it_is_a_badge_here_too(house, bob, offered):
    await house.take(bob, bob.activity("Accept", offered["id"]))
    bob.properties["credentials"] = [offered["object"]]

    await house.take(bob, bob.activity("Update", bob.document()))
    await house.do_jobs()

    actor = await house.known(bob)
    async with house.database.read() as session:
        badges = await find_badges(session, [actor.id])
    assert badges[actor.id].credential_uri == offered["object"]


async def test_only_whom_it_was_offered_to_answers(house, remote, offered):
    eve = remote.person("eve")

    for verb in ("Accept", "Reject"):
        await house.take(eve, eve.activity(verb, offered["id"]))

    assert await _state(house) is OfferState.OPEN


async def test_an_answer_to_an_offer_that_was_never_made_is_left_alone(house, bob, offered):
    await house.take(bob, bob.activity("Accept", f"{house.uris.base_url}/actor/activities/1"))

    assert (await house.outcome())[0] == "ignored"
    assert await _state(house) is OfferState.OPEN


async def test_a_reject_takes_the_credential_back_and_the_peers_are_told(house, bob, offered):
    await house.take(bob, bob.activity("Accept", offered["id"]))

    await house.take(bob, bob.activity("Reject", offered["id"]))

    assert await house.outcome() == ("handled", None)
    assert await _state(house) is OfferState.DECLINED
    actor = await house.known(bob)
    async with house.database.read() as session:
        assert await queries.find_verification(session, actor.id) is None
        (issued,) = await queries.list_issued(session, actor.id)
    assert issued.revoked_at is not None
    delete = await house.one(OutboxActivity, col(OutboxActivity.type) == "Delete")
    assert json.loads(delete.body)["object"] == offered["object"]


@pytest.mark.parametrize("verb", ["Accept", "Reject"])
async def test_an_answer_that_is_repeated_does_nothing_more(house, bob, offered, verb):
    await house.take(bob, bob.activity(verb, offered["id"]))

    async with house.nothing_changes():
        await house.take(bob, bob.activity(verb, offered["id"]))

    assert (await house.outcome())[0] == "ignored"
