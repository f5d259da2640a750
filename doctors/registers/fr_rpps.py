"""FR-RPPS: the French register of health professionals, and its open extraction (PS_LibreAcces).

The file: UTF-8, `|` without quoting and at each line's end, a line an activity, several a person.
Its labels change between vintages: columns are found by their folded names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from stdnum import luhn

from core.errors import InvalidInput
from core.text import fold
from doctors.registers.register import ReadLine, Register, RegisterLine

CODE = "FR-RPPS"
DIGITS = 11
# The national identifier is the kind of number, then the number.
KIND = "8"
# Kinds of knowledge are many; this one is a speciality recognised by the Order.
SPECIALITY = "S"
STUDENT = "E"

_NUMBER, _NATIONAL, _KIND = "identifiantpp", "identificationnationalepp", "typeidentifiantpp"
_FAMILY, _GIVEN, _PROFESSION = "nomexercice", "prenomexercice", "codeprofession"
_CATEGORY = "codecategorieprofessionnelle"
_SKILL_KIND, _SKILL = "codetypesavoirfaire", "codesavoirfaire"
_WORKPLACE, _TOWN = "raisonsocialesite", "libellecommune"
_POST_OFFICE, _DEPARTMENT = "bureaucedex", "codedepartement"
_ALWAYS = {
    _NUMBER: "Identifiant PP",
    _FAMILY: "Nom d'exercice",
    _GIVEN: "Prénom d'exercice",
    _PROFESSION: "Code profession",
}
_SKILLS = {_NUMBER: "Identifiant PP", _SKILL: "Code savoir-faire"}
_USED = frozenset(
    {_NATIONAL, _KIND, _CATEGORY, _SKILL_KIND, _SKILL, _WORKPLACE, _TOWN, _POST_OFFICE, _DEPARTMENT}
) | set(_ALWAYS)
_BRACKETS = re.compile(r"\([^)]*\)")
_LINKS = re.compile(r"\bd['’]|\bde\b")
_POST_CODE = re.compile(r"^[0-9AB]{5}\s+|\s+CEDEX.*$", re.IGNORECASE)


def normalise(number: str) -> str:
    """Return the eleven digits of a number as typed, its kind (`8` before it) taken off.

    Raises InvalidInput for what can be no number of this register.
    """
    bare = re.sub(r"[\s.\-]", "", number)
    if len(bare) == DIGITS + 1 and bare.startswith(KIND):
        bare = bare[1:]
    if len(bare) != DIGITS or not (bare.isascii() and bare.isdigit()):
        raise InvalidInput(f"no RPPS number: {number[:40]!r} ({DIGITS} digits)")
    return bare


def has_check_digit(number: str) -> bool:
    """Tell whether a number passes Luhn's test; some that are in the register do not."""
    return bool(luhn.is_valid(number))


def read_header(header: str) -> ReadLine:
    """Return the reader of the file of activities."""
    return _reader(header, _ALWAYS)


def read_skills_header(header: str) -> ReadLine:
    """Return the reader of the file of skills (savoir-faire)."""
    return _reader(header, _SKILLS)


def _reader(header: str, needed: dict[str, str]) -> ReadLine:
    names = _split(header)
    folded = [_folded(name) for name in names]
    columns = {name: index for index, name in enumerate(folded) if name in _USED}
    for name, label in needed.items():
        if name not in columns:
            raise InvalidInput(f"not a file of {CODE}: it has no column “{label}”")

    def read(line: str) -> RegisterLine | str:
        values = _split(line)
        if len(values) != len(names):
            return "wrong number of columns"
        row = {name: values[index].strip() for name, index in columns.items()}
        return _read_row(row, needed)

    return read


def _split(line: str) -> list[str]:
    bare = line.rstrip("\r\n")
    return bare.removesuffix("|").split("|")


def _folded(name: str) -> str:
    bare = _LINKS.sub("", _BRACKETS.sub("", fold(name)))
    return "".join(c for c in bare if c.isalnum())


def _read_row(row: dict[str, str], needed: Iterable[str]) -> RegisterLine | str:
    number = _number(row)
    if number is None:
        return "not an RPPS number"
    if any(not row[name] for name in needed if name != _NUMBER and name != _SKILL):
        return "no name or no profession"
    # Without its kind, a code tells by its letters that it is an ordinal speciality.
    is_speciality = row.get(_SKILL_KIND, SPECIALITY) == SPECIALITY
    return RegisterLine(
        number=number,
        family_name=row.get(_FAMILY, ""),
        given_name=row.get(_GIVEN, ""),
        profession=row.get(_PROFESSION, ""),
        category=row.get(_CATEGORY, ""),
        speciality=row.get(_SKILL, "") if is_speciality else "",
        workplace=row.get(_WORKPLACE, ""),
        town=row.get(_TOWN) or _POST_CODE.sub("", row.get(_POST_OFFICE, "")).title(),
        department=row.get(_DEPARTMENT, ""),
    )


def _number(row: dict[str, str]) -> str | None:
    if row.get(_KIND, KIND) != KIND:
        return None
    number = row[_NUMBER] or row.get(_NATIONAL, "")
    if len(number) == DIGITS and number.isascii() and number.isdigit():
        return number
    try:
        return normalise(number)
    except InvalidInput:
        return None


FR_RPPS = Register(
    code=CODE,
    name="Répertoire partagé des professionnels de santé",
    numbers_are_public=True,
    student_categories=frozenset({STUDENT}),
    normalise=normalise,
    has_check_digit=has_check_digit,
    read_header=read_header,
    read_skills_header=read_skills_header,
)
