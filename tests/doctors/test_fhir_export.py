"""A doctor as FHIR resources, as France's health directory writes them."""

from __future__ import annotations

import pytest

from doctors.fhir import practitioner_bundle
from doctors.practice import Practice
from factories import give_badge, make_local_actor
from federation.documents.practitioner import Place, ReferralContact

G15 = "https://mos.esante.gouv.fr/NOS/TRE_G15-ProfessionSante/FHIR/TRE-G15-ProfessionSante"
R38 = "https://mos.esante.gouv.fr/NOS/TRE_R38-SpecialiteOrdinale/FHIR/TRE-R38-SpecialiteOrdinale"
R04 = "https://mos.esante.gouv.fr/NOS/TRE_R04-TypeSavoirFaire/FHIR/TRE-R04-TypeSavoirFaire"
R09 = (
    "https://mos.esante.gouv.fr/NOS/TRE_R09-CategorieProfessionnelle/FHIR/"
    "TRE-R09-CategorieProfessionnelle"
)
PRACTICE = Practice(
    subspecialities=("rythmologie",),
    skills=("ablation de FA",),
    languages=("fr", "ar"),
    hospital="CHU de Lyon",
    unit="Cardiologie",
    place=Place("Lyon", "69", "FR", 45.74846, 4.84671, "69123"),
    accepts_referrals=True,
    referral_contact=ReferralContact("04 72 00 00 00", "a@chu.mssante.fr", "le matin"),
)


@pytest.fixture
async def alice(session):
    return await make_local_actor(session, "alice")


def _resources(bundle) -> dict[str, dict]:
    return {entry["resource"]["resourceType"]: entry["resource"] for entry in bundle["entry"]}


async def test_a_doctor_has_the_numbers_and_codes_of_the_directory(session, alice):
    badge = await give_badge(session, alice)

    practitioner = _resources(practitioner_bundle(alice, badge, PRACTICE))["Practitioner"]

    numbers = {one["system"]: one["value"] for one in practitioner["identifier"]}
    assert numbers["https://rpps.esante.gouv.fr"] == "99900000018"
    assert numbers["urn:oid:1.2.250.1.71.4.2.1"] == "899900000018"
    profession, speciality = [one["code"]["coding"] for one in practitioner["qualification"]]
    assert (profession[0]["system"], profession[0]["code"]) == (G15, "10")
    assert [(one["system"], one["code"]) for one in speciality] == [(R04, "S"), (R38, "SM04")]
    assert [one["coding"][0]["code"] for one in practitioner["communication"]] == ["fr", "ar"]
    assert practitioner["active"] is True


async def test_the_role_says_where_and_how_a_patient_is_referred(session, alice):
    badge = await give_badge(session, alice)

    bundle = practitioner_bundle(alice, badge, PRACTICE)

    role = _resources(bundle)["PractitionerRole"]
    assert role["practitioner"]["reference"] == bundle["entry"][0]["fullUrl"]
    assert role["organization"]["display"] == "CHU de Lyon · Cardiologie"
    assert [one["value"] for one in role["telecom"]] == ["04 72 00 00 00", "a@chu.mssante.fr"]
    assert role["extension"][0]["valueBoolean"] is True
    assert [one.get("text") for one in role["specialty"]] == [
        None, "rythmologie", "ablation de FA"
    ]  # fmt: skip
    (place,) = role["contained"]
    assert place["position"] == {"latitude": 45.74846, "longitude": 4.84671}
    assert role["location"][0]["reference"] == f"#{place['id']}"


async def test_without_a_badge_there_is_no_profession_and_no_number(alice):
    practitioner = _resources(practitioner_bundle(alice, None, PRACTICE))["Practitioner"]

    assert "qualification" not in practitioner
    assert [one["system"] for one in practitioner["identifier"]] == ["urn:ietf:rfc:3986"]


async def test_a_number_that_is_not_public_or_of_another_register_is_not_the_rpps(session, alice):
    badge = await give_badge(session, alice)
    for register, number in (("GB-GMC", "1234567"), ("FR-RPPS", None)):
        badge.register_code, badge.registration_number = register, number

        practitioner = _resources(practitioner_bundle(alice, badge, PRACTICE))["Practitioner"]

        assert [one["system"] for one in practitioner["identifier"]] == ["urn:ietf:rfc:3986"]


async def test_who_does_not_practise_yet_or_any_more_is_said_so(session, alice):
    badge = await give_badge(session, alice)
    badge.profession = "10-resident"

    resident = _resources(practitioner_bundle(alice, badge, Practice()))["Practitioner"]

    codes = {(one["system"], one["code"]) for one in resident["qualification"][0]["code"]["coding"]}
    assert codes == {(G15, "10"), (R09, "E")}
    badge.profession = "10-retired"
    retired = _resources(practitioner_bundle(alice, badge, Practice()))["Practitioner"]
    assert retired["active"] is False


async def test_what_is_not_said_is_not_there(alice):
    resources = _resources(practitioner_bundle(alice, None, Practice()))

    assert not {"contained", "location", "telecom", "specialty", "organization"} & (
        resources["PractitionerRole"].keys()
    )
    assert "communication" not in resources["Practitioner"]
