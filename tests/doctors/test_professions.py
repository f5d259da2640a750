"""Professions as data: each with a badge of its own, that nobody can write down as theirs."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from actors.labels import is_badge_label, name_without_badge, passes_for_badge
from actors.profile import check_name
from core.errors import InvalidInput
from doctors import codes
from doctors.codes import badge_label, professions, specialities, words_of_badge
from doctors.issue import makes_a_doctor
from doctors.models import Assurance

_FILE = Path(codes.__file__).parent / "data" / "professions.csv"
ROWS = list(csv.DictReader(_FILE.open(encoding="utf-8", newline="")))


@pytest.mark.parametrize(
    ("code", "french", "english"),
    [
        ("10", "Médecin vérifié", "Verified doctor"),
        ("10-resident", "Interne en médecine vérifié", "Verified medical resident"),
        ("10-retired", "Médecin retraité vérifié", "Verified retired doctor"),
        ("50", "Sage-femme vérifiée", "Verified midwife"),
        ("50-retired", "Sage-femme retraitée vérifiée", "Verified retired midwife"),
        ("60-student", "Étudiant en soins infirmiers vérifié", "Verified nursing student"),
        ("777", "Professionnel vérifié", "Verified professional"),
    ],
)
def test_a_badge_is_worded_for_its_profession(code, french, english):
    assert (badge_label(code), badge_label(code, "en")) == (french, english)
    assert badge_label(code, "de") == french


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["code"])
def test_every_profession_is_whole_and_its_badge_passes_for_one_in_no_text(row):
    assert all(row.values())
    for label in (row["badge_fr"], row["badge_en"]):
        assert is_badge_label(label)
        assert is_badge_label(label.upper().replace("É", "E"))
        with pytest.raises(InvalidInput):
            check_name(f"Dr Bob · {label}")


def test_every_profession_of_the_source_has_students_and_retired():
    known = {row["code"] for row in ROWS}
    plain = {code for code in known if "-" not in code}

    assert len(plain) == 30
    assert {f"{code}-{kind}" for code in plain for kind in ("student", "retired")} <= known
    assert {code for code in known if code.endswith("-resident")} == {
        "10-resident",
        "21-resident",
        "40-resident",
    }


@pytest.mark.parametrize("assurance", list(Assurance))
def test_only_a_physician_who_was_found_makes_a_verified_doctor(assurance):
    makers = {row["code"] for row in ROWS if makes_a_doctor(row["code"], assurance)}

    assert makers == (set() if assurance is Assurance.DECLARED else {"10"})


def test_what_was_only_declared_is_never_called_verified():
    assert words_of_badge("10", "declared") == "Profession déclarée"
    assert words_of_badge("10", "declared", "en") == "Declared profession"
    assert words_of_badge("10", "register-match") == "Médecin vérifié"


def test_choosers_leave_out_what_is_not_given_out_any_more():
    offered = [one.code for one in professions("en")]

    assert offered[:4] == ["10", "10-student", "10-resident", "10-retired"]
    assert "36" not in offered
    assert "36-student" not in offered
    assert "SP01" not in [one.code for one in specialities()]
    assert len(specialities()) == 106


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Dr Evil ✅", "Dr Evil"),
        ("✔️ Dr Evil 🩺", "Dr Evil"),
        ("Dr Evil :verified:", "Dr Evil"),
        ("Dr \u202elivE", "Dr livE"),
        ("Evil · Médecin vérifié", "evil"),
        ("Evil, verified nurse", "evil"),
        ("✓", "evil"),
        ("Dr  Bob :sun: 🌻", "Dr  Bob :sun: 🌻"),
        ("", ""),
    ],
)
def test_a_strangers_name_is_shown_without_what_passes_for_a_badge(name, shown):
    assert name_without_badge(name, "evil") == shown


def test_names_of_fields_pass_for_a_badge_by_words_or_signs():
    assert passes_for_badge("Sage-femme vérifiée")
    assert passes_for_badge("✓ Hospital")
    assert not passes_for_badge("Hospital")
    assert not passes_for_badge("Verified site")
