"""Words that only a badge may carry: names of profile fields that would pass for one (WIRE §4)."""

from __future__ import annotations

from core.text import fold_lookalikes

# Labels of badges in the languages of the interface, and what a reader would take for one.
BADGE_LABELS = (
    "Médecin vérifié",
    "Verified doctor",
    "Verified physician",
    "Professionnel vérifié",
    "Verified professional",
    "Profession vérifiée",
    "Verified profession",
    "Docteur vérifié",
    "Certified doctor",
    "Médecin certifié",
)


def _bare(text: str) -> str:
    return "".join(c for c in fold_lookalikes(text) if c.isalnum())


_BARE_LABELS = frozenset(_bare(label) for label in BADGE_LABELS)


# What the names of pictures that pass for a badge have in common, at every server that has them.
_BADGE_WORDS = tuple("verif certif badge check coche tick medecin doctor docteur".split())


def is_badge_emoji(name: str) -> bool:
    """Tell whether a custom emoji, by its name, is one that somebody would wear as a badge."""
    bare = _bare(name)
    return any(word in bare for word in _BADGE_WORDS)


def is_badge_label(text: str) -> bool:
    """Tell whether a text folds to a badge's label: case, accents, spaces, look-alikes aside."""
    bare = _bare(text)
    return any(label in bare for label in _BARE_LABELS)
