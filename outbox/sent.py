"""What leaves here, by type of activity, as FEDERATION.md tells it (a test compares them)."""

from __future__ import annotations

from collections.abc import Mapping

# `Object` is a post of any kind; the files of this room are named after the types.
SENT: Mapping[str, tuple[str, ...]] = {
    "Accept": ("Follow", "Offer", "QuoteRequest"),
    "Add": ("Object",),
    "Announce": ("Object",),
    "Block": ("Actor",),
    "Create": ("Note", "Question"),
    "Delete": ("Object", "Actor", "Credential", "QuoteAuthorization"),
    "EmojiReact": ("Object",),
    "Flag": ("Actor", "Object"),
    "Follow": ("Actor",),
    "Like": ("Object",),
    "Offer": ("Credential",),
    "QuoteRequest": ("Object",),
    "Reject": ("Follow", "Offer", "QuoteRequest"),
    "Remove": ("Object",),
    "Undo": ("Follow", "Like", "Announce", "Block", "EmojiReact"),
    "Update": ("Object", "Actor", "Profile"),
}
