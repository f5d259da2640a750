"""Saying who one is: looked up in the register first, then sent; what is wrong stands beside it."""

from __future__ import annotations

import json
import re
from html import unescape

import pytest
import pytest_asyncio

from actors.models import Actor
from doctors.models import Claim
from register_files import NUMBER

BADGE, CLAIM = "/settings/badge", "/settings/badge/claim"
SAID = {"number": NUMBER, "given_name": "Alice", "family_name": "Martin"}


@pytest_asyncio.fixture
async def nina(database, carol, register):
    """Carol by the name that the register has."""
    async with database.transaction() as session:
        (await session.get_one(Actor, carol.id)).name = "Dr Alice Martin"
    return carol


async def send(browser, act="send", *, wants_part=False, **fields):
    form = (await browser.get(CLAIM)).forms[CLAIM]
    headers = {"Consilium_Part": "1"} if wants_part else {}
    return await browser.post(CLAIM, form | SAID | {"act": act} | fields, **headers)


async def only(rows, kind):
    (row,) = await rows(kind)
    return row


async def test_a_number_is_looked_up_before_anything_is_sent(reader, nina, rows):
    page = await send(reader, "look-up", given_name="", family_name="")

    assert page.status == 200
    assert "This is what the register says: Name Alice Martin" in page.text
    assert "CHU DE LYON, Lyon" in page.text
    assert "RPPS — Agence du Numérique en Santé, Licence Ouverte 2.0" in page.text
    form = page.forms[CLAIM]
    assert (form["given_name"], form["family_name"]) == ("Alice", "Martin")
    assert (form["profession"], form["speciality-1"]) == ("10", "SM04")
    assert await rows(Claim) == []


@pytest.mark.parametrize(
    ("number", "profession"), [("99900000011", "60"), ("99900000029", "10-student")]
)
async def test_the_profession_follows_the_register(reader, nina, number, profession):
    page = await send(reader, "look-up", number=number)

    assert page.forms[CLAIM]["profession"] == profession


async def test_who_typed_something_else_keeps_it_and_a_resident_stays_one(reader, nina):
    page = await send(reader, "look-up", number="99900000029", family_name="Petit-Roux",
                      profession="10-resident")  # fmt: skip

    form = page.forms[CLAIM]
    assert (form["family_name"], form["profession"]) == ("Petit-Roux", "10-resident")


async def test_our_script_is_shown_the_entry_alone(reader, nina):
    part = await send(reader, "look-up", wants_part=True)

    assert "<main" not in part.html
    known = json.loads(unescape(re.search(r'data-known="([^"]*)"', part.html)[1]))
    assert known == {"given_name": "Alice", "family_name": "Martin", "profession": "10",
                     "workplace": "CHU DE LYON", "speciality-1": "SM04"}  # fmt: skip
    wrong = await send(reader, "look-up", wants_part=True, number="12")
    assert "This is no number of this register: 11 digits." in wrong.text


async def test_a_wrong_check_digit_asks_whether_it_is_a_typing_error_and_refuses_nothing(
    reader, nina, rows
):
    page = await send(reader, "look-up", number="99900000004")
    assert "is it a typing error?" in page.text
    assert "The register does not have this number here" in page.text

    assert (await send(reader, number="99900000004")).location == f"{BADGE}?done=claimed"
    assert "is it a typing error?" in (await reader.get(BADGE)).text


async def test_of_a_register_without_entries_here_documents_are_asked_for(reader, nina):
    page = await send(reader, "look-up", register="GB-GMC", number="1234567")

    assert "No entries of this register are held here" in page.text


async def test_another_register_is_its_country_and_its_authority(reader, nina, rows):
    fields = {"register": "OTHER", "country": "it", "authority": "Ordine di Roma", "number": "M-1"}
    await send(reader, **fields)

    claim = await only(rows, Claim)
    assert (claim.register_code, claim.number) == ("OTHER", "IT / Ordine di Roma / M-1")


async def test_a_claim_is_made_and_compared(reader, nina, rows):
    sent = await send(reader, profession="10", remark="Married name.", workplace="CHU",
                      **{"speciality-1": "SM04", "speciality-2": ""})  # fmt: skip

    assert sent.location == f"{BADGE}?done=claimed"
    claim = await only(rows, Claim)
    assert (claim.actor_id, claim.number, claim.specialities) == (nina.id, NUMBER, ["SM04"])
    assert (claim.workplace, claim.remark) == ("CHU", "Married name.")
    page = await reader.get(f"{BADGE}?done=claimed")
    assert "The name is the register’s: Alice Martin." in page.text
    assert "fits:" in page.text
    assert (await reader.get(CLAIM)).location == BADGE


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"number": "12"}, "This is no number of this register: 11 digits."),
        ({"number": ""}, "Write your number."),
        ({"number": "691234567"}, "This is an ADELI number"),
        ({"register": "XX"}, "Choose a register."),
        ({"register": "OTHER", "country": "Italy"}, "Two letters, as IT for Italy."),
        ({"register": "OTHER", "country": "IT"}, "Say who keeps the register."),
        ({"given_name": " "}, "Write it as the register has it."),
        ({"profession": "99"}, "Choose a profession from the list."),
        ({"speciality-1": "XX"}, "Choose specialities from the list"),
        ({"remark": "x" * 2001}, "It is too long: 2000 characters at most."),
    ],
    ids=["number", "none", "adeli", "register", "country", "authority", "name", "profession",
         "speciality", "remark"],
)  # fmt: skip
async def test_what_cannot_be_is_said_beside_the_field_and_what_was_typed_stays(
    reader, nina, rows, fields, words
):
    page = await send(reader, **{"workplace": "Hôpital Nord"} | fields)

    assert page.status == 422
    assert words in page.text
    assert 'aria-invalid="true"' in page.html
    assert page.forms[CLAIM]["workplace"] == "Hôpital Nord"
    assert await rows(Claim) == []


async def test_only_one_claim_waits(reader, nina, rows):
    form = (await reader.get(CLAIM)).forms[CLAIM] | SAID
    await send(reader)

    again = await reader.post(CLAIM, form | {"act": "send"})

    assert again.location == BADGE
    assert len(await rows(Claim)) == 1


async def test_look_ups_are_counted(reader, nina):
    form = (await reader.get(CLAIM)).forms[CLAIM] | SAID | {"act": "look-up"}
    for _ in range(30):
        last = await reader.post(CLAIM, form)
        assert last.status == 200

    page = await reader.post(CLAIM, form)

    assert page.status == 422
    assert "Those were many look-ups in a short time" in page.text


async def test_H20_a_form_of_another_page_claims_nothing(reader, stranger, nina, rows):
    assert (await send(reader, csrf_token="x" * 112)).status == 403
    assert (await stranger.post(CLAIM, SAID)).location.startswith("/auth/sign-in")
    assert await rows(Claim) == []
