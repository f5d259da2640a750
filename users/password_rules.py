"""Which passwords nobody may choose: those that are tried first."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from core.text import fold
from users.passwords import MAX_LENGTH, MIN_LENGTH

# What people of these trades and languages choose, when it must have ten characters; folded, and
# without the digits and signs that they put at its end.
_COMMON = frozenset(
    """
    password passwort motdepasse contrasena passw0rd p@ssword p@ssw0rd mypassword monmotdepasse
    azertyuiop azertyuiopqs qwertyuiop qwertzuiop qwerty azerty qwertyazerty azertyqwerty
    asdfghjkl qsdfghjklm abcdefghij abcdefghijkl abcdefghijk aqwzsxedc qazwsxedc
    iloveyou jetaime jetaimemoncoeur doudou chouchou loulou marseille soleil bonjour bienvenue
    welcome administrator administrateur admin changeme changeit letmein motdepass secret
    football princess sunshine superman dragon monkey master hello computer internet
    consilium hopital hospital docteur doctor medecin medecine medicine cardiologie chirurgie
    urgences sante clinique stethoscope
    """.split()
)
_DIGITS = ("0123456789" * 3, "9876543210" * 3)
_ENDS = "0123456789!?.,;:*+-_#$€%&@ "


class Weakness(StrEnum):
    """What is wrong with a password."""

    SHORT = "short"
    LONG = "long"
    OWN = "own"
    COMMON = "common"


def find_weakness(password: str, own_words: Iterable[str]) -> Weakness | None:
    """Return what is wrong with a password; None where nothing is.

    `own_words` are what everybody knows of the person: username, e-mail address, name.
    """
    if len(password) < MIN_LENGTH:
        return Weakness.SHORT
    if len(password) > MAX_LENGTH:
        return Weakness.LONG
    bare = _bare(password)
    known = {part for words in own_words for part in (words, words.partition("@")[0])}
    if bare in {_bare(words) for words in known}:
        return Weakness.OWN
    stem = fold(password).rstrip(_ENDS)
    is_monotone = len(set(bare)) <= 2 or any(bare in digits for digits in _DIGITS)
    return Weakness.COMMON if is_monotone or stem in _COMMON or bare in _COMMON else None


def _bare(text: str) -> str:
    """Return a text without case, accents and whatever is no letter or digit."""
    return "".join(character for character in fold(text) if character.isalnum())
