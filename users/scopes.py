"""OAuth scopes: which there are, and what a broad one covers."""

from __future__ import annotations

from collections.abc import Iterable

from users.refusals import OAuthRefusal

_READ = (
    "accounts blocks bookmarks collections favourites filters follows lists mutes notifications "
    "search statuses"
).split()
_WRITE = (
    "accounts blocks bookmarks collections conversations favourites filters follows lists media "
    "mutes notifications reports statuses"
).split()
OFFLINE_ACCESS = "offline_access"
_FOLLOW = ("read:blocks read:follows read:mutes write:blocks write:follows write:mutes").split()
SCOPES = (
    "profile",
    "read",
    *(f"read:{what}" for what in _READ),
    "write",
    *(f"write:{what}" for what in _WRITE),
    "follow",
    "push",
    # OpenID Connect's name: only a program that asks for it gets tokens that expire, and may
    # refresh them. Mastodon's clients do neither, and keep theirs until it is revoked.
    OFFLINE_ACCESS,
)
DEFAULT_SCOPE = "read"
MAX_SCOPES_LENGTH = 2000


def parse_scopes(text: str | None) -> tuple[str, ...]:
    """Read a list separated by spaces; nothing given means `read`, as at Mastodon.

    Raises OAuthRefusal(`invalid_scope`) for a scope that does not exist, admin scopes included.
    """
    if text is not None and len(text) > MAX_SCOPES_LENGTH:
        raise OAuthRefusal("invalid_scope")
    # Some libraries join with "+" before encoding.
    asked = tuple(dict.fromkeys((text or "").replace("+", " ").split())) or (DEFAULT_SCOPE,)
    if any(scope not in SCOPES for scope in asked):
        raise OAuthRefusal("invalid_scope")
    return asked


def covers(granted: Iterable[str], needed: str) -> bool:
    """Tell whether a set of scopes includes one: `read` includes `read:accounts`."""
    held = set(granted)
    if needed in held or needed.partition(":")[0] in held:
        return True
    return "follow" in held and needed in _FOLLOW


def within(asked: Iterable[str], registered: Iterable[str]) -> bool:
    """Tell whether every scope asked for is covered by those an app registered with (I03)."""
    allowed = tuple(registered)
    return all(covers(allowed, scope) for scope in asked)
