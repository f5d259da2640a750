"""Names of people, compared as people do: titles, case, accents and particles aside."""

from __future__ import annotations

import re
from collections.abc import Sequence
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
