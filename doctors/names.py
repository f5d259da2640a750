"""Names of people, compared as people do: titles, case, accents and particles aside."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from core.text import fold

_TITLES = frozenset(
    """dr dre docteur doctor pr pre prof professeur professor mme madame mlle mademoiselle mr mrs ms
    monsieur md phd""".split()
)
_PARTICLES = frozenset(
    """d' l' de du des la le les del della di da do dos das von van vom zu zum der den ter ten af av
    al el""".split()
)
_APOSTROPHES = str.maketrans(dict.fromkeys("’ʼ`‘", "'"))
_WORD = re.compile(r"[^\W_]+'?")
# "M. Jean Martin": a mister, not an initial, when a given name follows.
_MISTER = "m"
# "Alice Martin épouse Dupont", "Alice Dupont née Martin", folded.
_MARRIED = frozenset("nee ne epouse epoux ep eps veuve veuf vve".split())
# Names that are one in daily life, where neither the spelling nor the beginning tells.
_CALLED = tuple(
    frozenset(names.split())
    for names in (
        "catherine cathy katia kate katherine",
        "elisabeth lise lisa babeth betty elizabeth",
        "emmanuel emmanuelle manu",
        "francois francoise frank",
        "guillaume william will bill",
        "jacques jack jacky james",
        "jean john johan johannes jan",
        "marguerite margot maggie margaret",
        "mohamed mohammed muhammad mohammad mehdi mouhamed",
        "robert bob bobby rob",
        "therese tess theresa",
        "youssef yusuf youcef joseph jo",
    )
)
_SEARCHED_WORDS = 5
_ALIKE_FROM_CHARS, _SHORTENED_FROM_CHARS = 5, 3


class NameMatch(StrEnum):
    """How far a name that somebody shows is the register's; `part` is for people to judge."""

    SAME = "same"
    PART = "part"
    OTHER = "other"


class NameReason(StrEnum):
    """Why two names were found the same, alike or different."""

    WHOLE = "whole"
    MARRIED = "married"
    MORE_PARTS = "more-parts"
    FEWER_PARTS = "fewer-parts"
    GIVEN_VARIANT = "given-variant"
    NO_GIVEN = "no-given"
    SPELLING = "spelling"
    OTHER_GIVEN = "other-given"
    OTHER_FAMILY = "other-family"
    OTHER_NAME = "other-name"


_IN_WORDS: dict[NameReason, tuple[str, str]] = {
    NameReason.WHOLE: ("le même nom", "the same name"),
    NameReason.MARRIED: (
        "l'un des noms de naissance ou d'épouse est celui du registre",
        "one of the maiden or married names is the register's",
    ),
    NameReason.MORE_PARTS: (
        "le nom affiché a plus de parties que celui du registre (nom double, autre prénom)",
        "the name shown has more parts than the register's (double name, further given name)",
    ),
    NameReason.FEWER_PARTS: (
        "une partie seulement du nom de famille du registre est affichée",
        "only a part of the register's family name is shown",
    ),
    NameReason.GIVEN_VARIANT: (
        "le même nom de famille, une autre forme du prénom",
        "the same family name, another form of the given name",
    ),
    NameReason.NO_GIVEN: (
        "le même nom de famille, sans prénom",
        "the same family name, no given name",
    ),
    NameReason.SPELLING: (
        "le nom de famille s'écrit un peu autrement",
        "the family name is spelled a little differently",
    ),
    NameReason.OTHER_GIVEN: (
        "le même nom de famille, un autre prénom",
        "the same family name, another given name",
    ),
    NameReason.OTHER_FAMILY: ("un autre nom de famille", "another family name"),
    NameReason.OTHER_NAME: ("un autre nom", "another name"),
}


@dataclass(frozen=True, slots=True)
class NameComparison:
    """What comparing two names found, and why."""

    match: NameMatch
    reason: NameReason

    def in_words(self, locale: str = "fr") -> str:
        """Return the reason for who has to judge, in French or else in English."""
        return reason_in_words(self.reason, locale)


def reason_in_words(reason: NameReason, locale: str = "fr") -> str:
    """Return a reason for who has to judge, in French or else in English."""
    french, english = _IN_WORDS[reason]
    return french if locale.startswith("fr") else english


def compare_names(shown: str, *, given: str, family: str) -> NameComparison:
    """Compare a name that somebody shows, or another source has, with the register's.

    The same is what `is_person` takes for the same. A part is what a person should look at: maiden
    and married names, one name of a double one, another form of the given name, one letter.
    """
    if is_person(shown, given=given, family=family):
        return NameComparison(NameMatch.SAME, NameReason.WHOLE)
    words, given_words = _words(shown), _bare(_words(given))
    family_words = [word for word in _bare(_words(family)) if word not in _MARRIED]
    plain = [word for word in _bare(words) if word not in _MARRIED]
    rest = _without(plain, family_words)
    found = _Found(
        is_married=len(plain) < len(_bare(words)) or _has_marker(family),
        family=[word for word in family_words if word in plain],
        is_whole=all(word in plain for word in family_words) and bool(family_words),
        given=[word for word in rest if any(_fits(word, name) for name in given_words)],
        rest=rest,
    )
    reason = _judge(found, family_words, given_words)
    return NameComparison(_MATCH_OF.get(reason, NameMatch.PART), reason)


_MATCH_OF = {
    NameReason.WHOLE: NameMatch.SAME,
    NameReason.OTHER_GIVEN: NameMatch.OTHER,
    NameReason.OTHER_FAMILY: NameMatch.OTHER,
    NameReason.OTHER_NAME: NameMatch.OTHER,
}


@dataclass(frozen=True, slots=True)
class _Found:
    """Which words of a shown name are the register's, and which are left."""

    is_married: bool
    family: list[str]
    is_whole: bool
    given: list[str]
    rest: list[str]


def _judge(found: _Found, family: list[str], given: list[str]) -> NameReason:
    if not found.family:
        return _judge_without_family(found, family, given)
    if found.given:
        if found.is_married:
            return NameReason.MARRIED
        return NameReason.MORE_PARTS if found.is_whole else NameReason.FEWER_PARTS
    if any(_is_variant(word, name) for word in found.rest for name in given):
        return NameReason.GIVEN_VARIANT
    if found.is_whole and found.rest in ([], [_MISTER]):
        return NameReason.NO_GIVEN
    return NameReason.OTHER_GIVEN if found.is_whole else NameReason.OTHER_NAME


def _judge_without_family(found: _Found, family: list[str], given: list[str]) -> NameReason:
    if not found.given:
        return NameReason.OTHER_NAME
    others = _without(found.rest, found.given)
    if _is_misspelt(_together(others), _together(family)):
        return NameReason.SPELLING
    return NameReason.OTHER_FAMILY


def _has_marker(name: str) -> bool:
    return any(word in _MARRIED for word in _words(name))


def _without(words: Sequence[str], taken: Sequence[str]) -> list[str]:
    """Return words less others, each taken once: `Martin Martin` has both names."""
    rest = list(words)
    for word in taken:
        if word in rest:
            rest.remove(word)
    return rest


def _is_variant(word: str, name: str) -> bool:
    short, long = sorted((word, name), key=len)
    if len(short) >= _SHORTENED_FROM_CHARS and long.startswith(short):
        return True
    return _is_misspelt(word, name) or any({word, name} <= names for names in _CALLED)


def _is_misspelt(one: str, other: str) -> bool:
    """Tell whether two words differ in one letter that is another, missing, or changed place."""
    short, long = sorted((one, other), key=len)
    if len(short) < _ALIKE_FROM_CHARS or len(long) - len(short) > 1:
        return False
    at = next((n for n, letter in enumerate(short) if letter != long[n]), len(short))
    if len(long) > len(short):
        return short[at:] == long[at + 1 :]
    swapped = short[at + 1 : at + 2] + short[at : at + 1] + short[at + 2 :]
    return short[at + 1 :] == long[at + 1 :] or swapped == long[at:]


def is_person(shown: str, *, given: str, family: str) -> bool:
    """Tell whether a name that somebody shows is this person's.

    The family name must be there whole, and a given name or its initial (`Dr A. Martin`), and
    nothing else. The order does not matter, nor whether parts are written together.
    """
    words = _words(shown)
    family_words, given_words = _words(family), _words(given)
    if not family_words or not given_words:
        return False
    return any(
        _is_family(words[start:end], family_words)
        and _is_given(words[:start] + words[end:], given_words)
        for start in range(len(words))
        for end in range(start + 1, len(words) + 1)
    )


@lru_cache(maxsize=4096)
def is_same_name(one: str, other: str) -> bool:
    """Tell whether two whole names say the same."""
    first, second = _words(one), _words(other)
    return sorted(_bare(first)) == sorted(_bare(second)) or _together(first) == _together(second)


def name_key(*, given: str, family: str) -> str:
    """Return a name as it is looked up: the family name's bare words, then the given name's."""
    return " ".join([*_bare(_words(family)), *_bare(_words(given))])


def search_keys(text: str) -> list[str]:
    """Return what to look for among `name_key`s: a text as typed, then its last words first."""
    words = _bare(_words(text))[:_SEARCHED_WORDS]
    turned = [" ".join([*words[at:], *words[:at]]) for at in range(len(words))]
    return list(dict.fromkeys(turned))


def written_name(*, given: str, family: str) -> str:
    """Return a name as a person writes it; registers shout the family name."""
    return f"{given} {family.title() if family.isupper() else family}".strip()


def _words(name: str) -> list[str]:
    """Return the folded words of a name without titles; `d'` and `l'` stay words of their own."""
    # A register has millions of names, most of them in plain capitals.
    folded = name.lower() if name.isascii() and "`" not in name else _fold(name)
    found = [w if w in _PARTICLES else w.rstrip("'") for w in _WORD.findall(folded)]
    while len(found) > 1 and found[0] in _TITLES:
        found = found[1:]
    while len(found) > 1 and found[-1] in _TITLES:
        found = found[:-1]
    return found


def _fold(name: str) -> str:
    return fold(name.translate(_APOSTROPHES))


def _bare(words: Sequence[str]) -> list[str]:
    """Return words without particles; a name that is nothing else keeps them."""
    return [word for word in words if word not in _PARTICLES] or list(words)


def _together(words: Sequence[str]) -> str:
    return "".join(words).replace("'", "")


def _is_family(words: Sequence[str], family: Sequence[str]) -> bool:
    return _together(words) == _together(family) or (
        _together(_bare(words)) == _together(_bare(family))
    )


def _is_given(words: Sequence[str], given: Sequence[str]) -> bool:
    rest = _bare(words)
    if len(rest) > 1 and rest[0] == _MISTER:
        rest = rest[1:]
    if not rest:
        return False
    initials = "".join(word[0] for word in given)
    if _together(rest) in (_together(given), initials):
        return True
    return all(any(_fits(word, name) for name in given) for word in rest)


def _fits(word: str, name: str) -> bool:
    return word == name or (len(word) == 1 and name.startswith(word))
