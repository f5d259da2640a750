"""OTHER: every register that has no file here; its country and authority are part of the number.

`IT / Ordine dei medici di Roma / M-12345`: so that two doctors with one number in two countries are
two. Nothing is known of its form, and an entry is made with documents.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.errors import InvalidInput
from doctors.registers.register import Register

CODE = "OTHER"
MAX_AUTHORITY_CHARS = 120
MAX_NUMBER_CHARS = 60
_BETWEEN = " / "
_COUNTRY = re.compile(r"[A-Z]{2}")


@dataclass(frozen=True, slots=True)
class OtherNumber:
    """A number with the authority that gave it, and that authority's country (ISO 3166-1)."""

    country: str
    authority: str
    number: str


def write_number(country: str, authority: str, number: str) -> str:
    """Return the three in one text, as `normalise` gives it; raises InvalidInput."""
    parts = OtherNumber(_tidy(country).upper(), _tidy(authority), _tidy(number))
    if not _COUNTRY.fullmatch(parts.country):
        raise InvalidInput(f"no country: {country[:40]!r} (two letters, as IT)")
    if not 0 < len(parts.authority) <= MAX_AUTHORITY_CHARS or _BETWEEN in parts.authority:
        raise InvalidInput("say who keeps the register, in a few words")
    if not 0 < len(parts.number) <= MAX_NUMBER_CHARS:
        raise InvalidInput(f"no number: {number[:40]!r} (at most {MAX_NUMBER_CHARS} characters)")
    return _BETWEEN.join((parts.country, parts.authority, parts.number))


def read_number(text: str) -> OtherNumber | None:
    """Return the parts of a text that `write_number` made, None for a number as typed."""
    parts = text.split(_BETWEEN, 2)
    if len(parts) != 3 or not _COUNTRY.fullmatch(parts[0]):
        return None
    return OtherNumber(*parts)


def normalise(number: str) -> str:
    """Return a number as typed, with its country and authority if they stand before it."""
    known = read_number(_tidy(number))
    if known is not None:
        return write_number(known.country, known.authority, known.number)
    bare = _tidy(number)
    if not 0 < len(bare) <= MAX_NUMBER_CHARS:
        raise InvalidInput(f"no number: {number[:40]!r} (at most {MAX_NUMBER_CHARS} characters)")
    return bare


def has_check_digit(_number: str) -> bool:
    """Return true: nothing is known that could be wrong."""
    return True


def _tidy(text: str) -> str:
    shown = "".join(one if one.isprintable() else " " for one in text)
    return " ".join(shown.split())


OTHER = Register(
    code=CODE,
    country="",
    short="",
    name_fr="Autre registre",
    name_en="Another register",
    form_fr="le numéro, tel que l'autorité l'écrit",
    form_en="the number, as the authority writes it",
    source="Autre registre, d'après les pièces fournies",
    numbers_are_public=False,
    normalise=normalise,
    has_check_digit=has_check_digit,
)
