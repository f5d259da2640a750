"""What every national register has: a code, a form of numbers, a file with lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RegisterLine:
    """One line of a register's file: a person, with what this line says of their practice."""

    number: str
    family_name: str
    given_name: str
    profession: str
    category: str = ""
    speciality: str = ""
    workplace: str = ""
    town: str = ""
    department: str = ""


ReadLine = Callable[[str], "RegisterLine | str"]


@dataclass(frozen=True, slots=True)
class Register:
    """One national register.

    `normalise` brings a number as typed into the file's form, or raises InvalidInput;
    `has_check_digit` tells whether it passes the register's test for typing errors. `read_header`
    and `read_skills_header` give the reader of a file's lines, or raise InvalidInput for a file of
    another kind; a reader gives a line, or the reason why there is none in it.
    `student_categories` are those whose entry vouches for no profession yet.
    """

    code: str
    name: str
    numbers_are_public: bool
    student_categories: frozenset[str]
    normalise: Callable[[str], str]
    has_check_digit: Callable[[str], bool]
    read_header: Callable[[str], ReadLine]
    read_skills_header: Callable[[str], ReadLine]
