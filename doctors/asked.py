"""What a seeker asks of the directory: as it was typed, and as it is understood. Pure.

One line is enough ("ablation, Marseille, arabe"): between commas, a language is a language and a
town a place to be near; all else are words, whole or begun.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from core.text import fold
from core.words import STEM, piece_stems, split
from doctors.codes import ENGLISH, FRENCH, specialities, speciality_label
from doctors.directory_terms import (
    DEPARTMENT,
    LANGUAGE,
    PROFESSION,
    REFERRALS,
    SPECIALITY,
    YES,
    Term,
    folded,
)
from doctors.languages import find_language, is_language
from doctors.places.towns import Town, search_key
from doctors.town_choice import TownChoice, choose_town

USUAL_KM, MOST_KM = 50, 500
NEAR = "near"
MAX_CHARS, MAX_WORDS = 200, 6
_LANGUAGES_ASKED_IN = (FRENCH, ENGLISH)
# Shorter stems would find everything.
_SHORTEST_STEM, _SHORTEST_BEGINNING = 4, 2
_SHORTEST_NAME = 3
_MOST_DIGITS = 6
_TRUE = frozenset({"1", "true", "on", "yes"})
# Of a doctor one looks for by name: nobody's words, and everybody's.
_TITLES = frozenset("docteur doctor dr dre pr prof professeur professor".split())


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked for, as it was typed; empty where it does not matter.

    `speciality`, `profession`, `language`, `department` are codes, `near` is a town's name, `km`
    how far from it at most. `latitude` and `longitude` stand for a town that is not in our list.
    """

    q: str = ""
    speciality: str = ""
    profession: str = ""
    skill: str = ""
    language: str = ""
    near: str = ""
    km: int = USUAL_KM
    accepts_referrals: bool = False
    department: str = ""
    latitude: float | None = None
    longitude: float | None = None
    page: int = 1

    @property
    def is_nothing(self) -> bool:
        """Whether nothing is asked for."""
        return replace(self, km=USUAL_KM, page=1, latitude=None, longitude=None) == Asked()


@dataclass(frozen=True, slots=True)
class Word:
    """A word of which somebody's words have to begin so, or a speciality or language it names."""

    begins: str
    specialities: tuple[str, ...] = ()
    is_whole: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """What is looked for, as it is understood.

    `said` are the parts of the line that were understood as a language or a town.
    """

    terms: tuple[Term, ...] = ()
    words: tuple[Word, ...] = ()
    skill: str = ""
    town: Town | None = None
    towns: tuple[Town, ...] = ()
    centre: tuple[float, float] | None = None
    km: int = USUAL_KM
    language: str = ""
    said: tuple[tuple[str, str], ...] = ()
    is_unknown: bool = False

    @property
    def finds_nobody(self) -> bool:
        """Whether there is nothing to look for in it, or a town that is not known."""
        asks = self.terms or self.words or self.skill or self.centre
        return self.is_unknown or not asks

    def narrowed(self, term: Term) -> Question:
        """Return the question with one more term that people must have."""
        return replace(self, terms=(*self.terms, term))


def asked_from(given: Mapping[str, str]) -> Asked:
    """Return what the query of an address asks; what cannot be read does not matter."""
    numbers = {name: _number(given.get(name, "")) for name in ("km", "page")}
    latitude, longitude = (_degrees(given.get(name, "")) for name in ("latitude", "longitude"))
    return checked(
        Asked(
            q=given.get("q", ""),
            speciality=given.get("speciality", ""),
            profession=given.get("profession", ""),
            skill=given.get("skill", ""),
            language=given.get("language", ""),
            near=given.get("near", ""),
            km=numbers["km"] or USUAL_KM,
            accepts_referrals=given.get("accepts_referrals", "").lower() in _TRUE,
            department=given.get("department", ""),
            latitude=latitude,
            longitude=longitude,
            page=numbers["page"] or 1,
        )
    )


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < _MOST_DIGITS else 0


def _degrees(text: str) -> float | None:
    try:
        found = float(text)
    except ValueError:
        return None
    return found if -180 <= found <= 180 else None


def read_question(asked: Asked) -> Question:
    """Understand what somebody asks; a town that is not known makes it `is_unknown`."""
    words, said = _read_line(asked)
    language, near = asked.language or said.get(LANGUAGE, ""), asked.near or said.get(NEAR, "")
    language = find_language(language) or language
    exact = (
        (SPECIALITY, asked.speciality),
        (PROFESSION, asked.profession),
        (LANGUAGE, language),
        (DEPARTMENT, asked.department),
        (REFERRALS, YES if asked.accepts_referrals else ""),
    )
    terms = tuple((kind, term[:MAX_CHARS]) for kind, term in exact if term)
    question = Question(
        terms,
        words,
        folded(asked.skill),
        km=asked.km,
        language=language,
        said=tuple(said.items()),
    )
    if asked.latitude is not None and asked.longitude is not None and abs(asked.latitude) <= 90:
        return replace(question, centre=(asked.latitude, asked.longitude))
    return _near(question, near) if near else question


def _near(question: Question, near: str) -> Question:
    choice = _choose_town(near[:MAX_CHARS])
    # Of several that are so called, the largest is meant; the others are offered.
    town = choice.town or (choice.among[0] if choice.among else None)
    if town is None:
        return replace(question, is_unknown=True)
    centre = (town.latitude, town.longitude)
    others = tuple(one for one in choice.among if one.code != town.code)
    return replace(question, town=town, towns=others, centre=centre)


@lru_cache(maxsize=512)
def _choose_town(text: str) -> TownChoice:
    return choose_town(text)


def _read_line(asked: Asked) -> tuple[tuple[Word, ...], dict[str, str]]:
    """Return the words of a line, and its parts that name a language or a town."""
    said: dict[str, str] = {}
    left: list[str] = []
    parts = [part.strip() for part in asked.q[:MAX_CHARS].split(",")]
    parts = [part for part in parts if part]
    for part in parts:
        if not asked.language and LANGUAGE not in said and _is_language(part):
            said[LANGUAGE] = part
        elif len(parts) > 1 and not asked.near and NEAR not in said and _is_town(part):
            said[NEAR] = part
        else:
            left.append(part)
    return tuple(_words(" ".join(left))), said


def without_part(asked: Asked, part: str) -> Asked:
    """Return what is asked without a part of its line, or the whole of it."""
    parts = [one.strip() for one in asked.q.split(",")]
    return replace(asked, q=", ".join(one for one in parts if one and one != part))


def _is_language(text: str) -> bool:
    # Codes are short words: `it`, `or`; somebody who types one means the word.
    return len(text) > _SHORTEST_NAME and find_language(text) is not None


def _is_town(text: str) -> bool:
    if len(text) < _SHORTEST_NAME or _specialities(fold(text)):
        return False
    choice = _choose_town(text)
    found = [choice.town] if choice.town else list(choice.among[:1])
    name = text.partition("(")[0]
    return any(search_key(town.name) == search_key(name) for town in found if town)


def _words(text: str) -> Sequence[Word]:
    found: dict[str, Word] = {}
    for piece in split(text):
        if piece.is_weak or piece.joined in _TITLES:
            continue
        stems = piece_stems(piece, _LANGUAGES_ASKED_IN)
        for part in piece.parts:
            begins = _beginning(part, stems)
            found[begins] = Word(
                begins,
                _specialities(part),
                is_whole=len(begins) < _SHORTEST_BEGINNING,
            )
    return list(found.values())[:MAX_WORDS]


def _beginning(word: str, stems: frozenset[str]) -> str:
    """Return how words begin that are meant: `ablations` finds `ablation`."""
    bare = (stem.removeprefix(STEM) for stem in stems)
    fits = [stem for stem in bare if len(stem) >= _SHORTEST_STEM and word.startswith(stem)]
    return min(fits, key=len, default=word)


@lru_cache(maxsize=2048)
def _specialities(word: str) -> tuple[str, ...]:
    """Return the specialities in whose names a word stands: of the art, or of who practises it."""
    pieces = list(split(word))
    if len(word) < _SHORTEST_STEM or len(pieces) != 1:
        return ()
    asked = piece_stems(pieces[0], _LANGUAGES_ASKED_IN)
    return tuple(code for code, stems in _speciality_stems().items() if stems & asked)


@lru_cache(maxsize=1)
def _speciality_stems() -> dict[str, frozenset[str]]:
    return {
        choice.code: frozenset(
            stem
            for locale in _LANGUAGES_ASKED_IN
            for piece in split(speciality_label(choice.code, locale))
            for stem in piece_stems(piece, _LANGUAGES_ASKED_IN)
        )
        for choice in specialities()
    }


def checked(asked: Asked) -> Asked:
    """Return what is asked with its bounds kept: kilometres, pages, lengths, known languages."""
    return replace(
        asked,
        q=_cut(asked.q),
        skill=_cut(asked.skill),
        near=_cut(asked.near),
        language=asked.language if is_language(asked.language) else "",
        speciality=_cut(asked.speciality),
        profession=_cut(asked.profession),
        department=_cut(asked.department).upper(),
        km=min(max(asked.km, 1), MOST_KM),
        page=max(asked.page, 1),
    )


def _cut(text: str) -> str:
    # PostgreSQL compares with no NUL, and nobody means one.
    return text.replace("\x00", "").strip()[:MAX_CHARS]
