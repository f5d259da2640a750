"""SQL that asks the directory: statements are made once for each shape of a question.

A search walks one list of people, the shortest that the question has, and looks at each of them
once in the index. The walk ends after SCANNED: what a question costs does not grow with the house.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    Table,
    and_,
    bindparam,
    case,
    func,
    literal,
    or_,
    select,
    type_coerce,
)

from actors.models import Badge
from core.clock import now
from db.session import AsyncSession
from doctors.directory_terms import PAIR, SPECIALITY, Term, pair_of
from doctors.models import DirectoryEntry, DirectoryTerm, FieldAudience

SCANNED, CONSIDERED = 1_000, 200
# After a word come those that begin with it, and then this.
_AFTER_ALL = "\U0010ffff"
# Tables, not models: of very many rows nothing is made but what is compared.
_entry: Table = DirectoryEntry.__table__  # type: ignore[attr-defined]
_full: Any = DirectoryEntry.__table__.alias("best_entry")  # type: ignore[attr-defined]
_badge: Table = Badge.__table__  # type: ignore[attr-defined]
_walked: Any = DirectoryTerm.__table__.alias("walked")  # type: ignore[attr-defined]
_had: Any = DirectoryTerm.__table__.alias("had")  # type: ignore[attr-defined]
_public = literal(FieldAudience.PUBLIC, _entry.c.place_audience.type)
_OF_PLACE = ("latitude", "longitude")
Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sought:
    """A condition: one of some exact terms of a kind, or a word that begins so.

    `codes` are specialities that count as well as the word; `implies` is what need not be asked
    any more of those who fulfil it.
    """

    kind: str
    terms: tuple[str, ...] = ()
    begins: str = ""
    codes: tuple[str, ...] = ()
    is_whole: bool = False
    implies: tuple[Term, ...] = ()

    @classmethod
    def exact(cls, term: Term) -> Sought:
        """Return the condition that somebody has exactly this term."""
        return cls(term[0], (term[1],))

    @classmethod
    def pair(cls, first: Term, second: Term) -> Sought:
        """Return the condition that somebody has both of what `PAIRED` keeps together."""
        return cls(PAIR, (pair_of(first, second),), implies=(first, second))

    def beside(self, others: Iterable[Sought]) -> list[Sought]:
        """Return what is left to be asked of those who fulfil this one."""
        return [one for one in others if one != self and one._term not in self.implies]

    @property
    def _term(self) -> Term | None:
        return (self.kind, self.terms[0]) if len(self.terms) == 1 else None

    @property
    def shape(self) -> Shape:
        """What of it makes another statement."""
        return Shape(bool(self.begins), len(self.terms) > 1, bool(self.codes))

    def values(self, number: int) -> Values:
        """Return what the statement is given for it."""
        values: Values = {f"k{number}": self.kind}
        if self.begins:
            values[f"t{number}"] = self.begins
            values[f"e{number}"] = self.begins + ("\x01" if self.is_whole else _AFTER_ALL)
        elif len(self.terms) > 1:
            values[f"t{number}"] = list(self.terms)
        else:
            values[f"t{number}"] = self.terms[0]
        if self.codes:
            values[f"c{number}"] = list(self.codes)
        return values


@dataclass(frozen=True, slots=True)
class Shape:
    """How a condition is asked: by a beginning, by several terms, with codes beside."""

    is_begun: bool
    has_many: bool
    has_codes: bool


@dataclass(frozen=True, slots=True)
class Area:
    """A point, and how far from it: in degrees, as a rectangle, and how long a degree is east."""

    latitude: float
    longitude: float
    degrees_north: float
    degrees_east: float
    narrowing: float


class Candidate(NamedTuple):
    """Somebody who fits, as they are sorted and counted."""

    actor_id: int
    habit: int
    answers_within_h: int | None
    name_key: str
    latitude: float | None
    longitude: float | None
    facets: str
    further_facets: str


async def count_up_to(
    session: AsyncSession, sought: Sought, *, is_doctor: bool, most: int
) -> int:
    """Return how many people have something, counted no further than `most`."""
    statement = _counting(sought.shape, is_doctor)
    return await session.scalar(statement, {**sought.values(0), "most": most}) or 0


async def list_candidates(
    session: AsyncSession,
    walked: Sought | None,
    others: Sequence[Sought],
    area: Area | None,
    *,
    is_doctor: bool,
) -> list[Candidate]:
    """Return the best of those on a list who have all else, too; the nearest, or the readiest.

    Without a list, all are walked in the order in which they are shown.
    """
    shapes = tuple(one.shape for one in others)
    shape = walked.shape if walked is not None else None
    statement = _searching(shape, shapes, area is not None, is_doctor)
    values: Values = {"scanned": SCANNED, "considered": CONSIDERED + 1, "moment": now()}
    for number, sought in enumerate([*([walked] if walked else []), *others]):
        values |= sought.values(number if walked else number + 1)
    if area is not None:
        values |= {
            "lat": area.latitude,
            "lon": area.longitude,
            "south": area.latitude - area.degrees_north,
            "north": area.latitude + area.degrees_north,
            "degrees_east": area.degrees_east,
            "narrowing": area.narrowing,
        }
    found = (await session.execute(statement, values)).all()
    return [Candidate._make(row) for row in found]


async def list_these(
    session: AsyncSession, actor_ids: Sequence[int], all_of: Sequence[Sought], *, is_doctor: bool
) -> list[Candidate]:
    """Return those of some people who are in the directory and have all of some terms."""
    if not actor_ids:
        return []
    statement = _among(tuple(one.shape for one in all_of), is_doctor)
    values: Values = {"ids": list(actor_ids), "moment": now()}
    for number, sought in enumerate(all_of, 1):
        values |= sought.values(number)
    return [Candidate._make(row) for row in await session.execute(statement, values)]


@lru_cache(maxsize=32)
def _among(all_of: tuple[Shape, ...], is_doctor: bool) -> Select[Any]:
    has = (_has(shape, n, is_doctor, _entry.c.actor_id) for n, shape in enumerate(all_of, 1))
    return (
        select(*_columns(_entry.c, is_doctor=is_doctor))
        .join(_badge, _badge.c.actor_id == _entry.c.actor_id)
        .where(
            _entry.c.actor_id.in_(bindparam("ids", expanding=True)),
            _badge.c.valid_until > bindparam("moment"),
            *has,
        )
    )


def _columns(entry: Any, *, is_doctor: bool) -> list[ColumnElement[Any]]:
    """Return what a candidate is made of: where somebody is only for who may read that."""
    is_told = entry.place_audience == _public
    return [
        case((is_told, entry[name])).label(name)
        if name in _OF_PLACE and not is_doctor
        else entry[name]
        for name in Candidate._fields
    ]


@lru_cache(maxsize=64)
def _counting(shape: Shape, is_doctor: bool) -> Select[Any]:
    found = _walk(shape, is_doctor).limit(bindparam("most")).subquery()
    return select(func.count()).select_from(found)


@lru_cache(maxsize=512)
def _searching(
    walked: Shape | None, others: tuple[Shape, ...], is_near: bool, is_doctor: bool
) -> Select[Any]:
    entry = _entry.c
    if walked is None:
        walk = select(entry.actor_id).order_by(entry.habit, entry.name_key, entry.actor_id)
    else:
        walk = _walk(walked, is_doctor)
    people = walk.limit(bindparam("scanned")).subquery("people")
    statement = (
        select(entry.actor_id)
        .select_from(people)
        .join(_entry, entry.actor_id == people.c.actor_id)
        .where(
            *(
                _has(shape, number, is_doctor, people.c.actor_id)
                for number, shape in enumerate(others, 1)
            )
        )
    )
    order: list[Any] = [entry.habit, entry.name_key, entry.actor_id]
    if is_near:
        # The shorter way round the globe: 179° east is next to 179° west.
        degrees = entry.longitude.type
        around = func.abs(entry.longitude - bindparam("lon"), type_=degrees)
        east = type_coerce(case((around > 180, 360 - around), else_=around), degrees)
        statement = statement.where(
            entry.latitude.between(bindparam("south"), bindparam("north")),
            east <= bindparam("degrees_east"),
        )
        if not is_doctor:
            statement = statement.where(entry.place_audience == _public)
        north, near_east = entry.latitude - bindparam("lat"), east * bindparam("narrowing")
        order.insert(0, north * north + near_east * near_east)
    best = statement.order_by(*order).limit(bindparam("considered")).subquery("best")
    # Only of the best one looks whether their badge still counts: it ends without a word.
    return (
        select(*_columns(_full.c, is_doctor=is_doctor))
        .select_from(best)
        .join(_full, _full.c.actor_id == best.c.actor_id)
        .join(_badge, _badge.c.actor_id == best.c.actor_id)
        .where(_badge.c.valid_until > bindparam("moment"))
        .order_by(_full.c.habit, _full.c.name_key, _full.c.actor_id)
    )


def _walk(shape: Shape, is_doctor: bool) -> Select[Any]:
    """Return those who have something; each once, though several of their words may begin so."""
    statement = select(_walked.c.actor_id).where(*_fits(shape, 0, _walked.c, is_doctor))
    return statement.distinct() if shape.is_begun or shape.has_many else statement


def _has(
    shape: Shape, number: int, is_doctor: bool, actor_id: ColumnElement[int]
) -> ColumnElement[bool]:
    fits = _fits(shape, number, _had.c, is_doctor)
    one = select(literal(1)).where(_had.c.actor_id == actor_id, *fits)
    return one.correlate_except(_had).exists()


def _fits(
    shape: Shape, number: int, term: Any, is_doctor: bool
) -> list[ColumnElement[bool]]:
    wanted: BindParameter[Any] = bindparam(f"t{number}", expanding=shape.has_many)
    if shape.is_begun:
        named = and_(term.term >= wanted, term.term < bindparam(f"e{number}"))
    else:
        named = term.term.in_(wanted) if shape.has_many else term.term == wanted
    found = and_(term.kind == bindparam(f"k{number}"), named)
    if shape.has_codes:
        codes: BindParameter[Any] = bindparam(f"c{number}", expanding=True)
        found = or_(found, and_(term.kind == SPECIALITY, term.term.in_(codes)))
    # Terms are public or for doctors: a doctor finds by all of them.
    return [found] if is_doctor else [found, term.audience == _public]
