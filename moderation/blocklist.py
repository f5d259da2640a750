"""Block lists as servers exchange them: Mastodon's CSV, GoToSocial's JSON, or one host a line."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any

from core.errors import InvalidDocument, InvalidInput
from federation.origin import host_of
from moderation.models import Peer, PeerClass
from moderation.patterns import BELOW, EVERYBODY, is_pattern

MAX_BYTES = 8 * 1024 * 1024
# Mastodon's own limit.
MAX_ROWS = 20_000
HEADER = (
    "#domain",
    "#severity",
    "#reject_media",
    "#reject_reports",
    "#public_comment",
    "#obfuscate",
)
_MAX_COMMENT = 500
_TRUE = frozenset({"true", "t", "1", "yes", "y", "on"})
_HOST_NAMES = ("domain", "host")


class Severity(IntEnum):
    """How much of a host a list refuses, in Mastodon's words, from the least to the most."""

    NOOP = 0
    SILENCE = 1
    SUSPEND = 2


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a block list: a host, or `*.host`, and what the list says of it."""

    host: str
    severity: Severity = Severity.SUSPEND
    rejects_media: bool = False
    rejects_reports: bool = False
    public_reason: str = ""

    def with_other(self, other: Entry) -> Entry:
        """Return the stricter of what two lines say of one host."""
        return replace(
            self,
            severity=max(self.severity, other.severity),
            rejects_media=self.rejects_media or other.rejects_media,
            rejects_reports=self.rejects_reports or other.rejects_reports,
            public_reason=self.public_reason or other.public_reason,
        )


@dataclass(frozen=True, slots=True)
class Skipped:
    """A line that was not taken, and why; lines are counted from 1, in JSON its items."""

    line: int
    text: str
    why: str


@dataclass(frozen=True, slots=True)
class Blocklist:
    """What was read of a list: each host once, in its order, and what was not understood."""

    entries: tuple[Entry, ...] = ()
    skipped: tuple[Skipped, ...] = ()


def read_blocklist(data: bytes) -> Blocklist:
    """Read a list in any of the three forms; a line that is not understood is skipped, and told.

    Raises InvalidInput for what is no list at all, or more than MAX_BYTES or MAX_ROWS.
    """
    if len(data) > MAX_BYTES:
        raise InvalidInput(f"a block list has at most {MAX_BYTES // 1024 // 1024} MiB")
    try:
        # Windows' editors write a byte order mark.
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput("the list is not UTF-8") from error
    rows = _json_rows(text) if text.lstrip().startswith("[") else _csv_rows(text)
    entries: dict[str, Entry] = {}
    skipped = []
    for number, (line, row) in enumerate(rows, start=1):
        if number > MAX_ROWS:
            raise InvalidInput(f"a block list has at most {MAX_ROWS} hosts")
        try:
            entry = _entry(row)
        except InvalidInput as error:
            skipped.append(Skipped(line, _printable(row.get("domain", ""))[:100], str(error)))
            continue
        known = entries.get(entry.host)
        entries[entry.host] = known.with_other(entry) if known else entry
    return Blocklist(tuple(entries.values()), tuple(skipped))


Row = Mapping[str, str]


def _csv_rows(text: str) -> Iterator[tuple[int, Row]]:
    reader = csv.reader(io.StringIO(text, newline=""))
    names = ["domain"]
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            lowered = [cell.strip().lower().removeprefix("#") for cell in cells]
            if names == ["domain"] and any(name in lowered for name in _HOST_NAMES):
                names = ["domain" if name in _HOST_NAMES else name for name in lowered]
            elif not (len(names) == 1 and cells[0].lstrip().startswith("#")):
                # Without a header: the first cell, and `#` before what is only a remark.
                named = zip(names, cells, strict=False)
                yield reader.line_num, {name: cell.strip() for name, cell in named}
    except csv.Error as error:
        raise InvalidInput(f"the list is no CSV, in line {reader.line_num}: {error}") from error


def _json_rows(text: str) -> Iterator[tuple[int, Row]]:
    try:
        items = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"the list is no JSON: {str(error)[:100]}") from error
    for number, item in enumerate(items, start=1):
        fields = item if isinstance(item, dict) else {"domain": item}
        row = {name: _text(value) for name, value in fields.items()}
        # GoToSocial's own lists say `comment` where its exports say `public_comment`.
        yield number, {"public_comment": row.get("comment", ""), **row}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.strip() if isinstance(value, str) else ""


def _entry(row: Row) -> Entry:
    return Entry(
        host=_host(row.get("domain", "")),
        severity=_severity(row.get("severity", "")),
        rejects_media=_is_true(row.get("reject_media", "")),
        rejects_reports=_is_true(row.get("reject_reports", "")),
        public_reason=_printable(row.get("public_comment", ""))[:_MAX_COMMENT],
    )


def _printable(text: str) -> str:
    # It is shown in terminals, and on a line.
    return "".join(one for one in " ".join(text.split()) if one.isprintable())


def _host(text: str) -> str:
    if text == EVERYBODY:
        raise InvalidInput("a list does not decide about everybody")
    bare = text.removeprefix(BELOW)
    if "*" in bare:
        raise InvalidInput("the host is obscured: nobody can tell which one is meant")
    if not bare or set("/?#@") & set(bare):
        raise InvalidInput("no host")
    try:
        host = host_of(f"https://{bare}")
    except InvalidDocument as error:
        raise InvalidInput("no host") from error
    return BELOW + host if text.startswith(BELOW) else host


def _severity(text: str) -> Severity:
    # A bare list of hosts is one of hosts to block.
    name = text.upper() or Severity.SUSPEND.name
    if name not in Severity.__members__:
        raise InvalidInput(f"no severity: {text[:50]!r}")
    return Severity[name]


def _is_true(text: str) -> bool:
    return text.lower() in _TRUE


def entries_of(peers: Iterable[Peer]) -> list[Entry]:
    """Return what of our decisions such a list can say.

    Our own reasons stay here: only the public one goes out. What is decided about everybody, and
    warnings and rates by themselves, have no word there.
    """
    found = []
    for peer in peers:
        severity = Severity.SILENCE if peer.holds else Severity.NOOP
        if peer.peer_class is PeerClass.BLOCKED:
            severity = Severity.SUSPEND
        says_nothing = severity is Severity.NOOP and not (
            peer.rejects_media or peer.rejects_reports
        )
        if says_nothing or peer.host == EVERYBODY:
            continue
        found.append(
            Entry(
                host=peer.host,
                severity=severity,
                rejects_media=peer.rejects_media,
                rejects_reports=peer.rejects_reports,
                public_reason=peer.public_reason,
            )
        )
    return found


def write_blocklist(entries: Iterable[Entry]) -> str:
    """Write a list as Mastodon's export does; other servers read `*.host` as nothing they know."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(HEADER)
    for entry in entries:
        writer.writerow(
            [
                entry.host,
                entry.severity.name.lower(),
                _word(entry.rejects_media),
                _word(entry.rejects_reports),
                entry.public_reason,
                _word(False),
            ]
        )
    return written.getvalue()


def _word(value: bool) -> str:
    return "true" if value else "false"


def patterns_in(entries: Iterable[Entry]) -> list[str]:
    """Return the patterns of a list: only another Consilium understands them."""
    return [entry.host for entry in entries if is_pattern(entry.host)]
