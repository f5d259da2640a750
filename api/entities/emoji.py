"""The CustomEmoji entity: pictures for words, which other hosts name; shown through our proxy.

https://docs.joinmastodon.org/entities/CustomEmoji/
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from core.settings import Settings
from media.links import proxy_url

Json = dict[str, Any]
# Pleroma and Misskey know more letters than Mastodon; what is none of them replaces nothing.
_SHORTCODE = re.compile(r"[A-Za-z0-9_.+@-]{1,100}")


def emojis(rows: Iterable[Mapping[str, str]], settings: Settings) -> list[Json]:
    """Build the emojis of a text, as `Post.emojis` and `Actor.emojis` keep them."""
    return [
        {
            "shortcode": row["name"],
            "url": proxy_url(settings, row["url"]),
            "static_url": proxy_url(settings, row["url"], small=True),
            "visible_in_picker": False,
            "category": None,
        }
        for row in rows
        if _SHORTCODE.fullmatch(row["name"])
    ]
