"""Countries by ISO 3166-1's two letters, in the words of Unicode's CLDR."""

from __future__ import annotations

from functools import lru_cache


@lru_cache(maxsize=512)
def country_name(code: str, locale: str) -> str:
    """Return a country in words; the code itself when there is none."""
    # The server starts without it.
    from babel import Locale, UnknownLocaleError

    try:
        names = Locale.parse(locale, sep="-").territories
    except (UnknownLocaleError, ValueError):
        names = Locale.parse("en").territories
    # CLDR has areas too, by numbers: a country has two letters.
    return str(names.get(code, code)) if len(code) == 2 else code
