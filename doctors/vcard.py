"""A doctor's card for an address book: vCard 4.0 (RFC 6350, with RFC 6715's EXPERTISE)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from actors.models import Actor, Badge
from doctors.codes import profession_label, specialities_label
from doctors.places.countries import country_name
from doctors.practice import Practice
from federation.documents.practitioner import Place

MAX_LINE_BYTES = 75
_ESCAPES = str.maketrans({"\\": "\\\\", ",": "\\,", ";": "\\;", "\n": "\\n"})


@dataclass(frozen=True, slots=True)
class Card:
    """Whose card, what its reader may know of the practice, and the page that it leads to.

    `vouching` is what the badge says in words, with who vouches and until when.
    """

    actor: Actor
    badge: Badge | None
    practice: Practice
    page: str
    locale: str
    vouching: str = ""


def write_vcard(card: Card) -> str:
    """Write a card; lines are folded at 75 bytes, between whole characters (RFC 6350 §3.2)."""
    lines = ["BEGIN:VCARD", "VERSION:4.0", *_lines(card), "END:VCARD"]
    return "".join(f"{_fold(line)}\r\n" for line in lines)


def _lines(card: Card) -> Iterator[str]:
    practice = card.practice
    yield "KIND:individual"
    yield f"UID:{card.actor.uri}"
    yield f"FN:{_escape(card.actor.name or card.actor.username)}"
    yield f"URL:{card.page}"
    if card.badge is not None:
        yield f"TITLE:{_escape(_profession(card.badge, card.locale))}"
    if practice.subspecialities:
        yield f"ROLE:{_escape(', '.join(practice.subspecialities))}"
    if organisation := [part for part in (practice.hospital, practice.unit) if part]:
        yield f"ORG:{';'.join(map(_escape, organisation))}"
    yield from _where(practice.place, card.locale)
    contact = practice.referral_contact
    if contact.phone:
        yield f"TEL;VALUE=uri;TYPE=\"work,voice\":{phone_uri(contact.phone)}"
    if contact.mssante:
        yield f"EMAIL;TYPE=work:{_escape(contact.mssante)}"
    for preference, code in enumerate(practice.languages, start=1):
        yield f"LANG;PREF={preference}:{code}"
    for skill in practice.skills:
        yield f"EXPERTISE:{_escape(skill)}"
    if practice.publications.orcid:
        yield f"URL;TYPE=work:https://orcid.org/{practice.publications.orcid}"
    if notes := [part for part in (card.vouching, contact.note) if part]:
        yield f"NOTE:{_escape(chr(10).join(notes))}"


def _profession(badge: Badge, locale: str) -> str:
    parts = (
        profession_label(badge.profession, locale),
        specialities_label(badge.specialities, locale),
    )
    return ", ".join(part for part in parts if part)


def _where(place: Place | None, locale: str) -> Iterator[str]:
    if place is None:
        return
    country = country_name(place.country, locale) if place.country else ""
    # Post box, extended address and street are never known; nor is the postal code.
    yield f"ADR;TYPE=work:;;;{_escape(place.town)};;;{_escape(country)}"
    if place.latitude is not None and place.longitude is not None:
        yield f"GEO;TYPE=work:geo:{place.latitude},{place.longitude}"


def phone_uri(phone: str) -> str:
    """Return a telephone number as a `tel:` address: what separates its digits left out."""
    return "tel:" + "".join(c for c in phone if c.isdigit() or c == "+")


def _escape(text: str) -> str:
    # RFC 6350 §3.3 has no control characters in a value, and some readers break a line at them.
    shown = "".join(c for c in text if c == "\n" or not _is_control(c))
    return shown.translate(_ESCAPES)


def _is_control(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Zl", "Zp")


def _fold(line: str) -> str:
    parts, part, size = [], "", 0
    for character in line:
        width = len(character.encode())
        # The space that begins a continued line counts.
        if size + width > MAX_LINE_BYTES:
            parts.append(part)
            part, size = " ", 1
        part, size = part + character, size + width
    return "\r\n".join([*parts, part])
