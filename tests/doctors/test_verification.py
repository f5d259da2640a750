"""Verifying an account by its register entry: what is compared, kept, issued, taken back."""

from __future__ import annotations

from datetime import timedelta

import orjson
import pytest
from sqlalchemy import func, select

from actors.documents import actor_document
from actors.models import Badge
from actors.queries import find_badges, find_extension, is_doctor
from core import clock
from core.clock import now
from core.errors import InvalidInput
from doctors import queries
from doctors.issue import renew_due
from doctors.models import IssuedCredential, RegisterEntry, Verification
from doctors.registers.entries import find_entry
from doctors.verification import verify, withdraw
from factories import make_local_actor, make_remote_actor
from fakes.proofs import is_proven
from federation.documents.credential import read_credential
from federation.documents.lenient import read_document
from moderation.models import AuditEntry
from register_files import NUMBER

NURSE, STUDENT = "99900000011", "99900000029"


async def _alice(session, name="Dr Alice Martin", username="alice"):
    actor = await make_local_actor(session, username)
    actor.name = name
    await session.flush()
    return actor


async def _verify(session, actor, number=NUMBER, **more):
    return await verify(
        session, actor, register="FR-RPPS", number=number, decided_by="an administrator", **more
    )


async def _issued(session, actor) -> IssuedCredential:
    return (await queries.list_issued(session, actor.id))[0]


async def test_the_decision_is_kept_with_its_evidence(issuing):
    async with issuing.transaction() as session:
        alice = await _alice(session)

        verification = await _verify(session, alice, "8" + NUMBER)

        audit = await session.scalar(select(AuditEntry).where(AuditEntry.action == "doctor.verify"))
    assert verification.decided_by == "an administrator"
    assert verification.assurance.value == "register-match"
    assert verification.evidence["edition"]["file"] == "register.txt"
    assert verification.evidence["edition"]["imported_at"]
    assert verification.evidence["entry"]["family_name"] == "MARTIN"
    assert verification.evidence["comparison"] == {
        "name_shown": "Dr Alice Martin",
        "profession_declared": None,
        "check_digit": True,
    }
    assert (audit.actor, audit.subject) == ("an administrator", "alice")
    assert audit.detail["number"] == NUMBER


async def test_the_credential_is_what_the_wire_says(issuing):
    async with issuing.transaction() as session:
        alice = await _alice(session)
        await _verify(session, alice)
        issued = await _issued(session, alice)

    json = orjson.loads(issued.document)
    base = "http://a.localhost:8001"
    assert json["id"] == f"{base}/credentials/{issued.id}"
    assert json["type"] == ["VerifiableCredential", "PractitionerCredential"]
    assert json["issuer"] == f"{base}/actor"
    subject = dict(json["credentialSubject"])
    assert subject.pop("verifiedAt").endswith("Z")
    assert subject == {
        "id": f"{base}/users/alice",
        "name": "Alice Martin",
        "register": "FR-RPPS",
        "registrationNumber": NUMBER,
        "profession": "10",
        "specialities": ["SM04"],
        "assurance": "register-match",
    }
    assert json["credentialStatus"] == {
        "id": f"{base}/credentials/status/1#{issued.status_index}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": str(issued.status_index),
        "statusListCredential": f"{base}/credentials/status/1",
    }
    assert json["proof"]["@context"] == json["@context"]
    assert is_proven(json, json["proof"]["verificationMethod"].partition("#")[2])
    read = read_credential(read_document(issued.document))
    assert read.valid_until - read.valid_from == timedelta(days=90)
    assert timedelta(days=60) <= issued.renew_at - issued.issued_at <= timedelta(days=75)


async def test_the_actor_shows_it_and_has_its_badge(issuing):
    async with issuing.transaction() as session:
        alice = await _alice(session)
        await _verify(session, alice)

        badge = (await find_badges(session, [alice.id]))[alice.id]
        document = await actor_document(session, alice)
    assert badge.is_doctor
    assert badge.specialities_label == "Cardiologie et Maladies vasculaires"
    assert badge.institution == "CHU DE LYON"
    assert document["credentials"] == [badge.credential_uri]
    assert document["practitioner"]["profession"] == "10"
    assert document["practitioner"]["specialities"] == ["SM04"]
    assert document["attachment"][0]["name"] == "Médecin vérifié"


async def test_another_profession_has_a_badge_and_is_no_doctor(issuing):
    async with issuing.transaction() as session:
        nurse = await _alice(session, "Bastien Durand", "bastien")
        await _verify(session, nurse, NURSE)

        badge = (await find_badges(session, [nurse.id]))[nurse.id]
        assert not await is_doctor(session, nurse.id)
    assert (badge.profession_label, badge.is_doctor) == ("Infirmier", False)


@pytest.mark.parametrize(
    ("name", "number", "more", "message"),
    [
        ("Dr Bob Durand", NUMBER, {}, "number of another person"),
        ("Dr Martin", NUMBER, {}, "number of another person"),
        ("Dr Alice Martin", NUMBER, {"profession": "60"}, "number of another profession"),
        ("Dr Alice Martin", "99900000095", {}, "check digit is wrong"),
        ("Dr Alice Martin", "99900000193", {}, "has no number 99900000193$"),
        ("Dr Alice Martin", "12", {}, "no RPPS number"),
    ],
)
async def test_what_does_not_fit_is_told_in_one_line_and_changes_nothing(
    issuing, name, number, more, message
):
    async with issuing.transaction() as session:
        alice = await _alice(session, name)

    with pytest.raises(InvalidInput, match=message) as caught:
        async with issuing.transaction() as session:
            await _verify(session, alice, number, **more)

    assert "\n" not in str(caught.value)
    async with issuing.read() as session:
        for table in (Verification, IssuedCredential, Badge):
            assert await session.scalar(select(func.count()).select_from(table)) == 0
        assert await find_extension(session, alice.id) == {}


@pytest.mark.parametrize(
    ("said", "profession", "label"),
    [
        (None, "10-student", "Étudiant en médecine vérifié"),
        ("10", "10-student", "Étudiant en médecine vérifié"),
        ("10-resident", "10-resident", "Interne en médecine vérifié"),
    ],
)
async def test_whom_the_register_lists_as_a_student_has_a_badge_of_their_own(
    issuing, said, profession, label
):
    async with issuing.transaction() as session:
        zoe = await _alice(session, "Zoé Petit", "zoe")
        await _verify(session, zoe, STUDENT, profession=said)

        badge = (await find_badges(session, [zoe.id]))[zoe.id]
        assert not await is_doctor(session, zoe.id)
    assert (badge.profession, badge.label, badge.is_doctor) == (profession, label, False)


async def test_who_practises_is_not_verified_as_a_student(issuing):
    async with issuing.transaction() as session:
        alice = await _alice(session)

        with pytest.raises(InvalidInput, match="number of another profession"):
            await _verify(session, alice, profession="10-student")


async def test_the_profession_that_a_profile_declares_is_compared(issuing):
    from actors.queries import save_extension

    async with issuing.transaction() as session:
        alice = await _alice(session)
        await save_extension(session, alice.id, {"practitioner": {"profession": "40"}})

        with pytest.raises(InvalidInput, match=r"the account is 40 \(Chirurgien-Dentiste\)"):
            await _verify(session, alice)


async def test_a_register_that_was_never_imported_says_what_to_do(database):
    async with database.transaction() as session:
        alice = await _alice(session)

        with pytest.raises(InvalidInput, match="consilium register import"):
            await _verify(session, alice)
        with pytest.raises(InvalidInput, match="known: FR-RPPS"):
            await verify(session, alice, register="XX", number="1", decided_by="test")


async def test_one_number_verifies_one_account(issuing):
    async with issuing.transaction() as session:
        await _verify(session, await _alice(session))
        other = await _alice(session, username="alice2")

        with pytest.raises(InvalidInput, match="stands verified for the account 'alice' already"):
            await _verify(session, other)


async def test_who_does_not_live_here_or_is_suspended_is_not_verified(issuing):
    async with issuing.transaction() as session:
        bob = await make_remote_actor(session)
        alice = await _alice(session)
        alice.suspended_at = now()

        for actor in (bob, alice):
            with pytest.raises(InvalidInput):
                await _verify(session, actor)


async def test_verifying_anew_replaces_the_credential_that_is_shown(issuing):
    async with issuing.transaction() as session:
        alice = await _alice(session)
        first = await _verify(session, alice)
        entry = await find_entry(session, "FR-RPPS", NUMBER)
        entry.specialities = ["SM04", "SM54"]
        second = await _verify(session, alice)

        assert first.withdrawn_reason == "verified anew"
        assert (await queries.find_verification(session, alice.id)).id == second.id
        badge = (await find_badges(session, [alice.id]))[alice.id]
        assert badge.specialities == ["SM04", "SM54"]
        shown = (await find_extension(session, alice.id))["credentials"]
        assert shown == [badge.credential_uri]


async def test_taking_it_back_sets_the_bit_and_leaves_nothing_on_the_actor(issuing):
    async with issuing.transaction() as session:
        alice = await _alice(session)
        await _verify(session, alice)
        issued = await _issued(session, alice)

        revoked = await withdraw(session, alice, decided_by="root", reason="left")

        assert revoked == [f"http://a.localhost:8001/credentials/{issued.id}"]
        assert await queries.revoked_indices(session, 1) == (issued.status_index,)
        assert await find_badges(session, [alice.id]) == {}
        document = await actor_document(session, alice)
        assert document["credentials"] == []
        assert document["attachment"] == []
        assert "practitioner" not in document
        audit = await session.scalar(select(AuditEntry).where(AuditEntry.action == "doctor.revoke"))
        assert audit.detail["reason"] == "left"


async def test_taking_it_back_ends_every_credential_that_is_still_valid(issuing):
    async with issuing.transaction() as session:
        alice = await _alice(session)
        await _verify(session, alice)
        await _verify(session, alice)

        assert len(await withdraw(session, alice, decided_by="root", reason="left")) == 2
        with pytest.raises(InvalidInput, match="not verified"):
            await withdraw(session, alice, decided_by="root", reason="again")


async def test_who_was_revoked_can_be_verified_again_with_another_bit(issuing):
    async with issuing.transaction() as session:
        alice = await _alice(session)
        await _verify(session, alice)
        await withdraw(session, alice, decided_by="root", reason="mistake")
        await _verify(session, alice)

        issued = await queries.list_issued(session, alice.id)
        assert issued[0].status_index != issued[1].status_index
        assert issued[0].revoked_at is None
        assert await is_doctor(session, alice.id)


async def test_a_credential_is_renewed_between_60_and_75_days_with_what_the_register_says(issuing):
    async with issuing.transaction() as session:
        alice = await _alice(session)
        await _verify(session, alice)
    clock.shift(timedelta(days=59, hours=23))
    async with issuing.transaction() as session:
        early = await renew_due(session)
        entry = await session.get_one(RegisterEntry, ("FR-RPPS", NUMBER))
        entry.specialities = ["SM73"]
    clock.shift(timedelta(days=15, hours=2))

    async with issuing.transaction() as session:
        renewed = await renew_due(session)

    assert (early, [actor.username for actor in renewed]) == ([], ["alice"])
    async with issuing.transaction() as session:
        fresh, old = await queries.list_issued(session, alice.id)
        badge = (await find_badges(session, [alice.id]))[alice.id]
        assert old.revoked_at is None
        assert badge.credential_uri.endswith(f"/{fresh.id}")
        assert badge.specialities == ["SM73"]
        assert badge.valid_until - now() > timedelta(days=89)
        assert await renew_due(session) == []


@pytest.mark.parametrize("trouble", ["suspended", "renamed", "revoked"])
async def test_who_is_not_in_good_standing_is_not_renewed_until_that_is_over(issuing, trouble):
    async with issuing.transaction() as session:
        alice = await _alice(session)
        await _verify(session, alice)
    clock.shift(timedelta(days=76))

    async with issuing.transaction() as session:
        actor = await session.merge(alice)
        if trouble == "suspended":
            actor.suspended_at = now()
        elif trouble == "renamed":
            actor.name = "Dr Bob Durand"
        else:
            await withdraw(session, actor, decided_by="root", reason="left")
        await session.flush()

        assert await renew_due(session) == []
        assert await renew_due(session) == []
        assert len(await queries.list_issued(session, alice.id)) == 1
        assert await queries.list_flagged(session) == []


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        ("vanished", "left-register"),
        ("profession", "profession-changed"),
        ("student", "FR-RPPS lists 99900000003 as a student"),
        ("name", "FR-RPPS has another name for 99900000003"),
    ],
)
async def test_who_departs_from_the_register_is_flagged_and_not_renewed(issuing, trouble, reason):
    async with issuing.transaction() as session:
        await _verify(session, await _alice(session))
    clock.shift(timedelta(days=76))

    async with issuing.transaction() as session:
        entry = await session.get_one(RegisterEntry, ("FR-RPPS", NUMBER))
        if trouble == "vanished":
            await session.delete(entry)
        elif trouble == "profession":
            entry.profession = "60"
        elif trouble == "student":
            entry.category = "E"
        else:
            entry.family_name, entry.given_name = "DURAND", "Bastien"
        await session.flush()
        renewed = await renew_due(session)
        flagged = await queries.list_flagged(session)
    clock.shift(timedelta(days=2))

    async with issuing.transaction() as session:
        assert (renewed, await renew_due(session)) == ([], [])
    assert [(one.flag_reason, actor.username) for one, actor in flagged] == [(reason, "alice")]


async def test_who_was_flagged_is_verified_anew_and_renewed_again(issuing):
    async with issuing.transaction() as session:
        alice = await _alice(session)
        flagged = await _verify(session, alice)
        flagged.flagged_at, flagged.flag_reason = now(), "looked odd"
        await _verify(session, alice)
        assert await queries.list_flagged(session) == []
    clock.shift(timedelta(days=76))

    async with issuing.transaction() as session:
        assert [actor.username for actor in await renew_due(session)] == ["alice"]
