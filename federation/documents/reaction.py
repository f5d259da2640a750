"""Reactions on the wire: Like and EmojiReact with an emoji, in the spellings of all servers."""

from __future__ import annotations

from dataclasses import dataclass

from core.emoji import is_emoji, is_shortcode
from federation.documents.lenient import Document, text_of
from federation.documents.tag import read_tags

MAX_READ = 200


@dataclass(frozen=True, slots=True)
class ReactionDocument:
    """An emoji, or `:shortcode:` with the address of its picture."""

    name: str
    icon_url: str | None = None


def read_reaction(document: Document) -> ReactionDocument | None:
    """Return the emoji that a Like or an EmojiReact gives; None where it gives none (FEP-c0e0).

    Misskey says it in `_misskey_reaction` too, and writes `:name@host:` for emojis of others.
    """
    json = document.json
    for value in (json.get("content"), json.get("_misskey_reaction")):
        name = (text_of(value, limit=MAX_READ) or "").strip()
        if is_emoji(name):
            return ReactionDocument(name)
        bare = name.strip(":").partition("@")[0]
        shortcode = f":{bare}:"
        if name.startswith(":") and name.endswith(":") and is_shortcode(shortcode):
            icons = {emoji.name: emoji.url for emoji in read_tags(json.get("tag")).emojis}
            return ReactionDocument(shortcode, icons.get(name.strip(":"), icons.get(bare)))
    return None
