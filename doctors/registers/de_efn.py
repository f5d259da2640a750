"""DE-EFN: the number of every doctor in a German chamber, as on the training certificates.

`80`, Germany's `276`, three digits of the chamber, six of the person, Luhn's digit.
"""

from __future__ import annotations

from stdnum import luhn

from doctors.registers.numbers import bare, is_digits, refuse
from doctors.registers.register import Register

CODE = "DE-EFN"
DIGITS = 15
PREFIX = "80276"


def normalise(number: str) -> str:
    """Return the fifteen digits; raises InvalidInput for what can be no EFN."""
    digits = bare(number, labels=("EFN",))
    if len(digits) != DIGITS or not is_digits(digits) or not digits.startswith(PREFIX):
        raise refuse(number, "EFN", f"{DIGITS} digits, the first {PREFIX}")
    return digits


def has_check_digit(number: str) -> bool:
    """Tell whether a number passes Luhn's test."""
    return bool(luhn.is_valid(number))


DE_EFN = Register(
    code=CODE,
    country="DE",
    short="EFN",
    name_fr="Numéro unique de formation des médecins d'Allemagne (EFN)",
    name_en="Uniform training number of doctors in Germany (EFN)",
    form_fr=f"15 chiffres, les premiers {PREFIX}",
    form_en=f"15 digits, the first {PREFIX}",
    source="Einheitliche Fortbildungsnummer — Landesärztekammern",
    numbers_are_public=False,
    normalise=normalise,
    has_check_digit=has_check_digit,
)
