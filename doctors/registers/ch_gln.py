"""CH-GLN: GS1's number of a person in Switzerland's register of medical professions."""

from __future__ import annotations

from stdnum import ean

from doctors.registers.numbers import bare, is_digits, refuse
from doctors.registers.register import Register

CODE = "CH-GLN"
DIGITS = 13
# What GS1 Switzerland set apart for partners in health.
PREFIX = "7601"


def normalise(number: str) -> str:
    """Return the thirteen digits; raises InvalidInput for what can be no GLN."""
    digits = bare(number, labels=("GLN", "EAN"))
    if len(digits) != DIGITS or not is_digits(digits):
        raise refuse(number, "GLN", f"{DIGITS} digits")
    return digits


def has_check_digit(number: str) -> bool:
    """Tell whether a number is of Swiss health, and passes GS1's test."""
    return number.startswith(PREFIX) and bool(ean.is_valid(number))


CH_GLN = Register(
    code=CODE,
    country="CH",
    short="GLN",
    name_fr="Registre suisse des professions médicales (MedReg, GLN)",
    name_en="Swiss register of medical professions (MedReg, GLN)",
    form_fr=f"13 chiffres, les premiers {PREFIX}",
    form_en=f"13 digits, the first {PREFIX}",
    source="MedReg — Office fédéral de la santé publique",
    numbers_are_public=True,
    normalise=normalise,
    has_check_digit=has_check_digit,
)
