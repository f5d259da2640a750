"""Four eyes: a badge needs two verifiers where the instance asks for it; a refusal needs one."""

from __future__ import annotations

import pytest

from actors.queries import find_badges
from claiming import HOSPITAL, PDF, admin, claim_of, person, verifier
from core.errors import Forbidden, InvalidInput
from core.settings import Switch
from doctors.claims import withdraw_claim
from doctors.deciding import grant, refuse
from doctors.evidence import add_file, add_sign_on, remove_evidence
from doctors.models import Assurance, ClaimState
from doctors.verifiers import COMMAND_LINE
from users.verifiers import set_verifier

MATCH = Assurance.REGISTER_MATCH


async def _grant(session, claim, by, assurance=MATCH, reason="known here"):
    return await grant(session, claim.id, decided_by=by, reason=reason, assurance=assurance)


def _with_four_eyes(database):
    object.__setattr__(database.settings, "four_eyes", Switch.ON)


async def test_with_four_eyes_two_verifiers_consent(issuing):
    _with_four_eyes(issuing)
    async with issuing.transaction() as session:
        alice = await person(session)
        claim = await claim_of(session, alice)
        vera, root = await verifier(session), await admin(session)

        first = await _grant(session, claim, vera)
        with pytest.raises(Forbidden, match="another verifier"):
            await _grant(session, claim, vera)
        with pytest.raises(Forbidden, match="another verifier"):
            await refuse(session, claim.id, decided_by=vera, reason="on reflection")
        assert (first.verification, claim.state) == (None, ClaimState.SECOND_LOOK)
        assert await find_badges(session, [alice.id]) == {}
        second = await _grant(session, claim, root, reason="seen")

    assert second.verification.decided_by == "@chief"
    assert (claim.first_decided_by, claim.first_reason) == ("@vera", "known here")
    assert (claim.decided_by, claim.reason) == ("@chief", "seen")


async def test_the_second_gives_no_more_than_the_first_agreed_to(issuing):
    _with_four_eyes(issuing)
    async with issuing.transaction() as session:
        claim = await claim_of(session, await person(session))
        await add_file(session, claim, "card.pdf", PDF)
        vera, root = await verifier(session), await admin(session)
        await _grant(session, claim, vera)

        with pytest.raises(InvalidInput, match="first verifier agreed"):
            await _grant(session, claim, root, Assurance.INSTITUTION_ATTESTED)
        second = await _grant(session, claim, root)

    assert (claim.first_assurance, second.verification.assurance) == (MATCH, MATCH)


@pytest.mark.parametrize("looks", [1, 2])
async def test_with_four_eyes_one_refusal_is_enough(issuing, looks):
    _with_four_eyes(issuing)
    async with issuing.transaction() as session:
        claim = await claim_of(session, await person(session))
        if looks == 2:
            await _grant(session, claim, await verifier(session))

        await refuse(session, claim.id, decided_by=COMMAND_LINE, reason="no")

    assert claim.state is ClaimState.REFUSED


async def test_what_waits_for_a_second_look_may_be_withdrawn_and_is_then_over(issuing):
    _with_four_eyes(issuing)
    async with issuing.transaction() as session:
        alice = await person(session)
        claim = await claim_of(session, alice)
        await _grant(session, claim, await verifier(session))
        await withdraw_claim(session, alice, claim.id)

        with pytest.raises(InvalidInput, match="withdrawn"):
            await _grant(session, claim, COMMAND_LINE)


@pytest.mark.parametrize("change", ["added", "removed", "signed on"])
async def test_what_changes_after_the_first_look_is_looked_at_by_two_again(issuing, change):
    _with_four_eyes(issuing)
    async with issuing.transaction() as session:
        claim = await claim_of(session, await person(session))
        item = await add_file(session, claim, "card.pdf", PDF)
        vera, root = await verifier(session), await admin(session)
        await _grant(session, claim, vera)

        if change == "added":
            await add_file(session, claim, "another.pdf", PDF)
        elif change == "removed":
            await remove_evidence(session, claim, item.id)
        else:
            await add_sign_on(session, claim, HOSPITAL, {"given_name": "Alice"})
        assert (claim.state, claim.first_decided_by) == (ClaimState.OPEN, None)
        again = await _grant(session, claim, root)

    assert (again.verification, claim.first_decided_by) == (None, "@chief")


async def test_the_look_of_who_is_no_verifier_any_more_counts_for_nothing(issuing):
    _with_four_eyes(issuing)
    async with issuing.transaction() as session:
        claim = await claim_of(session, await person(session))
        vera, root = await verifier(session), await admin(session)
        await _grant(session, claim, vera)
        await set_verifier(session, "vera", is_verifier=False, decided_by="test")

        first = await _grant(session, claim, root)
        await set_verifier(session, "vera", is_verifier=True, decided_by="test")
        second = await _grant(session, claim, vera)

    assert (first.verification, second.verification.decided_by) == (None, "@vera")
    assert claim.first_decided_by == "@chief"
