"""The French directory's answers: who has a number, however much or little of it is there."""

from __future__ import annotations

import pytest

from core.errors import FetchFailed
from doctors.registers.fr_fhir import address_of, read_bundle
from fakes.fhir import bundle, coding, empty, practitioner, recorded

NUMBER = "99900000193"


def test_the_recorded_answer_tells_who_it_is():
    person = read_bundle(recorded(), NUMBER)

    assert (person.line.family_name, person.line.given_name) == ("ALBRIVAUX", "Théo")
    assert (person.line.number, person.line.profession, person.line.category) == (NUMBER, "10", "C")
    assert person.specialities == ["SM10"]


def test_the_address_asks_for_the_roles_too_wherever_the_service_is():
    for base in ("https://directory.example/fhir/v2", "https://directory.example/fhir/v2/"):
        assert address_of(base, NUMBER) == (
            "https://directory.example/fhir/v2/Practitioner?identifier=99900000193"
            "&_revinclude=PractitionerRole:practitioner"
        )


def test_an_empty_answer_another_person_and_an_inactive_one_are_nobody():
    other = bundle(practitioner("99900000003"))
    inactive = bundle(practitioner(NUMBER, active=False))

    assert [read_bundle(one, NUMBER) for one in (empty(), other, inactive)] == [None] * 3


def test_the_number_may_have_its_kind_before_it():
    national = [{"system": "urn:oid:1.2.250.1.71.4.2.1", "value": f"8{NUMBER}"}]

    assert read_bundle(bundle(practitioner(NUMBER, identifier=national)), NUMBER) is not None


def test_a_number_of_another_kind_is_not_taken_for_it():
    other = [{"system": "https://adeli.example", "value": NUMBER}]

    assert read_bundle(bundle(practitioner(NUMBER, identifier=other)), NUMBER) is None


def test_of_two_names_and_two_professions_the_usual_and_the_practitioners_count():
    two = practitioner(
        NUMBER,
        name=[
            {"use": "official", "family": "DUPONT", "given": ["Alice"]},
            {"use": "usual", "family": "MARTIN", "given": ["Alice", "Marie"]},
        ],
        qualification=[
            {"code": {"coding": [coding("TRE_G15-ProfessionSante", "10"),
                                 coding("TRE_R09-CategorieProfessionnelle", "E")]}},
            {"code": {"coding": [coding("TRE_G15-ProfessionSante", "50"),
                                 coding("TRE_R09-CategorieProfessionnelle", "C")]}},
        ],
    )  # fmt: skip

    line = read_bundle(bundle(two), NUMBER).line

    assert (line.family_name, line.given_name) == ("MARTIN", "Alice Marie")
    assert (line.profession, line.category) == ("50", "C")


def test_the_workplace_is_read_where_it_came_along():
    hospital = {
        "resourceType": "Organization",
        "name": "CHU FICTIF DES TILLEULS",
        "identifier": [{"system": "https://finess.esante.gouv.fr", "value": "990000002"}],
        "address": [{"city": "Paris", "postalCode": "75013"}],
    }

    line = read_bundle(bundle(practitioner(NUMBER), hospital), NUMBER).line

    assert (line.workplace, line.site_code) == ("CHU FICTIF DES TILLEULS", "990000002")
    assert (line.town, line.town_code, line.department) == ("Paris", "75113", "75")


@pytest.mark.parametrize(
    "changes",
    [
        {"name": []},
        {"name": [{"family": "MARTIN"}]},
        {"name": "MARTIN Alice"},
        {"qualification": []},
        {"qualification": [{"code": {"text": "Médecin"}}]},
        {"qualification": [{"code": {"coding": [coding("TRE_G15", "<b>10</b>")]}}]},
        {"qualification": 10},
        {"identifier": None},
    ],
    ids=str,
)
def test_who_has_no_name_or_no_profession_is_nobody(changes):
    assert read_bundle(bundle(practitioner(NUMBER, **changes)), NUMBER) is None


@pytest.mark.parametrize(
    "answer", [{}, {"resourceType": "OperationOutcome"}, practitioner(NUMBER)], ids=len
)
def test_what_is_no_answer_to_a_search_tells_nothing(answer):
    with pytest.raises(FetchFailed, match="no bundle"):
        read_bundle(answer, NUMBER)
