"""US-NPI: the National Provider Identifier of the United States; Luhn with `80840` before it."""

from __future__ import annotations

from stdnum import luhn

from doctors.registers.numbers import bare, is_digits, refuse
from doctors.registers.register import Register

CODE = "US-NPI"
DIGITS = 10
# On cards the number has the prefix of health in the United States before it.
PREFIX = "80840"


def normalise(number: str) -> str:
    """Return the ten digits; raises InvalidInput for what can be no NPI."""
    digits = bare(number, labels=("NPI",))
    if len(digits) == len(PREFIX) + DIGITS:
        digits = digits.removeprefix(PREFIX)
    if len(digits) != DIGITS or not is_digits(digits) or digits[0] not in "12":
        raise refuse(number, "NPI", f"{DIGITS} digits, the first 1 or 2")
    return digits


def has_check_digit(number: str) -> bool:
    """Tell whether a number passes Luhn's test with its prefix."""
    return bool(luhn.is_valid(PREFIX + number))


US_NPI = Register(
    code=CODE,
    country="US",
    short="NPI",
    name_fr="Identifiant national des professionnels de santé des États-Unis (NPI)",
    name_en="National Provider Identifier of the United States (NPI)",
    form_fr="10 chiffres, le premier 1 ou 2",
    form_en="10 digits, the first 1 or 2",
    source="NPPES — Centers for Medicare & Medicaid Services",
    numbers_are_public=True,
    normalise=normalise,
    has_check_digit=has_check_digit,
)
