"""What every national register has: a code, a form of numbers; some also a file, a directory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import Enum

_FRENCH = "fr"


class DayOf(Enum):
    """What the day beside a source is the day of, in French and in English."""

    EDITION = ("édition du", "edition of")
    IMPORT = ("importé le", "imported on")
    LOOK_UP = ("consulté le", "looked up on")


@dataclass(frozen=True, slots=True)
class RegisterLine:
    """One line of a register's file: a person, with what this line says of their practice.

    `site_code` is the workplace's own number (FINESS), `town_code` the town's (INSEE).
    """

    number: str
    family_name: str
    given_name: str
    profession: str
    category: str = ""
    speciality: str = ""
    workplace: str = ""
    town: str = ""
    department: str = ""
    site_code: str = ""
    town_code: str = ""


ReadLine = Callable[[str], "RegisterLine | str"]
ReadHeader = Callable[[str], ReadLine]


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """One national register.

    `country` is its ISO 3166-1 code, empty for the one that stands for all others; `short` what
    people call its number; `form_fr` and `form_en` tell somebody who types it what it looks like;
    `source` says who keeps it, and under what licence its data are used.

    `normalise` brings a number as typed into the register's form, or raises InvalidInput;
    `has_check_digit` tells whether it passes the register's test for typing errors, and is true
    where there is none: who fails it is warned, never refused. `read_header` and
    `read_skills_header` give the reader of a file's lines, or raise InvalidInput for a file of
    another kind; a reader gives a line, or the reason why there is none in it. They are None for a
    register without an open file: its entries are made with documents.
    `student_categories` are those whose entry vouches for no profession yet.
    """

    code: str
    country: str
    short: str
    name_fr: str
    name_en: str
    form_fr: str
    form_en: str
    source: str
    numbers_are_public: bool
    normalise: Callable[[str], str]
    has_check_digit: Callable[[str], bool]
    student_categories: frozenset[str] = frozenset()
    read_header: ReadHeader | None = None
    read_skills_header: ReadHeader | None = None
    has_directory: bool = False

    @property
    def has_file(self) -> bool:
        """Whether it can be imported from a file."""
        return self.read_header is not None

    def name(self, locale: str = _FRENCH) -> str:
        """Return its name, in French or else in English."""
        return self.name_fr if locale.startswith(_FRENCH) else self.name_en

    def form(self, locale: str = _FRENCH) -> str:
        """Return what its numbers look like, in French or else in English."""
        return self.form_fr if locale.startswith(_FRENCH) else self.form_en

    def cite(
        self, day: date | None = None, locale: str = _FRENCH, *, of: DayOf = DayOf.EDITION
    ) -> str:
        """Return the sentence that names the source on a screen, with a day if one is known."""
        if day is None:
            return self.source
        french, english = of.value
        said = french if locale.startswith(_FRENCH) else english
        return f"{self.source}, {said} {day:%d/%m/%Y}"
