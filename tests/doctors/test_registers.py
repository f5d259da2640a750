"""The registers: what their numbers look like, what only warns, and how each is cited."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest

from core.errors import InvalidInput
from doctors.registers import REGISTERS, register_of
from doctors.registers.lines import open_source
from doctors.registers.other import OtherNumber, read_number, write_number
from doctors.registers.register import DayOf

EXAMPLES = Path(__file__).parent / "data" / "identifiants_exemples.csv"
# The examples name the United Kingdom by another code, and two kinds of numbers that nobody has.
_CODES = {"UK-GMC": "GB-GMC"}
_NO_REGISTERS = {"FR-FINESS", "FR-NIR"}


def _examples() -> list[dict[str, str]]:
    with EXAMPLES.open(encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if row["register"] not in _NO_REGISTERS]


@pytest.mark.parametrize("row", _examples(), ids=lambda row: f"{row['register']}-{row['value']}")
def test_an_examples_check_digit_is_judged_as_it_says_and_never_refused(row):
    register = register_of(_CODES.get(row["register"], row["register"]))

    number = register.normalise(row["value"])

    assert register.has_check_digit(number) is (row["valid"] in {"1", "?"})


@pytest.mark.parametrize(
    ("code", "typed", "number"),
    [
        ("FR-RPPS", "RPPS n° 999 000 000 03", "99900000003"),
        ("FR-RPPS", "8 999.000.000.03", "99900000003"),
        ("GB-GMC", "GMC: 7 012 345", "7012345"),
        ("US-NPI", "NPI 1234-567-893", "1234567893"),
        ("US-NPI", "80840 1234567893", "1234567893"),
        ("DE-LANR", "83 83822/02", "838382202"),
        ("DE-EFN", "80 276 090 123456 6", "802760901234566"),
        ("CH-GLN", "GLN 7601000000026", "7601000000026"),
        ("BE-INAMI", "1-00001-06-000", "10000106000"),
        ("BE-INAMI", "1/00001/06/000", "10000106000"),
        ("OTHER", "  M –  12345 ", "M – 12345"),
        ("OTHER", "it /  Ordine dei medici  / M/12", "it / Ordine dei medici / M/12"),
        ("OTHER", "IT /  Ordine dei medici  / M/12", "IT / Ordine dei medici / M/12"),
    ],
)
def test_a_number_is_read_as_people_type_it(code, typed, number):
    assert register_of(code).normalise(typed) == number


@pytest.mark.parametrize(
    ("code", "typed", "message"),
    [
        ("GB-GMC", "123456", "no GMC number: '123456' \\(7 digits\\)"),
        ("GB-GMC", "71234567", "7 digits"),
        ("US-NPI", "3234567893", "the first 1 or 2"),
        ("US-NPI", "123456789", "10 digits"),
        ("DE-LANR", "8383822", "9 digits"),
        ("DE-EFN", "902760901234566", "the first 80276"),
        ("CH-GLN", "760100000002", "13 digits"),
        ("BE-INAMI", "10000106", "11 digits"),
        ("OTHER", " ", "no number"),
        ("OTHER", "x" * 61, "no number"),
        ("FR-RPPS", "75 1 12345 6", "an ADELI number: these ended in 2024"),
        ("FR-RPPS", "0 2A1123456", "give the RPPS number"),
    ],
)
def test_what_can_be_no_number_is_refused_with_what_is_expected(code, typed, message):
    with pytest.raises(InvalidInput, match=message) as refusal:
        register_of(code).normalise(typed)

    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("code", "right", "wrong"),
    [
        ("CH-GLN", "7601000000026", "7601000000027"),
        # It is one of GS1, but of nobody in Swiss health.
        ("CH-GLN", "7601000000026", "4006381333931"),
        ("BE-INAMI", "10000106000", "10000107000"),
        # 100001 modulo 89 is 54: the newer numbers.
        ("BE-INAMI", "10000135000", "10000136000"),
        ("DE-LANR", "838382202", "838382302"),
        ("DE-EFN", "802760901234566", "802760901234567"),
    ],
)
def test_a_wrong_check_digit_warns(code, right, wrong):
    register = register_of(code)

    assert register.has_check_digit(register.normalise(right))
    assert not register.has_check_digit(register.normalise(wrong))


def test_every_register_says_who_keeps_it_in_both_languages():
    for code, register in REGISTERS.items():
        assert register.code == code
        assert register.name("fr") and register.name("en") != register.name("fr")
        assert register.form("fr") != register.form("en")
        assert register.source
        assert register.country == code[:2] if code != "OTHER" else register.country == ""


def test_numbers_that_their_holders_keep_to_themselves_are_not_public():
    hidden = {code for code, register in REGISTERS.items() if not register.numbers_are_public}

    assert hidden == {"DE-LANR", "DE-EFN", "OTHER"}


def test_a_source_is_cited_with_its_licence_and_its_day():
    register = register_of("fr-rpps ")
    day = date(2026, 11, 22)

    assert register.cite(day, "en") == (
        "RPPS — Agence du Numérique en Santé, Licence Ouverte 2.0, edition of 22/11/2026"
    )
    assert register.cite(day).endswith(", édition du 22/11/2026")
    assert register.cite(day, "fr", of=DayOf.LOOK_UP).endswith(", consulté le 22/11/2026")
    assert register.cite().endswith("Licence Ouverte 2.0")


def test_a_register_without_a_file_says_so_where_one_is_imported(tmp_path):
    assert [code for code, one in REGISTERS.items() if one.has_file] == ["FR-RPPS"]
    assert [code for code, one in REGISTERS.items() if one.has_directory] == ["FR-RPPS"]
    with pytest.raises(InvalidInput, match="US-NPI has no file to import"):
        open_source(tmp_path / "x.txt", register_of("US-NPI"))


def test_an_unknown_register_is_told_with_those_there_are():
    with pytest.raises(InvalidInput, match="known: FR-RPPS, .*OTHER"):
        register_of("XX")


def test_one_number_of_two_authorities_is_two_numbers():
    rome = write_number("it", " Ordine dei  medici di Roma ", "M 12345")
    milan = write_number("IT", "Ordine dei medici di Milano", "M 12345")

    assert rome != milan
    assert register_of("OTHER").normalise(rome) == rome
    assert read_number(rome) == OtherNumber("IT", "Ordine dei medici di Roma", "M 12345")
    assert read_number("M 12345") is None


@pytest.mark.parametrize(
    "parts",
    [("Italy", "Ordine", "1"), ("IT", "", "1"), ("IT", "a / b", "1"), ("IT", "Ordine", "")],
    ids=["country", "no-authority", "divided-authority", "no-number"],
)
def test_another_register_needs_a_country_an_authority_and_a_number(parts):
    with pytest.raises(InvalidInput):
        write_number(*parts)
