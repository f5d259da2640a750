"""The Instance entities, version 2 and version 1: what this place is and what it can do.

https://docs.joinmastodon.org/entities/Instance/
"""

from __future__ import annotations

from typing import Any

from actors.create import MAX_DISPLAY_NAME
from actors.profile import MAX_FIELD_LENGTH, MAX_FIELDS, MAX_SUMMARY
from core.i18n import NAMES
from core.settings import FederationMode, PublicPages, Settings
from posts import poll_draft
from posts.drafts import MAX_CHARACTERS

Json = dict[str, Any]
SOFTWARE_VERSION = "0.1.0"
# Clients read capabilities from a Mastodon version. 4.2 is the last one before grouped
# notifications; `api_versions.mastodon` 1 says the same to those who look there.
COMPATIBLE_VERSION = f"4.2.0 (compatible; Consilium {SOFTWARE_VERSION})"
SOURCE_URL = "https://w3id.org/consilium"
RESERVED_PER_URL = 23
DESCRIPTION = (
    "Un réseau social fédéré pour les médecins. "
    "A federated social network for doctors: colleagues whose profession has been verified."
)
EXTENDED_DESCRIPTION = (
    "<p>Consilium relie des établissements de santé. Chaque instance vérifie ses médecins dans le "
    "répertoire national et signe leur attestation ; un badge n’est affiché que s’il tient.</p>"
    "<p>Consilium links hospitals. Each instance checks its doctors against the national register "
    "and signs a credential; a badge is shown only while it holds.</p>"
)


def instance(settings: Settings, base: str) -> Json:
    """Build version 2."""
    domain = settings.resolved_handle_domain
    return {
        "domain": domain,
        "title": domain,
        "version": COMPATIBLE_VERSION,
        "source_url": SOURCE_URL,
        "description": DESCRIPTION,
        # People are not counted in public.
        "usage": {"users": {"active_month": 0}},
        "thumbnail": {"url": f"{base}/static/thumbnail.png"},
        "icon": [],
        "languages": list(NAMES),
        "configuration": _configuration(settings, base),
        "registrations": {
            "enabled": False,
            "approval_required": True,
            "reason_required": False,
            "message": None,
            "min_age": None,
            "url": None,
        },
        "api_versions": {"mastodon": 1},
        "contact": {"email": "", "account": None},
        "rules": [],
    }


def instance_v1(settings: Settings, base: str) -> Json:
    """Build version 1, which old clients read."""
    domain = settings.resolved_handle_domain
    shared = _configuration(settings, base)
    kept = ("accounts", "media_attachments", "polls", "statuses")
    return {
        "uri": domain,
        "title": domain,
        "short_description": DESCRIPTION,
        "description": DESCRIPTION,
        "email": "",
        "version": COMPATIBLE_VERSION,
        "urls": {"streaming_api": base.replace("http", "ws", 1)},
        "stats": {"user_count": 0, "status_count": 0, "domain_count": 0},
        "thumbnail": f"{base}/static/thumbnail.png",
        "languages": list(NAMES),
        "registrations": False,
        "approval_required": True,
        "invites_enabled": False,
        "configuration": {name: shared[name] for name in kept},
        "contact_account": None,
        "rules": [],
        "max_toot_chars": MAX_CHARACTERS,
    }


def _configuration(settings: Settings, base: str) -> Json:
    return {
        # No streaming address is given: there is no stream yet, and clients then poll.
        "urls": {"about": f"{base}/about", "streaming": None, "privacy_policy": None},
        "vapid": {"public_key": ""},
        "accounts": {
            "max_featured_tags": 0,
            "max_pinned_statuses": 0,
            "max_display_name_length": MAX_DISPLAY_NAME,
            "max_note_length": MAX_SUMMARY,
            "max_profile_fields": MAX_FIELDS,
            "profile_field_name_limit": MAX_FIELD_LENGTH,
            "profile_field_value_limit": MAX_FIELD_LENGTH,
        },
        "statuses": {
            "max_characters": MAX_CHARACTERS,
            "max_media_attachments": 0,
            "characters_reserved_per_url": RESERVED_PER_URL,
        },
        "media_attachments": {
            "supported_mime_types": [],
            "description_limit": 1500,
            "image_size_limit": 0,
            "image_matrix_limit": 0,
            "video_size_limit": 0,
            "video_frame_rate_limit": 0,
            "video_matrix_limit": 0,
        },
        "polls": {
            "max_options": poll_draft.MAX_OPTIONS,
            "max_characters_per_option": poll_draft.MAX_OPTION_CHARACTERS,
            "min_expiration": int(poll_draft.SHORTEST.total_seconds()),
            "max_expiration": int(poll_draft.LONGEST.total_seconds()),
        },
        "translation": {"enabled": False},
        "limited_federation": settings.federation is FederationMode.ALLOWLIST,
        "timelines_access": _timelines_access(settings),
    }


def _timelines_access(settings: Settings) -> Json:
    is_open = settings.shown_to_strangers is PublicPages.POSTS
    each = {side: "public" if is_open else "authenticated" for side in ("local", "remote")}
    return {"live_feeds": each, "hashtag_feeds": each, "trending_link_feeds": each}
