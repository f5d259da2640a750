"""What somebody asks a search for: words, phrases, operators.

https://docs.joinmastodon.org/methods/search/ and Mastodon's own help tell the operators. What is
no operator, or has no value that it knows, is a word like any other.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from core.words import STEM, Piece, exact_words, languages_of, piece_stems, split
from db.search import AllOf, AnyOf, Condition, Phrase
from posts.search_index import FACT, language_fact

MAX_CHARS = 500
MAX_PARTS = 24
_PART = re.compile(
    r"""(?P<minus>[-+]?)(?:["“”«](?P<phrase>[^"“”«»]*)["“”»]?"""
    r"""|(?P<operator>[A-Za-z]+):(?P<value>[^\s"“”«»]+)|(?P<word>[^\s"“”«»]+))"""
)
_HAS = frozenset("media image video audio poll link embed quote".split())
_IS = frozenset("reply sensitive quote".split())
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?")


class Place(StrEnum):
    """Where is looked: in all that the searcher may find, or in a part of it."""

    ALL = "all"
    LIBRARY = "library"
    PUBLIC = "public"


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked. `wanted` and `but_not` are conditions on the words and facts of posts.

    `authors` and `not_authors` are handles, `me` among them; of several authors any will do.
    Written from `since` on, and before `until`.
    """

    wanted: tuple[Condition, ...] = ()
    but_not: tuple[Condition, ...] = ()
    languages: tuple[Condition, ...] = ()
    authors: tuple[str, ...] = ()
    not_authors: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    place: Place = Place.ALL

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all is asked."""
        return self == Query()


def read_query(text: str) -> Query:
    """Read what somebody typed; what is too long is cut, and nothing is ever refused."""
    query = Query()
    fillers: list[Condition] = []
    for found in list(_PART.finditer(text[:MAX_CHARS]))[:MAX_PARTS]:
        is_unwanted = found["minus"] == "-"
        if found["phrase"] is not None:
            query = _with(query, _phrase(found["phrase"]), is_unwanted=is_unwanted)
            continue
        if found["operator"]:
            changed = _operator(query, found, is_unwanted=is_unwanted)
            if changed is not None:
                query = changed
                continue
        word = found["word"] or f"{found['operator']}:{found['value']}"
        pieces = list(split(word))
        strong = [_piece(piece) for piece in pieces if not piece.is_weak]
        if strong:
            query = _with(query, _all(strong), is_unwanted=is_unwanted)
        elif pieces and not is_unwanted:
            fillers.append(Phrase(tuple(part for piece in pieces for part in piece.parts)))
    if query.is_empty and fillers:
        # Who asks for nothing but `le` means it.
        return replace(query, wanted=tuple(fillers))
    return query


def _with(query: Query, condition: Condition | None, *, is_unwanted: bool) -> Query:
    if condition is None:
        return query
    if is_unwanted:
        return replace(query, but_not=(*query.but_not, condition))
    return replace(query, wanted=(*query.wanted, condition))


def _phrase(text: str) -> Condition | None:
    words = tuple(exact_words(text))
    if len(words) == 1 and [piece.is_unspaced for piece in split(text)] == [True]:
        return _all([_piece(piece) for piece in split(text)])
    return Phrase(words) if words else None


def _piece(piece: Piece) -> Condition:
    """Return how a word is found: by a stem that it has in any language, whole or in its parts."""
    if piece.is_unspaced:
        (first, *_) = piece.parts
        return Phrase((STEM + first,) if len(first) == 1 else piece.parts)
    if len(piece.parts) == 1:
        return _any_stem(piece)
    apart = [
        _any_stem(Piece((folded,), (spelled,)))
        for folded, spelled in zip(piece.parts, piece.spelled, strict=True)
    ]
    whole = Piece((piece.joined,), ("".join(piece.spelled),))
    return AnyOf((_any_stem(whole), _all(apart)))


def _any_stem(piece: Piece) -> Condition:
    found = sorted(piece_stems(piece, languages_of(None)))
    return AnyOf(tuple(Phrase((term,)) for term in found or piece.parts))


def _all(parts: list[Condition]) -> Condition:
    return parts[0] if len(parts) == 1 else AllOf(tuple(parts))


def _operator(query: Query, found: re.Match[str], *, is_unwanted: bool) -> Query | None:
    """Return the query with one operator more; None for what is none, or has no such value."""
    read = _OPERATORS.get(found["operator"].lower())
    return read(query, found["value"], is_unwanted) if read is not None else None


def _from(query: Query, value: str, is_unwanted: bool) -> Query:
    handle = value.removeprefix("@")
    if is_unwanted:
        return replace(query, not_authors=(*query.not_authors, handle))
    return replace(query, authors=(*query.authors, handle))


def _fact_of(name: str, known: frozenset[str]) -> Callable[[Query, str, bool], Query | None]:
    def read(query: Query, value: str, is_unwanted: bool) -> Query | None:
        if value.lower() not in known:
            return None
        fact = Phrase((f"{FACT}{name}{value.lower()}",))
        return _with(query, fact, is_unwanted=is_unwanted)

    return read


def _language(query: Query, value: str, is_unwanted: bool) -> Query:
    spoken = Phrase((language_fact(value),))
    if is_unwanted:
        return _with(query, spoken, is_unwanted=True)
    return replace(query, languages=(*query.languages, spoken))


def _in(query: Query, value: str, is_unwanted: bool) -> Query | None:
    if value.lower() not in set(Place) or is_unwanted:
        return None
    return replace(query, place=Place(value.lower()))


def _before(query: Query, value: str, is_unwanted: bool) -> Query | None:
    time = _read_date(value)
    if time is None or is_unwanted:
        return None
    return _between(query, None, time[0])


def _after(query: Query, value: str, is_unwanted: bool) -> Query | None:
    time = _read_date(value)
    if time is None or is_unwanted:
        return None
    return _between(query, time[1], None)


def _during(query: Query, value: str, is_unwanted: bool) -> Query | None:
    time = _read_date(value)
    if time is None or is_unwanted:
        return None
    return _between(query, *time)


def _between(query: Query, since: datetime | None, until: datetime | None) -> Query:
    latest = [moment for moment in (query.since, since) if moment is not None]
    earliest = [moment for moment in (query.until, until) if moment is not None]
    return replace(
        query, since=max(latest, default=None), until=min(earliest, default=None)
    )


def _read_date(text: str) -> tuple[datetime, datetime] | None:
    """Return the beginning of a year, month or day (in UTC) and that of the next one."""
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    year, month, day = int(found[1]), int(found[2] or 1), int(found[3] or 1)
    try:
        begin = datetime(year, month, day, tzinfo=UTC)
        if found[3]:
            return begin, begin + timedelta(days=1)
        if found[2]:
            return begin, datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
        return begin, datetime(year + 1, 1, 1, tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


_OPERATORS: dict[str, Callable[[Query, str, bool], Query | None]] = {
    "from": _from,
    "has": _fact_of("has", _HAS),
    "is": _fact_of("is", _IS),
    "language": _language,
    "in": _in,
    "before": _before,
    "after": _after,
    "during": _during,
}
