"""Languages of the pages: catalogues of texts, and dates as people write them.

A text is named by its English words; `web/locale/<language>/` holds the others (gettext): whatever
catalogue stands there is a language of the pages. They are compiled by `make setup`; nothing but
the standard library reads them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from core.logging import get_logger

ENGLISH = "en"
DOMAIN = "consilium"
# No tag of a language is longer, and no browser makes us look at more.
_MAX_TAG = 35
# Languages and scripts (ISO 639 and 15924) that are read from right to left.
_RIGHT_TO_LEFT = frozenset(
    "ar arc ckb dv fa he nqo ps sd syr ug ur yi adlm arab hebr nkoo syrc thaa".split()
)

log = get_logger(__name__)
# The catalogues lie with the pages.
FOLDER = Path(__file__).resolve().parent.parent / "web" / "locale"


def mark(text: str) -> str:
    """Name a text for the catalogues at a place where it is not translated yet."""
    return text


# What each catalogue calls its own language, as its speakers do: "Français", "Deutsch".
_OWN_NAME = mark("the name of this language, in this language")
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

    @property
    def direction(self) -> str:
        """Which way it is read: what HTML's `dir` wants."""
        first, *others = self.code.lower().split("-")
        # A region is no script: `es-AR` is not Arabic.
        parts = {first, *(part for part in others if len(part) == 4)}
        return "rtl" if parts & _RIGHT_TO_LEFT else "ltr"

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
    """Return a folder's languages by code: English, and each that has a catalogue.

    One whose catalogue is not compiled speaks English until it is.
    """
    found = {path.parent.parent.name for path in folder.glob(f"*/LC_MESSAGES/{DOMAIN}.[mp]o")}
    languages = [_read(folder, name) for name in found - {ENGLISH}]
    english = Language(ENGLISH, "English", NullTranslations())
    return {one.code: one for one in sorted([english, *languages], key=lambda one: one.code)}


def _read(folder: Path, name: str) -> Language:
    code = name.replace("_", "-")
    path = folder / name / "LC_MESSAGES" / f"{DOMAIN}.mo"
    if not path.exists():
        log.warning("no compiled catalogue, texts stay English: make setup", path=str(path))
        return Language(code, code, NullTranslations())
    with path.open("rb") as file:
        catalogue = GNUTranslations(file)
    own_name = catalogue.gettext(_OWN_NAME)
    return Language(code, own_name if own_name != _OWN_NAME else code, catalogue)


@lru_cache(maxsize=1)
def our_languages() -> Mapping[str, Language]:
    """Return the languages of the pages, by code; read once, when first asked for."""
    return load_languages(FOLDER)


def choose_language(wanted: Iterable[str | None]) -> str:
    """Return the first of some language tags that we speak (`fr-CA` is `fr`); else English."""
    ours = {code.lower(): code for code in our_languages()}
    for tag in wanted:
        asked = (tag or "")[:_MAX_TAG].replace("_", "-").lower()
        while asked:
            if asked in ours:
                return ours[asked]
            asked = asked.rpartition("-")[0]
    return ENGLISH


def language_of(locale: str) -> Language:
    """Return the language of a person's locale, for what is written to them; else English."""
    return our_languages()[choose_language([locale])]
