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
from doctors.registers.fr_places import find_finess, read_site
from doctors.registers.numbers import bare, is_digits, refuse
from doctors.registers.register import ReadLine, Register, RegisterLine

CODE = "FR-RPPS"
DIGITS = 11
# The national identifier is the kind of number, then the number.
KIND = "8"
# What nurses, physiotherapists and others had instead, and its kind: all have an RPPS number since
# 2024, and an entry under the old one would be a second one of the same person.
ADELI_KIND = "0"
_ADELI = re.compile(r"0?[0-9][0-9AB][0-9]{7}")
# Kinds of knowledge are many; this one is a speciality recognised by the Order.
SPECIALITY = "S"
STUDENT = "E"

_NUMBER, _NATIONAL, _KIND = "identifiantpp", "identificationnationalepp", "typeidentifiantpp"
_FAMILY, _GIVEN, _PROFESSION = "nomexercice", "prenomexercice", "codeprofession"
_CATEGORY = "codecategorieprofessionnelle"
_SKILL_KIND, _SKILL = "codetypesavoirfaire", "codesavoirfaire"
_WORKPLACE, _TOWN = "raisonsocialesite", "libellecommune"
_POST_OFFICE, _DEPARTMENT = "bureaucedex", "codedepartement"
_POST_CODE, _TOWN_CODE, _COUNTRY = "codepostal", "codecommune", "codepays"
_SITE_CODE = "numerofinesssite"
_ALWAYS = {
    _NUMBER: "Identifiant PP",
    _FAMILY: "Nom d'exercice",
    _GIVEN: "Prénom d'exercice",
    _PROFESSION: "Code profession",
}
_SKILLS = {_NUMBER: "Identifiant PP", _SKILL: "Code savoir-faire"}
_PLACES = {_TOWN, _POST_OFFICE, _DEPARTMENT, _POST_CODE, _TOWN_CODE, _COUNTRY, _SITE_CODE}
_OTHERS = {_NATIONAL, _KIND, _CATEGORY, _SKILL_KIND, _SKILL, _WORKPLACE}
_USED = _PLACES | _OTHERS | set(_ALWAYS)
_BRACKETS = re.compile(r"\([^)]*\)")
_LINKS = re.compile(r"\bd['’]|\bde\b")


def normalise(number: str) -> str:
    """Return the eleven digits of a number as typed, its kind (`8` before it) taken off.

    Raises InvalidInput for what can be no number of this register, with a hint for an ADELI number.
    """
    joined = bare(number, labels=("RPPS", "IDNPS", "ADELI"))
    whole = whole_number(joined)
    if whole is None and _ADELI.fullmatch(joined):
        raise InvalidInput(
            f"{number[:40]!r} is an ADELI number: these ended in 2024, give the RPPS number "
            f"({DIGITS} digits)"
        )
    if whole is None:
        raise refuse(number, "RPPS", f"{DIGITS} digits")
    return whole


def whole_number(text: str) -> str | None:
    """Return the eleven digits, with their kind before them or not; None for anything else."""
    if len(text) == DIGITS + 1 and text.startswith(KIND):
        text = text[1:]
    return text if len(text) == DIGITS and is_digits(text) else None


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
    if row.get(_KIND, KIND) == ADELI_KIND:
        return "an ADELI number: these ended in 2024"
    number = whole_number(row[_NUMBER] or row.get(_NATIONAL, ""))
    if number is None or row.get(_KIND, KIND) != KIND:
        return "not an RPPS number"
    if any(not row[name] for name in needed if name != _NUMBER and name != _SKILL):
        return "no name or no profession"
    # Without its kind, a code tells by its letters that it is an ordinal speciality.
    is_speciality = row.get(_SKILL_KIND, SPECIALITY) == SPECIALITY
    site = read_site(
        town=row.get(_TOWN, ""),
        town_code=row.get(_TOWN_CODE, ""),
        post_code=row.get(_POST_CODE, ""),
        post_office=row.get(_POST_OFFICE, ""),
        department=row.get(_DEPARTMENT, ""),
        country=row.get(_COUNTRY, ""),
    )
    return RegisterLine(
        number=number,
        family_name=row.get(_FAMILY, ""),
        given_name=row.get(_GIVEN, ""),
        profession=row.get(_PROFESSION, ""),
        category=row.get(_CATEGORY, ""),
        speciality=row.get(_SKILL, "") if is_speciality else "",
        workplace=row.get(_WORKPLACE, ""),
        town=site.town,
        department=site.department,
        site_code=find_finess(row.get(_SITE_CODE, "")),
        town_code=site.town_code,
    )


FR_RPPS = Register(
    code=CODE,
    country="FR",
    short="RPPS",
    name_fr="Répertoire partagé des professionnels de santé (RPPS)",
    name_en="French register of health professionals (RPPS)",
    form_fr="11 chiffres",
    form_en="11 digits",
    source="RPPS — Agence du Numérique en Santé, Licence Ouverte 2.0",
    numbers_are_public=True,
    student_categories=frozenset({STUDENT}),
    normalise=normalise,
    has_check_digit=has_check_digit,
    read_header=read_header,
    read_skills_header=read_skills_header,
    has_directory=True,
)
