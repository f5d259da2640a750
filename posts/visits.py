"""What is still to be looked at of a thread: a list with bounds, which can be written down."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

# D27 and D29: of one collection, of one thread, and how far down.
MAX_PAGES = 10
MAX_POSTS = 500
MAX_READS = 500
MAX_LEVELS = 50
_MAX_URI = 1000


@dataclass(frozen=True, slots=True)
class Visit:
    """A post that is not known, or (with `page`) the page of that number of a collection.

    `under` is what a post must answer, or whose answers a page lists; None where it is the thread's
    collection that lists it. `is_above` is a post that one of the thread answers.
    """

    uri: str
    page: int = 0
    under: str | None = None
    level: int = 0
    is_above: bool = False


@dataclass(slots=True)
class Search:
    """How far the search for a thread has come; `root_id` is its name, whatever is found above.

    It has waited `waits` times for what is missing above. `context` is the thread's collection,
    None where the answers to each post are read.
    """

    post_id: int
    root_id: int
    waits: int = 0
    is_begun: bool = False
    context: str | None = None
    waiting: list[Visit] = field(default_factory=list)
    later: list[Visit] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    posts: int = 0
    reads: int = 0
    rounds: int = 0

    @classmethod
    def of(cls, written: Mapping[str, Any]) -> Self:
        """Read what `written` wrote; a post's and its thread's id are enough to begin."""
        lists = {name: [Visit(**one) for one in written.get(name, [])]
                 for name in ("waiting", "later")}  # fmt: skip
        return cls(**{**written, **lists})

    def written(self) -> dict[str, Any]:
        """Return the search as JSON."""
        return asdict(self)

    def add(self, visit: Visit, *, first: bool = False) -> None:
        """Put a visit on the list, unless it was there before or goes beyond a bound."""
        is_page = visit.page > 0
        if is_page and (visit.page > MAX_PAGES or self.reads >= MAX_READS):
            return
        if not is_page and self.posts >= MAX_POSTS:
            return
        if visit.level > MAX_LEVELS or len(visit.uri) > _MAX_URI or self.has_seen(visit.uri):
            return
        self.seen.append(_digest(visit.uri))
        self.reads += is_page
        self.posts += not is_page
        self.waiting.insert(0 if first else len(self.waiting), visit)

    def has_seen(self, uri: str) -> bool:
        """Tell whether something was on the list."""
        return _digest(uri) in self.seen

    def note(self, uri: str) -> None:
        """Remember a post that is known here as one of the thread."""
        if not self.has_seen(uri) and len(self.seen) < MAX_POSTS + MAX_READS:
            self.seen.append(_digest(uri))


def _digest(uri: str) -> str:
    return hashlib.blake2s(uri.encode(), digest_size=6).hexdigest()
