"""Deciding about claims: by whom, once, with a reason, not above the evidence; what comes of it."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import orjson
import pytest
from sqlalchemy import select

from actors.follows import save_follow
from actors.queries import find_badges, is_doctor
from claiming import HOSPITAL, PDF, PSC, admin, card, claim_of, person, verifier
from core.clock import now
from core.errors import Forbidden, InvalidInput, NotFound
from db.jobs import Job
from doctors import queries
from doctors.claims import get_claim
from doctors.deciding import grant, highest_assurance, refuse
from doctors.evidence import add_file, add_sign_on, list_evidence
from doctors.models import Assurance, Claim, ClaimState
from doctors.verification import verify
from doctors.verifiers import COMMAND_LINE, Verifier
from factories import make_local_actor, make_peer, make_remote_actor, make_user
from moderation.models import AuditEntry
from outbox.grant import send_grant
from outbox.models import OutboxActivity
from register_files import NUMBER
from users.verifiers import set_verifier

MATCH, ATTESTED = Assurance.REGISTER_MATCH, Assurance.INSTITUTION_ATTESTED
STRONG = Assurance.STRONG_AUTH


async def _grant(session, claim, by, assurance=MATCH, reason="known here"):
    return await grant(session, claim.id, decided_by=by, reason=reason, assurance=assurance)


async def test_a_grant_gives_verification_credential_and_badge(issuing):
    async with issuing.transaction() as session:
        alice = await person(session)
        claim = await claim_of(session, alice, specialities=["SM54"])
        await add_file(session, claim, "card.pdf", PDF)

        decision = await _grant(session, claim, await verifier(session))

        badge = (await find_badges(session, [alice.id]))[alice.id]
        issued = (await queries.list_issued(session, alice.id))[0]
        items = (await list_evidence(session, [claim.id]))[claim.id]
        assert await is_doctor(session, alice.id)
    given = decision.verification
    assert (claim.state, claim.decided_by, claim.reason) == (
        ClaimState.GRANTED,
        "@vera",
        "known here",
    )
    assert (given.claim_id, given.given_name, given.family_name) == (claim.id, "Alice", "MARTIN")
    # What the register does not have, a register match does not vouch for.
    assert (given.specialities, given.workplace) == (["SM04"], "CHU DE LYON")
    assert given.evidence["evidence"][0]["type"] == "application/pdf"
    assert "diploma" not in orjson.dumps(given.evidence).decode()
    assert given.evidence["entry"]["family_name"] == "MARTIN"
    assert (badge.label, badge.assurance) == ("Médecin vérifié", "register-match")
    subject = orjson.loads(issued.document)["credentialSubject"]
    assert (subject["name"], subject["specialities"]) == ("Alice Martin", ["SM04"])
    assert items[0].delete_at - claim.decided_at >= timedelta(days=30)


async def test_everybody_who_is_told_of_credentials_is_told(issuing):
    async with issuing.transaction() as session:
        alice, bob = await person(session), await make_remote_actor(session)
        await make_peer(session)
        await save_follow(session, bob, alice, uri=f"{bob.uri}#follows/1", accepted=True)
        claim = await claim_of(session, alice)

        await send_grant(
            session,
            claim.id,
            decided_by=await verifier(session),
            reason="known here",
            assurance=MATCH,
        )

        kinds = list(await session.scalars(select(OutboxActivity.type)))
    assert kinds == ["Update"]


@pytest.mark.parametrize("decide", ["grant", "refuse"])
async def test_a_decision_is_on_record_with_its_reason(issuing, decide):
    async with issuing.transaction() as session:
        claim = await claim_of(session, await person(session))
        by = await admin(session)
        if decide == "grant":
            await _grant(session, claim, by)
        else:
            await refuse(session, claim.id, decided_by=by, reason="known here")

        action = f"doctor.claim.{decide}"
        line = await session.scalar(select(AuditEntry).where(AuditEntry.action == action))
    assert (line.actor, line.subject) == ("@chief", "alice")
    assert (line.detail["reason"], line.detail["claim"]) == ("known here", str(claim.id))


async def test_a_refusal_gives_nothing_and_lets_claim_again(issuing):
    async with issuing.transaction() as session:
        alice = await person(session)
        claim = await claim_of(session, alice)

        decision = await refuse(
            session, claim.id, decided_by=await verifier(session), reason="unreadable"
        )
        again = await claim_of(session, alice)

        assert decision.verification is None
        assert await find_badges(session, [alice.id]) == {}
    assert (claim.state, claim.reason) == (ClaimState.REFUSED, "unreadable")
    assert again.state is ClaimState.OPEN


async def test_who_may_not_decide_decides_nothing(issuing):
    async with issuing.transaction() as session:
        alice = await person(session)
        claim = await claim_of(session, alice)
        own = Verifier("@alice", alice.id)
        by = await verifier(session)

        for reason in ("", "  ", "\x00", "x" * 2001):
            with pytest.raises(InvalidInput, match="reason"):
                await _grant(session, claim, by, reason=reason)
        with pytest.raises(Forbidden, match="themselves"):
            await _grant(session, claim, own)
        with pytest.raises(Forbidden, match="themselves"):
            await refuse(session, claim.id, decided_by=own, reason="x")
        with pytest.raises(NotFound):
            await refuse(session, 115, decided_by=by, reason="x")
        assert claim.state is ClaimState.OPEN


async def test_a_verifier_is_one_as_long_as_they_are_named_and_in_good_standing(issuing):
    from doctors.verifiers import verifier_of

    async with issuing.transaction() as session:
        actor = await make_local_actor(session, "vera")
        user = await make_user(session, actor)
        with pytest.raises(Forbidden):
            await verifier_of(session, actor)
        await set_verifier(session, "@vera", is_verifier=True, decided_by="test")
        assert await verifier_of(session, actor) == Verifier("@vera", actor.id)

        user.suspended_at = now()
        await session.flush()
        with pytest.raises(Forbidden):
            await verifier_of(session, actor)
        user.suspended_at = None
        await set_verifier(session, "vera", is_verifier=False, decided_by="test")
        with pytest.raises(Forbidden):
            await verifier_of(session, actor)
        with pytest.raises(NotFound):
            await set_verifier(session, "nobody", is_verifier=True, decided_by="test")
        lines = list(
            await session.scalars(
                select(AuditEntry.action)
                .where(AuditEntry.subject == "vera")
                .order_by(AuditEntry.id)
            )
        )
    assert lines == ["account.verifier.on", "account.verifier.off"]


@pytest.mark.parametrize(
    ("signs", "sends", "highest"),
    [
        ((), False, MATCH),
        ((), True, ATTESTED),
        ((HOSPITAL,), False, ATTESTED),
        ((PSC,), False, STRONG),
    ],
    ids=["register", "document", "hospital", "card"],
)
async def test_no_more_is_given_than_the_evidence_carries(issuing, signs, sends, highest):
    async with issuing.transaction() as session:
        claim = await claim_of(session, await person(session))
        for issuer in signs:
            await add_sign_on(session, claim, issuer, card())
        if sends:
            await add_file(session, claim, "card.pdf", PDF)
        by = await verifier(session)
        assert await highest_assurance(session, claim) is highest

        for more in list(Assurance)[highest.rank + 1 :]:
            with pytest.raises(InvalidInput, match="more than the evidence carries"):
                await _grant(session, claim, by, more)
        decision = await _grant(session, claim, by, highest)
    assert decision.verification.assurance is highest


async def test_a_number_that_nobody_has_looked_up_is_declared_at_most_and_makes_no_doctor(database):
    from factories import make_instance_actor

    async with database.transaction() as session:
        await make_instance_actor(session)
        alice = await person(session)
        claim = await claim_of(session, alice)
        by = await verifier(session)
        with pytest.raises(InvalidInput, match="more than"):
            await _grant(session, claim, by)

        await _grant(session, claim, by, Assurance.DECLARED)

        badge = (await find_badges(session, [alice.id]))[alice.id]
        assert not await is_doctor(session, alice.id)
    assert badge.label == "Profession déclarée"


async def test_what_an_institution_attests_is_what_was_claimed(issuing):
    async with issuing.transaction() as session:
        alice = await person(session)
        claim = await claim_of(
            session, alice, family_name="Martin-Durand", specialities=["SM54"], workplace="Unité 3"
        )
        await add_file(session, claim, "card.pdf", PDF)

        given = (await _grant(session, claim, await verifier(session), ATTESTED)).verification

    assert (given.name, given.specialities) == ("Alice Martin-Durand", ["SM54"])
    assert given.workplace == "Unité 3"


@pytest.mark.parametrize(
    ("profession", "label"),
    [("10-resident", "Interne en médecine vérifié"), ("50", "Sage-femme vérifiée")],
)
async def test_others_get_the_badge_of_their_profession(issuing, profession, label):
    async with issuing.transaction() as session:
        alice = await person(session)
        claim = await claim_of(session, alice, number="99900000193", profession=profession)
        await add_file(session, claim, "card.pdf", PDF)

        await _grant(session, claim, await verifier(session), ATTESTED)

        badge = (await find_badges(session, [alice.id]))[alice.id]
        assert not await is_doctor(session, alice.id)
    assert (badge.label, badge.is_doctor) == (label, False)


async def test_a_number_of_another_account_is_never_given(issuing):
    async with issuing.transaction() as session:
        first = await person(session)
        await verify(session, first, register="FR-RPPS", number=NUMBER, decided_by="test")
        claim = await claim_of(session, await person(session, "mallory"))
        await add_file(session, claim, "card.pdf", PDF)

        with pytest.raises(InvalidInput, match="another account"):
            await _grant(session, claim, await verifier(session), ATTESTED)


async def test_of_two_claims_to_one_number_the_second_is_refused_once_the_first_is_granted(issuing):
    async with issuing.transaction() as session:
        first = await claim_of(session, await person(session))
        second = await claim_of(session, await person(session, "mallory"))
        by = await verifier(session)
        await _grant(session, first, by)

        with pytest.raises(InvalidInput, match="another account"):
            await _grant(session, second, by)


async def test_another_profession_takes_the_earlier_ones_place_and_ends_its_credential(issuing):
    async with issuing.transaction() as session:
        alice = await person(session)
        by = await verifier(session)
        student = await claim_of(session, alice, profession="10-student")
        await add_file(session, student, "card.pdf", PDF)
        before = (await _grant(session, student, by, ATTESTED)).verification
        old = (await queries.list_issued(session, alice.id))[0]

        decision = await _grant(session, await claim_of(session, alice), by)

        assert await is_doctor(session, alice.id)
        assert (await queries.find_verification(session, alice.id)).id == decision.verification.id
    assert before.withdrawn_reason == "verified anew"
    assert decision.ended == (f"http://a.localhost:8001/credentials/{old.id}",)
    assert old.revoked_at is not None


async def test_of_two_verifiers_at_once_the_second_reads_what_was_decided(issuing):
    async with issuing.transaction() as session:
        claim = await claim_of(session, await person(session))
        verifiers = [await verifier(session), await admin(session)]

    async def decide(by):
        async with issuing.transaction() as session:
            return await _grant(session, claim, by)

    outcomes = await asyncio.gather(*map(decide, verifiers), return_exceptions=True)

    async with issuing.read() as session:
        decided = await get_claim(session, claim.id)
        credentials = await queries.list_issued(session, claim.actor_id)
    (told,) = [one for one in outcomes if isinstance(one, Exception)]
    assert isinstance(told, InvalidInput)
    assert f"granted already, by {decided.decided_by}" in str(told)
    assert len(credentials) == 1


async def test_of_two_who_claim_one_number_at_once_one_is_granted_it(issuing):
    async with issuing.transaction() as session:
        by = await verifier(session)
        people = [await person(session, name) for name in ("alice", "eve")]
        claims = [await claim_of(session, one) for one in people]

    async def decide(claim):
        async with issuing.transaction() as session:
            return await _grant(session, claim, by)

    outcomes = await asyncio.gather(*map(decide, claims), return_exceptions=True)

    async with issuing.read() as session:
        verified = await queries.list_verified(session)
    (told,) = [one for one in outcomes if isinstance(one, Exception)]
    assert isinstance(told, InvalidInput)
    assert "stands verified for" in str(told)
    assert len(verified) == 1


@pytest.mark.parametrize(
    "claimed",
    [{"number": "99900000029", "given_name": "Zoé", "family_name": "Petit"}, {"given_name": "Eve"}],
    ids=["a student as a doctor", "another name"],
)
async def test_a_document_makes_no_register_match_of_what_is_listed_otherwise(issuing, claimed):
    async with issuing.transaction() as session:
        claim = await claim_of(session, await person(session), **claimed)
        await add_file(session, claim, "card.pdf", PDF)

        with pytest.raises(InvalidInput, match="more than the evidence carries"):
            await _grant(session, claim, await verifier(session))
        decision = await _grant(session, claim, COMMAND_LINE, ATTESTED)

    assert decision.verification.assurance is ATTESTED


async def test_the_claimant_gets_a_letter_where_mail_is_sent(issuing):
    settings = issuing.settings
    object.__setattr__(settings, "smtp_url", type(settings.smtp_url)("smtp://127.0.0.1:1"))
    async with issuing.transaction() as session:
        for name, decide in (("alice", _grant), ("bob", None)):
            claim = await claim_of(session, await person(session, name), remark="")
            if decide is not None:
                await decide(session, claim, COMMAND_LINE)
            else:
                await refuse(session, claim.id, decided_by=COMMAND_LINE, reason="no")

        owed = list(await session.scalars(select(Job.payload).where(Job.kind == "send mail")))
    assert sorted(one["letter"] for one in owed) == ["badge granted", "badge refused"]
    assert "no" not in [one.get("reason") for one in owed]


async def test_a_claim_of_a_suspended_account_is_not_granted(issuing):
    async with issuing.transaction() as session:
        alice = await person(session)
        claim = await claim_of(session, alice)
        alice.suspended_at = now()

        with pytest.raises(InvalidInput, match="suspended"):
            await _grant(session, claim, await verifier(session))
        assert (await session.get_one(Claim, claim.id)).state is ClaimState.OPEN
