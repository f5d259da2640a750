"""The form by which somebody says who they are: read, filled in, and what is wrong in words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.errors import InvalidInput
from core.i18n import Language, mark
from doctors.claims import MAX_NAME, MAX_REMARK, MAX_SPECIALITIES, MAX_WORKPLACE
from doctors.codes import PHYSICIAN, STUDENT, professions, specialities, split_profession
from doctors.registers import Register, register_of
from doctors.registers.fr_rpps import CODE as FR_RPPS
from doctors.registers.other import CODE as OTHER
from doctors.registers.other import write_number
from web.entry import Listed

FIRST: Mapping[str, str] = {"register": FR_RPPS, "profession": PHYSICIAN}
BOUNDS = {"name": MAX_NAME, "workplace": MAX_WORKPLACE, "remark": MAX_REMARK}
_FIELDS = {
    "given name": "given_name",
    "family name": "family_name",
    "workplace": "workplace",
    "remark": "remark",
}
# What the room says of a field, and the words beside it.
_SAID: Sequence[tuple[re.Pattern[str], str, str]] = [
    (re.compile(pattern), field, words)
    for pattern, field, words in (
        ("there is no profession", "profession", mark("Choose a profession from the list.")),
        (
            "specialit(y|ies)",
            "speciality-1",
            mark("Choose specialities from the list, ten at most."),
        ),
        (r"the (?P<what>[a-z ]+) is missing", "", mark("Write it as the register has it.")),
        (
            r"the (?P<what>[a-z ]+) has at most (?P<most>\d+)",
            "",
            mark("It is too long: %(most)s characters at most."),
        ),
    )
]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which number of which register is meant, in the register's normal form."""

    register: Register
    number: str


class Fault(Exception):
    """What is wrong with a field, in words; an empty field is the form as a whole."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field, self.words = field, words


def read_asked(form: Mapping[str, str], language: Language) -> Asked:
    """Return the number that was typed; raises Fault for what can be none."""
    try:
        register = register_of(form.get("register", ""))
    except InvalidInput as error:
        raise Fault("register", language.gettext(mark("Choose a register."))) from error
    typed = form.get("number", "")
    if not typed.strip():
        raise Fault("number", language.gettext(mark("Write your number.")))
    try:
        if register.code == OTHER and (form.get("country") or form.get("authority")):
            written = write_number(form.get("country", ""), form.get("authority", ""), typed)
            return Asked(register, register.normalise(written))
        return Asked(register, register.normalise(typed))
    except InvalidInput as error:
        raise _number_fault(register, str(error), language) from error


def _number_fault(register: Register, said: str, language: Language) -> Fault:
    if "no country" in said:
        words = mark("Two letters, as IT for Italy.")
        return Fault("country", language.gettext(words))
    if "who keeps" in said:
        return Fault("authority", language.gettext(mark("Say who keeps the register.")))
    if "ADELI" in said:
        words = mark(
            "This is an ADELI number: those ended in 2024. Your RPPS number has 11 digits."
        )
        return Fault("number", language.gettext(words))
    words = mark("This is no number of this register: %(form)s.")
    return Fault("number", language.gettext(words, form=register.form(language.code)))


def fault_of(error: InvalidInput, language: Language) -> Fault:
    """Return what the room refused, as a fault of one field."""
    said = str(error)
    for pattern, field, words in _SAID:
        if (found := pattern.search(said)) is not None:
            groups = found.groupdict()
            name = field or _FIELDS.get(groups.pop("what", ""), "")
            return Fault(name, language.gettext(words, **groups))
    return Fault("", said)


def chosen_specialities(form: Mapping[str, str]) -> list[str]:
    """Return the specialities that were chosen, in the order of their rows."""
    rows = (form.get(f"speciality-{n}", "") for n in range(1, MAX_SPECIALITIES + 1))
    return [code for code in rows if code]


def filled(form: Mapping[str, str], listed: Listed | None) -> dict[str, str]:
    """Return a form whose empty fields hold what the register says."""
    typed = dict(form)
    if listed is None:
        return typed
    for name, value in known_of(listed).items():
        if not typed.get(name, "").strip():
            typed[name] = value
    typed["profession"] = _fitting(typed.get("profession", ""), listed)
    return typed


def _fitting(typed: str, listed: Listed) -> str:
    """Return what the register knows better: a nurse is no doctor, a student none yet.

    Who is a resident, or has retired, says so; the register does not.
    """
    known = _profession(listed)
    (base, variant), (known_base, learns) = split_profession(typed), split_profession(known)
    return known if base != known_base or (learns and not variant) else typed


def _profession(listed: Listed) -> str:
    entry = listed.entry
    learns = entry.category in register_of(entry.register_code).student_categories
    return f"{entry.profession}-{STUDENT}" if learns else entry.profession


def known_of(listed: Listed) -> dict[str, str]:
    """Return the fields of the form that a register's entry knows."""
    entry = listed.entry
    family = entry.family_name
    known = {
        "given_name": entry.given_name,
        "family_name": family.title() if family.isupper() else family,
        "workplace": entry.workplace,
    }
    for n, code in enumerate(entry.specialities[:MAX_SPECIALITIES], start=1):
        known[f"speciality-{n}"] = code
    return known


def choices(locale: str) -> dict[str, Sequence[tuple[str, str]]]:
    """Return the professions and the specialities as choosers list them."""
    return {
        "professions": [(one.code, one.label) for one in professions(locale)],
        "specialities": [("", "–"), *((one.code, one.label) for one in specialities(locale))],
    }
