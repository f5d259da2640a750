"""BE-INAMI: Belgium's number of who provides care (INAMI, RIZIV, NIHII).

One digit of the profession, five of the person, two that check them, three of the qualification.
"""

from __future__ import annotations

from doctors.registers.numbers import bare, is_digits, refuse
from doctors.registers.register import Register

CODE = "BE-INAMI"
DIGITS = 11
# 97 ran out of numbers: the second is given to nurses since 2013, to doctors since April 2019.
_MODULI = (97, 89)


def normalise(number: str) -> str:
    """Return the eleven digits; raises InvalidInput for what can be no INAMI number."""
    digits = bare(number, labels=("INAMI", "RIZIV", "NIHII"))
    if len(digits) != DIGITS or not is_digits(digits):
        raise refuse(number, "INAMI", f"{DIGITS} digits")
    return digits


def has_check_digit(number: str) -> bool:
    """Tell whether the seventh and eighth digit follow from the six before them."""
    person, check = int(number[:6]), int(number[6:8])
    return any(check == modulus - person % modulus for modulus in _MODULI)


BE_INAMI = Register(
    code=CODE,
    country="BE",
    short="INAMI",
    name_fr="Numéro INAMI des dispensateurs de soins de Belgique",
    name_en="INAMI/RIZIV number of healthcare providers in Belgium",
    form_fr="11 chiffres, avec le code de compétence",
    form_en="11 digits, with the qualification code",
    source="INAMI/RIZIV — Institut national d'assurance maladie-invalidité",
    numbers_are_public=True,
    normalise=normalise,
    has_check_digit=has_check_digit,
)
