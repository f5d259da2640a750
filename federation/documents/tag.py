"""Tags of a post or an actor: mentions, hashtags, custom emojis; everything else is ignored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from federation.documents.lenient import JsonObject, one_or_many, text_of, url_of

MAX_MENTIONS = 100
MAX_HASHTAGS = 60
MAX_EMOJIS = 100


@dataclass(frozen=True, slots=True)
class MentionTag:
    """An actor that is named: `href` its id, `name` as written (`@alice@host`)."""

    href: str
    name: str


@dataclass(frozen=True, slots=True)
class EmojiTag:
    """A custom emoji: `name` without colons, `url` of its picture."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Tags:
    """All tags of a document that we understand. Hashtags are without `#`."""

    mentions: tuple[MentionTag, ...] = ()
    hashtags: tuple[str, ...] = ()
    emojis: tuple[EmojiTag, ...] = ()


def read_tags(value: Any) -> Tags:
    """Read one tag or many; unknown kinds fall away, each kind is cut at its limit."""
    mentions: dict[str, MentionTag] = {}
    hashtags: dict[str, str] = {}
    emojis: dict[str, EmojiTag] = {}
    for tag in one_or_many(value):
        if not isinstance(tag, dict):
            continue
        kind, href = tag.get("type"), tag.get("href")
        # kbin writes a hashtag's name to `tag`.
        name = text_of(tag.get("name") or tag.get("tag"), limit=200) or ""
        if kind == "Mention" and isinstance(href, str):
            mentions.setdefault(href, MentionTag(href, name))
        elif kind in ("Hashtag", "as:Hashtag"):
            name = name.strip("# ") or _last_part(href)
            hashtags.setdefault(name.casefold(), name)
        elif kind in ("Emoji", "toot:Emoji") and (url := _icon_url(tag)):
            emojis.setdefault(name.strip(":"), EmojiTag(name.strip(":"), url))
    hashtags.pop("", None)
    return Tags(
        tuple(mentions.values())[:MAX_MENTIONS],
        tuple(hashtags.values())[:MAX_HASHTAGS],
        tuple(emojis.values())[:MAX_EMOJIS],
    )


def _last_part(href: Any) -> str:
    """Return the hashtag that an address ends with: some name it nowhere else."""
    try:
        path = urlsplit(href).path if isinstance(href, str) else ""
    except ValueError:
        return ""
    return unquote(path.rstrip("/").rpartition("/")[2])[:200].strip("# ")


def _icon_url(tag: dict[str, Any]) -> str | None:
    for icon in one_or_many(tag.get("icon")):
        return url_of(icon.get("url")) if isinstance(icon, dict) else url_of(icon)
    return None


def write_mention(mention: MentionTag) -> JsonObject:
    """Write a Mention."""
    return {"type": "Mention", "href": mention.href, "name": mention.name}


def write_hashtag(name: str, href: str) -> JsonObject:
    """Write a Hashtag; `name` without `#`."""
    return {"type": "Hashtag", "href": href, "name": f"#{name}"}
