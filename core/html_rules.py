"""What foreign HTML may contain: the allow list, for both ways of sanitising."""

from __future__ import annotations

import re
from collections.abc import Mapping

# Cut here, as no honest text is nested deeper.
MAX_DEPTH = 20
MAX_URL = 2_048

INLINE = frozenset(
    {"a", "span", "strong", "em", "b", "i", "u", "s", "del", "code", "sub", "sup", "br"}
)
_HEADINGS = frozenset({"h3", "h4", "h5", "h6"})
_LISTS = frozenset({"ul", "ol"})
# Blocks that hold text only, and blocks that hold blocks.
_LEAVES = frozenset({"p", "pre"}) | _HEADINGS
_CONTAINERS = frozenset({"blockquote", "li"})
# A post's first heading stands below the page's own.
RENAMED: Mapping[str, str] = {"h1": "h3", "h2": "h4"}
TAGS = INLINE | _LEAVES | _LISTS | _CONTAINERS | frozenset(RENAMED)
# Their text is no text.
DROPPED_WHOLE = frozenset({"script", "style"})
CLASSES = frozenset(
    {"mention", "hashtag", "ellipsis", "invisible", "h-card", "u-url", "quote-inline"}
)
_WITH_CLASS = frozenset({"a", "span", "p"})
LINK_REL = "nofollow noopener noreferrer"
# Of a line of a profile: the same person owns what it leads to. Anywhere else it would be a claim
# of a post's author about whoever's page shows the post.
OWN_LINK_REL = f"me {LINK_REL}"
# No user name in it: `https://chu-lyon.example@evil.example` reads like another place.
_LINK = re.compile(r"https?://[^\s/?#@\\`\"<>]++(?:[/?#][^\s`\"<>]*+)?", re.IGNORECASE)


def may_contain(stack: list[str], name: str) -> bool:
    """Tell whether a tag may open inside these, in HTML that every parser reads alike."""
    parent = stack[-1] if stack else None
    if len(stack) >= MAX_DEPTH:
        return False
    if name in INLINE:
        return parent not in _LISTS and (name != "a" or "a" not in stack)
    if name == "li":
        return parent in _LISTS
    return parent is None or parent in _CONTAINERS


def open_tag(name: str, attributes: Mapping[str, str]) -> str:
    """Write an opening tag with those of its attributes that may stay."""
    kept = kept_attributes(name, attributes) if attributes else {}
    return f"<{name}" + "".join(f' {key}="{value}"' for key, value in kept.items()) + ">"


def kept_attributes(name: str, attributes: Mapping[str, str]) -> dict[str, str]:
    """Return the attributes that may stay, in our order; values are escaped, before and after."""
    kept: dict[str, str] = {}
    is_link = name == "a" and is_safe_link(unescape_value(attributes.get("href", "")))
    if is_link:
        kept["href"] = escape_value(unescape_value(attributes["href"]))
    if name in _WITH_CLASS:
        classes = [part for part in attributes.get("class", "").split() if part in CLASSES]
        if classes:
            kept["class"] = " ".join(dict.fromkeys(classes))
    if is_link:
        given = attributes.get("rel", "").lower().split()
        kept["rel"] = " ".join([*(name for name in ("me", "tag") if name in given), LINK_REL])
    return kept


def is_safe_link(url: str) -> bool:
    """Tell whether an address is one that a link may lead to: http or https, and tidy."""
    return len(url) <= MAX_URL and _LINK.fullmatch(url) is not None


def unescape_value(value: str) -> str:
    """Return what an attribute's value means; only our five references occur."""
    if "&" not in value:
        return value
    for written, meant in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&#39;", "'")):
        value = value.replace(written, meant)
    return value.replace("&amp;", "&")


def escape_value(value: str) -> str:
    """Write a value for an attribute in double quotes."""
    value = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return value.replace('"', "&quot;")
