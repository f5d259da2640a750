"""Verifying anew: by what the register says, or a verifier's word; it gives no more than that."""

from __future__ import annotations

import asyncio

import pytest

from actors.models import Actor
from claiming import PDF, admin, claim_of, person, verifier
from core.clock import now
from core.errors import InvalidInput, NotFound
from doctors import queries
from doctors.confirming import confirm
from doctors.deciding import grant
from doctors.evidence import add_file
from doctors.issue import renew_due
from doctors.models import Assurance, RegisterEntry
from register_files import NUMBER


async def _granted(session, **claimed):
    claim = await claim_of(session, await person(session), **claimed)
    await add_file(session, claim, "card.pdf", PDF)
    decision = await grant(
        session,
        claim.id,
        decided_by=await verifier(session),
        reason="known here",
        assurance=Assurance.INSTITUTION_ATTESTED,
    )
    return decision.verification


async def _confirm(session, standing, reason="seen again"):
    by = await admin(session)
    return await confirm(session, standing.id, decided_by=by, reason=reason)


async def test_who_has_retired_does_not_practise_again_by_being_verified_anew(issuing):
    async with issuing.transaction() as session:
        standing = await _granted(session, profession="10-retired")

        confirmed = await _confirm(session, standing)

    assert confirmed.verification.profession == "10-retired"
    assert confirmed.verification.assurance is Assurance.INSTITUTION_ATTESTED


async def test_who_retired_and_left_the_register_is_renewed_by_a_verifiers_word(issuing):
    async with issuing.transaction() as session:
        standing = await _granted(session, profession="10-retired")
        await session.delete(await session.get_one(RegisterEntry, ("FR-RPPS", NUMBER)))

        await _confirm(session, standing)
        issued = (await queries.list_issued(session, standing.actor_id))[0]
        issued.renew_at = now()
        await session.flush()

        assert [actor.username for actor in await renew_due(session)] == ["alice"]


async def test_who_is_suspended_is_not_verified_anew(issuing):
    async with issuing.transaction() as session:
        standing = await _granted(session)
        (await session.get_one(Actor, standing.actor_id)).suspended_at = now()

        with pytest.raises(InvalidInput, match="suspended"):
            await _confirm(session, standing)


async def test_of_two_who_verify_anew_at_once_one_is_told_that_it_was_done(issuing):
    async with issuing.transaction() as session:
        standing = await _granted(session)
        verifiers = [await admin(session), await verifier(session, "victor")]

    async def again(by):
        async with issuing.transaction() as session:
            return await confirm(session, standing.id, decided_by=by, reason="seen again")

    outcomes = await asyncio.gather(*map(again, verifiers), return_exceptions=True)

    async with issuing.read() as session:
        verified = await queries.list_verified(session)
    assert [type(one) for one in outcomes if isinstance(one, Exception)] == [NotFound]
    assert len(verified) == 1
