"""Languages of the pages: catalogues of texts, and dates as people write them.

A text is named by its English words; `web/locale/<language>/` holds the others (gettext). The
catalogues are compiled by `make setup`; nothing but the standard library reads them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from core.logging import get_logger

ENGLISH = "en"
NAMES = {"fr": "Français", ENGLISH: "English"}
DOMAIN = "consilium"

log = get_logger(__name__)
# The catalogues lie with the pages.
_FOLDER = Path(__file__).resolve().parent.parent / "web" / "locale"


def mark(text: str) -> str:
    """Name a text for the catalogues at a place where it is not translated yet."""
    return text


_MONTHS = (
    mark("January"),
    mark("February"),
    mark("March"),
    mark("April"),
    mark("May"),
    mark("June"),
    mark("July"),
    mark("August"),
    mark("September"),
    mark("October"),
    mark("November"),
    mark("December"),
)


@dataclass(frozen=True, slots=True)
class Language:
    """One language of the pages: `code` is what HTML's `lang` wants, `name` its own name."""

    code: str
    name: str
    catalogue: NullTranslations

    def gettext(self, message: str, **values: object) -> str:
        """Translate a text and fill in its `%(name)s`."""
        found = self.catalogue.gettext(message)
        return found % values if values else found

    def ngettext(self, one: str, many: str, n: int, **values: object) -> str:
        """Translate a text that counts something; `%(n)d` is the number."""
        return self.catalogue.ngettext(one, many, n) % ({"n": n} | values)

    def date(self, moment: datetime, *, zone: tzinfo = UTC) -> str:
        """Write a day: `22 November 2026`."""
        day = moment.astimezone(zone)
        month = self.gettext(_MONTHS[day.month - 1])
        if day.day == 1:
            # French says "1er novembre".
            return self.gettext("1 %(month)s %(year)d", month=month, year=day.year)
        return self.gettext("%(day)d %(month)s %(year)d", day=day.day, month=month, year=day.year)

    def moment(self, moment: datetime, *, zone: tzinfo = UTC) -> str:
        """Write a day and the time on it: `22 November 2026, 10:05`; of UTC, that it is that."""
        date = self.date(moment, zone=zone)
        time = moment.astimezone(zone).strftime("%H:%M")
        if moment.astimezone(zone).tzname() == "UTC":
            return self.gettext("%(date)s, %(time)s UTC", date=date, time=time)
        return self.gettext("%(date)s, %(time)s", date=date, time=time)

    def ago(self, moment: datetime, now: datetime, *, zone: tzinfo = UTC) -> str:
        """Write how long ago something was; beyond a week, the day."""
        passed = now - moment
        if passed < timedelta(minutes=1):
            return self.gettext("just now")
        if passed < timedelta(hours=1):
            return self.gettext("%(n)d min ago", n=passed // timedelta(minutes=1))
        if passed < timedelta(days=1):
            return self.gettext("%(n)d h ago", n=passed // timedelta(hours=1))
        if passed < timedelta(days=7):
            return self.ngettext("%(n)d day ago", "%(n)d days ago", passed.days)
        return self.gettext("on %(date)s", date=self.date(moment, zone=zone))


def load_languages(folder: Path) -> dict[str, Language]:
    """Read the compiled catalogues of a folder; without one, a language speaks English."""
    return {code: Language(code, name, _read(folder, code)) for code, name in NAMES.items()}


def _read(folder: Path, code: str) -> NullTranslations:
    if code == ENGLISH:
        return NullTranslations()
    path = folder / code / "LC_MESSAGES" / f"{DOMAIN}.mo"
    if not path.exists():
        log.warning("no compiled catalogue, texts stay English: make setup", path=str(path))
        return NullTranslations()
    with path.open("rb") as file:
        return GNUTranslations(file)


def choose_language(wanted: Iterable[str | None]) -> str:
    """Return the first of some language tags that we speak (`fr-CA` is `fr`); else English."""
    for tag in wanted:
        code = (tag or "").replace("_", "-").partition("-")[0].lower()
        if code in NAMES:
            return code
    return ENGLISH


def language_of(locale: str) -> Language:
    """Return the language of a person's locale, for what is written to them; else English."""
    return _kept_languages()[choose_language([locale])]


@lru_cache(maxsize=1)
def _kept_languages() -> dict[str, Language]:
    return load_languages(_FOLDER)
