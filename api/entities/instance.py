"""The Instance entities, version 2 and version 1: what this place is and what it can do.

https://docs.joinmastodon.org/entities/Instance/
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from actors.create import MAX_DISPLAY_NAME
from actors.profile import MAX_FIELD_LENGTH, MAX_FIELDS, MAX_SUMMARY
from core.i18n import our_languages
from core.settings import FederationMode, PublicPages, Settings, Signup
from media import kinds
from media.films import MAX_FILM_PIXELS, MAX_FRAME_RATE
from media.kinds import MAX_DESCRIPTION
from media.pictures import MAX_PIXELS
from moderation.rules import Rule
from notifications.vapid import public_key
from posts import poll_draft
from posts.drafts import MAX_CHARACTERS
from posts.featured_tags import MOST_TAGS
from posts.pins import MAX_OWN_PINS

Json = dict[str, Any]
SOFTWARE_VERSION = "0.1.0"
# Clients read from the two what they may use: docs/decisions/0012-what-clients-are-told.md.
COMPATIBLE_VERSION = f"4.6.0 (compatible; Consilium {SOFTWARE_VERSION})"
API_VERSION = 10
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

# Why nobody signs up, in HTML.
_CLOSED = {
    Signup.CLOSED: (
        "<p>Les comptes sont créés par l’établissement : adressez-vous à ses administrateurs.</p>"
        "<p>Accounts are made by the institution: ask its administrators.</p>"
    ),
    Signup.INVITATION: (
        "<p>On entre ici sur invitation : demandez un lien aux administrateurs.</p>"
        "<p>People come by invitation: ask the administrators for a link.</p>"
    ),
}


@dataclass(frozen=True, slots=True)
class Place:
    """What is told of this place besides its settings; `base` is where this client reaches it."""

    base: str
    contact: Json | None
    rules: tuple[Rule, ...]


def rules(found: tuple[Rule, ...]) -> list[Json]:
    """Build the rules of the house."""
    return [
        {"id": str(rule.id), "text": rule.text, "hint": rule.hint, "translations": {}}
        for rule in found
    ]


def instance(settings: Settings, place: Place) -> Json:
    """Build version 2."""
    base = place.base
    domain = settings.resolved_handle_domain
    return {
        "domain": domain,
        "title": domain,
        "version": COMPATIBLE_VERSION,
        "source_url": settings.source_url,
        "description": DESCRIPTION,
        # People are not counted in public.
        "usage": {"users": {"active_month": 0}},
        "thumbnail": {
            "url": f"{base}/static/thumbnail.png",
            "blurhash": None,
            "description": None,
            "versions": {},
        },
        "icon": [],
        "languages": list(our_languages()),
        "configuration": _configuration(settings, base),
        "registrations": _registrations(settings, base),
        "api_versions": {"mastodon": API_VERSION},
        "contact": {"email": settings.contact_email, "account": place.contact},
        "rules": rules(place.rules),
        # Nobody's year is counted here.
        "wrapstodon": None,
    }


def instance_v1(settings: Settings, place: Place) -> Json:
    """Build version 1, which old clients read."""
    base = place.base
    domain = settings.resolved_handle_domain
    shared = _configuration(settings, base)
    kept = ("accounts", "media_attachments", "polls", "statuses")
    return {
        "uri": domain,
        "title": domain,
        "short_description": DESCRIPTION,
        "description": DESCRIPTION,
        "email": settings.contact_email,
        "version": COMPATIBLE_VERSION,
        "urls": {"streaming_api": base.replace("http", "ws", 1)},
        "stats": {"user_count": 0, "status_count": 0, "domain_count": 0},
        "thumbnail": f"{base}/static/thumbnail.png",
        "languages": list(our_languages()),
        "registrations": settings.takes_sign_ups,
        "approval_required": settings.signup is not Signup.OPEN,
        "invites_enabled": False,
        "configuration": {name: shared[name] for name in kept},
        "contact_account": place.contact,
        "rules": rules(place.rules),
        "max_toot_chars": MAX_CHARACTERS,
    }


def _registrations(settings: Settings, base: str) -> Json:
    """Say whether strangers may ask for an account; they do on our page, to which apps lead."""
    is_open = settings.takes_sign_ups
    return {
        "enabled": is_open,
        "approval_required": settings.signup is not Signup.OPEN,
        "reason_required": settings.signup is Signup.APPROVAL,
        "message": None if is_open else _CLOSED[settings.signup],
        "min_age": None,
        "url": f"{base}/auth/sign-up" if is_open else None,
    }


def _configuration(settings: Settings, base: str) -> Json:
    return {
        "urls": {
            "about": f"{base}/about",
            "streaming": base.replace("http", "ws", 1),
            "privacy_policy": None,
        },
        "vapid": {"public_key": public_key(settings)},
        "accounts": {
            "max_featured_tags": MOST_TAGS,
            "max_pinned_statuses": MAX_OWN_PINS,
            "max_avatar_description_length": MAX_DESCRIPTION,
            "max_header_description_length": MAX_DESCRIPTION,
            "max_display_name_length": MAX_DISPLAY_NAME,
            "max_note_length": MAX_SUMMARY,
            "max_profile_fields": MAX_FIELDS,
            "profile_field_name_limit": MAX_FIELD_LENGTH,
            "profile_field_value_limit": MAX_FIELD_LENGTH,
        },
        "statuses": {
            "max_characters": MAX_CHARACTERS,
            # Of pictures; a film or a sound stands alone, and is refused in clear words.
            "max_media_attachments": kinds.MAX_PICTURES,
            "characters_reserved_per_url": RESERVED_PER_URL,
        },
        "media_attachments": {
            "supported_mime_types": list(kinds.supported_types()),
            "description_limit": kinds.MAX_DESCRIPTION,
            "image_size_limit": settings.max_image_bytes,
            "image_matrix_limit": MAX_PIXELS,
            "video_size_limit": settings.max_video_bytes,
            "video_frame_rate_limit": MAX_FRAME_RATE,
            "video_matrix_limit": MAX_FILM_PIXELS,
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
