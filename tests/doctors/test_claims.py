"""Claims: what may be said, by whom, how often; taken back, listed, ended with the account."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from claiming import PDF, claim_of, person, verifier
from core import clock
from core.errors import InvalidInput, NotFound
from db.jobs import Job
from db.paging import Page
from doctors import claims
from doctors.evidence import add_file, delete_ended, list_evidence
from doctors.matching import CHECK_DIGIT, Match
from doctors.models import ClaimState, Evidence
from factories import make_instance_actor, make_remote_actor
from moderation.models import AuditEntry
from outbox.delete import send_delete_actor
from register_files import NUMBER


async def test_a_claim_is_kept_in_normal_form_compared_and_on_record(issuing):
    async with issuing.transaction() as session:
        alice = await person(session)

        claim = await claim_of(
            session,
            alice,
            number=f"8 {NUMBER}",
            family_name="  Martin ",
            specialities=["SM04", "SM04"],
            workplace="CHU\nde Lyon",
        )

        found = await claims.find_open_claim(session, alice.id)
        audit = await session.scalar(select(AuditEntry).where(AuditEntry.action == "doctor.claim"))
    assert found.id == claim.id
    assert (claim.number, claim.family_name) == (NUMBER, "Martin")
    assert (claim.specialities, claim.workplace) == (["SM04"], "CHU de Lyon")
    assert claim.proposed.value == "register-match"
    assert (audit.actor, audit.subject, audit.detail["number"]) == ("@alice", "alice", NUMBER)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"register": "XX-NONE"}, "no register"),
        ({"number": "12"}, "RPPS"),
        ({"profession": "77"}, "no profession"),
        ({"profession": "60-resident"}, "no profession"),
        ({"specialities": ["SM99"]}, "no speciality"),
        ({"given_name": " "}, "given name is missing"),
        ({"family_name": "\u200b"}, "family name is missing"),
        ({"remark": "x" * 2001}, "at most 2000"),
    ],
    ids=lambda value: value if isinstance(value, str) else next(iter(value)),
)
async def test_what_cannot_be_is_refused_in_words(issuing, values, message):
    async with issuing.transaction() as session:
        alice = await person(session)

        with pytest.raises(InvalidInput, match=message):
            await claim_of(session, alice, **values)

        assert await claims.list_own_claims(session, alice.id) == []


async def test_a_wrong_check_digit_is_a_remark_and_no_refusal(issuing):
    async with issuing.transaction() as session:
        claim = await claim_of(session, await person(session), number="99900000095")

    assert CHECK_DIGIT in [one.kind for one in Match.of(claim.match).findings]
    assert claim.proposed.value == "declared"


async def test_only_people_of_this_house_who_are_in_good_standing_claim(issuing):
    async with issuing.transaction() as session:
        alice, bob = await person(session), await make_remote_actor(session)
        alice.suspended_at = clock.now()

        for actor in (alice, bob):
            with pytest.raises(InvalidInput):
                await claim_of(session, actor)


async def test_one_claim_waits_at_a_time_and_another_may_follow_one_that_was_withdrawn(issuing):
    async with issuing.transaction() as session:
        alice = await person(session)
        first = await claim_of(session, alice)
        with pytest.raises(InvalidInput, match="waits"):
            await claim_of(session, alice)

        await claims.withdraw_claim(session, alice, first.id)
        second = await claim_of(session, alice)

        own = await claims.list_own_claims(session, alice.id)
        with pytest.raises(InvalidInput, match="withdrawn"):
            await claims.withdraw_claim(session, alice, first.id)
    assert [(one.id, one.state.value) for one in own] == [
        (second.id, "open"),
        (first.id, "withdrawn"),
    ]


async def test_nobody_sees_or_withdraws_the_claim_of_another(issuing):
    async with issuing.transaction() as session:
        claim = await claim_of(session, await person(session))
        other = await person(session, "bob", "Bob Durand")

        with pytest.raises(NotFound):
            await claims.get_own_claim(session, other.id, claim.id)
        with pytest.raises(NotFound):
            await claims.withdraw_claim(session, other, claim.id)


async def test_verifiers_page_through_claims_by_their_state(issuing):
    async with issuing.transaction() as session:
        made = [
            await claim_of(session, await person(session, f"p{n}"), number="99900000011")
            for n in range(3)
        ]
        alice = await person(session)
        gone = await claim_of(session, alice)
        await claims.withdraw_claim(session, alice, gone.id)

        waiting = await claims.list_claims(session, claims.WAITING, Page(limit=2))
        rest = await claims.list_claims(
            session, claims.WAITING, Page(limit=2, max_id=waiting[-1][0].id)
        )
        ended = await claims.list_claims(session, [ClaimState.WITHDRAWN], Page())

        assert await claims.count_waiting(session) == 3
    assert [one.id for one, _ in [*waiting, *rest]] == [one.id for one in reversed(made)]
    assert [(one.id, actor.username) for one, actor in ended] == [(gone.id, "alice")]


async def test_evidence_of_a_withdrawn_claim_goes_after_the_set_time(issuing):
    async with issuing.transaction() as session:
        alice = await person(session)
        claim = await claim_of(session, alice)
        await add_file(session, claim, "card.pdf", PDF)
        await claims.withdraw_claim(session, alice, claim.id)
    clock.shift(timedelta(days=29))
    async with issuing.transaction() as session:
        assert await delete_ended(session) == 0
    clock.shift(timedelta(days=2))

    async with issuing.transaction() as session:
        assert await delete_ended(session) == 1
        assert await list_evidence(session, [claim.id]) == {claim.id: []}


async def test_with_the_account_its_claim_ends_and_all_its_evidence_goes_at_once(database):
    async with database.transaction() as session:
        await make_instance_actor(session)
        alice = await person(session)
        claim = await claim_of(session, alice)
        await add_file(session, claim, "card.pdf", PDF)

        await send_delete_actor(session, alice)

        left = await session.scalar(select(func.count()).select_from(Evidence))
        assert await claims.list_own_claims(session, alice.id) == []
        ended = await session.scalar(
            select(AuditEntry.actor).where(AuditEntry.action == "doctor.claim.withdraw")
        )
    assert (left, ended) == (0, "account deletion")


async def test_verifiers_get_a_letter_where_mail_is_sent(settings, database):
    object.__setattr__(settings, "smtp_url", type(settings.smtp_url)("smtp://127.0.0.1:1"))
    async with database.transaction() as session:
        await verifier(session)
        await claim_of(session, await person(session))

        owed = list(await session.scalars(select(Job.payload).where(Job.kind == "send mail")))
    assert [one["letter"] for one in owed] == ["claim waits"]
