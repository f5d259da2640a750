"""HTML that may be shown: the only user of bleach, and the only maker of `SafeHtml`.

Most of the fediverse writes HTML in one tidy shape. What is in that shape is checked tag by tag in
a single pass, 20 times faster than bleach; everything else goes through bleach. Both paths allow
the same, and a test compares them.
"""

from __future__ import annotations

import html as entities
import re
import threading
from typing import TYPE_CHECKING, Any, NewType

from core.html_rules import (
    DROPPED_WHOLE,
    MAX_DEPTH,
    RENAMED,
    TAGS,
    kept_attributes,
    may_contain,
    open_tag,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

SafeHtml = NewType("SafeHtml", str)

# Raise this when the rules change: stored posts are then sanitised again by a job.
SANITISER_VERSION = 1
MAX_CHARS = 200_000
# Beyond this no honest post goes, and the parser takes a second: what is left is text.
MAX_TAGS = 2_000
_MAX_UNCLOSED = 50
_MAX_ROUNDS = 4

# No text on the wire needs these: controls, lone surrogates, what Unicode says is no character.
_NOT_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_AMPERSAND = re.compile(
    "&(?:#([0-9]{1,7});|#[xX]([0-9A-Fa-f]{1,6});|([A-Za-z][A-Za-z0-9]{1,30});)?"
)
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"})
_TOKEN = re.compile(
    r"""(?P<text>[^<]+)|<(?P<end>/?)(?P<tag>[a-z][a-z0-9]*+)"""
    r"""(?P<attributes>(?:\s++[a-z-]++="[^"<>]*+")*+)\s*+(?P<slash>/?)>"""
)
_ATTRIBUTE = re.compile(r"""([a-z-]++)="([^"<>]*+)\"""")
_ANY_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*+)")
_CLOSES_ITSELF = frozenset({"p", "li", "br", "img", "hr", "wbr", "input"})
_MARKUP = re.compile(r"<(?:/?[A-Za-z][^<>]*+|![^<>]*+|\?[^<>]*+)>")
_LINE_ENDS = re.compile(r"<br\b[^<>]*+>|</(?:p|li|h[1-6]|blockquote|pre|div)\s*+>", re.IGNORECASE)
# What a broken parser raises; `sanitise` answers with plain text then.
_PARSER_FAILURES = (
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    AssertionError,
    RuntimeError,
)
# As we write it, so that no text can look like it: `<` is escaped there.
_CLAIM = re.compile(r"""(<a href="[^"]*+"(?: class="[^"]*+")? rel=")me """)
_cleaners = threading.local()


def escape(text: str) -> SafeHtml:
    """Return plain text as HTML that shows exactly it."""
    return SafeHtml(_NOT_TEXT.sub("", text).translate(_ESCAPES))


def stored(html: str) -> SafeHtml:
    """Take back HTML that was sanitised before it was stored."""
    return SafeHtml(html)


def sanitise(html: str) -> SafeHtml:
    """Return foreign HTML with nothing left in it that could harm; never raises.

    Sanitising the result again changes nothing. What cannot be parsed in bounded time is shown as
    plain text.
    """
    return SafeHtml(_CLAIM.sub(r"\1", sanitise_line(html)))


def sanitise_line(html: str) -> SafeHtml:
    """Sanitise a line of somebody's profile: its links may say `rel="me"`, those of a post not."""
    if len(html) > MAX_CHARS or html.count("<") > MAX_TAGS:
        return escape(to_plain(html[:MAX_CHARS]))
    text = _normal(html)
    if "<" not in text:
        return SafeHtml(text.replace(">", "&gt;"))
    tidy = _walk(text)
    if tidy is not None:
        return SafeHtml(tidy)
    if _is_deep(text):
        return escape(to_plain(text))
    try:
        return _settle(text)
    except _PARSER_FAILURES:
        return escape(to_plain(text))


def to_plain(html: str) -> str:
    """Return the text of HTML, safe or not; paragraphs and line breaks become new lines."""
    lines = _LINE_ENDS.sub("\n", _NOT_TEXT.sub("", html.replace("\r\n", "\n")))
    text = _MARKUP.sub("", lines)
    return _AMPERSAND.sub(_plain_reference, text).strip()


def _settle(text: str) -> SafeHtml:
    """Clean until cleaning changes nothing: parsers disagree about what they themselves wrote."""
    for _ in range(_MAX_ROUNDS):
        cleaned = _clean(text)
        if _walk(cleaned) == cleaned or cleaned == text:
            return SafeHtml(cleaned)
        text = cleaned
    return escape(to_plain(text))


def _normal(html: str) -> str:
    """Return HTML without what is no text, and with five character references at most."""
    text = _NOT_TEXT.sub("", html.replace("\r\n", "\n").replace("\r", "\n"))
    return _AMPERSAND.sub(_one_reference, text) if "&" in text else text


def _one_reference(found: re.Match[str]) -> str:
    meant = _meaning(found)
    return "&amp;" + found[0][1:] if meant is None else meant.translate(_ESCAPES)


def _plain_reference(found: re.Match[str]) -> str:
    meant = _meaning(found)
    return found[0] if meant is None else meant


def _meaning(found: re.Match[str]) -> str | None:
    """Return what a character reference stands for; None when it is none."""
    decimal, hexadecimal, name = found.groups()
    if name:
        meant = entities.unescape(found[0])
        return meant if meant != found[0] else None
    if not decimal and not hexadecimal:
        return None
    number = int(decimal) if decimal else int(hexadecimal, 16)
    return _NOT_TEXT.sub("", chr(number)) if 0 < number < 0x110000 else ""


def _walk(text: str) -> str | None:
    """Return tidy HTML with only what is allowed; None for HTML that only a parser understands.

    Tidy is: lower case, quoted attributes, each tag closed where it belongs, no tag that is
    unknown to us.
    """
    written: list[str] = []
    stack: list[str] = []
    position = 0
    while position < len(text):
        token = _TOKEN.match(text, position)
        if token is None:
            return None
        position = token.end()
        if token["text"] is not None:
            written.append(token["text"].replace(">", "&gt;"))
            continue
        tag = _walk_tag(token, stack)
        if tag is None or (token["tag"] == "pre" and text.startswith("\n", position)):
            return None
        written.append(tag)
    return None if stack else "".join(written)


def _walk_tag(token: re.Match[str], stack: list[str]) -> str | None:
    name = token["tag"]
    if name not in TAGS or name in RENAMED:
        return None
    if token["end"]:
        # `<p></br>` and `</p attribute="…">` are for a parser.
        if not stack or stack[-1] != name or token["attributes"] or token["slash"]:
            return None
        stack.pop()
        return f"</{name}>"
    if not may_contain(stack, name) or (token["slash"] and name != "br"):
        return None
    found = _ATTRIBUTE.findall(token["attributes"]) if token["attributes"] else []
    attributes = dict(found)
    if len(attributes) < len(found):
        return None
    if name != "br":
        stack.append(name)
    return open_tag(name, attributes)


def _is_deep(text: str) -> bool:
    """Tell whether more tags of a name stay open than any honest text has.

    With each of them the parser has more to do for each tag that follows.
    """
    unclosed: dict[str, int] = {}
    for end, name in _ANY_TAG.findall(text):
        name = name.lower()
        if name in _CLOSES_ITSELF or name not in TAGS:
            continue
        count = unclosed.get(name, 0) + (-1 if end else 1)
        if count > _MAX_UNCLOSED:
            return True
        unclosed[name] = max(count, 0)
    return False


def _clean(text: str) -> str:
    if not hasattr(_cleaners, "one"):
        _cleaners.one = _new_cleaner()
    cleaned: str = _cleaners.one.clean(text)
    return _normal(cleaned)


def _new_cleaner() -> Any:
    # Imported when first needed: bleach costs 200 ms of the server's start.
    from bleach.html5lib_shim import Filter
    from bleach.sanitizer import Cleaner

    class Tidy(Filter):  # type: ignore[misc]
        """After bleach: our attributes, a bounded depth, no text out of scripts."""

        def __iter__(self) -> Iterator[dict[str, Any]]:
            return tidy_tokens(super().__iter__())

    return Cleaner(
        tags=TAGS | DROPPED_WHOLE,
        attributes=lambda tag, name, value: name in {"href", "class", "rel"},
        protocols={"http", "https"},
        strip=True,
        filters=[Tidy],
    )


def tidy_tokens(tokens: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Pass on the tokens of a parsed document as our rules want them."""
    depth = 0
    dropping: str | None = None
    opens_pre = False
    for token in tokens:
        kind, name = token["type"], token.get("name")
        if dropping is not None:
            dropping = None if kind == "EndTag" and name == dropping else dropping
            continue
        if kind == "StartTag" and name in DROPPED_WHOLE:
            dropping = name
            continue
        if opens_pre and kind in {"Characters", "SpaceCharacters"}:
            # A parser swallows the first line end of a <pre>: leave none.
            token["data"] = token["data"].lstrip("\n")
        opens_pre = kind == "StartTag" and name == "pre"
        depth += kind == "StartTag"
        if kind in {"StartTag", "EndTag", "EmptyTag"}:
            shown = depth <= MAX_DEPTH
            depth -= kind == "EndTag"
            if not shown:
                continue
            _rewrite(token)
        yield token


def _rewrite(token: dict[str, Any]) -> None:
    name = token["name"]
    token["name"] = RENAMED.get(name, name)
    if token["type"] != "EndTag":
        given = {key: value for (_, key), value in token["data"].items()}
        kept = kept_attributes(name, given)
        token["data"] = {(None, key): value for key, value in kept.items()}
