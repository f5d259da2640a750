"""The Profile entity: one's own, as it is edited.

https://docs.joinmastodon.org/entities/Profile/
"""

from __future__ import annotations

from typing import Any

from actors.models import Actor
from actors.profile import SHOWN_PARTS
from core.settings import Settings
from media.links import picture_url

Json = dict[str, Any]


def profile(actor: Actor, settings: Settings) -> Json:
    """Build somebody's own profile: texts as they were typed, pictures or None."""
    pictures: Json = {}
    for name, url in (("avatar", actor.avatar_url), ("header", actor.header_url)):
        shown = picture_url(settings, url, is_ours=True) if url is not None else None
        pictures |= {name: shown, f"{name}_static": shown}
    return pictures | {
        "id": str(actor.id),
        "display_name": actor.name,
        "note": actor.summary_source,
        "fields": [
            {"name": row["name"], "value": row.get("source", row["value"]), "verified_at": None}
            for row in actor.fields
        ],
        "avatar_description": actor.avatar_description,
        "header_description": actor.header_description,
        "locked": actor.approves_followers,
        "bot": actor.type in {"Service", "Application"},
        "hide_collections": actor.hides_network,
        "discoverable": actor.discoverable,
        "indexable": actor.indexable,
        "attribution_domains": actor.attribution_domains,
        **{f"show_{part}": actor.shows.get(part, True) for part in SHOWN_PARTS},
    }
