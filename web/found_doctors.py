"""Doctors as the directory shows them: who they are, and why they were found, in words."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

from actors.queries import find_actors
from core.errors import NotFound
from core.i18n import mark
from db.session import AsyncSession
from doctors.asked import NEAR, USUAL_KM, Asked, Question, asked_from, without_part
from doctors.codes import (
    Choice,
    profession_label,
    professions,
    specialities,
    speciality_label,
)
from doctors.directory import Found, FoundDoctor
from doctors.directory_terms import DEPARTMENT, LANGUAGE, SPECIALITY, folded, words_of
from doctors.habits import WITHIN_H, bound_h
from doctors.languages import language_label, language_labels
from doctors.places.departments import DEPARTMENTS, department_name
from doctors.practice import Practice, PracticeReader, read_practice
from doctors.town_choice import where_is
from web.person import Person, list_people
from web.visit import Visit

PATH = "/directory"
KM_CHOICES = (10, 25, 50, 100, 200)
SKILLS_SHOWN, LANGUAGES_SHOWN = 4, 6
_HABITS = (
    mark("usually answers within a few hours"),
    mark("usually answers within a day"),
    mark("usually answers within three days"),
    mark("usually answers within a week"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """Somebody who was found; `skills` are those that were asked for, then others."""

    person: Person
    skills: Sequence[tuple[str, bool]] = ()
    place: str = ""
    distance_km: int | None = None
    languages: str = ""
    habit: str = ""
    shared: int = 0
    accepts_referrals: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """Words that lead to another question, with how many there are."""

    words: str
    href: str
    count: int = 0


async def list_rows(
    session: AsyncSession, visit: Visit, found: Found
) -> list[Row]:
    """Return one page of who was found, in order."""
    ids = [one.actor_id for one in found.people]
    actors = await find_actors(session, ids)
    people = await list_people(session, actors.values())
    reader = PracticeReader(visit.viewer.actor_id, is_doctor=visit.viewer.is_doctor)
    practices = await read_practice(session, ids, reader)
    return [
        _row(visit, one, people[one.actor_id], practices[one.actor_id], question=found.question)
        for one in found.people
        if one.actor_id in people
    ]


def _row(
    visit: Visit, one: FoundDoctor, person: Person, practice: Practice, *, question: Question
) -> Row:
    locale = visit.language.code
    place = practice.place
    spoken = [language_label(code, locale) for code in practice.languages[:LANGUAGES_SHOWN]]
    shows_way = one.distance_km is not None and place is not None
    return Row(
        person=person,
        skills=_skills(practice, question),
        place=place.town if place is not None else "",
        distance_km=round(one.distance_km or 0) if shows_way else None,
        languages=", ".join(spoken),
        habit=habit_words(visit, one.answers_within_h),
        shared=one.shared_contacts,
        accepts_referrals=practice.accepts_referrals,
    )


def habit_words(visit: Visit, hours: int | None) -> str:
    """Return how soon somebody usually answers, in words; nothing beyond a week."""
    bound = bound_h(hours)
    return visit.language.gettext(_HABITS[WITHIN_H.index(bound)]) if bound is not None else ""


def _skills(practice: Practice, question: Question) -> list[tuple[str, bool]]:
    """Return a few skills, those first that were asked for; each with whether it was."""
    begun = [word.begins for word in question.words]

    def is_asked(skill: str) -> bool:
        named = bool(question.skill) and folded(skill).startswith(question.skill)
        return named or any(
            word.startswith(beginning) for word in words_of(skill) for beginning in begun
        )

    all_of = [*practice.skills, *practice.subspecialities]
    marked = [(skill, is_asked(skill)) for skill in dict.fromkeys(all_of)]
    return sorted(marked, key=lambda pair: not pair[1])[:SKILLS_SHOWN]


def address(asked: Asked, path: str = PATH, **more: str) -> str:
    """Return the address of a question; what is not asked is not in it."""
    given = {
        "q": asked.q,
        "speciality": asked.speciality,
        "profession": asked.profession,
        "skill": asked.skill,
        "language": asked.language,
        "near": asked.near,
        "km": str(asked.km) if asked.km != USUAL_KM else "",
        "accepts_referrals": "1" if asked.accepts_referrals else "",
        "department": asked.department,
        "page": str(asked.page) if asked.page > 1 else "",
        **more,
    }
    query = urlencode({name: value for name, value in given.items() if value})
    return f"{path}?{query}" if query else path


def map_address(asked: Asked) -> str:
    """Return the address of the map of who fits.

    The question is a part of its path: a map has two hundred links, which need not repeat it.
    """
    question = address(asked, "").removeprefix("?").encode()
    return f"{PATH}/map/{urlsafe_b64encode(question).decode().rstrip('=')}"


def asked_in(written: str) -> Asked:
    """Return the question in a map's address; raises NotFound for what is none."""
    try:
        question = urlsafe_b64decode(f"{written}{'=' * (-len(written) % 4)}").decode()
    except ValueError as error:
        raise NotFound("no question is written so") from error
    return asked_from(dict(parse_qsl(question)))


def facets(visit: Visit, asked: Asked, found: Found) -> dict[str, list[Link]]:
    """Return what those who fit have, as links to the narrower questions; one kind an entry."""
    chosen = dict(found.question.terms)
    return {
        kind: [
            Link(
                _label(kind, code, visit.language.code),
                address(replace(asked, page=1, **_change(kind, code))),
                count,
            )
            for code, count in counts
            # What all of them have leads nowhere.
            if chosen.get(kind) != code and (found.is_more or count < found.total)
        ]
        for kind, counts in found.facets.items()
    }


def _change(kind: str, code: str) -> dict[str, Any]:
    return {kind: code}


def _label(kind: str, code: str, locale: str) -> str:
    if kind == SPECIALITY:
        return speciality_label(code, locale)
    if kind == LANGUAGE:
        return language_label(code, locale)
    return f"{department_name(code)} ({code})" if kind == DEPARTMENT else code


def narrowed_by(visit: Visit, asked: Asked, question: Question) -> list[Link]:
    """Return how a question is narrowed, as links that take each of it away."""
    locale, gettext = visit.language.code, visit.language.gettext
    first, said = replace(asked, page=1), dict(question.said)
    found: list[Link] = []

    def say(words: str, without: Asked) -> None:
        found.append(Link(words, address(without)))

    for kind, label in ((SPECIALITY, speciality_label), ("profession", profession_label)):
        if code := getattr(asked, kind):
            say(label(code, locale), replace(first, **_change(kind, "")))
    if asked.skill:
        say(asked.skill, replace(first, skill=""))
    if question.language:
        without = without_part(replace(first, language=""), said.get(LANGUAGE, ""))
        say(language_label(question.language, locale), without)
    if question.town is not None:
        town = question.town
        name = f"{town.name} ({town.department or town.country})"
        without = without_part(replace(first, near=""), said.get(NEAR, ""))
        say(gettext("within %(km)d km of %(town)s", km=asked.km, town=name), without)
    if asked.department:
        say(_label(DEPARTMENT, asked.department, locale), replace(first, department=""))
    if asked.accepts_referrals:
        say(gettext("accepts referrals"), replace(first, accepts_referrals=False))
    return found


def other_towns(visit: Visit, asked: Asked, question: Question) -> list[Link]:
    """Return other towns of the same name, as links to the question near them."""
    found, said = [], dict(question.said).get(NEAR, "")
    for town in question.towns:
        where = where_is(town.department, town.country, visit.language.code)
        near = f"{town.name} ({town.department or town.country})"
        changed = without_part(replace(asked, page=1, near=near), said)
        found.append(Link(f"{town.name}, {where}", address(changed)))
    return found


def choices(visit: Visit, asked: Asked) -> dict[str, list[tuple[str, str]]]:
    """Return what the filters offer, each beginning with what asks for nothing."""
    locale, any_of = visit.language.code, visit.language.gettext("Any")
    return {
        "speciality": _options(any_of, specialities(locale)),
        "profession": _options(any_of, professions(locale)),
        "language": [("", any_of), *language_labels(locale)],
        "department": [("", any_of), *((c, f"{c} {name}") for c, name in DEPARTMENTS.items())],
        "km": [(str(km), f"{km} km") for km in sorted({*KM_CHOICES, asked.km})],
    }


def _options(any_of: str, found: Iterable[Choice]) -> list[tuple[str, str]]:
    return [("", any_of), *((choice.code, choice.label) for choice in found)]
