"""A register's file read in batches, in bounded memory: each batch merged to one row a person."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import BinaryIO

from core.errors import InvalidInput
from doctors.codes import PHYSICIAN
from doctors.registers.register import ReadLine, Register, RegisterLine

BATCH_LINES = 2000
MAX_LINE_BYTES = 64 * 1024
_EDGE_BYTES = 1024 * 1024
# AAAAMMJJ, and often HHMM.
_DAY = re.compile(r"(?<![0-9])(20[0-9]{2})([01][0-9])([0-3][0-9])(?:[0-9]{4})?(?![0-9])")


@dataclass(slots=True)
class Person:
    """One person, out of the lines read so far."""

    line: RegisterLine
    specialities: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Batch:
    """What some lines said: people by number; `lines_done` and `bytes_done` count from the top."""

    people: dict[str, Person]
    skipped: Counter[str]
    lines_done: int
    bytes_done: int


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was found to be a register's: its reader, and a digest to know it again by."""

    path: Path
    size: int
    digest: str
    header_bytes: int
    read_line: ReadLine
    students: frozenset[str]

    def batches(self, *, after: int = 0, size: int = BATCH_LINES) -> Iterator[Batch]:
        """Read the lines after the first `after`, some at a time."""
        with self.path.open("rb") as file:
            file.seek(self.header_bytes)
            for _ in range(after):
                _next_line(file)
            done = after
            while True:
                batch = self._read(file, done, size)
                if batch.lines_done == done:
                    return
                done = batch.lines_done
                yield batch

    def _read(self, file: BinaryIO, done: int, size: int) -> Batch:
        people: dict[str, Person] = {}
        skipped: Counter[str] = Counter()
        for _ in range(size):
            raw = _next_line(file)
            if raw is None:
                break
            done += 1
            found = self._parse(raw)
            if isinstance(found, str):
                skipped[found] += 1
            elif (known := people.get(found.number)) is None:
                people[found.number] = new_person(found)
            elif reason := merge(known, new_person(found), self.students):
                skipped[reason] += 1
        return Batch(people, skipped, done, file.tell())

    def _parse(self, raw: bytes) -> RegisterLine | str:
        if len(raw) >= MAX_LINE_BYTES:
            return "line too long"
        if not raw.strip():
            return "empty line"
        if b"\x00" in raw:
            # No database keeps it in a text: one such line would end the whole import.
            return "not a text"
        try:
            return self.read_line(raw.decode("utf-8"))
        except UnicodeDecodeError:
            return "not UTF-8"


def open_source(path: Path, register: Register, *, skills: bool = False) -> Source:
    """Look at a file's header; raises InvalidInput, in one line, for what is not the register's."""
    read = register.read_skills_header if skills else register.read_header
    if read is None:
        raise InvalidInput(f"{register.code} has no file to import: its entries need documents")
    try:
        with path.open("rb") as file:
            raw = file.readline(MAX_LINE_BYTES)
            size = file.seek(0, 2)
            digest = _digest(file, size)
    except OSError as error:
        raise InvalidInput(f"{path}: {error.strerror or 'cannot be read'}") from error
    if raw.startswith(b"PK\x03\x04"):
        raise InvalidInput(f"{path}: a ZIP archive: unpack it first")
    try:
        header = raw.decode("utf-8-sig")
        reader = read(header)
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{path}: not a text in UTF-8") from error
    except InvalidInput as error:
        raise InvalidInput(f"{path}: {error}") from error
    return Source(path, size, digest, len(raw), reader, register.student_categories)


def edition_of(file_name: str) -> str | None:
    """Return the day that a file's name ends with (`…_202611220815.txt`), in ISO 8601."""
    found = _DAY.search(file_name)
    if found is None:
        return None
    try:
        return date(*(int(part) for part in found.groups())).isoformat()
    except ValueError:
        return None


def _digest(file: BinaryIO, size: int) -> str:
    """Digest the size and both ends: 800 MB would take seconds, and no two editions share them."""
    digest = hashlib.sha256(str(size).encode())
    file.seek(0)
    digest.update(file.read(_EDGE_BYTES))
    file.seek(max(size - _EDGE_BYTES, 0))
    digest.update(file.read(_EDGE_BYTES))
    return digest.hexdigest()


def _next_line(file: BinaryIO) -> bytes | None:
    """Return a line, cut at MAX_LINE_BYTES with the rest left out; None at the end."""
    raw = file.readline(MAX_LINE_BYTES)
    rest = raw
    while len(rest) >= MAX_LINE_BYTES and not rest.endswith(b"\n"):
        rest = file.readline(MAX_LINE_BYTES)
    return raw or None


def new_person(line: RegisterLine) -> Person:
    """Make a person out of their first line."""
    return Person(line, [line.speciality] if line.speciality else [])


def merge(known: Person, other: Person, students: frozenset[str]) -> str | None:
    """Add what other lines say of the same person; return why they were left out, if they were.

    A practitioner's line counts more than a student's; of several professions a physician's is
    kept, else the first.
    """
    line = known.line
    if _rank(other.line, students) > _rank(line, students):
        known.line, known.specialities = other.line, list(other.specialities)
        return None
    if other.line.profession != line.profession:
        return "another profession of a person we have"
    for code in other.specialities:
        if code not in known.specialities:
            known.specialities.append(code)
    if not line.workplace and other.line.workplace:
        known.line = replace(
            line,
            workplace=other.line.workplace,
            town=other.line.town,
            department=other.line.department,
            site_code=other.line.site_code,
            town_code=other.line.town_code,
        )
    return None


def _rank(line: RegisterLine, students: frozenset[str]) -> tuple[bool, bool]:
    return line.category not in students, line.profession == PHYSICIAN
