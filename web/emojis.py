"""Custom emojis in the texts of pages: words between colons that become pictures."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from markupsafe import Markup, escape

from core.settings import Settings
from media.links import proxy_url

_WORD = re.compile(r":([A-Za-z0-9_.+@-]{1,100}):")
_TAG = re.compile(r"(<[^<>]*+>)")


def emoji_paths(rows: Iterable[Mapping[str, str]], settings: Settings) -> dict[str, str]:
    """Return where the pictures of some emojis are, by name, from here."""
    return {row["name"]: path_here(proxy_url(settings, row["url"]), settings) for row in rows}


def path_here(url: str, settings: Settings) -> str:
    """Return an address of ours as a path: pages may also be read under another name of ours."""
    return url.removeprefix(settings.base_url)


def with_emojis(text: str | Markup, paths: Mapping[str, str]) -> Markup:
    """Return a text, escaped unless it is markup, with its emojis; markup only between tags."""
    markup = escape(text)
    if not paths or ":" not in markup:
        return markup
    # The odd ones are tags: what stands in an address is no emoji.
    parts = _TAG.split(markup)
    parts[::2] = [_WORD.sub(lambda found: _drawn(found, paths), part) for part in parts[::2]]
    return Markup("".join(parts))


def _drawn(found: re.Match[str], paths: Mapping[str, str]) -> str:
    path = paths.get(found[1])
    if path is None:
        return found[0]
    image = '<img class="emoji" src="{}" alt="{}" width="20" height="20" loading="lazy">'
    return Markup(image).format(path, found[0])
