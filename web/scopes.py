"""OAuth scopes in words that a doctor understands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.i18n import mark

_WHOLE = {
    "profile": mark("know your name and your handle"),
    "read": mark("read everything that you may read"),
    "write": mark("publish, change and delete in your name"),
    "follow": mark("follow, block and mute people in your name"),
    "push": mark("send notifications to your device"),
    "offline_access": mark("renew its own permission while you are away, for up to ninety days"),
}
_PARTLY = {
    "read": mark("read only:"),
    "write": mark("change only:"),
}
_PARTS = {
    "accounts": mark("profiles"),
    "blocks": mark("blocks"),
    "bookmarks": mark("bookmarks"),
    "collections": mark("collections"),
    "conversations": mark("conversations"),
    "favourites": mark("likes"),
    "filters": mark("filters"),
    "follows": mark("follows"),
    "lists": mark("lists"),
    "media": mark("pictures and files"),
    "mutes": mark("mutes"),
    "notifications": mark("notifications"),
    "reports": mark("reports"),
    "search": mark("search"),
    "statuses": mark("posts"),
}


@dataclass(frozen=True, slots=True)
class ScopeLine:
    """One line of the consent page: texts still to be translated."""

    text: str
    parts: tuple[str, ...] = ()


def scope_lines(scopes: Sequence[str]) -> list[ScopeLine]:
    """Word some scopes: the broad ones, then for each kind the parts that are asked for alone."""
    lines = [ScopeLine(_WHOLE[scope]) for scope in _WHOLE if scope in scopes]
    for kind, text in _PARTLY.items():
        parts = tuple(
            _PARTS[scope.partition(":")[2]] for scope in scopes if scope.startswith(f"{kind}:")
        )
        if parts and kind not in scopes:
            lines.append(ScopeLine(text, parts))
    return lines
