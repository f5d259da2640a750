"""DE-LANR: the German lifelong number of doctors who work for the statutory insurances.

Six digits of the person, a check digit, two of the group of specialities.
"""

from __future__ import annotations

from doctors.registers.numbers import bare, is_digits, refuse
from doctors.registers.register import Register

CODE = "DE-LANR"
DIGITS = 9
_WEIGHTS = (4, 9, 4, 9, 4, 9)


def normalise(number: str) -> str:
    """Return the nine digits; raises InvalidInput for what can be no LANR."""
    digits = bare(number, labels=("LANR",))
    if len(digits) != DIGITS or not is_digits(digits):
        raise refuse(number, "LANR", f"{DIGITS} digits")
    return digits


def has_check_digit(number: str) -> bool:
    """Tell whether the seventh digit follows from the six before it."""
    weighed = sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False))
    return number[6] == str(-weighed % 10)


DE_LANR = Register(
    code=CODE,
    country="DE",
    short="LANR",
    name_fr="Numéro à vie des médecins conventionnés d'Allemagne (LANR)",
    name_en="Lifelong number of statutory health insurance physicians in Germany (LANR)",
    form_fr="9 chiffres",
    form_en="9 digits",
    source="Lebenslange Arztnummer — Kassenärztliche Vereinigungen",
    numbers_are_public=False,
    normalise=normalise,
    has_check_digit=has_check_digit,
)
