"""Claims on the pages of verifiers: beside the register, decided, their evidence under record."""

from __future__ import annotations

import re

import orjson
import pytest

import factories
from actors.models import Badge
from claiming import PDF, card, decide
from core.settings import Switch
from doctors.evidence import add_file, add_sign_on
from doctors.models import (
    Claim,
    ClaimState,
    Evidence,
    RegisterEntry,
)
from moderation.models import AuditEntry
from outbox.models import Delivery
from register_files import NUMBER
from users.queries import find_user_by_username

CLAIMS = "/institution/claims"


async def read(database, kind, key):
    async with database.read() as session:
        return await session.get(kind, key)


async def only(rows, kind):
    (row,) = await rows(kind)
    return row


async def test_claims_that_wait_come_first_and_others_by_their_state(vera, claimed, database):
    claim = await claimed()

    page = await vera.get(CLAIMS)

    assert f'href="{CLAIMS}/{claim.id}"' in page.html
    assert "Waiting (1)" in page.text
    assert f"Physician · FR-RPPS {NUMBER}" in page.text
    assert "None yet." in (await vera.get(f"{CLAIMS}?state=refused")).text
    await decide(vera, claim, "refuse")
    assert "No request waits." in (await vera.get(CLAIMS)).text
    assert "Alice Martin" in (await vera.get(f"{CLAIMS}?state=refused")).text


async def test_a_claim_stands_beside_the_register_with_its_source(vera, claimed):
    claim = await claimed(family_name="Martin-Roux", specialities=["SM54"], remark="Hello <b>")

    page = await vera.get(f"{CLAIMS}/{claim.id}")

    assert "Name Alice Martin-Roux to be looked at: Alice Martin" in page.text
    assert "to be looked at: Cardiology" in page.text
    assert "RPPS — Agence du Numérique en Santé, Licence Ouverte 2.0" in page.text
    assert "Hello &lt;b&gt;" in page.html


async def test_other_accounts_with_the_number_are_named(vera, claimed, alice):
    await claimed(alice)
    claim = await claimed()

    page = await vera.get(f"{CLAIMS}/{claim.id}")

    assert 'href="/@alice"' in page.html
    assert "Other accounts with this number: @alice" in page.text


async def test_only_levels_that_the_evidence_carries_are_offered(vera, claimed, database):
    claim = await claimed()
    path = f"{CLAIMS}/{claim.id}"
    assert levels(await vera.get(path)) == ["declared", "register-match"]

    async with database.transaction() as session:
        await add_file(session, await session.get_one(Claim, claim.id), "card", PDF)
    assert levels(await vera.get(path)) == ["declared", "register-match", "institution-attested"]
    async with database.transaction() as session:
        kept = await session.get_one(Claim, claim.id)
        await add_sign_on(session, kept, database.settings.psc_issuer, card())

    page = await vera.get(path)
    assert levels(page)[-1] == "strong-auth"
    assert page.forms[path]["assurance"] == "strong-auth"


def levels(page):
    return re.findall(r'name="assurance" value="([a-z-]+)"', page.html)


async def test_a_claim_is_compared_again_with_the_register_as_it_is_now(vera, claimed, database):
    claim = await claimed(number="99900000045")
    path = f"{CLAIMS}/{claim.id}/compare"
    form = (await vera.get(f"{CLAIMS}/{claim.id}")).forms[path]
    async with database.transaction() as session:
        entry = await session.get_one(RegisterEntry, ("FR-RPPS", NUMBER))
        session.add(RegisterEntry(**entry.model_dump() | {"number": "99900000045"}))

    await vera.post(path, form)

    assert "The name is the register’s" in (await vera.get(f"{CLAIMS}/{claim.id}")).text


# Deciding


async def test_a_badge_is_granted_with_a_reason_and_sent(vera, claimed, nina, database, rows):
    claim = await claimed()
    async with database.transaction() as session:
        peer = await factories.make_remote_actor(session, "bob")
        await factories.make_peer(session, peer.host)

    sent = await decide(vera, claim, "grant", assurance="register-match")

    assert sent.location == f"{CLAIMS}/{claim.id}?done=grant"
    kept = await read(database, Claim, claim.id)
    assert (kept.state, kept.decided_by) == (ClaimState.GRANTED, "@carol")
    assert (await read(database, Badge, nina.id)).is_doctor
    page = await vera.get(sent.location)
    assert "The badge is given." in page.text and "Seen with the card." in page.text
    assert f"{CLAIMS}/{claim.id}" not in page.forms
    assert "doctor.claim.grant" in [one.action for one in await rows(AuditEntry)]


async def test_a_claim_is_refused_with_a_reason_and_gives_nothing(
    vera, claimed, nina, database, rows
):
    claim = await claimed()

    await decide(vera, claim, "refuse")

    kept = await read(database, Claim, claim.id)
    assert (kept.state, kept.reason) == (ClaimState.REFUSED, "Seen with the card.")
    assert await read(database, Badge, nina.id) is None
    assert await rows(Delivery) == []


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"reason": " "}, "Nothing was decided: say why."),
        ({"reason": "x" * 2001}, "the reason is too long"),
        ({"assurance": "strong-auth"}, "the evidence does not carry this level"),
        ({"assurance": "none"}, "Nothing was decided: choose a level."),
        ({"decision": "?"}, "Nothing was decided: grant it, or refuse it."),
    ],
    ids=["none", "long", "more", "level", "neither"],
)
async def test_what_cannot_be_decided_is_said_and_kept(vera, claimed, database, fields, words):
    claim = await claimed()
    typed = {"reason": "Because.", "assurance": "register-match"} | fields

    page = await decide(vera, claim, **{"decision": "grant"} | typed)

    assert (page.status, words in page.text) == (422, True)
    assert page.forms[f"{CLAIMS}/{claim.id}"]["reason"].strip() == typed["reason"].strip()
    assert (await read(database, Claim, claim.id)).state is ClaimState.OPEN


async def test_nobody_decides_about_themselves_or_opens_their_own_evidence(
    vera, claimed, carol, database, rows
):
    claim = await claimed(carol)
    async with database.transaction() as session:
        await add_file(session, await session.get_one(Claim, claim.id), "card", PDF)
    path = f"{CLAIMS}/{claim.id}"

    page = await vera.get(path)

    assert "nobody decides about themselves" in page.text
    assert path not in page.forms
    form = {"csrf_token": page.forms["#act"]["csrf_token"], "decision": "grant", "reason": "x",
            "assurance": "register-match"}  # fmt: skip
    assert (await vera.post(path, form)).status == 422
    kept = await only(rows, Evidence)
    assert (await vera.post(f"{path}/evidence/{kept.id}", form)).status == 403
    assert (await read(database, Claim, claim.id)).state is ClaimState.OPEN


async def test_a_number_of_somebody_verified_is_not_granted_again(vera, claimed, alice, database):
    first = await claimed()
    await decide(vera, first, "grant", assurance="register-match")
    second = await claimed(alice)
    path = f"{CLAIMS}/{second.id}"

    page = await vera.get(path)

    assert "take that badge back first, or refuse" in page.text
    assert levels(page) == []
    assert (await decide(vera, second, "grant", assurance="declared")).status == 422


class TestWithFourEyes:
    @pytest.fixture
    def settings(self, settings):
        return settings.model_copy(update={"four_eyes": Switch.ON})

    async def test_a_second_verifier_has_to_agree(
        self, vera, doctor, claimed, nina, database, reader
    ):
        claim = await claimed()
        path = f"{CLAIMS}/{claim.id}"
        assert "Four eyes: when you grant" in (await vera.get(path)).text

        await decide(vera, claim, "grant", assurance="register-match")

        page = await vera.get(f"{path}?done=grant")
        assert "You had the first look." in page.text
        assert path not in page.forms
        assert await read(database, Badge, nina.id) is None
        async with database.transaction() as session:
            (await find_user_by_username(session, "alice")).is_verifier = True
        assert "@carol" in (await doctor.get(path)).text
        await decide(doctor, claim, "grant", assurance="register-match", reason="I agree.")
        assert (await read(database, Badge, nina.id)).is_doctor


# Evidence


async def test_evidence_is_a_download_that_can_run_nothing_and_is_on_record(
    vera, claimed, database, rows
):
    claim = await claimed()
    async with database.transaction() as session:
        item = await add_file(session, await session.get_one(Claim, claim.id), "card", PDF)
    path = f"{CLAIMS}/{claim.id}/evidence/{item.id}"

    opened = await vera.post(path, (await vera.get(f"{CLAIMS}/{claim.id}")).forms[path])

    assert (opened.status, opened.html.encode()) == (200, PDF)
    assert opened.headers["Content-Type"] == "application/pdf"
    assert opened.headers["Content-Disposition"].startswith("attachment")
    assert opened.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert opened.headers["Cache-Control"] == "private, no-store"
    entry, = [one for one in await rows(AuditEntry) if one.action == "evidence.open"]
    assert entry.actor == "@carol"


async def test_a_sign_on_is_told_in_words_and_opened_as_it_came(vera, claimed, database):
    claim = await claimed()
    async with database.transaction() as session:
        kept = await session.get_one(Claim, claim.id)
        item = await add_sign_on(session, kept, database.settings.psc_issuer, card())
    page = await vera.get(f"{CLAIMS}/{claim.id}")
    path = f"{CLAIMS}/{claim.id}/evidence/{item.id}"

    opened = await vera.post(path, page.forms[path])

    assert "with this very number" in page.text
    assert orjson.loads(opened.html)["SubjectNameID"] == f"8{NUMBER}"


async def test_evidence_of_another_claim_is_not_opened_by_this_ones_address(
    vera, claimed, alice, database, rows
):
    first, second = await claimed(), await claimed(alice, number="99900000011")
    async with database.transaction() as session:
        item = await add_file(session, await session.get_one(Claim, first.id), "card", PDF)
    form = (await vera.get(f"{CLAIMS}/{second.id}")).forms["#act"]

    page = await vera.post(f"{CLAIMS}/{second.id}/evidence/{item.id}", form)

    assert page.status == 404
    assert "evidence.open" not in [one.action for one in await rows(AuditEntry)]
