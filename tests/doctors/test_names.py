from __future__ import annotations

import pytest

from doctors.names import (
    NameMatch,
    NameReason,
    compare_names,
    is_person,
    is_same_name,
    name_key,
    reason_in_words,
    search_keys,
    written_name,
)


@pytest.mark.parametrize(
    ("shown", "given", "family"),
    [
        ("Dr Alizée Valguelty", "Alizée", "VALGUELTY"),
        ("Valguelty ALIZEE", "Alizée", "VALGUELTY"),
        ("Pr A. Martin", "Alice", "MARTIN"),
        ("D. Martin", "Denis", "MARTIN"),
        ("M. Dupont", "Marie", "DUPONT"),
        ("M. Jean Dupont", "Jean", "DUPONT"),
        ("Dr Jean Pierre de la Tour", "Jean-Pierre", "DE LA TOUR"),
        ("Jean-Pierre Delatour", "Jean-Pierre", "DE LA TOUR"),
        ("J.-P. de La Tour", "Jean-Pierre", "DE LA TOUR"),
        ("JP Tour", "Jean-Pierre", "DE LA TOUR"),
        ("Jean d’Alembert", "Jean", "DALEMBERT"),
        ("Jean d'Alembert", "Jean", "D'ALEMBERT"),
        ("Dr Inès Lœwe", "Inès", "LOEWE"),
        ("Docteur Alice Martin-Durand", "Alice", "MARTIN DURAND"),
        ("Hans von der Heide, MD", "Hans", "VON DER HEIDE"),
    ],
)
def test_the_same_person_is_recognised(shown, given, family):
    assert is_person(shown, given=given, family=family)


@pytest.mark.parametrize(
    ("shown", "given", "family"),
    [
        ("Dr Alice Durand", "Alice", "MARTIN"),
        ("Dr Bob Martin", "Alice", "MARTIN"),
        ("Dr B. Martin", "Alice", "MARTIN"),
        ("Dr Martin", "Alice", "MARTIN"),
        ("Alice", "Alice", "MARTIN"),
        ("Alice Martin Durand", "Alice", "MARTIN"),
        ("A. M.", "Alice", "MARTIN"),
        ("Alice Mart", "Alice", "MARTIN"),
        ("", "Alice", "MARTIN"),
        ("Dr", "Alice", "MARTIN"),
        ("Alice Martin", "", "MARTIN"),
    ],
)
def test_another_person_is_not(shown, given, family):
    assert not is_person(shown, given=given, family=family)


def test_whole_names_are_compared_without_titles_case_accents_and_order():
    assert is_same_name("Alizée Valguelty", "Dr VALGUELTY Alizee")
    assert is_same_name("Jean de La Tour", "Jean Delatour")
    assert not is_same_name("Alizée Valguelty", "Alizée Martin")


def test_a_shouted_family_name_is_written_as_people_write_it():
    assert written_name(given="Jean-Pierre", family="D'ALEMBERT") == "Jean-Pierre D'Alembert"
    assert written_name(given="Ann", family="McDonald") == "Ann McDonald"


SAME, PART, OTHER = NameMatch.SAME, NameMatch.PART, NameMatch.OTHER


@pytest.mark.parametrize(
    ("shown", "given", "family", "match", "reason"),
    [
        ("Dr Alizée Valguelty", "Alizée", "VALGUELTY", SAME, NameReason.WHOLE),
        ("Martin-Dupont Alice", "Alice", "MARTIN DUPONT", SAME, NameReason.WHOLE),
        ("Alice Martin-Dupont", "Alice", "MARTIN", PART, NameReason.MORE_PARTS),
        ("Alice Marie Martin", "Alice", "MARTIN", PART, NameReason.MORE_PARTS),
        ("Alice Martin", "Alice", "MARTIN-DUPONT", PART, NameReason.FEWER_PARTS),
        ("Alice Martin épouse Dupont", "Alice", "MARTIN", PART, NameReason.MARRIED),
        ("Alice Martin ép. Dupont", "Alice", "DUPONT", PART, NameReason.MARRIED),
        ("Dr Alice Dupont, née Martin", "Alice", "MARTIN", PART, NameReason.MARRIED),
        ("Alice Martin", "Alice", "MARTIN EPOUSE DUPONT", PART, NameReason.MARRIED),
        ("Dr Martin", "Alice", "MARTIN", PART, NameReason.NO_GIVEN),
        ("M. Martin", "Alice", "MARTIN", PART, NameReason.NO_GIVEN),
        ("Mathieu de la Tour", "Matthieu", "DE LA TOUR", PART, NameReason.GIVEN_VARIANT),
        ("Fred Durand", "Frédéric", "DURAND", PART, NameReason.GIVEN_VARIANT),
        ("Katherine Durand", "Cathy", "DURAND", PART, NameReason.GIVEN_VARIANT),
        ("Alice Durant", "Alice", "DURAND", PART, NameReason.SPELLING),
        ("Alice Druand", "Alice", "DURAND", PART, NameReason.SPELLING),
        ("Alice Durrand", "Alice", "DURAND", PART, NameReason.SPELLING),
        ("Alice Duro", "Alice", "DURAND", OTHER, NameReason.OTHER_FAMILY),
        ("Al Li", "Alice", "LE", OTHER, NameReason.OTHER_NAME),
        ("Dr Bob Martin", "Alice", "MARTIN", OTHER, NameReason.OTHER_GIVEN),
        ("Bob Martin", "Alice", "MARTIN DUPONT", OTHER, NameReason.OTHER_NAME),
        ("Alice Petit", "Alice", "DURAND", OTHER, NameReason.OTHER_FAMILY),
        ("Jean Petit", "Alice", "DURAND", OTHER, NameReason.OTHER_NAME),
        ("", "Alice", "DURAND", OTHER, NameReason.OTHER_NAME),
        ("Alice Durand", "", "", OTHER, NameReason.OTHER_NAME),
    ],
)
def test_two_names_are_compared_with_a_reason(shown, given, family, match, reason):
    found = compare_names(shown, given=given, family=family)

    assert (found.match, found.reason) == (match, reason)


def test_only_what_is_the_same_person_without_a_doubt_is_the_same():
    for shown, given, family in (
        ("Alice Martin-Dupont", "Alice", "MARTIN"),
        ("Dr Martin", "Alice", "MARTIN"),
        ("Alice Durant", "Alice", "DURAND"),
    ):
        assert not is_person(shown, given=given, family=family)


def test_a_name_that_is_both_given_and_family_name_needs_both():
    assert compare_names("Martin Martin", given="Martin", family="MARTIN").match is SAME
    assert compare_names("Martin", given="Martin", family="MARTIN").match is not SAME


def test_every_reason_is_in_words_in_both_languages():
    for reason in NameReason:
        assert reason_in_words(reason) != reason_in_words(reason, "en")


def test_a_name_is_sought_as_typed_first_and_then_with_its_last_words_first():
    assert search_keys("Dr Alice de la Tour") == ["alice tour", "tour alice"]
    assert search_keys("  ÉLOÏSE ") == ["eloise"]
    assert search_keys("Martin Martin") == ["martin martin"]
    assert name_key(given="Alice", family="DE LA TOUR") in search_keys("Alice de la Tour")
    assert search_keys("") == []
