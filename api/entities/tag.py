"""The Tag entity. https://docs.joinmastodon.org/entities/Tag/"""

from __future__ import annotations

from typing import Any

from federation.uris import LocalUris


def tag(name: str, uris: LocalUris) -> dict[str, Any]:
    """Build a hashtag; who used it when is not counted."""
    return {"id": name, "name": name, "url": uris.tag_page(name), "history": [], "following": False}
