"""A doctor's card: written as RFC 6350 has it, and read back."""

from __future__ import annotations

import pytest

from doctors.practice import Practice
from doctors.vcard import Card, phone_uri, write_vcard
from factories import give_badge, make_local_actor
from federation.documents.practitioner import Place, Publications, ReferralContact

PAGE = "http://a.localhost:8001/@alice"
PRACTICE = Practice(
    subspecialities=("rythmologie",),
    skills=("ablation de FA, cryoballon; voie gauche", "stimulation"),
    languages=("fr", "ar"),
    hospital="Hôpital de la Croix-Rousse, Hospices civils de Lyon, établissement support du GHT",
    unit="Cardiologie",
    place=Place("Lyon", "69", "FR", 45.74846, 4.84671, "69123"),
    referral_contact=ReferralContact("+33 (4) 72 00-00.00", "a@chu.mssante.fr", "Le matin\nà 9 h"),
    publications=Publications("0000-0002-1825-0097"),
)


def read(text: str) -> dict[str, list[str]]:
    """Unfold and read a card: the values of each property, unescaped."""
    assert text.endswith("\r\n") and "\n" not in text.replace("\r\n", "")
    found: dict[str, list[str]] = {}
    for line in text.replace("\r\n ", "").removesuffix("\r\n").split("\r\n"):
        name, _, value = line.partition(":")
        plain, signs = "", iter(value)
        for sign in signs:
            plain += {"n": "\n"}.get(following := next(signs), following) if sign == "\\" else sign
        found.setdefault(name, []).append(plain)
    return found


@pytest.fixture
def card(session):
    async def make(practice: Practice = PRACTICE, *, doctor: bool = True, **values) -> Card:
        alice = await make_local_actor(session, "alice")
        badge = await give_badge(session, alice) if doctor else None
        return Card(alice, badge, practice, PAGE, values.pop("locale", "fr"), **values)

    return make


async def test_what_a_card_says_is_read_back(card):
    written = await card(vouching="Médecin vérifié par le CHU, jusqu’au 1er mars")

    read_back = read(write_vcard(written))

    assert read_back["BEGIN"] == ["VCARD"] and read_back["VERSION"] == ["4.0"]
    assert read_back["FN"] == ["Dr Alice"]
    assert read_back["TITLE"] == ["Médecin, Cardiologie et Maladies vasculaires"]
    assert read_back["ORG"] == [f"{PRACTICE.hospital};Cardiologie"]
    assert read_back["EXPERTISE"] == list(PRACTICE.skills)
    assert read_back["ADR;TYPE=work"] == [";;;Lyon;;;France"]
    assert read_back["GEO;TYPE=work"] == ["geo:45.74846,4.84671"]
    assert read_back['TEL;VALUE=uri;TYPE="work,voice"'] == ["tel:+33472000000"]
    assert read_back["EMAIL;TYPE=work"] == ["a@chu.mssante.fr"]
    assert (read_back["LANG;PREF=1"], read_back["LANG;PREF=2"]) == (["fr"], ["ar"])
    assert read_back["NOTE"] == [
        "Médecin vérifié par le CHU, jusqu’au 1er mars\nLe matin\nà 9 h"
    ]  # fmt: skip
    assert read_back["END"] == ["VCARD"]


async def test_no_line_is_longer_than_75_bytes_and_no_letter_is_cut(card):
    written = write_vcard(await card(Practice(skills=("é" * 300, "x" * 74, "😀" * 40))))

    lines = written.encode().split(b"\r\n")

    assert max(map(len, lines)) <= 75
    assert [line.decode() for line in lines]
    assert read(written)["EXPERTISE"] == ["é" * 300, "x" * 74, "😀" * 40]


async def test_nobody_writes_properties_into_a_card(card):
    hostile = Practice(hospital="CHU\r\nEMAIL:evil@example.org", skills=("a\nNOTE:b",))

    read_back = read(write_vcard(await card(hostile)))

    assert not {"EMAIL", "NOTE"} & read_back.keys()
    assert read_back["ORG"] == ["CHU\nEMAIL:evil@example.org"]


async def test_without_a_badge_no_profession_is_said(card):
    read_back = read(write_vcard(await card(Practice(), doctor=False)))

    assert read_back.keys() == {"BEGIN", "VERSION", "KIND", "UID", "FN", "URL", "END"}


async def test_a_card_is_written_in_its_readers_language(card):
    read_back = read(write_vcard(await card(locale="en")))

    assert read_back["TITLE"][0].startswith("Physician")


def test_a_number_is_dialled_without_what_separates_its_digits():
    assert phone_uri("04.72 (0) 12-34") == "tel:047201234"


async def test_signs_that_no_card_has_are_left_out_of_it(card):
    written = await card(Practice(hospital="CHU\x0b\x85\u2028TEL:1\x00"))
    written.actor.name = "Dr\r\x1b Evil"

    text = write_vcard(written)

    assert len(text.splitlines()) == text.count("\r\n")
    assert read(text)["ORG"] == ["CHUTEL:1"] and read(text)["FN"] == ["Dr Evil"]
