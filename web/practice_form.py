"""The form of one's practice: what is stored becomes fields, and fields what is to be stored."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.i18n import mark
from doctors.languages import find_language, language_label
from doctors.models import FieldAudience, PracticeSettings
from doctors.places.towns import town_of
from doctors.practice import DEFAULT_AUDIENCES, FIELD_NAMES, InvalidField, StatedField
from doctors.town_choice import choose_town, place_of, where_is

# Empty rows of the career that wait to be filled in.
MORE_STEPS = 2
MAX_ROWS = 44
_MOST_DIGITS = 4
# Of a line whose words have one space between them: a run of spaces would be tried again and again.
_WORK = re.compile(r"(?P<doi>\S++)(?: (?P<title>.*?))?(?: \((?P<year>\d{4})\))?")
_PARTS = ("kind", "place", "title", "from", "to")


class TownUnclear(InvalidField):
    """Several towns, or none, are meant by what was typed; `choices` are codes and their words."""

    def __init__(self, problem: str, what: str, choices: Sequence[tuple[str, str]]) -> None:
        self.choices = choices
        super().__init__("place", problem, what)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the career, as it was typed."""

    number: int
    values: Mapping[str, str]


def typed_of(
    stated: Iterable[StatedField],
    settings: PracticeSettings,
    audiences: Mapping[str, FieldAudience],
    locale: str,
) -> dict[str, str]:
    """Return the fields of the form as they are stored; `audiences` are those chosen."""
    values = {one.name: one.value for one in stated}
    place = values.get("place") or {}
    contact = values.get("referral_contact") or {}
    published = values.get("publications") or {}
    languages = values.get("languages") or []
    typed = {
        "subspecialities": "\n".join(values.get("subspecialities") or []),
        "skills": "\n".join(values.get("skills") or []),
        "languages": ", ".join(language_label(code, locale) for code in languages),
        "hospital": values.get("hospital") or "",
        "unit": values.get("unit") or "",
        "place": _town_text(place, locale),
        "place-code": place.get("code", ""),
        "place-was": _town_text(place, locale),
        "phone": contact.get("phone", ""),
        "mssante": contact.get("mssante", ""),
        "note": contact.get("note", ""),
        "orcid": published.get("orcid", ""),
        "works": "\n".join(_work_text(work) for work in published.get("works", [])),
        "interests": values.get("interests") or "",
    }
    for number, step in enumerate(values.get("career") or []):
        for part in _PARTS:
            typed[f"career-{number}-{part}"] = str(step[part]) if step[part] else ""
    flags = {
        "accepts_referrals": bool(values.get("accepts_referrals")),
        "is_private": settings.is_private,
        "seeks_colleagues": settings.seeks_colleagues,
    }
    typed |= {name: "yes" for name, is_set in flags.items() if is_set}
    return typed | {
        f"{name}-for": audiences.get(name, DEFAULT_AUDIENCES[name]).value for name in FIELD_NAMES
    }


def _town_text(place: Mapping[str, Any], locale: str) -> str:
    if not place:
        return ""
    where = where_is(place["department"], place["country"], locale)
    return f"{place['town']}, {where}" if where else str(place["town"])


def _work_text(work: Mapping[str, Any]) -> str:
    year = f"({work['year']})" if work["year"] else ""
    return " ".join(part for part in (work["doi"], work["title"], year) if part)


def fields_of(
    form: Mapping[str, str], locale: str
) -> dict[str, tuple[Any, FieldAudience]]:
    """Return what the form says, each field with its audience; raises InvalidField."""
    values = {
        "subspecialities": form.get("subspecialities", "").splitlines(),
        "skills": form.get("skills", "").splitlines(),
        "languages": _languages(form.get("languages", "")),
        "hospital": form.get("hospital", ""),
        "unit": form.get("unit", ""),
        "place": _place(form, locale),
        "accepts_referrals": "accepts_referrals" in form,
        "referral_contact": {name: form.get(name, "") for name in ("phone", "mssante", "note")},
        "publications": {
            "orcid": form.get("orcid", ""),
            "works": [_work(line) for line in form.get("works", "").splitlines() if line.strip()],
        },
        "career": [_step(row.values) for row in career_rows(form) if any(_said(row.values))],
        "interests": form.get("interests", ""),
    }
    return {name: (value, _audience(form, name)) for name, value in values.items()}


def _audience(form: Mapping[str, str], name: str) -> FieldAudience:
    chosen = form.get(f"{name}-for", DEFAULT_AUDIENCES[name].value)
    try:
        return FieldAudience(chosen)
    except ValueError as error:
        raise InvalidField(name, mark("Choose who reads this.")) from error


def _languages(text: str) -> list[str]:
    codes = []
    for name in re.split(r"[,;\n]", text):
        if not name.strip():
            continue
        code = find_language(name)
        if code is None:
            raise InvalidField(
                "languages", mark("“%(what)s” is no language known here."), name.strip()
            )
        codes.append(code)
    return codes


def _place(form: Mapping[str, str], locale: str) -> dict[str, Any] | None:
    text = form.get("place", "").strip()
    if not text:
        return None
    chosen = form.get("place-choice") or (
        form.get("place-code") if text == form.get("place-was") else ""
    )
    town = town_of(chosen) if chosen else None
    if town is not None:
        return place_of(town)
    choice = choose_town(text)
    if choice.town is not None:
        return place_of(choice.town)
    choices = [
        (one.code, f"{one.name}, {where_is(one.department, one.country, locale)}")
        for one in choice.among
    ]
    problem = (
        mark("Which town is meant by “%(what)s”? Choose one below.")
        if choices
        else mark("No town here is called “%(what)s”. Look at its spelling, or name a bigger one.")
    )
    raise TownUnclear(problem, text, choices)


def _work(line: str) -> dict[str, Any]:
    line = " ".join(line.split())
    found = _WORK.fullmatch(line)
    parts = found.groupdict() if found else {"doi": line}
    return {"doi": parts["doi"], "title": parts.get("title") or "", "year": parts.get("year")}


def career_rows(typed: Mapping[str, str]) -> list[Row]:
    """Return the rows of a career that were typed, in their order, and some empty ones behind."""
    numbers = {
        int(number)
        for name in typed
        if name.startswith("career-") and _is_number(number := name.split("-")[1])
    }
    rows = [
        {part: typed.get(f"career-{number}-{part}", "").strip() for part in _PARTS}
        for number in sorted(numbers)[:MAX_ROWS]
    ]
    said = [row for row in rows if any(_said(row))]
    empty = {part: "" for part in _PARTS}
    return [Row(number, row) for number, row in enumerate([*said, *[empty] * MORE_STEPS])]


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS


def _said(row: Mapping[str, str]) -> Sequence[str]:
    # What kind it was is chosen from the beginning: that alone says nothing.
    return [text for part, text in row.items() if part != "kind" and text]


def _step(row: Mapping[str, str]) -> dict[str, Any]:
    return {**row, "from": row["from"] or None, "to": row["to"] or None}
