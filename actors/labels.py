"""What only a badge may carry: words, signs and pictures that would pass for one (WIRE §4)."""

from __future__ import annotations

import re
import unicodedata

from core.text import fold_lookalikes


def _bare(text: str) -> str:
    return "".join(c for c in fold_lookalikes(text) if c.isalnum())


def _words(text: str) -> list[str]:
    return "".join(c if c.isalnum() else " " for c in fold_lookalikes(text)).split()


# That somebody looked, and what was found, in the languages of the interface. Words of other
# lists of professions are written down by `doctors/data/professions.csv`, whose every badge these
# stems must recognise: a test compares them.
_VERIFIED = tuple(
    map(_bare, "vérifié verified verifié certifié certified authentifié attesté accrédité".split())
)
_PROFESSIONS = tuple(
    map(
        _bare,
        """médecin docteur doctor physician medical praticien practitioner profession soignant
        interne résident resident student étudiant élève pharma sage-femme midwi maïeutique dentist
        dental dentaire odonto infirm nurs psychiatr audioprothés hearing optic puéricult childcare
        ambulanc masseur kinési physio pédicur podo podiatr orthot orthop prosthet pedorth ocular
        épithés anaplast technicien technician laboratoire laboratory orthophon speech psycholog
        ergothérap occupational diétét dietet dietit psychomot manipulateur radiog
        ologue ologist iatre iatric iatrist chirurg surgeon généralist spécialist
        specialist""".split(),
    )
)
# Too short to be looked for within words: they count where they stand alone.
_TITLES = frozenset(map(_bare, "Dr Dre MD Pr Prof".split()))
# What the names of pictures that pass for a badge have in common, at every server that has them.
_BADGE_WORDS = tuple("verif certif badge check coche tick medecin doctor docteur".split())
# Signs that would pass for the badge beside a name: ticks, seals, the staff of Asclepius.
_BADGE_SIGNS = frozenset("✓✔✅☑🗸🗹⍻√⚕⚚☤⛨🛡🔵🔷✪🩺")
# Signs that change how the text around them reads: bidirectional overrides and isolates.
_DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# What makes a picture of the sign before it, or joins two.
_PICTURE_MARKS = "\ufe0e\ufe0f\u200d"
_SHORTCODE = re.compile(r":(\w{2,64}):")


def is_badge_emoji(name: str) -> bool:
    """Tell whether a custom emoji, by its name, is one that somebody would wear as a badge."""
    bare = _bare(name)
    return any(word in bare for word in _BADGE_WORDS)


def is_badge_label(text: str) -> bool:
    """Tell whether a text passes for a badge's label: case, accents, spaces, look-alikes aside."""
    bare = _bare(text)
    if not any(word in bare for word in _VERIFIED):
        return False
    return any(word in bare for word in _PROFESSIONS) or not _TITLES.isdisjoint(_words(text))


def has_badge_sign(text: str) -> bool:
    """Tell whether a text holds a sign that would pass for the badge."""
    return bool(_BADGE_SIGNS & set(text) | _BADGE_SIGNS & set(unicodedata.normalize("NFKC", text)))


def passes_for_badge(text: str) -> bool:
    """Tell whether the name of a profile field would pass for the badge, by words or signs."""
    return is_badge_label(text) or has_badge_sign(text)


def turns_text(text: str) -> bool:
    """Tell whether a text holds signs that change how the text around it reads."""
    return bool(_DIRECTIONS & set(text))


def name_without_badge(name: str, otherwise: str) -> str:
    """Return a display name without what passes for a badge; `otherwise` where none is left.

    Signs, and pictures by their names, are left out; a name with a badge's words is no name.
    """
    bare = _SHORTCODE.sub(lambda found: "" if is_badge_emoji(found[1]) else found[0], name)
    if has_badge_sign(bare) or turns_text(bare):
        kept = (c for c in bare if not has_badge_sign(c) and c not in _DIRECTIONS)
        bare = "".join(c for c in kept if c not in _PICTURE_MARKS)
    bare = " ".join(bare.split()) if bare != name else name
    return otherwise if is_badge_label(bare) or (name and not bare) else bare
