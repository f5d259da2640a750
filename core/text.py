"""Plain text, as people type it: its links, mentions and hashtags, its HTML, its bare letters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from string import ascii_uppercase

from core.html import SafeHtml, escape
from core.html_rules import LINK_REL, escape_value, is_safe_link

MAX_TAG_CHARS = 100
_SHOWN_URL_CHARS = 30

# Alternatives are tried in this order at each place, so that what stands in a link is neither a
# mention nor a hashtag. Each part is possessive: no text, however long, makes it try twice.
_THING = re.compile(
    r"""(?P<url>(?<![\w/@])(?i:https?)://[^\s<>"`\\]++)"""
    r"""|(?<![\w/@.])@(?P<handle>[A-Za-z0-9_]++(?:[.-]++[A-Za-z0-9_]++)*+"""
    r"""(?:@[\w-]++(?:\.[\w-]++)*+(?::[0-9]{1,5}+)?+)?+)(?!@)"""
    r"""|(?<![\w/&=)\#])\#(?P<tag>\w++(?:[·・]\w++)*+)"""
)
_BEFORE_TAG = re.compile(r"^[\s#:]+")
_TRAILING = ".,:;!?'»”’…"
_BRACKETS = {")": "(", "]": "[", "}": "{"}
_SCHEME = re.compile(r"https?://(?:www\.)?", re.IGNORECASE)


def find_handles(text: str) -> tuple[str, ...]:
    """Return the handles that a text names, without `@`, as written, each once."""
    return _distinct(found["handle"] for found in _things(text) if found["handle"])


def find_hashtags(text: str) -> tuple[str, ...]:
    """Return the hashtags of a text, without `#`, as first written, each once."""
    return _distinct(found["tag"] for found in _things(text) if found["tag"])


def folded_tag(name: str) -> str:
    """Return a hashtag as it is kept: without `#` or what else stands before it, in lower case."""
    return _BEFORE_TAG.sub("", name).lower()


def to_html(
    text: str,
    *,
    mention_page: Mapping[str, tuple[str, str]],
    tag_page: Callable[[str], str] | None,
    link_rel: str = LINK_REL,
) -> SafeHtml:
    """Return typed text as HTML in Mastodon's shape (WIRE §6).

    `mention_page` gives, for a handle in lower case, the address of the actor's page and the name
    to show; a handle that is not in it stays text. `tag_page` gives a hashtag's page; without it,
    hashtags stay text. `link_rel` is what typed addresses are to the author.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if not lines:
        return SafeHtml("")
    paragraphs = re.split(r"\n(?:[ \t]*\n)+", lines)
    written = (_inline(part, mention_page, tag_page, link_rel) for part in paragraphs)
    return SafeHtml("".join(f"<p>{part}</p>" for part in written))


def fold(text: str) -> str:
    """Return a text without case and accents, for comparing: `Œdème` becomes `oedeme`."""
    bare = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(c for c in bare if not unicodedata.combining(c))
    return letters.translate(_LETTERS)


def fold_lookalikes(text: str) -> str:
    """Return what a text looks like: `fold`, and other scripts' letters as those they resemble.

    Only for comparing with another text folded in the same way: `l`, `1` and `i` become one.
    """
    seen = "".join(c for c in unicodedata.normalize("NFKC", text) if not _is_invisible(c))
    # Capitals first: a Cyrillic Н looks like H, its small letter does not look like h.
    return fold(seen.translate(_CAPITALS)).translate(_LOOKALIKES)


def _is_invisible(character: str) -> bool:
    kind = unicodedata.category(character)
    return kind in {"Cf", "Cc", "Mn", "Me"} or character in "\u115f\u3164"


def _distinct(words: Iterator[str]) -> tuple[str, ...]:
    first: dict[str, str] = {}
    for word in words:
        first.setdefault(word.lower(), word)
    return tuple(first.values())


def _things(text: str) -> Iterator[re.Match[str]]:
    for found in _THING.finditer(text):
        tag = found["tag"]
        if tag is None or _is_tag(tag):
            yield found


def _is_tag(name: str) -> bool:
    # `#1` is a number, `#2026` a year.
    return len(name) <= MAX_TAG_CHARS and any(c.isalpha() for c in name)


def _inline(
    text: str,
    mention_page: Mapping[str, tuple[str, str]],
    tag_page: Callable[[str], str] | None,
    link_rel: str,
) -> str:
    written: list[str] = []
    position = 0
    for found in _things(text):
        written.append(_lines(text[position : found.start()]))
        position = found.end()
        if found["url"]:
            url = _trimmed(found["url"])
            position = found.start() + len(url)
            written.append(_link(url, link_rel))
        elif found["tag"]:
            name = found["tag"]
            written.append(_hashtag(name, tag_page(name)) if tag_page else escape(found[0]))
        else:
            target = mention_page.get(found["handle"].lower())
            written.append(_mention(target) if target else escape(found[0]))
    written.append(_lines(text[position:]))
    return "".join(written)


def _lines(text: str) -> str:
    return escape(text).replace("\n", "<br>")


def _mention(target: tuple[str, str]) -> str:
    page, name = target
    return (
        f'<span class="h-card"><a href="{escape_value(page)}" class="u-url mention">'
        f"@<span>{escape(name)}</span></a></span>"
    )


def _hashtag(name: str, page: str) -> str:
    return (
        f'<a href="{escape_value(page)}" class="mention hashtag" rel="tag">'
        f"#<span>{escape(name)}</span></a>"
    )


def _link(url: str, rel: str) -> str:
    scheme = _SCHEME.match(url)
    if scheme is None or not is_safe_link(url):
        return escape(url)
    hidden, rest = scheme[0], url[scheme.end() :]
    shown, cut = rest[:_SHOWN_URL_CHARS], rest[_SHOWN_URL_CHARS:]
    ellipsis = ' class="ellipsis"' if cut else ""
    written = (
        f'<a href="{escape_value(url)}" rel="{rel}">'
        f'<span class="invisible">{escape(hidden)}</span><span{ellipsis}>{escape(shown)}</span>'
    )
    return written + (f'<span class="invisible">{escape(cut)}</span></a>' if cut else "</a>")


def _trimmed(url: str) -> str:
    """Return an address without the punctuation of the sentence in which it stands."""
    end = len(url)
    while end > len("https://"):
        last = url[end - 1]
        if last in _BRACKETS:
            # `(see https://fr.example/QT_(coeur))`: the brackets that were opened inside stay.
            if url.count(last, 0, end) <= url.count(_BRACKETS[last], 0, end):
                break
        elif last not in _TRAILING:
            break
        end -= 1
    return url[:end]


def _table(rows: Mapping[str, str]) -> dict[int, str]:
    return {ord(like): letter for letter, alike in rows.items() for like in alike}


_LETTERS = _table(
    {"oe": "œ", "ae": "æ", "o": "ø", "l": "ł", "d": "đð", "th": "þ", "i": "ı", "h": "ħ"}
)
_CAPITALS = _table(
    {
        "A": "АΑ", "B": "ВΒ", "C": "СϹ", "E": "ЕΕ", "G": "Ԍ", "H": "НΗ", "I": "ІΙӀ", "J": "Ј",
        "K": "КΚ", "M": "МΜ", "N": "Ν", "O": "ОΟՕ", "P": "РΡ", "S": "ЅՏ", "T": "ТΤ", "X": "ХΧ",
        "Y": "УΥҮ", "Z": "Ζ",
    }
)  # fmt: skip
# Small capitals, and those in dark circles and squares: no normal form takes them for letters.
_CAPITALS |= {
    ord(small): letter
    for small, letter in zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "ABCDEFGHIJKLMNOPRSTUVWYZ", strict=True)
}
_CAPITALS |= {ord(a) + n: letter for a in "🅐🅰" for n, letter in enumerate(ascii_uppercase)}
_LOOKALIKES = _table(
    {
        "a": "аαɑ@4", "b": "Ь8", "c": "сϲ", "d": "ԁ", "e": "еε3", "f": "ſ", "g": "ɡցԍ", "h": "һհ",
        "i": "іιɩɪl1|!", "j": "ј", "k": "кκ", "m": "м", "n": "ոη", "o": "оοօσ0", "p": "рρ",
        "q": "ԛ", "r": "гґ", "s": "ѕ5$", "t": "тτ7", "u": "υսц", "v": "νѵ", "w": "ԝω", "x": "хχ",
        "y": "уγʏү",
    }
)  # fmt: skip
