"""GB-GMC: doctors of the United Kingdom; seven digits without a check digit."""

from __future__ import annotations

from doctors.registers.numbers import bare, is_digits, refuse
from doctors.registers.register import Register

CODE = "GB-GMC"
DIGITS = 7


def normalise(number: str) -> str:
    """Return the seven digits; raises InvalidInput for what can be no reference number."""
    digits = bare(number, labels=("GMC",))
    if len(digits) != DIGITS or not is_digits(digits):
        raise refuse(number, "GMC", f"{DIGITS} digits")
    return digits


def has_check_digit(_number: str) -> bool:
    """Return true: there is none that could be wrong."""
    return True


GB_GMC = Register(
    code=CODE,
    country="GB",
    short="GMC",
    name_fr="Registre médical du Royaume-Uni (General Medical Council)",
    name_en="The medical register of the United Kingdom (General Medical Council)",
    form_fr="7 chiffres",
    form_en="7 digits",
    source="The medical register — General Medical Council",
    numbers_are_public=True,
    normalise=normalise,
    has_check_digit=has_check_digit,
)
