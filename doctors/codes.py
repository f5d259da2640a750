"""Codes of professions (TRE_G15) and specialities (TRE_R38) in words; see data/README.md."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from functools import cache
from pathlib import Path

PHYSICIAN = "10"
FRENCH, ENGLISH = "fr", "en"
_DATA = Path(__file__).resolve().parent / "data"


def profession_label(code: str, locale: str = FRENCH) -> str:
    """Return a profession in words; the code itself when it is not in the list."""
    return _label("professions", code, locale)


def speciality_label(code: str, locale: str = FRENCH) -> str:
    """Return a speciality in words, French where there are no others; an unknown code as it is."""
    return _label("specialities", code, locale)


def specialities_label(codes: Iterable[str], locale: str = FRENCH) -> str:
    """Return specialities in words, in one line."""
    return ", ".join(speciality_label(code, locale) for code in codes)


def _label(name: str, code: str, locale: str) -> str:
    labels = _labels(name).get(code, {})
    return labels.get(locale) or labels.get(FRENCH) or code


@cache
def _labels(name: str) -> dict[str, dict[str, str]]:
    with (_DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"]: row for row in csv.DictReader(file)}
