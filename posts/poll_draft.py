"""What somebody wants to ask: the options of a poll and how long it lasts, checked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.errors import InvalidInput
from federation.documents.question import OptionDocument, PollDocument

# Mastodon's limits: a poll within them is shown everywhere.
MIN_OPTIONS = 2
MAX_OPTIONS = 4
MAX_OPTION_CHARACTERS = 50
SHORTEST = timedelta(minutes=5)
LONGEST = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class PollDraft:
    """A poll that may be written; `lasts` counts from when it is."""

    titles: tuple[str, ...]
    lasts: timedelta
    is_multiple: bool = False
    hides_totals: bool = False

    def document(self, begins: datetime) -> PollDocument:
        """Return the poll as it begins: nobody has chosen yet."""
        return PollDocument(
            options=tuple(OptionDocument(title, 0) for title in self.titles),
            is_multiple=self.is_multiple,
            ends_at=begins + self.lasts,
            voters_count=0,
        )


def read_poll_draft(
    titles: Iterable[str],
    *,
    lasts_s: str | None,
    is_multiple: bool = False,
    hides_totals: bool = False,
) -> PollDraft:
    """Check a poll, as a client gives it; raises InvalidInput, worded as Mastodon does."""
    options = tuple(title for title in (" ".join(text.split()) for text in titles) if title)
    if len(options) < MIN_OPTIONS:
        raise InvalidInput("Validation failed: Poll must have more than one item")
    if len(options) > MAX_OPTIONS:
        raise InvalidInput(f"Validation failed: Poll can't contain more than {MAX_OPTIONS} items")
    if any(len(option) > MAX_OPTION_CHARACTERS for option in options):
        raise InvalidInput(
            f"Validation failed: Poll items can't be longer than {MAX_OPTION_CHARACTERS} characters"
        )
    if len(set(options)) < len(options):
        raise InvalidInput("Validation failed: Poll contains duplicate items")
    return PollDraft(options, _duration(lasts_s), is_multiple, hides_totals)


def _duration(lasts_s: str | None) -> timedelta:
    text = (lasts_s or "").strip()
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise InvalidInput("Validation failed: Poll expiration can't be blank")
    lasts = timedelta(seconds=int(text))
    if lasts > LONGEST:
        raise InvalidInput("Validation failed: Poll duration is too far into the future")
    if lasts < SHORTEST:
        raise InvalidInput("Validation failed: Poll duration is too soon")
    return lasts
