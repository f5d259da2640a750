"""What was verified by a claim, as time goes on: renewed with the register, or flagged."""

from __future__ import annotations

from datetime import timedelta

from actors.queries import find_badges
from claiming import PDF, claim_of, person, verifier
from core import clock
from doctors import queries
from doctors.deciding import grant
from doctors.evidence import add_file
from doctors.issue import renew_due
from doctors.models import Assurance, RegisterEntry
from register_files import NUMBER

MATCH, ATTESTED = Assurance.REGISTER_MATCH, Assurance.INSTITUTION_ATTESTED


async def _grant(session, claim, by, assurance=MATCH, reason="known here"):
    return await grant(session, claim.id, decided_by=by, reason=reason, assurance=assurance)


async def test_what_rests_on_documents_is_renewed_for_a_year_and_then_flagged(issuing):
    async with issuing.transaction() as session:
        alice = await person(session, name="Docteur Pseudo")
        claim = await claim_of(session, alice, number="99900000193")
        await add_file(session, claim, "card.pdf", PDF)
        await _grant(session, claim, await verifier(session), ATTESTED)
    renewed = 0
    for _ in range(7):
        clock.shift(timedelta(days=76))
        async with issuing.transaction() as session:
            renewed += len(await renew_due(session))

    async with issuing.transaction() as session:
        flagged = await queries.list_flagged(session)
    assert renewed == 4
    assert [one.flag_reason for one, _ in flagged] == [
        "verified by documents more than a year ago"
    ]


async def test_a_granted_claim_is_renewed_while_the_register_says_so(issuing):
    async with issuing.transaction() as session:
        alice = await person(session, name="Dr A. Dupont")
        claim = await claim_of(session, alice)
        await _grant(session, claim, await verifier(session))
        entry = await session.get_one(RegisterEntry, ("FR-RPPS", NUMBER))
        entry.specialities, entry.workplace = ["SM73"], "HCL"
    clock.shift(timedelta(days=76))

    async with issuing.transaction() as session:
        renewed = await renew_due(session)
        badge = (await find_badges(session, [alice.id]))[alice.id]
    assert [actor.username for actor in renewed] == ["alice"]
    assert (badge.specialities, badge.institution) == (["SM73"], "HCL")
