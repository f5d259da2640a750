"""Who stands verified: looked at again, verified anew, taken back."""

from __future__ import annotations

import pytest
from sqlalchemy import select

import factories
from actors.models import Badge
from claiming import decide
from core.clock import now
from doctors.models import (
    Assurance,
    IssuedCredential,
    RegisterEntry,
    Verification,
)
from moderation.models import AuditEntry
from outbox.models import Delivery
from register_files import NUMBER

HOME, CLAIMS, DOCTORS = "/institution", "/institution/claims", "/institution/doctors"


async def read(database, kind, key):
    async with database.read() as session:
        return await session.get(kind, key)


async def only(rows, kind):
    (row,) = await rows(kind)
    return row


@pytest.fixture
def verified(claimed, vera, database, rows):
    """Let Nina be verified, flagged if a reason is given; return the verification."""

    async def make(flag="", *, evidence=None, assurance="register-match"):
        claim = await claimed()
        await decide(vera, claim, "grant", assurance=assurance)
        async with database.transaction() as session:
            row = await session.scalar(select(Verification))
            if flag:
                row.flagged_at, row.flag_reason = now(), flag
            if evidence is not None:
                row.evidence = evidence
        return row

    return make


async def act(browser, row, name, **fields):
    path = f"{DOCTORS}/{row.id}/{name}"
    form = (await browser.get(f"{DOCTORS}/{row.id}")).forms[path]
    return await browser.post(path, form | {"reason": "Looked at."} | fields)


async def test_those_to_be_looked_at_again_come_first_with_why(vera, verified):
    row = await verified("left-register")

    page = await vera.get(DOCTORS)

    assert "To be looked at again" in page.text
    assert "The register does not have this number any more." in page.text
    assert f'href="{DOCTORS}/{row.id}"' in page.html
    assert "1 badge to be looked at again" in (await vera.get(HOME)).text


async def test_people_are_found_by_name_username_and_number(vera, verified):
    await verified()
    for sought in ("alice mar", "@nina", NUMBER):
        assert "Alice Martin" in (await vera.get(f"{DOCTORS}?q={sought}")).text, sought
    for sought in ("petit", "%", "99900000011"):
        page = await vera.get(f"{DOCTORS}?q={sought}")
        assert "Nobody in good standing is found by that." in page.text, sought


async def test_on_what_a_badge_rests_is_told_with_its_source(vera, verified):
    row = await verified()

    page = await vera.get(f"{DOCTORS}/{row.id}")

    for words in ("Register entry RPPS — Agence du Numérique en Santé", "@carol",
                  "The register now Alice Martin · Physician · Cardiology", "See the request",
                  "Credentials (1)"):  # fmt: skip
        assert words in page.text, words


async def test_verified_anew_takes_what_the_register_says_now(vera, verified, database, rows):
    row = await verified("profession-changed")
    async with database.transaction() as session:
        entry = await session.get_one(RegisterEntry, ("FR-RPPS", NUMBER))
        entry.specialities = ["SM54"]

    sent = await act(vera, row, "confirm")

    assert sent.location == f"{DOCTORS}?done=confirmed"
    old, new = sorted(await rows(Verification), key=lambda one: one.id)
    assert old.withdrawn_at is not None
    assert (new.specialities, new.flagged_at, new.decided_by) == (["SM54"], None, "@carol")
    assert len(await rows(IssuedCredential)) == 2
    audit = [one for one in await rows(AuditEntry) if one.action == "doctor.confirm"]
    assert audit[0].detail["reason"] == "Looked at."


async def test_another_profession_ends_the_old_credential(vera, verified, database, rows, nina):
    row = await verified("profession-changed")
    async with database.transaction() as session:
        (await session.get_one(RegisterEntry, ("FR-RPPS", NUMBER))).profession = "60"

    await act(vera, row, "confirm")

    first, second = sorted(await rows(IssuedCredential), key=lambda one: one.id)
    assert (first.revoked_at is not None, second.revoked_at) == (True, None)
    badge = await read(database, Badge, nina.id)
    assert (badge.profession, badge.is_doctor) == ("60", False)


async def test_who_left_the_register_is_not_verified_anew(vera, verified, database, rows):
    row = await verified("left-register")
    async with database.transaction() as session:
        await session.delete(await session.get_one(RegisterEntry, ("FR-RPPS", NUMBER)))

    page = await act(vera, row, "confirm")

    assert page.status == 422
    assert "the register does not have this number" in page.text
    assert (await only(rows, Verification)).withdrawn_at is None


async def test_what_rests_on_documents_holds_on_by_a_verifiers_word(vera, verified, rows):
    row = await verified("verified by documents more than a year ago", evidence={"evidence": []})
    assert "more than a year old" in (await vera.get(f"{DOCTORS}/{row.id}")).text

    await act(vera, row, "confirm", reason="Seen at work.")

    new = max(await rows(Verification), key=lambda one: one.id)
    assert new.evidence["confirmed"][0]["reason"] == "Seen at work."
    assert (new.assurance, new.flagged_at) == (Assurance.REGISTER_MATCH, None)


async def test_a_badge_is_taken_back_with_a_reason(vera, verified, database, nina, rows):
    row = await verified()

    sent = await act(vera, row, "revoke")

    assert sent.location == f"{DOCTORS}?done=revoked"
    assert await read(database, Badge, nina.id) is None
    assert (await only(rows, IssuedCredential)).revoked_at is not None
    assert (await only(rows, Verification)).withdrawn_reason == "Looked at."
    assert (await vera.get(f"{DOCTORS}/{row.id}")).status == 404
    assert (await vera.get("/@nina/badge")).text.count("Nobody vouches") == 1


@pytest.mark.parametrize("name", ["confirm", "revoke"])
async def test_nothing_is_changed_without_a_reason(vera, verified, rows, name):
    row = await verified()

    page = await act(vera, row, name, reason=" ")

    assert page.status == 422
    assert "Nothing was changed: say why." in page.text
    assert (await only(rows, Verification)).withdrawn_at is None


async def test_one_of_elsewhere_is_offered_the_credential_again(
    vera, register, database, rows
):
    from outbox.offer import send_vouching

    async with database.transaction() as session:
        subject = await factories.make_remote_actor(session, "bob")
        subject.name = "Dr Alice Martin"
        await factories.make_peer(session, subject.host)
        row = await send_vouching(
            session, subject, register="FR-RPPS", number=NUMBER, decided_by="test"
        )
    before = len(await rows(Delivery))

    await act(vera, row, "confirm")

    assert len(await rows(Delivery)) == before + 1
    assert await read(database, Badge, subject.id) is None
