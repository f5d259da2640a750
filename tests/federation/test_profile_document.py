"""Further profile documents, and the practitioner in them, on the wire."""

from __future__ import annotations

import json

import pytest

from core.errors import InvalidDocument
from federation.documents.lenient import read_document
from federation.documents.practitioner import (
    CareerStep,
    Place,
    Practitioner,
    Publications,
    ReferralContact,
    Work,
    read_practitioner,
    write_practitioner,
)
from federation.documents.profile import (
    FurtherProfile,
    is_further_profile,
    read_further_profile,
    write_further_profile,
)
from federation.vocabulary import VERIFIED_DOCTORS

URI = "https://chu.example/users/a.martin"
WHOLE = Practitioner(
    profession="10",
    specialities=("SM04",),
    skills=("ablation de FA",),
    languages=("fr", "ar"),
    accepts_referrals=True,
    sub_specialities=("rythmologie",),
    hospital="CHU de Lyon",
    unit="Cardiologie",
    place=Place("Lyon", "69", "FR", 45.74846, 4.84671, "69123"),
    referral_contact=ReferralContact("+33 4 72 00 00 00", "a@chu.mssante.fr", "le matin"),
    publications=Publications("0000-0002-1825-0097", (Work("10.1000/182", "FA", 2019),)),
    career=(
        CareerStep("faculty", "Lyon-Est", "", 1998, 2004),
        CareerStep("post", "CHU", "PH", 2011),
    ),
    interests="Aucun lien.",
    seeks_colleagues=True,
)
PROFILE = FurtherProfile(
    f"{URI}/profile/doctors", URI, (VERIFIED_DOCTORS,), WHOLE, "<p>Bio</p>", (("Site", "x"),)
)
LEAST = FurtherProfile(f"{URI}/profile/contacts", URI, (f"{URI}/followers",))


def _read(json_object):
    return read_further_profile(read_document(json.dumps(json_object).encode()))


@pytest.mark.parametrize("profile", [PROFILE, LEAST], ids=["whole", "least"])
def test_a_profile_comes_back_as_it_was_written(profile):
    assert _read(write_further_profile(profile)) == profile


def test_what_is_not_said_is_not_written():
    assert write_practitioner(Practitioner()) == {}
    assert write_further_profile(LEAST).keys() == {
        "@context", "id", "type", "attributedTo", "describes", "to"
    }  # fmt: skip


def _names(value):
    if isinstance(value, dict):
        for name, part in value.items():
            yield name
            yield from _names(part)
    elif isinstance(value, list):
        for part in value:
            yield from _names(part)


def test_every_term_is_in_the_documents_own_context():
    written = write_further_profile(PROFILE)
    terms = written.pop("@context")[-1].keys()
    plain = {
        *("id", "type", "attributedTo", "describes", "to", "summary", "attachment", "name"),
        *("latitude", "longitude"),
    }

    assert set(_names(written)) - plain <= terms


def test_a_practitioner_is_read_leniently_and_within_bounds():
    read = read_practitioner(
        {
            "skills": "one alone",
            "languages": ["fr", 7, {"a": 1}, "fr"],
            "specialities": [f"S{n}" for n in range(99)],
            "acceptsReferrals": "yes",
            "hospital": ["CHU", "other"],
            "interests": "x" * 9000,
            "place": {"name": "Lyon", "latitude": 999, "longitude": 4.8467111},
            "referralContact": "call me",
            "publications": {"works": [{"doi": 7}, {"doi": "10.1000/1", "year": 3}, "x"]},
            "career": [{"place": ""}, {"place": "CHU", "from": 2001.0, "until": True}, None],
        }
    )

    assert (read.skills, read.languages, len(read.specialities)) == (("one alone",), ("fr",), 30)
    assert (read.accepts_referrals, read.hospital, len(read.interests)) == (None, "CHU", 2000)
    assert read.place == Place("Lyon")
    assert not read.referral_contact
    assert read.publications.works == (Work("10.1000/1"),)
    assert read.career == (CareerStep("", "CHU", "", 2001, None),)


@pytest.mark.parametrize("value", ["10", None, [], 7])
def test_what_is_no_object_is_no_practitioner(value):
    assert read_practitioner(value) is None


def test_coordinates_have_at_most_five_decimals():
    place = {"name": "Lyon", "latitude": 45.748461234, "longitude": -4.846711111}

    read = read_practitioner({"place": place})

    assert (read.place.latitude, read.place.longitude) == (45.74846, -4.84671)


def test_other_types_and_nobodys_profile_are_refused():
    written = write_further_profile(PROFILE)

    for wrong in ({**written, "type": "Note"}, {**written, "attributedTo": None}):
        with pytest.raises(InvalidDocument):
            _read(wrong)
    assert not is_further_profile(None)
