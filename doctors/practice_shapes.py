"""The shapes of what a doctor says about their practice: checked, and brought to one normal form.

Each value goes in as a form or a client sends it and comes out as it is stored, or None for
nothing said; `InvalidField` says what is wrong in one line.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from actors.labels import has_badge_sign, passes_for_badge
from core.clock import now
from core.errors import InvalidInput
from core.i18n import mark
from doctors.languages import is_language
from federation.documents.practitioner import DECIMALS

MAX_SKILLS = 30
MAX_SUB_SPECIALITIES = 10
MAX_LANGUAGES = 20
MAX_LINE = 120
MAX_TEXT = 1000
MAX_NOTE = 500
MAX_WORKS = 100
MAX_TITLE = 300
MAX_STEPS = 40
FIRST_YEAR = 1930
FIRST_WORK = 1900
CAREER_KINDS = ("faculty", "internship", "post")

_PHONE = re.compile(r"\+?[0-9][0-9 .()/-]{2,28}")
_SECURE_MAIL = re.compile(r"[A-Za-z0-9._'+-]{1,64}@([A-Za-z0-9-]{1,63}\.){1,6}mssante\.fr")
_ORCID = re.compile(r"(\d{4})-?(\d{4})-?(\d{4})-?(\d{3}[\dX])")
_DOI = re.compile(r"10\.\d{4,9}/[!-~]{1,180}")
_BEFORE_DOI = re.compile(r"(https?://(dx\.)?doi\.org/|doi:\s*)", re.IGNORECASE)
_BEFORE_ORCID = re.compile(r"https?://orcid\.org/", re.IGNORECASE)
_COUNTRY = re.compile(r"[A-Z]{2}")
_CODE = re.compile(r"[A-Za-z0-9-]{0,20}")


class InvalidField(InvalidInput):
    """What cannot be said: the field at fault, the words for it, and what they speak of."""

    def __init__(self, field: str, problem: str, what: str = "") -> None:
        self.field, self.problem, self.what = field, problem, what[:80]
        super().__init__(problem % {"what": self.what} if "%(what)s" in problem else problem)


def normal_value(name: str, value: Any) -> Any | None:
    """Return a field's value as it is stored, None when nothing is said; raises InvalidField."""
    shape = _SHAPES.get(name)
    if shape is None:
        raise InvalidField(name, mark("There is no field “%(what)s”."), name)
    return None if value is None else shape(name, value)


def _words(name: str, value: Any, *, most: int = MAX_LINE, is_prose: bool = False) -> str:
    """Return a text in one line; prose may have the words of a badge, never its signs."""
    if not isinstance(value, str):
        raise InvalidField(name, mark("A text is wanted here."))
    text = " ".join(value.split())
    _require(len(text) <= most, name, mark("This is too long: “%(what)s”."), text)
    _require(text.isprintable(), name, mark("This holds signs that cannot be shown."))
    _require(
        not (has_badge_sign(text) if is_prose else passes_for_badge(text)),
        name,
        mark("Only the badge says that somebody is verified: “%(what)s”."),
        text,
    )
    return text


def _require(holds: bool, name: str, problem: str, what: str = "") -> None:
    if not holds:
        raise InvalidField(name, problem, what)


def _line(name: str, value: Any) -> str | None:
    return _words(name, value) or None


def _paragraph(name: str, value: Any, *, most: int = MAX_TEXT) -> str | None:
    if not isinstance(value, str):
        raise InvalidField(name, mark("A text is wanted here."))
    lines = [_words(name, line, most=most, is_prose=True) for line in value.strip().splitlines()]
    text = "\n".join(lines)
    _require(len(text) <= most, name, mark("This is too long: “%(what)s”."), text)
    return text or None


def _lines(most: int) -> Callable[[str, Any], list[str] | None]:
    def shape(name: str, value: Any) -> list[str] | None:
        texts = [_words(name, part) for part in _many(name, value)]
        once = {text.casefold(): text for text in reversed(texts) if text}
        kept = list(reversed(once.values()))
        _require(len(kept) <= most, name, mark("There are too many: at most %(what)s."), str(most))
        return kept or None

    return shape


def _many(name: str, value: Any) -> list[Any]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise InvalidField(name, mark("A list is wanted here."))
    return list(value)


def _languages(name: str, value: Any) -> list[str] | None:
    codes = list(dict.fromkeys(str(part).strip().lower() for part in _many(name, value)))
    for code in codes:
        _require(is_language(code), name, mark("“%(what)s” is no language known here."), code)
    _require(
        len(codes) <= MAX_LANGUAGES,
        name,
        mark("There are too many: at most %(what)s."),
        str(MAX_LANGUAGES),
    )
    return codes or None


def _flag(name: str, value: Any) -> bool | None:
    if not isinstance(value, bool):
        raise InvalidField(name, mark("Yes or no is wanted here."))
    return value or None


def _part(name: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise InvalidField(name, mark("This cannot be read."))
    return value


def _place(name: str, value: Any) -> dict[str, Any] | None:
    given = _part(name, value)
    town = _words(name, given.get("town") or "")
    if not town:
        return None
    country = str(given.get("country") or "").upper()
    code = str(given.get("code") or "")
    department = str(given.get("department") or "").upper()
    is_known = (
        (not country or _COUNTRY.fullmatch(country))
        and _CODE.fullmatch(code)
        and _CODE.fullmatch(department)
    )
    _require(bool(is_known), name, mark("This town is not known here: “%(what)s”."), town)
    latitude = _degrees(name, given.get("latitude"), most=90)
    longitude = _degrees(name, given.get("longitude"), most=180)
    is_whole = latitude is not None and longitude is not None
    return {
        "town": town,
        "department": department,
        "country": country,
        "latitude": latitude if is_whole else None,
        "longitude": longitude if is_whole else None,
        "code": code,
    }


def _degrees(name: str, value: Any, *, most: int) -> float | None:
    if value is None:
        return None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value) or abs(value) > most:
        raise InvalidField(name, mark("This is no place on the globe."))
    return round(float(value), DECIMALS)


def _referral_contact(name: str, value: Any) -> dict[str, str] | None:
    given = _part(name, value)
    phone = _words(name, given.get("phone") or "")
    mail = _words(name, given.get("mssante") or "")
    note = _paragraph(name, given.get("note") or "", most=MAX_NOTE) or ""
    digits = sum(c.isdigit() for c in phone)
    is_phone = _PHONE.fullmatch(phone) is not None and 3 <= digits <= 15
    _require(not phone or is_phone, name, mark("“%(what)s” is no telephone number."), phone)
    _require(
        not mail or _SECURE_MAIL.fullmatch(mail) is not None,
        name,
        mark("“%(what)s” is no MSSanté address: it ends in .mssante.fr."),
        mail,
    )
    contact = {"phone": phone, "mssante": mail.lower(), "note": note}
    return contact if any(contact.values()) else None


def _publications(name: str, value: Any) -> dict[str, Any] | None:
    given = _part(name, value)
    orcid = normal_orcid(name, given.get("orcid") or "")
    works: dict[str, dict[str, Any]] = {}
    for part in _many(name, given.get("works") or []):
        work = _work(name, _part(name, part))
        works.setdefault(work["doi"].lower(), work)
    _require(
        len(works) <= MAX_WORKS,
        name,
        mark("There are too many: at most %(what)s."),
        str(MAX_WORKS),
    )
    return {"orcid": orcid, "works": list(works.values())} if orcid or works else None


def normal_orcid(name: str, value: Any) -> str:
    """Return an ORCID iD in fours, its last sign checked (ISO 7064 MOD 11-2); "" for none."""
    text = _BEFORE_ORCID.sub("", _words(name, value)).strip().upper()
    if not text:
        return ""
    parts = _ORCID.fullmatch(text)
    problem = mark("“%(what)s” is no ORCID iD: look at its last digit.")
    _require(parts is not None, name, problem, text)
    digits = "".join(parts.groups()) if parts else ""
    total = 0
    for digit in digits[:-1]:
        total = (total + int(digit)) * 2
    check = (12 - total % 11) % 11
    _require(digits[-1] == ("X" if check == 10 else str(check)), name, problem, text)
    return "-".join(digits[start : start + 4] for start in range(0, 16, 4))


def normal_doi(name: str, value: Any) -> str:
    """Return a DOI without the address before it (`10.1000/182`)."""
    text = _BEFORE_DOI.sub("", _words(name, value, most=MAX_TITLE)).strip()
    _require(
        _DOI.fullmatch(text) is not None,
        name,
        mark("“%(what)s” is no DOI: it looks like 10.1056/NEJMoa2034577."),
        text,
    )
    return text


def _work(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "doi": normal_doi(name, given.get("doi")),
        "title": _words(name, given.get("title") or "", most=MAX_TITLE, is_prose=True),
        "year": _year(name, given.get("year"), first=FIRST_WORK),
    }


def _year(name: str, value: Any, *, first: int = FIRST_YEAR) -> int | None:
    if value is None or value == "":
        return None
    text = str(value).strip()
    is_year = not isinstance(value, bool) and text.isascii() and text.isdigit() and len(text) == 4
    # Who takes up a post next year may say so.
    plausible = is_year and first <= int(text) <= now().year + 1
    _require(plausible, name, mark("“%(what)s” is no plausible year."), text)
    return int(text)


def _career(name: str, value: Any) -> list[dict[str, Any]] | None:
    steps = [_step(name, _part(name, part)) for part in _many(name, value)]
    _require(
        len(steps) <= MAX_STEPS,
        name,
        mark("There are too many: at most %(what)s."),
        str(MAX_STEPS),
    )
    return steps or None


def _step(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    kind = given.get("kind")
    _require(
        kind in CAREER_KINDS, name, mark("A faculty, an internship or a post: which was it?")
    )
    place = _words(name, given.get("place") or "")
    _require(bool(place), name, mark("Say where it was."))
    since, until = _year(name, given.get("from")), _year(name, given.get("to"))
    if since is None:
        raise InvalidField(name, mark("Since which year, at “%(what)s”?"), place)
    _require(
        until is None or since <= until,
        name,
        mark("At “%(what)s”, the last year is before the first."),
        place,
    )
    title = _words(name, given.get("title") or "")
    return {"kind": kind, "place": place, "title": title, "from": since, "to": until}


_SHAPES: Mapping[str, Callable[[str, Any], Any]] = {
    "subspecialities": _lines(MAX_SUB_SPECIALITIES),
    "skills": _lines(MAX_SKILLS),
    "languages": _languages,
    "hospital": _line,
    "unit": _line,
    "place": _place,
    "accepts_referrals": _flag,
    "referral_contact": _referral_contact,
    "publications": _publications,
    "career": _career,
    "interests": _paragraph,
}
FIELD_NAMES = tuple(_SHAPES)
