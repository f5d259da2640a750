"""Codes of professions (TRE_G15) and specialities (TRE_R38) in words; see data/README.md.

Those who do not practise yet, or any more, have professions of their own: `10-student`,
`10-resident`, `10-retired`. Only `10` makes a verified doctor.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PHYSICIAN = "10"
STUDENT, RESIDENT, RETIRED = "student", "resident", "retired"
# Professions that somebody learns, and does not practise yet.
IN_TRAINING = frozenset({STUDENT, RESIDENT})
FRENCH, ENGLISH = "fr", "en"
# The assurance of what nobody looked at.
DECLARED = "declared"
# What a badge says of a profession that is not in our list: others may know more of them.
_UNKNOWN_BADGE = {FRENCH: "Professionnel vérifié", ENGLISH: "Verified professional"}
_DECLARED_BADGE = {FRENCH: "Profession déclarée", ENGLISH: "Declared profession"}
# What the sources keep for old entries, and give to nobody any more.
_ENDED = frozenset({"35", "36", "37", "38", "39", "93", "SP01", "SP02", "SP03", "SP04"})
_DATA = Path(__file__).resolve().parent / "data"


@dataclass(frozen=True, slots=True)
class Choice:
    """A code and its words, as a chooser lists them."""

    code: str
    label: str


def profession_label(code: str, locale: str = FRENCH) -> str:
    """Return a profession in words; the code itself when it is not in the list."""
    return _label("professions", code, locale)


def speciality_label(code: str, locale: str = FRENCH) -> str:
    """Return a speciality in words, French where there are no others; an unknown code as it is."""
    return _label("specialities", code, locale)


def specialities_label(codes: Iterable[str], locale: str = FRENCH) -> str:
    """Return specialities in words, in one line."""
    return ", ".join(speciality_label(code, locale) for code in codes)


def savoir_faire_label(code: str, locale: str = FRENCH) -> str:
    """Return a kind of qualification (TRE_R04) in words; an unknown code as it is."""
    return _label("savoir_faire", code, locale)


def badge_label(code: str, locale: str = FRENCH) -> str:
    """Return what a badge of a profession says: `Sage-femme vérifiée`, `Verified midwife`.

    French unless the locale is English or has it; a profession that we do not know is just one.
    """
    row = _labels("professions").get(code)
    if row is None:
        return _UNKNOWN_BADGE.get(locale, _UNKNOWN_BADGE[FRENCH])
    return row.get(f"badge_{locale}") or row["badge_fr"]


def words_of_badge(code: str, assurance: str, locale: str = FRENCH) -> str:
    """Return what a badge says: `badge_label`, but nothing of verified where all was declared."""
    if assurance == DECLARED:
        return _DECLARED_BADGE.get(locale, _DECLARED_BADGE[FRENCH])
    return badge_label(code, locale)


def is_profession(code: str) -> bool:
    """Tell whether a code is one of our professions."""
    return code in _labels("professions")


def is_speciality(code: str) -> bool:
    """Tell whether a code is one of our specialities."""
    return code in _labels("specialities")


def split_profession(code: str) -> tuple[str, str]:
    """Return a profession as registers know it, and what it is a variant of: `10`, `student`."""
    base, _, variant = code.partition("-")
    return base, variant


def professions(locale: str = FRENCH) -> list[Choice]:
    """Return every profession that is given out today, each with its variants behind it."""
    current = (c for c in _labels("professions") if split_profession(c)[0] not in _ENDED)
    codes = sorted(current, key=_position)
    return [Choice(code, profession_label(code, locale)) for code in codes]


def specialities(locale: str = FRENCH) -> list[Choice]:
    """Return every speciality that is given out today, by its words."""
    choices = [
        Choice(code, speciality_label(code, locale))
        for code in _labels("specialities")
        if code not in _ENDED
    ]
    return sorted(choices, key=lambda choice: choice.label.casefold())


def _position(code: str) -> tuple[str, int]:
    base, variant = split_profession(code)
    return base, ["", STUDENT, RESIDENT, RETIRED].index(variant)


def _label(name: str, code: str, locale: str) -> str:
    labels = _labels(name).get(code, {})
    return labels.get(locale) or labels.get(FRENCH) or code


@cache
def _labels(name: str) -> dict[str, dict[str, str]]:
    with (_DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"]: row for row in csv.DictReader(file)}
