"""What supports a claim: documents and sign-ons, added and removed; and the claim withdrawn."""

from __future__ import annotations

import io
import re

import pytest
import pytest_asyncio
from werkzeug.datastructures import FileStorage

from actors.models import Actor
from claiming import PDF, card, claim_of
from doctors.comparing import match_claim
from doctors.evidence import MAX_FILE_BYTES, add_sign_on
from doctors.models import Claim, ClaimState, Evidence

BADGE = "/settings/badge"
EVIDENCE = f"{BADGE}/evidence"


@pytest.fixture
def settings(settings):
    return settings.model_copy(
        update={"psc_client_id": "consilium", "oidc_issuer": "https://login.chu.example",
                "oidc_client_id": "consilium", "oidc_name": "CHU de Lyon"}
    )  # fmt: skip


@pytest_asyncio.fixture
async def nina(database, carol):
    """Carol by the name that the register has."""
    async with database.transaction() as session:
        (await session.get_one(Actor, carol.id)).name = "Dr Alice Martin"
    return carol


async def add(browser, data=PDF, token=None, **fields):
    form = (await browser.get(BADGE)).forms[EVIDENCE] | fields
    if token is not None:
        form["csrf_token"] = token
    files = {"file": FileStorage(io.BytesIO(data), filename="x.pdf")} if data is not None else {}
    return await browser.post(EVIDENCE, form, files=files)


async def only(rows, kind):
    (row,) = await rows(kind)
    return row


async def test_a_document_is_added_listed_and_removed(reader, claimed, rows):
    await claimed()
    sent = await add(reader, name="Certificate of the Order")

    assert sent.location == f"{BADGE}?done=document#evidence"
    kept = await only(rows, Evidence)
    assert PDF not in kept.sealed
    page = await reader.get(BADGE)
    assert "Certificate of the Order" in page.text
    assert "deleted 30 days after the decision" in page.text
    path = f"{EVIDENCE}/{kept.id}/remove"
    assert (await reader.post(path, page.forms[path])).location == f"{BADGE}?done=removed#evidence"
    assert await rows(Evidence) == []


@pytest.mark.parametrize(
    ("data", "status", "words"),
    [
        (b"<svg/>", 422, "A document is a PDF, a JPEG or a PNG."),
        (None, 422, "Choose a document first"),
        (b"%PDF-" + b"x" * MAX_FILE_BYTES, 422, "The document is too large: 10 MB at most."),
    ],
    ids=["kind", "none", "large"],
)
async def test_what_is_no_document_is_said_and_changes_nothing(
    reader, claimed, rows, data, status, words
):
    await claimed()

    page = await add(reader, data)

    assert (page.status, words in page.text) == (status, True)
    assert await rows(Evidence) == []


async def test_H20_a_document_of_another_page_is_not_taken(reader, claimed, rows, stranger):
    await claimed()
    assert (await add(reader, token="x" * 112)).status == 403
    assert (await stranger.post(EVIDENCE, {})).location.startswith("/auth/sign-in")
    assert await rows(Evidence) == []


async def test_evidence_of_somebody_else_cannot_be_removed(doctor, reader, claimed, rows):
    await claimed()
    await add(reader)
    kept = await only(rows, Evidence)
    own = (await doctor.get(BADGE)).forms["#act"]["csrf_token"]

    page = await doctor.post(f"{EVIDENCE}/{kept.id}/remove", {"csrf_token": own})

    assert page.status == 404
    assert len(await rows(Evidence)) == 1


async def test_a_provider_has_its_button_and_its_word_is_told_to_whom_it_is_about(
    reader, claimed, database, settings
):
    claim = await claimed()
    async with database.transaction() as session:
        kept = await session.get_one(Claim, claim.id)
        await add_sign_on(session, kept, settings.psc_issuer, card())

    page = await reader.get(f"{BADGE}?done=sign-on")

    assert re.search(r"<button[^>]*>.*?CHU de Lyon", page.html, re.DOTALL)
    assert page.forms[f"{BADGE}/sign-on"]["provider"] in {"institution", "pro-sante-connect"}
    assert "Sign-on at Pro Santé Connect" in page.text
    assert "You signed on at Pro Santé Connect with this very number." in page.text


async def test_other_accounts_are_not_told_of(reader, claimed, database, alice):
    claim = await claimed()
    async with database.transaction() as session:
        other = await session.get_one(Actor, alice.id)
        await claim_of(session, other)
        await match_claim(session, await session.get_one(Claim, claim.id))

    assert "@alice" not in (await reader.get(BADGE)).text


async def test_a_claim_is_withdrawn(reader, doctor, claimed, rows):
    await claimed()
    path = f"{BADGE}/withdraw"
    form = (await reader.get(BADGE)).forms[path]
    other = (await doctor.get(BADGE)).forms["#act"]["csrf_token"]

    assert (await doctor.post(path, {"csrf_token": other})).status == 404
    assert (await reader.post(path, {"csrf_token": "x"})).status == 403
    assert (await reader.post(path, form)).location == f"{BADGE}?done=withdrawn"
    assert (await only(rows, Claim)).state is ClaimState.WITHDRAWN
    page = await reader.get(BADGE)
    assert "Earlier requests (1)" in page.text
    assert path not in page.forms
