"""The directory: the right colleague for a patient, among all doctors whom this instance knows.

Sorted by distance, by how soon somebody answers, by contacts in common, by name; never by how many
follow them. Nobody is found by what the seeker may not read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import cos, radians

from actors.shared import count_shared_contacts, find_kept_apart, list_findable
from core.settings import Directory
from db.session import AsyncSession, settings_of
from doctors.asked import Asked, Question, checked, read_question
from doctors.directory_sql import (
    CONSIDERED,
    SCANNED,
    Area,
    Candidate,
    Sought,
    count_up_to,
    list_candidates,
    list_these,
)
from doctors.directory_terms import (
    CELL,
    COUNTED,
    DEGREES_A_CELL,
    DEPARTMENT,
    LANGUAGE,
    PAIR,
    PAIRED,
    PROFESSION,
    REFERRALS,
    SKILL,
    SPECIALITY,
    WORD,
    Term,
    cells_within,
    pair_of,
)
from doctors.places.towns import distance_km
from doctors.practice import PracticeReader

PEOPLE_A_PAGE = 20
# So many at most are shown of all whom the other instances named.
PEOPLE_OF_OTHERS = 60
FACETS_SHOWN = 12
KM_A_DEGREE = 111.2
# So many squares around a town are looked at first, to each side.
_FIRST_CELLS = 1
_MOST_CELLS = 12
_FAR = 99_999
# What peers are not asked (WIRE §5).
_OURS_ALONE = (PROFESSION, DEPARTMENT, REFERRALS)
_NAMED = {kind[0]: kind for kind in COUNTED}


@dataclass(frozen=True, slots=True)
class FoundDoctor:
    """Somebody who fits: how far away, in how many hours they answer, contacts in common."""

    actor_id: int
    distance_km: float | None = None
    answers_within_h: int | None = None
    shared_contacts: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """One page of who fits, and all of whom it is one (`actor_ids`, the best of very many).

    `is_more` means that more fit than were compared. `facets` count what they have: by kind, pairs
    of a code and a number, the most frequent first.
    """

    question: Question
    people: Sequence[FoundDoctor] = ()
    actor_ids: Sequence[int] = ()
    is_more: bool = False
    facets: Mapping[str, Sequence[tuple[str, int]]] = field(default_factory=dict)
    page: int = 1

    @property
    def total(self) -> int:
        """How many fit, of those that were compared."""
        return len(self.actor_ids)

    @property
    def has_next(self) -> bool:
        """Whether there is another page."""
        return self.page * PEOPLE_A_PAGE < self.total


def may_search(session: AsyncSession, reader: PracticeReader) -> bool:
    """Tell whether somebody may look into the directory; strangers, where the instance says so."""
    is_open = settings_of(session).directory is Directory.PUBLIC
    return reader.actor_id is not None or is_open


async def search(session: AsyncSession, asked: Asked, reader: PracticeReader) -> Found:
    """Find doctors; nobody for who may not look, for nothing asked, for a town nobody knows."""
    asked = checked(asked)
    question = read_question(asked)
    if not may_search(session, reader) or question.finds_nobody:
        return Found(question)
    candidates, is_more = await find_candidates(session, question, is_doctor=reader.is_doctor)
    if reader.actor_id is not None and candidates:
        ids = [one.actor_id for one in candidates]
        apart = await find_kept_apart(session, reader.actor_id, ids)
        candidates = [one for one in candidates if one.actor_id not in apart]
    tied, start = _tied(candidates, (asked.page - 1) * PEOPLE_A_PAGE, question)
    people = await _people(session, tied, question, reader)
    shown = people[start : start + PEOPLE_A_PAGE]
    return Found(
        question=question,
        people=await _there(session, shown),
        actor_ids=[one.actor_id for one in candidates],
        is_more=is_more,
        facets=_facets(candidates, is_doctor=reader.is_doctor),
        page=asked.page,
    )


async def of_people(
    session: AsyncSession, actor_ids: Sequence[int], asked: Asked, reader: PracticeReader
) -> Found:
    """Show people whom others named as fitting: the first of those with a badge that counts here.

    What the ring is not asked (a profession, a department, referrals) is held against what is known
    of them here, and where they are, if that is known. Peers answer by what doctors may read: for
    who is none, all that is asked is held against what everybody may.
    """
    asked = checked(asked)
    question = read_question(asked)
    held = _sought(question)
    if reader.is_doctor:
        held = [one for one in held if one.kind in _OURS_ALONE]
    found = await list_these(session, actor_ids, held, is_doctor=reader.is_doctor)
    apart: frozenset[int] = frozenset()
    if reader.actor_id is not None:
        apart = await find_kept_apart(session, reader.actor_id, [one.actor_id for one in found])
    fits = [
        one
        for one in found
        if one.actor_id not in apart and _may_be_near(one, question, is_doctor=reader.is_doctor)
    ]
    people = await _there(session, await _people(session, fits, question, reader))
    shown = people[:PEOPLE_OF_OTHERS]
    return Found(question, shown, [one.actor_id for one in shown])


def _may_be_near(one: Candidate, question: Question, *, is_doctor: bool) -> bool:
    distance = _distance(one, question)
    if question.centre is None or distance is None:
        # A peer may know of a doctor what we do not.
        return question.centre is None or is_doctor
    return distance <= question.km


async def find_candidates(
    session: AsyncSession, question: Question, *, is_doctor: bool
) -> tuple[list[Candidate], bool]:
    """Return who fits, in order, and whether more would than were compared."""
    sought = _sought(question)
    area = _area(question)
    best, is_whole = await _shortest(session, sought, question, is_doctor=is_doctor)
    if not is_whole and area is not None and question.centre is not None:
        found, is_more = await _nearest(session, question, sought, area, is_doctor=is_doctor)
    else:
        found = []
        if not is_whole and len(sought) == 1:
            # What very many have, most of those have who come first.
            found = await list_candidates(session, None, sought, area, is_doctor=is_doctor)
        if len(found) < PEOPLE_A_PAGE:
            others = best.beside(sought) if best is not None else sought
            found = await list_candidates(session, best, others, area, is_doctor=is_doctor)
        is_more = not is_whole or len(found) > CONSIDERED
    if area is not None:
        found = _within(found, question)
    return found[:CONSIDERED], is_more


def _sought(question: Question) -> list[Sought]:
    exact = [Sought.exact(term) for term in question.terms]
    begun = [
        Sought(WORD, begins=word.begins, codes=word.specialities, is_whole=word.is_whole)
        for word in question.words
    ]
    skill = [Sought(SKILL, begins=question.skill)] if question.skill else []
    return [*exact, *begun, *skill]


async def _shortest(
    session: AsyncSession, sought: Sequence[Sought], question: Question, *, is_doctor: bool
) -> tuple[Sought | None, bool]:
    """Return the condition that the fewest fulfil, and whether all of those can be looked at.

    A pair is shorter than either of its two.
    """
    best, fewest = None, SCANNED + 1
    for one in [*_pairs(question.terms), *sought]:
        count = await count_up_to(session, one, is_doctor=is_doctor, most=fewest)
        if best is None or count < fewest:
            best, fewest = one, count
        if fewest <= PEOPLE_A_PAGE:
            break
    return best, fewest <= SCANNED


def _pairs(terms: Iterable[Term]) -> list[Sought]:
    by_kind = dict(terms)
    return [
        Sought.pair((first, by_kind[first]), (second, by_kind[second]))
        for first, second in PAIRED
        if first in by_kind and second in by_kind
    ]


async def _nearest(
    session: AsyncSession,
    question: Question,
    sought: Sequence[Sought],
    area: Area,
    *,
    is_doctor: bool,
) -> tuple[list[Candidate], bool]:
    """Look square by square, from the town outwards: of very many, the nearest are found."""
    assert question.centre is not None
    latitude, longitude = question.centre
    whole = tuple(int(d / DEGREES_A_CELL) + 1 for d in (area.degrees_north, area.degrees_east))
    rows, columns = min(whole[0], _MOST_CELLS), min(whole[1], _MOST_CELLS * 2)
    paired = next((t for t in question.terms if t[0] in (SPECIALITY, LANGUAGE)), None)
    for around in ((_FIRST_CELLS, _FIRST_CELLS), (rows, columns)):
        down, right = min(around[0], rows), min(around[1], columns)
        cells = cells_within(latitude, longitude, rows=down, columns=right)
        walked = Sought(CELL, tuple(cells))
        if paired is not None:
            pairs = tuple(pair_of(paired, (CELL, cell)) for cell in cells)
            walked = Sought(PAIR, pairs, implies=(paired,))
        others = walked.beside(sought)
        found = await list_candidates(session, walked, others, area, is_doctor=is_doctor)
        if len(found) >= PEOPLE_A_PAGE or (down, right) == (rows, columns):
            break
    if (down, right) != whole or len(found) > CONSIDERED:
        return found, True
    walkable = await count_up_to(session, walked, is_doctor=is_doctor, most=SCANNED + 1)
    return found, walkable > SCANNED


def _area(question: Question) -> Area | None:
    if question.centre is None:
        return None
    latitude, longitude = question.centre
    narrowing = max(cos(radians(latitude)), 0.02)
    north = question.km / KM_A_DEGREE
    return Area(latitude, longitude, north, north / narrowing, narrowing)


def _within(found: Iterable[Candidate], question: Question) -> list[Candidate]:
    """Leave out who stands in the corners of the rectangle, and sort by the way there."""
    near = [
        one
        for one in found
        if (distance := _distance(one, question)) is not None and distance <= question.km
    ]
    near.sort(key=lambda one: (*_rank(one, question), one.name_key))
    return near


def _distance(one: Candidate, question: Question) -> float | None:
    if question.centre is None or one.latitude is None or one.longitude is None:
        return None
    return distance_km(*question.centre, one.latitude, one.longitude)


async def _people(
    session: AsyncSession,
    shown: Sequence[Candidate],
    question: Question,
    reader: PracticeReader,
) -> list[FoundDoctor]:
    """Return people in their order: of those as far and as ready, friends of friends come first."""
    shared: dict[int, int] = {}
    if reader.actor_id is not None:
        ids = [one.actor_id for one in shown]
        shared = await count_shared_contacts(session, reader.actor_id, ids)

    def order(one: Candidate) -> tuple[int, int, int, str]:
        return *_rank(one, question), -shared.get(one.actor_id, 0), one.name_key

    return [
        FoundDoctor(
            actor_id=one.actor_id,
            distance_km=_distance(one, question),
            answers_within_h=one.answers_within_h,
            shared_contacts=shared.get(one.actor_id, 0),
        )
        for one in sorted(shown, key=order)
    ]


def _rank(one: Candidate, question: Question) -> tuple[int, int]:
    """Return how far away somebody is and how soon they answer, as one sorts by it."""
    distance = _distance(one, question)
    # Where somebody is may not be known, or not yet.
    return (round(distance) if distance is not None else _FAR), one.habit


def _tied(
    candidates: Sequence[Candidate], start: int, question: Question
) -> tuple[Sequence[Candidate], int]:
    """Return a page of people with those who are as near and as ready as its first and its last.

    Contacts in common decide between them; also returned is where in it the page begins.
    """
    end = min(start + PEOPLE_A_PAGE, len(candidates))
    if start >= end:
        return (), 0
    ranks = [_rank(one, question) for one in candidates]
    first, last = start, end
    while first > 0 and ranks[first - 1] == ranks[start]:
        first -= 1
    while last < len(ranks) and ranks[last] == ranks[end - 1]:
        last += 1
    return candidates[first:last], start - first


async def _there(session: AsyncSession, people: Sequence[FoundDoctor]) -> list[FoundDoctor]:
    """Return those of some people who are still there, and let themselves be found."""
    ids = await list_findable(session, [one.actor_id for one in people])
    return [one for one in people if one.actor_id in ids]


def _facets(
    candidates: Sequence[Candidate], *, is_doctor: bool
) -> dict[str, list[tuple[str, int]]]:
    """Count what those who fit have, as far as the seeker may read it."""
    said = [one.facets for one in candidates]
    if is_doctor:
        said += [one.further_facets for one in candidates]
    counts = Counter(" ".join(said).split())
    found: dict[str, list[tuple[str, int]]] = {kind: [] for kind in COUNTED}
    for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        kind = found[_NAMED[name[0]]]
        if len(kind) < FACETS_SHOWN:
            kind.append((name[2:], count))
    return found
