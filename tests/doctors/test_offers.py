"""Credentials of authorities held for people here: beside our own, the best one counts."""

from __future__ import annotations

from datetime import timedelta

import pytest
import pytest_asyncio
from sqlalchemy import delete, select
from sqlmodel import col

from actors.models import Actor, Badge
from actors.queries import find_badges, find_extension
from authorities import Order
from core import clock
from core.clock import now
from core.errors import InvalidInput, NotFound
from db.jobs import Job
from db.paging import Page
from doctors import queries
from doctors.credentials import check_actor, drop_badge
from doctors.held_lists import recheck_status
from doctors.models import CredentialOffer, OfferState
from doctors.offers import (
    accept_offer,
    decline_offer,
    get_offered,
    list_offered,
    renews,
    save_offer,
)
from doctors.pinning import end_trust
from doctors.verification import verify, withdraw
from factories import make_local_actor
from moderation.queries import find_peer
from register_files import NUMBER

REGISTER = "FR-RPPS"
NURSE = "99900000011"


class Desk:
    """Somebody here, and what an authority offers to them."""

    def __init__(self, database, client, order: Order, actor: Actor) -> None:
        self.database, self.client, self.order, self.actor = database, client, order, actor
        self.own = "http://a.localhost:8001/actor"

    async def offer(self, *, index: int = 7, **changes) -> int:
        """Take an offer in and judge it; return our number for it."""
        uri = self.order.vouches_for(self.actor.uri, index=index, **changes)
        async with self.database.transaction() as session:
            offer = await save_offer(
                session,
                self.actor,
                uri=f"{uri}#offer",
                issuer_uri=self.order.instance.uri,
                credential_uri=uri,
            )
        await self.check()
        return offer.id

    async def accept(self, **offered) -> int:
        """Take an offer in and accept it."""
        offer_id = await self.offer(**offered)
        async with self.database.transaction() as session:
            found = await get_offered(session, self.actor.id, offer_id)
            await accept_offer(session, self.actor, found, by="@dora")
        return offer_id

    async def verify(self, number: str, name: str) -> None:
        """Verify them here as well."""
        async with self.database.transaction() as session:
            actor = await session.get_one(Actor, self.actor.id)
            actor.name = name
            await verify(session, actor, register=REGISTER, number=number, decided_by="test")

    async def check(self) -> None:
        await check_actor(self.database, self.client, self.actor.id)

    async def badge(self) -> Badge | None:
        async with self.database.read() as session:
            return (await find_badges(session, [self.actor.id])).get(self.actor.id)

    async def issuer(self) -> str | None:
        badge = await self.badge()
        return badge.issuer_uri if badge else None

    async def named(self) -> list[str]:
        """The credentials that their document names."""
        async with self.database.read() as session:
            found = await find_extension(session, self.actor.id)
        return [uri.partition("//")[2].partition("/")[0] for uri in found.get("credentials", [])]


@pytest_asyncio.fixture
async def desk(issuing, client, remote) -> Desk:
    order = Order(issuing, remote)
    await order.is_listed(REGISTER)
    async with issuing.transaction() as session:
        actor = await make_local_actor(session, "dora")
    return Desk(issuing, client, order, actor)


async def test_what_is_not_accepted_never_gives_a_badge(desk):
    await desk.offer()

    await desk.check()
    await recheck_status(desk.database, desk.client)

    assert await desk.badge() is None
    assert await desk.named() == []


async def test_of_our_word_and_the_authoritys_the_better_counts(desk):
    await desk.verify(NURSE, "Bastien Durand")
    before = await desk.issuer()

    await desk.accept()

    assert (before, await desk.issuer()) == (desk.own, desk.order.instance.uri)
    assert await desk.named() == ["a.localhost:8001", desk.order.remote.host]


async def test_issued_or_renewed_here_our_own_does_not_hide_the_authoritys_better_one(desk):
    await desk.accept(assurance="strong-auth")

    await desk.verify(NUMBER, "Dr Alice Martin")

    assert await desk.issuer() == desk.order.instance.uri
    assert await desk.named() == ["a.localhost:8001", desk.order.remote.host]


async def test_a_worse_one_of_an_authority_stands_beside_ours(desk):
    await desk.verify(NUMBER, "Dr Alice Martin")

    await desk.accept(profession="60")

    assert await desk.issuer() == desk.own
    assert await desk.named() == ["a.localhost:8001", desk.order.remote.host]


async def test_taken_back_here_the_authoritys_word_stays(desk):
    await desk.accept()
    await desk.verify(NUMBER, "Dr Alice Martin")

    async with desk.database.transaction() as session:
        actor = await session.get_one(Actor, desk.actor.id)
        await withdraw(session, actor, decided_by="test", reason="left")

    assert await desk.issuer() == desk.order.instance.uri
    assert await desk.named() == [desk.order.remote.host]


async def test_revoked_by_the_authoritys_list_our_word_counts_again_and_all_are_told(desk):
    await desk.verify(NURSE, "Bastien Durand")
    await desk.accept()
    desk.order.remote.serve_status_list(revoked=[7])
    clock.shift(timedelta(minutes=16))

    await recheck_status(desk.database, desk.client)

    assert await desk.issuer() == desk.own
    assert await desk.named() == ["a.localhost:8001"]
    async with desk.database.read() as session:
        jobs = await session.scalars(select(Job).where(col(Job.kind) == "tell profile"))
    assert [job.payload["is_urgent"] for job in jobs][-1] is True


async def test_when_the_authoritys_has_run_out_our_own_counts_again(desk):
    await desk.verify(NURSE, "Bastien Durand")
    await desk.accept()
    clock.shift(timedelta(days=81))

    between = await desk.issuer()
    await recheck_status(desk.database, desk.client)

    assert between is None
    assert await desk.issuer() == desk.own


async def test_a_badge_that_ended_with_an_unreachable_list_is_back_with_the_list(desk):
    await desk.accept()
    desk.order.remote.script("/credentials/status/1", status=503)
    clock.shift(timedelta(days=2))
    await recheck_status(desk.database, desk.client)
    gone = await desk.badge()
    async with desk.database.transaction() as session:
        await session.execute(delete(Badge))

    desk.order.remote.unscript("/credentials/status/1")
    desk.order.remote.serve_status_list()
    await recheck_status(desk.database, desk.client)

    assert gone is None
    assert await desk.issuer() == desk.order.instance.uri


async def test_an_authority_that_is_trusted_no_more_leaves_our_own_word(desk):
    await desk.verify(NURSE, "Bastien Durand")
    await desk.accept()
    async with desk.database.transaction() as session:
        peer = await find_peer(session, desk.order.remote.host)
        peer.authority = False
        await end_trust(session, peer, "the peer is trusted otherwise now")

    await desk.check()

    assert await desk.issuer() == desk.own
    async with desk.database.read() as session:
        (refused,) = await queries.list_refused(session, Page())
    assert "is no authority" in refused.reason


async def test_a_pseudonymous_doctor_accepts_too_the_badge_says_who_was_verified(desk):
    await desk.accept()

    assert (await desk.badge()).name == "B. Durand"


async def test_declined_it_cannot_be_accepted_any_more(desk):
    offer_id = await desk.offer()
    async with desk.database.transaction() as session:
        offer = await session.get_one(CredentialOffer, offer_id)
        await decline_offer(session, desk.actor, offer)
        await decline_offer(session, desk.actor, offer)

        with pytest.raises(NotFound):
            await get_offered(session, desk.actor.id, offer_id)
        assert await list_offered(session, desk.actor.id) == []


async def test_nobody_answers_anothers_offer(desk):
    offer_id = await desk.offer()
    async with desk.database.transaction() as session:
        eve = await make_local_actor(session, "eve")

        with pytest.raises(NotFound):
            await get_offered(session, eve.id, offer_id)


async def test_what_ran_out_while_it_waited_is_not_shown(desk):
    await desk.offer()
    clock.shift(timedelta(days=81))

    async with desk.database.read() as session:
        assert await list_offered(session, desk.actor.id) == []


async def test_a_renewal_that_comes_late_still_goes_on_with_what_was_accepted(desk):
    await desk.accept()
    clock.shift(timedelta(days=85))
    offer_id = await desk.offer(index=8)

    async with desk.database.transaction() as session:
        found = await get_offered(session, desk.actor.id, offer_id)
        assert await renews(session, found)
        await accept_offer(session, desk.actor, found, by="renewal")
        left = list(await session.scalars(select(CredentialOffer.id)))
    assert left == [offer_id]


async def test_too_many_of_one_authority_are_refused(desk):
    for index in range(10):
        await desk.offer(index=index)

    with pytest.raises(InvalidInput, match="to answer first"):
        await desk.offer(index=10)


async def test_a_deleted_account_keeps_no_badge(desk):
    await desk.accept()

    async with desk.database.transaction() as session:
        await drop_badge(session, desk.actor.id, "the account is deleted")

    assert await desk.badge() is None


async def test_accepting_twice_does_nothing_more(desk):
    offer_id = await desk.accept()

    async with desk.database.transaction() as session:
        found = await get_offered(session, desk.actor.id, offer_id)
        answered = found.offer.answered_at
        await accept_offer(session, desk.actor, found, by="@dora")

    assert found.offer.state is OfferState.ACCEPTED
    assert found.offer.answered_at == answered < now()


async def test_administrators_read_what_is_refused_whose_and_why(desk):
    await desk.offer(index=1, assurance="declared")
    await desk.offer(index=2, register="GB-GMC")
    await desk.offer(index=3)

    async with desk.database.read() as session:
        found = await queries.list_refused(session, Page())
        beyond = await queries.list_refused(session, Page(max_id=desk.actor.id))

    assert [(one.actor.id, one.uri[-1]) for one in found] == [
        (desk.actor.id, "1"), (desk.actor.id, "2"),
    ]  # fmt: skip
    assert "only declared" in found[0].reason
    assert "no authority for GB-GMC" in found[1].reason
    assert beyond == []
