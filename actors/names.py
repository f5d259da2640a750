"""The words by which people are found: of their names and of their handles."""

from __future__ import annotations

import re
from collections.abc import Iterator

from core.text import fold
from core.words import split
from db.search import AllOf, AnyOf, Condition, Phrase

# A handle can be no word of a name: none has this sign.
_HANDLE = "¤"
_NOT_IN_TERMS = re.compile(r"[^\w·¤]|_")
_PARTICLES = frozenset(
    "al d da de del della den der des di do dos du el l la las le les mac mc o van von zu".split()
)
_TITLES = frozenset(
    "docteur doctor dr dre m md me mlle mme mr mrs ms pr prof professeur professor".split()
)


def name_terms(username: str, domain: str, name: str) -> tuple[list[str], set[str]]:
    """Return the words of a name and a handle, in order, and what stands for the handle.

    What is written with a particle (`de La Tour`, `d'Artagnan`, `Le-Bris`) is one word, too.
    """
    words = list(_words(f"{name}\n{username}"))
    marks = {_handle_term(username, domain), *_joined(words)}
    marks |= {piece.joined for piece in split(f"{name}\n{username}") if len(piece.parts) > 1}
    return words, {mark for mark in marks if mark}


def asked_for(text: str) -> Condition | None:
    """Return what somebody looks for who types a name or a handle, whole or begun.

    Each word may be the beginning of one. None where nothing can be looked for.
    """
    asked = text.strip()
    by_handle = asked.removeprefix("@")
    if "@" in asked and not any(character.isspace() for character in asked):
        username, _, domain = by_handle.partition("@")
        if not username.strip("@"):
            return None
        term = _handle_term(username, domain if "@" in by_handle else None)
        return Phrase((term,), is_begun=True)
    words = list(_words(asked))
    named = [word for word in words if word not in _TITLES] or words
    if not named:
        return None
    separate = AllOf(tuple(Phrase((word,), is_begun=True) for word in named))
    if len(named) == 1:
        return separate
    return AnyOf((separate, Phrase(("".join(named),), is_begun=True)))


def _words(text: str) -> Iterator[str]:
    for piece in split(text):
        yield from piece.parts


def _handle_term(username: str, domain: str | None) -> str:
    asked = fold(username) + (_HANDLE + fold(domain) if domain is not None else "")
    safe = re.sub(r"[\W_]", lambda found: "¤" if found[0] == _HANDLE else "·", asked)
    return _HANDLE + safe


def _joined(words: list[str]) -> Iterator[str]:
    """Yield what follows particles, with them: `de`, `la`, `tour` gives `delatour`, `latour`."""
    for place, word in enumerate(words):
        so_far = word
        for before in reversed(words[:place]):
            if before not in _PARTICLES:
                break
            so_far = before + so_far
            yield so_far
