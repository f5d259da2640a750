"""The words of a text, as search keeps and looks for them: folded, split, stemmed.

Both databases are given finished words, so that both find the same.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from core.text import fold

MAX_WORDS = 10_000
_MAX_CHARS = 64
# A stem can never be a word: no word has this sign.
STEM = "§"
# Scripts without spaces between words: they are found by any two letters that stand together.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)
_DECIMAL = r"(?P<decimal>\d++(?:[.,]\d++)++)"
_SIGN = r"(?P<sign>[\u2190-\u2bff\U0001f000-\U0001faff])"
_LETTER = rf"(?:(?![{_UNSPACED}])[^\W_])"
_PIECE = re.compile(
    rf"(?P<unspaced>[{_UNSPACED}]++)|{_DECIMAL}|(?P<word>{_LETTER}++(?:[-‐‑_]{_LETTER}++)*+)|{_SIGN}"
)
# The same for texts without such scripts, which are most: twice as fast.
_SPACED_PIECE = re.compile(
    rf"(?P<unspaced>(?!))|{_DECIMAL}|(?P<word>[^\W_]++(?:[-‐‑_][^\W_]++)*+)|{_SIGN}"
)
_HAS_UNSPACED = re.compile(f"[{_UNSPACED}]")
# `10mg`, `3e`: a number and what is counted.
_COUNTED = re.compile(r"(\d++)([^\W\d_]++)")
_HYPHENS = re.compile("[-‐‑_]")
_APOSTROPHES = frozenset("'’ʼ")
_ELIDED = frozenset("l d j m t s n c qu jusqu lorsqu puisqu quoiqu".split())
_NO_LETTER = re.compile(r"[^\w·]|_")
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss"})
_STEMMERS = {"fr": "french", "en": "english"}
# Who practises it, what belongs to it and the art itself are one: cardiologue, cardiologie.
_ARTS = re.compile(
    r"(\w{3,}?(?:log|iatr|path|graph|scop))"
    r"(?:y|ie|ies|ue|ues|e|es|er|ers|iste|istes|ist|ists|ique|iques|ic|ics|ical|ien|iens|iennes?)"
)
# Too frequent to tell anything; in an exact phrase they count all the same.
_FILLERS = frozenset(
    (
        "a an and are as at au aux avec be by ce ces cet cette dans de des du elle en est et for "
        "from he il ils in is it je la le les leur lui ma mais me mes mon ne nous of on or ou par "
        "pas pour qu que qui sa se ses son sont sur ta te tes that the their they this to ton tu "
        "un une was we were which who will with you your vos votre vous y"
    ).split()
)
_loaded = threading.local()


@dataclass(frozen=True, slots=True)
class Piece:
    """One word as it stands in a text, or several that are written as one.

    `parts` are folded; `spelled` are the same with their accents. A weak piece is only looked for
    where the exact words are: what is elided (`l'`), and fillers.
    """

    parts: tuple[str, ...]
    spelled: tuple[str, ...]
    is_weak: bool = False
    is_unspaced: bool = False

    @property
    def joined(self) -> str:
        """The parts as one word."""
        return "".join(self.parts)


def split(text: str) -> Iterator[Piece]:
    """Yield the words of a plain text, in order."""
    text = unicodedata.normalize("NFC", text)
    pattern = _PIECE if _HAS_UNSPACED.search(text) else _SPACED_PIECE
    for found in pattern.finditer(text):
        kind, written = found.lastgroup, found[0]
        if kind == "word":
            is_elided = text[found.end() : found.end() + 1] in _APOSTROPHES
            yield from _word(written, is_elided=is_elided)
        elif kind == "unspaced":
            yield Piece(_pairs(written), (), is_unspaced=True)
        elif kind == "decimal":
            yield _piece([written.replace(",", "·").replace(".", "·")])
        else:
            yield Piece((written,), (written,))


def _word(written: str, *, is_elided: bool) -> Iterator[Piece]:
    piece = _whole(written)
    if not piece.parts:
        return
    if is_elided and piece.joined in _ELIDED:
        piece = replace(piece, is_weak=True)
    yield piece


@lru_cache(maxsize=50_000)
def _whole(written: str) -> Piece:
    parts = _HYPHENS.split(written)
    if len(parts) == 1 and (counted := _COUNTED.fullmatch(written)):
        parts = list(counted.groups())
    piece = _piece(parts)
    return replace(piece, is_weak=piece.joined in _FILLERS)


def _piece(parts: list[str]) -> Piece:
    spelled = [part.lower().translate(_LIGATURES)[:_MAX_CHARS] for part in parts]
    folded = [_folded(part.lower())[:_MAX_CHARS] for part in parts]
    kept = [(one, other) for one, other in zip(folded, spelled, strict=True) if one]
    return Piece(tuple(one for one, _ in kept), tuple(other for _, other in kept))


def _pairs(run: str) -> tuple[str, ...]:
    run = run[:_MAX_CHARS]
    return tuple(run[at : at + 2] for at in range(max(len(run) - 1, 1)))


def exact_words(text: str) -> list[str]:
    """Return the folded words of a text in order, each as often as it is there."""
    return [part for piece in split(text) for part in piece.parts][:MAX_WORDS]


def words_and_stems(text: str, language: str | None = None) -> tuple[list[str], set[str]]:
    """Return the folded words of a text in order, and their stems, which are marked as such.

    They are stemmed by the rules of its language; by French and English ones where it says another,
    or none.
    """
    languages = languages_of(language)
    words: list[str] = []
    found: set[str] = set()
    for piece in split(text):
        words += piece.parts
        found |= piece_stems(piece, languages)
        if len(words) >= MAX_WORDS:
            break
    return words[:MAX_WORDS], found


def languages_of(code: str | None) -> tuple[str, ...]:
    """Return by which languages' rules a text is stemmed that says to be in one (`fr-CA`)."""
    bare = (code or "").partition("-")[0].lower()
    return (bare,) if bare in _STEMMERS else tuple(_STEMMERS)


@lru_cache(maxsize=50_000)
def piece_stems(piece: Piece, languages: tuple[str, ...]) -> frozenset[str]:
    """Return the stems by which a piece is found."""
    if piece.is_weak:
        return frozenset()
    if piece.is_unspaced:
        return frozenset(STEM + letter for pair in piece.parts for letter in pair)
    found: set[str] = set()
    for folded, spelled in zip(piece.parts, piece.spelled, strict=True):
        found |= word_stems(folded, spelled, languages)
    if len(piece.parts) > 1:
        found |= word_stems(piece.joined, "".join(piece.spelled), languages)
    return frozenset(found)


def word_stems(folded: str, spelled: str, languages: tuple[str, ...]) -> set[str]:
    """Return the stems of one word: as it is spelled, and as it is without its accents."""
    found: set[str] = set()
    for language in languages:
        stemmer = _stemmer(language)
        found.add(_folded(stemmer.stemWord(spelled)))
        found.add(stemmer.stemWord(folded))
    if art := _ARTS.fullmatch(folded):
        found.add(art[1])
    return {STEM + stem for stem in found if stem}


def _folded(word: str) -> str:
    return word if word.isascii() else _NO_LETTER.sub("", fold(word))


def _stemmer(language: str) -> Any:
    # One for each thread: they are not to be shared.
    known = getattr(_loaded, language, None)
    if known is None:
        import Stemmer

        known = Stemmer.Stemmer(_STEMMERS[language])
        setattr(_loaded, language, known)
    return known
