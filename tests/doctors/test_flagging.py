"""What an edition says of the verified: who is gone or changed is flagged, who is back is not."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from db.session import AsyncSession, Database
from doctors.models import Verification
from doctors.queries import find_verification
from doctors.registers.entries import find_entry
from doctors.registers.flagging import FlagReason, flag_in_words
from doctors.registers.importing import import_register
from factories import make_local_actor
from moderation.models import AuditEntry
from register_files import FR_RPPS, NUMBER, line

OTHER = "99900000011"


async def _verified(session: AsyncSession, username: str = "alice", **more: object) -> Verification:
    actor = await make_local_actor(session, username)
    found = Verification(
        actor_id=actor.id, register_code="FR-RPPS", decided_by="test", name="Alice Martin",
        **{"number": NUMBER, "profession": "10", "assurance": "register-match", **more},
    )  # fmt: skip
    session.add(found)
    await session.flush()
    return found


async def _standing(database: Database, verification: Verification) -> Verification:
    async with database.read() as session:
        found = await find_verification(session, verification.actor_id)
    assert found is not None
    return found


async def _audited(database: Database) -> list[tuple[str, str, str]]:
    async with database.read() as session:
        written = await session.scalars(
            select(AuditEntry).where(AuditEntry.action.like("doctor.%")).order_by(AuditEntry.id)
        )
        return [(entry.action, entry.subject, entry.detail["reason"]) for entry in written]


@pytest.fixture
async def alice(issuing: Database) -> Verification:
    """Alice is verified by a number of the imported file."""
    async with issuing.transaction() as session:
        return await _verified(session)


async def test_who_is_gone_from_an_edition_is_flagged_and_the_entry_removed(
    issuing, alice, register_file
):
    report = await import_register(issuing, register_file(line(OTHER)), FR_RPPS, may_shrink=True)

    found = await _standing(issuing, alice)
    assert report.vanished == ["alice"]
    assert (found.flag_reason, found.flagged_at is not None) == ("left-register", True)
    assert await _audited(issuing) == [("doctor.flag", "alice", "left-register")]
    async with issuing.read() as session:
        assert await find_entry(session, "FR-RPPS", NUMBER) is None


async def test_who_is_still_gone_is_named_again_but_flagged_once(issuing, alice, register_file):
    await import_register(issuing, register_file(line(OTHER)), FR_RPPS, may_shrink=True)
    first = (await _standing(issuing, alice)).flagged_at

    report = await import_register(issuing, register_file(line(OTHER, given="X")), FR_RPPS)

    assert report.flagged.gone == ["alice"]
    assert (await _standing(issuing, alice)).flagged_at == first
    assert len(await _audited(issuing)) == 1


async def test_who_comes_back_is_no_longer_flagged(issuing, alice, register_file):
    await import_register(issuing, register_file(line(OTHER)), FR_RPPS, may_shrink=True)

    report = await import_register(issuing, register_file(line(), line(OTHER)), FR_RPPS)

    found = await _standing(issuing, alice)
    assert (report.flagged.gone, report.flagged.back) == ([], ["alice"])
    assert (found.flagged_at, found.flag_reason) == (None, None)
    assert (await _audited(issuing))[-1] == ("doctor.unflag", "alice", "left-register")


async def test_another_profession_is_flagged_and_the_first_one_again_is_not(
    issuing, alice, register_file
):
    changed = register_file(line(profession="40"), line(OTHER))

    report = await import_register(issuing, changed, FR_RPPS)
    flagged = await _standing(issuing, alice)
    back = await import_register(issuing, register_file(line(), line(OTHER)), FR_RPPS)

    assert report.flagged.changed == ["alice"]
    assert flagged.flag_reason == "profession-changed"
    assert back.flagged.back == ["alice"]
    assert (await _standing(issuing, alice)).flagged_at is None


async def test_whose_profession_was_another_when_it_was_decided_is_not_flagged_for_that(
    issuing, register_file
):
    async with issuing.transaction() as session:
        decided = await _verified(session, evidence={"entry": {"profession": "40"}})

    report = await import_register(
        issuing, register_file(line(profession="40"), line(OTHER)), FR_RPPS
    )

    assert report.flagged.changed == []
    assert (await _standing(issuing, decided)).flagged_at is None


async def test_a_resident_is_of_the_profession_that_they_learn(issuing, register_file):
    async with issuing.transaction() as session:
        decided = await _verified(session, profession="10-resident")

    await import_register(issuing, register_file(line(category="E")), FR_RPPS, may_shrink=True)

    assert (await _standing(issuing, decided)).flagged_at is None


async def test_who_was_verified_with_documents_is_not_gone_from_the_file(issuing, register_file):
    async with issuing.transaction() as session:
        never_there = await _verified(session, number="99911111111")

    report = await import_register(issuing, register_file(line()), FR_RPPS, may_shrink=True)

    assert report.vanished == []
    assert (await _standing(issuing, never_there)).flagged_at is None


async def test_a_flag_that_somebody_else_set_stays(issuing, alice, register_file):
    async with issuing.transaction() as session:
        (await session.get_one(Verification, alice.id)).flag_reason = "seen elsewhere"

    await import_register(issuing, register_file(line(OTHER)), FR_RPPS, may_shrink=True)

    assert (await _standing(issuing, alice)).flag_reason == "seen elsewhere"


async def test_who_was_withdrawn_is_not_looked_at(issuing, alice, register_file):
    async with issuing.transaction() as session:
        found = await session.get_one(Verification, alice.id)
        found.withdrawn_at, found.withdrawn_reason = found.decided_at, "left"

    report = await import_register(issuing, register_file(line(OTHER)), FR_RPPS, may_shrink=True)

    assert report.vanished == []


def test_a_flag_is_in_words_in_both_languages():
    for reason in FlagReason:
        assert flag_in_words(reason.value) != flag_in_words(reason.value, "en")
    assert flag_in_words("seen elsewhere") == "seen elsewhere"
    assert flag_in_words(None) == ""
