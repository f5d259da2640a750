"""Polls on the wire: what a Question asks, and a vote, which is a Note with nothing but a name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.clock import now, wire_time
from core.errors import InvalidDocument
from federation.documents.lenient import (
    Document,
    JsonObject,
    find_id,
    id_of,
    number_of,
    one_or_many,
    text_of,
    time_of,
)
from federation.origin import normal_uri

MAX_OPTIONS = 50
MAX_TITLE = 300
# What a column holds; nobody has so many readers.
MAX_COUNT = 2**31 - 1


@dataclass(frozen=True, slots=True)
class OptionDocument:
    """One answer; `votes` None where the author shows no numbers."""

    title: str
    votes: int | None = None


@dataclass(frozen=True, slots=True)
class PollDocument:
    """What a Question asks; `closed_at` is set once it is over."""

    options: tuple[OptionDocument, ...]
    is_multiple: bool = False
    ends_at: datetime | None = None
    closed_at: datetime | None = None
    voters_count: int | None = None

    @property
    def hides_totals(self) -> bool:
        """Whether no option tells how many chose it."""
        return all(option.votes is None for option in self.options)


@dataclass(frozen=True, slots=True)
class VoteDocument:
    """Somebody's choice of one option, by its title."""

    id: str
    attributed_to: str
    name: str
    in_reply_to: str


def read_poll(json: Mapping[str, Any]) -> PollDocument | None:
    """Read what a Question asks; None where it has no options."""
    is_multiple = bool(one_or_many(json.get("anyOf")))
    listed = one_or_many(json.get("anyOf" if is_multiple else "oneOf"))
    options = [option for option in map(_option, listed) if option is not None]
    if not options:
        return None
    ends_at, closed_at = _end(json)
    return PollDocument(
        options=tuple(options[:MAX_OPTIONS]),
        is_multiple=is_multiple,
        ends_at=ends_at,
        closed_at=closed_at,
        voters_count=_count(json.get("votersCount", json.get("toot:votersCount"))),
    )


def _option(value: Any) -> OptionDocument | None:
    if not isinstance(value, dict):
        return None
    title = (text_of(value.get("name"), limit=MAX_TITLE) or "").strip()
    if not title:
        return None
    replies = value.get("replies")
    counted = replies.get("totalItems") if isinstance(replies, dict) else None
    # Misskey writes the number a second time, in a word of its own.
    counted = value.get("_misskey_votes") if counted is None else counted
    return OptionDocument(title, _count(counted))


def _count(value: Any) -> int | None:
    return number_of(value, low=0, high=MAX_COUNT)


def _end(json: Mapping[str, Any]) -> tuple[datetime | None, datetime | None]:
    """Return when a poll ends, and when it ended."""
    ends_at, closed = time_of(json.get("endTime")), json.get("closed")
    if closed is True:
        return ends_at, ends_at or time_of(json.get("updated")) or now()
    closed_at = time_of(closed)
    # Pleroma says with `closed` when a poll will end, while it is still open.
    if closed_at is None or closed_at > now():
        return ends_at or closed_at, None
    return ends_at or closed_at, closed_at


def write_poll(poll: PollDocument) -> JsonObject:
    """Write what a Question adds to a post, in Mastodon's shape."""
    written: JsonObject = {
        "anyOf" if poll.is_multiple else "oneOf": [
            {
                "type": "Note",
                "name": option.title,
                "replies": {"type": "Collection"}
                | ({} if option.votes is None else {"totalItems": option.votes}),
            }
            for option in poll.options
        ]
    }
    more = {
        "endTime": wire_time(poll.ends_at) if poll.ends_at else None,
        "closed": wire_time(poll.closed_at) if poll.closed_at else None,
        "votersCount": poll.voters_count,
    }
    return written | {name: value for name, value in more.items() if value is not None}


def read_vote(document: Document) -> VoteDocument | None:
    """Read a vote; None for what is none: it has a name, no words, and answers something."""
    json = document.json
    name = (text_of(json.get("name"), limit=MAX_TITLE) or "").strip()
    # Streams sends an empty text with it, others none.
    words = text_of(json.get("content"), limit=1) or json.get("contentMap")
    answered = find_id(json.get("inReplyTo"))
    if document.type != "Note" or not name or words or answered is None:
        return None
    try:
        return VoteDocument(
            id=normal_uri(id_of(json)),
            attributed_to=normal_uri(id_of(json.get("attributedTo"))),
            name=name,
            in_reply_to=normal_uri(answered),
        )
    except InvalidDocument:
        return None


def write_vote(vote: VoteDocument, *, to: str) -> JsonObject:
    """Write a vote, for the author of the poll and nobody else."""
    return {
        "id": vote.id,
        "type": "Note",
        "attributedTo": vote.attributed_to,
        "name": vote.name,
        "inReplyTo": vote.in_reply_to,
        "to": [to],
        "cc": [],
    }
