"""Who of us a recorded activity is about: one of its strangers is made to live here.

Else nothing recorded would concern anybody here, and nothing would come of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from federation.documents.lenient import find_id, is_public

_OF_A_POST = frozenset({"Like", "Dislike", "EmojiReact", "Announce", "Join", "Leave", "View"})
_OF_A_PERSON = frozenset({"Follow", "Block"})
_ANSWERS = frozenset({"Accept", "Reject"})
_SAYS = frozenset({"Create", "Update"})


@dataclass(frozen=True)
class Ours:
    """What is here: somebody, a post and a poll of hers, and a request of hers to follow."""

    alice: str
    post: str
    poll: str
    request: str


def moved_here(
    activity: Mapping[str, Any], ours: Ours, is_served: Callable[[str], bool]
) -> dict[str, str]:
    """Return which addresses of an activity are ours instead; `is_served` knows who has what."""
    kind, about = activity.get("type"), activity.get("object")
    if isinstance(about, dict) and (
        kind == "Undo" or (kind == "Announce" and about.get("type") in _OF_A_POST)
    ):
        return moved_here(about, ours, is_served)
    named = find_id(about)
    if kind in _OF_A_PERSON and named:
        return {named: ours.alice}
    if kind in _OF_A_POST and isinstance(about, str) and not is_served(about):
        return {about: ours.post}
    if kind == "Flag":
        return _reported(about, ours)
    if kind in _ANSWERS:
        return _answered(about, ours)
    if kind in _SAYS and isinstance(about, dict):
        return _addressed(activity, about, ours, is_served)
    return {}


def _reported(about: Any, ours: Ours) -> dict[str, str]:
    named = [uri for uri in (about if isinstance(about, list) else [about]) if uri]
    return {uri: ours.post if "/post" in uri else ours.alice for uri in named}


def _answered(about: Any, ours: Ours) -> dict[str, str]:
    if isinstance(about, str):
        return {about: ours.request}
    if not isinstance(about, dict) or about.get("type") != "Follow":
        return {}
    asked, asker = find_id(about), find_id(about.get("actor"))
    moved = {asked: ours.request} if asked else {}
    return moved | ({asker: ours.alice} if asker else {})


def _addressed(
    activity: Mapping[str, Any],
    about: Mapping[str, Any],
    ours: Ours,
    is_served: Callable[[str], bool],
) -> dict[str, str]:
    """The first stranger among those to whom it is said, and the poll where it is a vote."""
    author = find_id(about.get("attributedTo")) or find_id(activity.get("actor")) or ""
    home = urlsplit(author).netloc
    moved: dict[str, str] = {}
    for uri in _audience(activity, about):
        is_person = not uri.rstrip("/").endswith(("followers", "following"))
        if not is_public(uri) and is_person and urlsplit(uri).netloc not in (home, ""):
            moved[uri] = ours.alice
            break
    above = about.get("inReplyTo")
    is_vote = "name" in about and "content" not in about
    if isinstance(above, str) and is_vote:
        moved[above] = ours.poll
    elif isinstance(above, str) and not is_served(above):
        moved[above] = ours.post
    return moved


def _audience(*documents: Mapping[str, Any]) -> Iterator[str]:
    for document in documents:
        for name in ("to", "cc"):
            value = document.get(name)
            for part in value if isinstance(value, list) else [value]:
                if isinstance(part, str):
                    yield part


def rewritten(body: bytes, moved: Mapping[str, str]) -> bytes:
    """Put our addresses where those of strangers stood, whole values only."""
    text = body.decode()
    for theirs, ours in moved.items():
        for old in (theirs, theirs.replace("/", "\\/")):
            text = text.replace(f'"{old}"', f'"{ours}"')
    return text.encode()
