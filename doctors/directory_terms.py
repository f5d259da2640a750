"""By what somebody is found in the directory: terms out of their badge and their practice. Pure.

What is asked together is kept together (`pair`): a speciality with a language, a department or a
square of the globe is found at once, however many there are of each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from math import floor
from typing import Any

from actors.models import Actor, Badge
from core.text import fold
from core.words import split
from doctors.models import DirectoryEntry, FieldAudience
from doctors.names import name_key
from doctors.places.towns import FRANCE
from doctors.practice import StatedField

PUBLIC, DOCTORS = FieldAudience.PUBLIC, FieldAudience.DOCTORS
SPECIALITY, PROFESSION, SKILL, LANGUAGE = "speciality", "profession", "skill", "language"
DEPARTMENT, COUNTRY, REFERRALS, WORD = "department", "country", "referrals", "word"
CELL, PAIR, HOME = "cell", "pair", "home"
YES, HERE = "yes", "here"
# What stands together as a pair: each of the first with each of the second.
PAIRED = (
    (SPECIALITY, LANGUAGE),
    (SPECIALITY, DEPARTMENT),
    (SPECIALITY, CELL),
    (LANGUAGE, DEPARTMENT),
    (LANGUAGE, CELL),
)
# What is counted of who is found.
COUNTED = (SPECIALITY, LANGUAGE, DEPARTMENT)
# A square of the globe: about 28 km high, in France 20 km wide.
DEGREES_A_CELL = 0.25
# Of the words of one thing, and of all; a term is an index key.
MAX_WORDS, MAX_TERM_CHARS = 120, 100
_CELLS_AROUND = round(360 / DEGREES_A_CELL)

Term = tuple[str, str]
Terms = dict[Term, FieldAudience]


def cell_of(latitude: float, longitude: float) -> str:
    """Return the square in which a point lies."""
    return _cell(floor(latitude / DEGREES_A_CELL), floor(longitude / DEGREES_A_CELL))


def _cell(row: int, column: int) -> str:
    # The map is round: what lies west of 180° is east of it.
    half = _CELLS_AROUND // 2
    return f"{row},{(column + half) % _CELLS_AROUND - half}"


def cells_within(
    latitude: float, longitude: float, *, rows: int, columns: int
) -> list[str]:
    """Return the squares around a point, so many to each side, the nearest first."""
    row, column = floor(latitude / DEGREES_A_CELL), floor(longitude / DEGREES_A_CELL)
    around = product(range(-rows, rows + 1), range(-columns, columns + 1))
    nearest = sorted(around, key=lambda step: step[0] ** 2 + step[1] ** 2)
    return list(dict.fromkeys(_cell(row + down, column + right) for down, right in nearest))


def pair_of(first: Term, second: Term) -> str:
    """Return how two terms are kept together; `PAIRED` has their kinds in this order."""
    return f"{first[0][0]}:{first[1]}|{second[0][0]}:{second[1]}"


def words_of(text: str) -> Iterator[str]:
    """Yield the folded words by which a text is found; what fills a sentence is none."""
    for piece in split(text):
        if piece.is_weak:
            continue
        yield from piece.parts
        if len(piece.parts) > 1:
            yield piece.joined


def folded(text: str) -> str:
    """Return a skill as it is compared: without case, accents and double spaces."""
    return " ".join(fold(text).split())[:MAX_TERM_CHARS]


def entry_of(actor: Actor, badge: Badge, stated: Sequence[StatedField]) -> DirectoryEntry:
    """Return somebody as the directory compares and sorts them."""
    place, audience = _place(stated)
    entry = DirectoryEntry(
        actor_id=actor.id,
        is_local=actor.is_local,
        is_doctor=badge.is_doctor,
        name_key=name_key(given="", family=actor.name or actor.username)[:MAX_TERM_CHARS],
        town=place.get("town", ""),
        department=place.get("department", ""),
        country=place.get("country", ""),
        latitude=place.get("latitude"),
        longitude=place.get("longitude"),
        place_audience=audience,
    )
    terms = terms_of(actor, badge, stated)
    entry.facets = _facets(terms, PUBLIC)
    entry.further_facets = _facets(terms, DOCTORS)
    return entry


def _place(stated: Iterable[StatedField]) -> tuple[Mapping[str, Any], FieldAudience]:
    for one in stated:
        if one.name == "place" and one.audience in (PUBLIC, DOCTORS):
            return one.value, one.audience
    return {}, PUBLIC


def _facets(terms: Terms, audience: FieldAudience) -> str:
    # Codes are one word each; what another instance calls one and is several is not counted.
    counted = (t for t, who in terms.items() if t[0] in COUNTED and who is audience)
    return " ".join(f"{kind[0]}:{term}" for kind, term in sorted(counted) if _is_word(term))


def _is_word(text: str) -> bool:
    return text.split() == [text]


def terms_of(actor: Actor, badge: Badge, stated: Sequence[StatedField]) -> Terms:
    """Return all by which somebody is found, each with who may find them by it.

    What is for contacts or for nobody is not in it.
    """
    terms: Terms = {}
    _add(terms, PUBLIC, (PROFESSION, badge.profession), (HOME, HERE if actor.is_local else ""))
    _add(terms, PUBLIC, *((SPECIALITY, code) for code in badge.specialities))
    names = f"{actor.name}\n{actor.username}\n{badge.name}\n{badge.institution}"
    _add(terms, PUBLIC, *((WORD, word) for word in words_of(names)))
    # The widest first: what everybody may know is not known to doctors alone.
    for audience in (PUBLIC, DOCTORS):
        for one in stated:
            if one.audience is audience:
                _add(terms, audience, *_said(one))
    _pair(terms)
    return terms


def _add(terms: Terms, audience: FieldAudience, *added: Term) -> None:
    for kind, term in added:
        if term and (kind != WORD or len(terms) < MAX_WORDS):
            terms.setdefault((kind, term[:MAX_TERM_CHARS]), audience)


def _said(field: StatedField) -> Iterator[Term]:
    """Yield what one field of a practice is found by."""
    value = field.value
    if field.name == "languages":
        yield from ((LANGUAGE, code) for code in value)
    elif field.name == "accepts_referrals" and value:
        yield REFERRALS, YES
    elif field.name == "place":
        if value.get("country", "") in ("", FRANCE):
            yield DEPARTMENT, value.get("department", "")
        yield COUNTRY, value.get("country", "")
        if value.get("latitude") is not None and value.get("longitude") is not None:
            yield CELL, cell_of(value["latitude"], value["longitude"])
        yield from ((WORD, word) for word in words_of(value.get("town", "")))
    elif field.name in ("hospital", "unit"):
        yield from ((WORD, word) for word in words_of(value))
    elif field.name in ("skills", "subspecialities"):
        yield from ((SKILL, folded(text)) for text in value)
        yield from ((WORD, word) for text in value for word in words_of(text))


def _pair(terms: Terms) -> None:
    """Add what is asked together; who may find by both terms finds by the pair."""
    by_kind: dict[str, list[str]] = {}
    for kind, term in terms:
        by_kind.setdefault(kind, []).append(term)
    for first, second in PAIRED:
        for one, other in product(by_kind.get(first, ()), by_kind.get(second, ())):
            both = (terms[first, one], terms[second, other])
            audience = DOCTORS if DOCTORS in both else PUBLIC
            terms[PAIR, pair_of((first, one), (second, other))] = audience
