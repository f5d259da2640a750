"""Languages that doctors speak with their patients: ISO 639-1, in the words of Unicode's CLDR."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from core.text import fold

_CODES = frozenset(
    """aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da
    de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz
    ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln
    lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi
    pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti
    tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu""".split()
)
# In which a name is understood, whatever language the page has.
_ASKED_IN = ("fr", "en")


def is_language(code: str) -> bool:
    """Tell whether this is the code of a language."""
    return code in _CODES


def language_label(code: str, locale: str = "fr") -> str:
    """Return a language's name, in English where there is no other; an unknown code as it is."""
    return _names(locale).get(code, code) if code in _CODES else code


def language_labels(locale: str = "fr") -> list[tuple[str, str]]:
    """Return all codes with their names, as a dictionary orders the names."""
    named = [(code, language_label(code, locale)) for code in _CODES]
    return sorted(named, key=lambda pair: fold(pair[1]))


def find_language(text: str) -> str | None:
    """Return the code of a language that is named in French or English, or by its code."""
    return _by_name().get(fold(text.strip()))


@lru_cache(maxsize=32)
def _names(locale: str) -> Mapping[str, str]:
    # The server starts without it.
    from babel import Locale, UnknownLocaleError

    try:
        names = Locale.parse(locale, sep="-").languages
    except (UnknownLocaleError, ValueError):
        names = Locale.parse("en").languages
    return {code: str(names.get(code, code)) for code in _CODES}


@lru_cache(maxsize=1)
def _by_name() -> Mapping[str, str]:
    found = {code: code for code in _CODES}
    for locale in _ASKED_IN:
        for code, name in _names(locale).items():
            found.setdefault(fold(name), code)
    return found
