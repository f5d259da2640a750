"""What an object says: its text in a language, its title, its warning, whatever its kind."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from core.text import to_html
from federation.documents.attachment import LinkDocument
from federation.documents.lenient import text_of

MAX_CONTENT = 50_000
MAX_SUMMARY = 1_000
MAX_NAME = 500
# Misskey's empty warning is one zero-width space.
_EMPTY = frozenset({"", "\u200b"})
# Of these, `summary` warns of the text; of an Article, an Event … it sums the text up.
_WARNED = frozenset({"Note", "Question", "ChatMessage"})
# PeerTube writes descriptions in Markdown.
_PLAIN_TYPES = frozenset({"text/markdown", "text/plain", "text/x.misskeymarkdown"})


@dataclass(frozen=True, slots=True)
class Wording:
    """`content` is raw HTML; `title` and `warning` are plain texts as far as their author is."""

    content: str
    language: str | None = None
    title: str | None = None
    warning: str | None = None


def read_wording(json: Mapping[str, Any], kind: str, links: Iterable[LinkDocument]) -> Wording:
    """Read what an object says, with the pages that it points to beside its text.

    The content is empty where there are no words; `with_link` then gives the title and a link.
    """
    language, content = _content(json)
    summary = _in_language(json, "summary", language, limit=MAX_SUMMARY)
    summary = None if summary in _EMPTY else summary
    is_warning = kind in _WARNED or json.get("sensitive") is True
    if not content and summary is not None and not is_warning:
        content = _paragraphs(summary)
    return Wording(
        content=content + _shown_links(links, content),
        language=language,
        title=_in_language(json, "name", language, limit=MAX_NAME),
        warning=summary if is_warning else None,
    )


def title_and_link(title: str | None, url: str, kind: str) -> str:
    """Return as HTML what stands for an object without words: a link to its page."""
    if kind == "Note" and not title:
        return ""
    return _link(url, title or url)


def _content(json: Mapping[str, Any]) -> tuple[str | None, str]:
    content = text_of(json.get("content"), limit=MAX_CONTENT)
    if content and text_of(json.get("mediaType"), limit=100) in _PLAIN_TYPES:
        return _language(json.get("language")), _typed(content)
    options = json.get("contentMap")
    if not isinstance(options, dict) or not options:
        return _language(json.get("language")), content or ""
    texts = {k: v for k, v in options.items() if isinstance(k, str) and isinstance(v, str)}
    for language, text in texts.items():
        # GoToSocial's language is the one whose text is the content.
        if content is None or text[:MAX_CONTENT] == content:
            return language[:20], text[:MAX_CONTENT]
    # Mbin names the language of a post without a text.
    languages = [name for name in options if isinstance(name, str)]
    return (languages[0][:20] if len(languages) == 1 else None), content or ""


def _in_language(
    json: Mapping[str, Any], name: str, language: str | None, *, limit: int
) -> str | None:
    """Return a text that may be there only as a map of languages."""
    text = text_of(json.get(name), limit=limit)
    options = json.get(f"{name}Map")
    if text is not None or not isinstance(options, dict) or not options:
        return text
    found = options.get(language, next(iter(options.values())))
    return text_of(found, limit=limit)


def _language(value: Any) -> str | None:
    # Lemmy writes an object with the code under `identifier`; `und` says that nobody knows.
    if isinstance(value, dict):
        value = value.get("identifier")
    return value[:20] if isinstance(value, str) and value not in ("", "und") else None


def _paragraphs(text: str) -> str:
    # NodeBB's summary is the text once more, as HTML.
    return text if "</" in text else _typed(text)


def _typed(text: str) -> str:
    return str(to_html(text, mention_page={}, tag_page=None))


def _shown_links(links: Iterable[LinkDocument], content: str) -> str:
    unsaid = (one for one in links if html.escape(one.href, quote=True) not in content)
    return "".join(_link(one.href, one.name or one.href) for one in unsaid)


def _link(url: str, shown: str) -> str:
    return f'<p><a href="{html.escape(url, quote=True)}">{html.escape(shown)}</a></p>'
