"""The French register: its numbers, and its file in the vintages that there are."""

from __future__ import annotations

import csv

import pytest

from cli.demo_data import COLUMNS
from core.errors import InvalidInput
from doctors.registers.fr_rpps import has_check_digit, normalise, read_header
from register_files import NUMBER, fixture, line

HEADER = "|".join(COLUMNS) + "|"


def test_a_number_is_read_as_people_type_it_and_with_its_kind_before_it():
    assert normalise("999 000 000 03") == NUMBER
    assert normalise("899900000003") == NUMBER
    assert normalise(" 99.900.000.003 ") == NUMBER


@pytest.mark.parametrize("number", ["", "123", "9990000000x", "999900000003", "٩٩٩٠٠٠٠٠٠٠٣"])
def test_what_can_be_no_number_is_refused(number):
    with pytest.raises(InvalidInput, match="no RPPS number"):
        normalise(number)


def test_the_check_digit_only_warns():
    assert has_check_digit(NUMBER)
    assert not has_check_digit("99900000004")
    assert normalise("99900000004") == "99900000004"


def test_the_examples_of_numbers_are_judged_as_they_say():
    with fixture("identifiants_exemples.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["register"] == "FR-RPPS"]

    assert rows
    for row in rows:
        assert has_check_digit(normalise(row["value"])) is (row["valid"] == "1"), row


def test_a_line_is_read_by_its_labels():
    read = read_header(HEADER)

    found = read(line(kind="S", skill="SM04", workplace="CHU", town="Lyon", department="69"))

    assert (found.number, found.family_name, found.given_name) == (NUMBER, "MARTIN", "Alice")
    assert (found.profession, found.speciality, found.category) == ("10", "SM04", "C")
    assert (found.workplace, found.town, found.department) == ("CHU", "Lyon", "69")


def test_labels_of_another_vintage_order_and_case_are_found():
    columns = (
        "Code Département (structure)", "nom exercice", "Prénom d’exercice", "CODE PROFESSION",
        "Identifiant PP", "Code savoir-faire", "Bureau cedex (structure)",
    )  # fmt: skip
    values = ("2A", "MARTIN", "Alice", "10", NUMBER, "SM04", "20000 AJACCIO CEDEX 9")

    found = read_header("|".join(columns))("|".join(values) + "|\r\n")

    assert (found.number, found.speciality, found.department) == (NUMBER, "SM04", "2A")
    assert found.town == "Ajaccio"


def test_a_skill_of_another_kind_is_no_speciality():
    assert read_header(HEADER)(line(kind="CAPA", skill="CAPA-FICT")).speciality == ""


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (line(id_kind="0"), "an ADELI number: these ended in 2024"),
        (line(id_kind="9"), "not an RPPS number"),
        (line("12"), "not an RPPS number"),
        (line(family=""), "no name or no profession"),
        (line(profession=""), "no name or no profession"),
        (line() + "more|", "wrong number of columns"),
        ("a|b|", "wrong number of columns"),
    ],
)
def test_a_line_without_a_professional_tells_why(text, reason):
    assert read_header(HEADER)(text) == reason


@pytest.mark.parametrize("header", ["", "a|b|c|", "Identifiant PP|Nom d'exercice|", "root:x:0:0:"])
def test_a_file_of_another_kind_names_the_column_that_it_lacks(header):
    with pytest.raises(InvalidInput, match="no column"):
        read_header(header)
