"""The badge: what a credential that holds says about a doctor, as a field, a role and in full.

https://docs.joinmastodon.org/entities/Account/#fields · WIRE §4: only a badge has `verified_at`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from actors.models import Badge
from api.times import api_time, api_time_or_none
from core.clock import now
from core.html import escape
from doctors.codes import DECLARED, ENGLISH, FRENCH, words_of_badge
from doctors.names import is_same_name

Json = dict[str, Any]
COLOUR = "#1d5fa8"
DOCTOR_ROLE_ID, OTHER_ROLE_ID = "1001", "1002"
# A status list is looked at again several times a day: longer ago means that it cannot be reached.
FRESH = timedelta(hours=12)


def badge_field(badge: Badge, shown_name: str) -> Json:
    """Build the first entry of `fields`, the only one with `verified_at`: if anybody looked."""
    parts = [
        badge.specialities_label or badge.profession_label,
        badge.institution or badge.issuer_name,
    ]
    value = " — ".join(part for part in parts if part)
    if name := verified_as(badge, shown_name):
        value += f" · vérifié sous le nom de {name}"
    if moment := last_confirmed_at(badge):
        value += f" · dernière confirmation le {moment:%d/%m/%Y à %H:%M} UTC"
    return {
        "name": label_of(badge),
        "value": escape(value),
        "verified_at": api_time(badge.verified_at) if badge.assurance != DECLARED else None,
    }


def badge_role(badge: Badge) -> Json:
    """Build the entry of `roles`, which clients show beside the name."""
    return {
        "id": DOCTOR_ROLE_ID if badge.is_doctor else OTHER_ROLE_ID,
        "name": label_of(badge),
        "color": COLOUR,
    }


def badge_in_full(badge: Badge | None, shown_name: str) -> Json | None:
    """Build what our own clients read under `consilium.badge`; None for who has no badge."""
    if badge is None:
        return None
    return {
        "label": label_of(badge),
        "label_en": label_of(badge, ENGLISH),
        "is_doctor": badge.is_doctor,
        "profession": badge.profession,
        "profession_label": badge.profession_label,
        "specialities": badge.specialities,
        "specialities_label": badge.specialities_label,
        "institution": badge.institution,
        "register": badge.register_code,
        "registration_number": badge.registration_number,
        "assurance": badge.assurance,
        "issuer": badge.issuer_uri,
        "issuer_name": badge.issuer_name,
        "credential": badge.credential_uri,
        "verified_as": verified_as(badge, shown_name),
        "verified_at": api_time(badge.verified_at),
        "valid_until": api_time(badge.vouched_until),
        "last_confirmed_at": api_time_or_none(last_confirmed_at(badge)),
    }


def verified_as(badge: Badge, shown_name: str) -> str | None:
    """Return the credential's name where the name shown is another one."""
    return None if is_same_name(badge.name, shown_name) else badge.name


def last_confirmed_at(badge: Badge) -> datetime | None:
    """Return when the status list was last read, if that was too long ago to be silent about."""
    return badge.status_checked_at if badge.status_checked_at < now() - FRESH else None


def label_of(badge: Badge, locale: str = FRENCH) -> str:
    """Return what a badge says; clients that know no other language are told the French words."""
    return words_of_badge(badge.profession, badge.assurance, locale)
