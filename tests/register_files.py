"""Synthetic files of the French register: a line, a whole file, and where the big ones lie."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import pytest

from cli.demo_data import COLUMNS
from doctors.registers import register_of

_ROOT = Path(__file__).resolve().parents[1]
FIXTURES = Path(os.environ.get("CONSILIUM_SHARED", _ROOT.parent / "shared")) / "data" / "fixtures"
NUMBER = "99900000003"
FR_RPPS = register_of("FR-RPPS")


def line(number: str = NUMBER, *, columns: Iterable[str] = COLUMNS, **values: str) -> str:
    """Write a line of the extraction; names of values are the columns', shortened."""
    short = {
        "family": "Nom d'exercice",
        "given": "Prénom d'exercice",
        "profession": "Code profession",
        "category": "Code catégorie professionnelle",
        "kind": "Code type savoir-faire",
        "skill": "Code savoir-faire",
        "workplace": "Raison sociale site",
        "town": "Libellé commune (coord. structure)",
        "department": "Code département (coord. structure)",
        "id_kind": "Type d'identifiant PP",
        "site_code": "Numéro FINESS site",
        "town_code": "Code commune (coord. structure)",
        "post_code": "Code postal (coord. structure)",
    }
    row = {
        "Type d'identifiant PP": "8",
        "Identifiant PP": number,
        "Identification nationale PP": f"8{number}",
        "Nom d'exercice": "MARTIN",
        "Prénom d'exercice": "Alice",
        "Code profession": "10",
        "Code catégorie professionnelle": "C",
        **{short[name]: value for name, value in values.items()},
    }
    return "|".join(row.get(column, "") for column in columns) + "|"


def write(path: Path, *lines: str, columns: Iterable[str] = COLUMNS) -> Path:
    path.write_text("\n".join(["|".join(columns) + "|", *lines]) + "\n", encoding="utf-8")
    return path


def fixture(name: str) -> Path:
    """Return a file of the shared fixtures; without it, skip and say where it was sought."""
    path = FIXTURES / name
    if not path.exists():
        pytest.skip(f"no synthetic extraction at {path} (CONSILIUM_SHARED names the folder)")
    return path
