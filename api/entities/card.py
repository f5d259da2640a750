"""The PreviewCard entity. https://docs.joinmastodon.org/entities/PreviewCard/"""

from __future__ import annotations

from typing import Any

from api.times import api_time_or_none
from core.settings import Settings
from federation.origin import host_of
from media.links import proxy_url
from posts.models import LinkCard


def card_json(card: LinkCard, settings: Settings) -> dict[str, Any]:
    """Build the preview of a page: text and a picture through our cache, nothing to embed."""
    author = {"name": card.author_name, "url": "", "account": None}
    return {
        "url": card.url,
        "title": card.title,
        "description": card.description,
        "language": card.language,
        "type": card.kind,
        "author_name": card.author_name,
        "author_url": "",
        "authors": [author] if card.author_name else [],
        "provider_name": card.provider_name or host_of(card.url),
        "provider_url": "",
        "html": "",
        "width": 0,
        "height": 0,
        "image": proxy_url(settings, card.image_url) if card.image_url else None,
        "image_description": "",
        "embed_url": "",
        "blurhash": None,
        "published_at": api_time_or_none(card.published_at),
    }
