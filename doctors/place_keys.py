"""Names of hospitals and faculties, compared as doctors write them: `C.H.U. Lyon` is CHU Lyon."""

from __future__ import annotations

import re
from functools import lru_cache

from core.text import fold

FACULTY = "faculty"
# What is written in several ways, folded and without its small words; longer ones first.
_SHORTER: tuple[tuple[str, str], ...] = (
    ("centre hospitalier regional universitaire", "chu"),
    ("centre hospitalier universitaire", "chu"),
    ("chru", "chu"),
    ("centre hospitalier regional", "chr"),
    ("centre hospitalier intercommunal", "chi"),
    ("centre hospitalier", "ch"),
    ("assistance publique hopitaux paris", "aphp"),
    ("assistance publique hopitaux marseille", "aphm"),
    ("ap hp", "aphp"),
    ("ap hm", "aphm"),
    ("hospices civils lyon", "hcl"),
    ("university hospitals", "university hospital"),
    ("saint", "st"),
    ("sainte", "ste"),
)
_SMALL = frozenset("d de des du l la le les et of the and".split())
_HOSPITAL = frozenset("hopital hopitaux hop hosp hospital".split())
_SCHOOL = frozenset(
    "faculte facultes fac medecine medicine med medical school faculty ufr universite univ"
    " university".split()
)
# C.H.U., A. P. H. P.
_DOTTED = re.compile(r"\b(?:\w\.\s*){2,}(?:\w\b)?")
_WORD = re.compile(r"[^\W_]+")


@lru_cache(maxsize=4096)
def place_key(place: str, kind: str) -> str:
    """Return what two names of one place have in common; `kind` is that of the step of a career.

    A faculty is called by its town or quarter, a hospital by its name: the word for what it is
    says nothing, unless nothing else is said.
    """
    folded = _DOTTED.sub(lambda found: re.sub(r"[.\s]", "", found[0]) + " ", fold(place))
    words = [word for word in _WORD.findall(folded) if word not in _SMALL]
    text = f" {' '.join(words)} "
    for longer, shorter in _SHORTER:
        text = text.replace(f" {longer} ", f" {shorter} ")
    words = text.split()
    idle = _SCHOOL if kind == FACULTY else _HOSPITAL
    return " ".join([word for word in words if word not in idle] or words or folded.split())
