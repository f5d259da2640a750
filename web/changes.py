"""What became of a post from one wording to the next, word by word. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import pairwise

from core.html import to_plain
from posts.models import PostEdit

# Of longer wordings no words are compared: that would take seconds.
MAX_WORDS = 2000
_PIECES = re.compile(r"\s+|\w+|[^\w\s]")


class Change(StrEnum):
    """What became of some words."""

    KEPT = "kept"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words, and whether they are in both wordings."""

    change: Change
    text: str


@dataclass(frozen=True, slots=True)
class Version:
    """A wording of a post; `pieces` are its words beside those of the one before.

    Files are known by their description; `sensitive` is None where that did not change.
    """

    at: datetime
    is_first: bool
    pieces: Sequence[Piece]
    warning: Sequence[Piece] = ()
    files_added: Sequence[str] = ()
    files_removed: Sequence[str] = ()
    files_described: Sequence[str] = ()
    sensitive: bool | None = None
    choices: Sequence[str] = ()


def list_versions(wordings: Sequence[PostEdit]) -> list[Version]:
    """Return the wordings of a post, the oldest first, each with what changed; newest first."""
    first, *_ = wordings
    versions = [
        Version(
            first.created_at,
            is_first=True,
            pieces=(Piece(Change.KEPT, to_plain(first.content)),),
            warning=(Piece(Change.KEPT, first.content_warning),) if first.content_warning else (),
            choices=first.options,
        )
    ]
    versions += [_version(before, after) for before, after in pairwise(wordings)]
    return versions[::-1]


def _version(before: PostEdit, after: PostEdit) -> Version:
    old, new = _files(before), _files(after)
    was, now = before.content_warning or "", after.content_warning or ""
    return Version(
        after.created_at,
        is_first=False,
        pieces=compare(to_plain(before.content), to_plain(after.content)),
        warning=compare(was, now) if was != now else (),
        files_added=[words for key, words in new.items() if key not in old],
        files_removed=[words for key, words in old.items() if key not in new],
        files_described=[words for key, words in new.items() if old.get(key, words) != words],
        sensitive=after.sensitive if after.sensitive != before.sensitive else None,
        choices=after.options if after.options != before.options else (),
    )


def _files(wording: PostEdit) -> Mapping[str, str]:
    return {
        str(row.get("media_id") or row.get("url") or n): str(row.get("description") or "")
        for n, row in enumerate(wording.attachments)
    }


def compare(before: str, after: str) -> list[Piece]:
    """Return the words of two texts, those of both once; removed ones stand before new ones."""
    old, new = _PIECES.findall(before), _PIECES.findall(after)
    if before == after or max(len(old), len(new)) > MAX_WORDS:
        return [Piece(Change.KEPT, after)] if after else []
    pieces: list[Piece] = []
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, old, new).get_opcodes():
        if kind == "equal":
            pieces.append(Piece(Change.KEPT, "".join(new[j1:j2])))
            continue
        if i1 < i2:
            pieces.append(Piece(Change.REMOVED, "".join(old[i1:i2])))
        if j1 < j2:
            pieces.append(Piece(Change.ADDED, "".join(new[j1:j2])))
    return pieces
