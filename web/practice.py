"""A doctor's practice as their page shows it: what this reader may know, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from actors.models import Actor
from db.session import AsyncSession
from doctors.languages import language_label
from doctors.models import FieldAudience
from doctors.practice import (
    Practice,
    PracticeReader,
    read_practice,
    read_settings,
    read_stated,
    reader_of,
)
from doctors.town_choice import where_is
from doctors.vcard import phone_uri
from posts.visibility import Viewer
from web.emojis import with_emojis
from web.person import Person, stored_html


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page shows of a practice; `audiences` are for its owner, empty for others.

    `hides` says that the profile is private and its reader no contact: then nothing else is there.
    """

    practice: Practice
    languages: str = ""
    town: str = ""
    phone: str = ""
    summary: Markup = field(default_factory=Markup)
    lines: Sequence[tuple[Markup, Markup]] = ()
    audiences: Mapping[str, FieldAudience] = field(default_factory=dict)
    is_private: bool = False
    hides: bool = False

    @property
    def refers(self) -> bool:
        """Whether there is a way to refer a patient, or the word that they are taken."""
        return self.practice.accepts_referrals or bool(self.practice.referral_contact)


async def show_practice(
    session: AsyncSession, viewer: Viewer, person: Person, *, is_contact: bool, locale: str
) -> Shown:
    """Return what a viewer may know of somebody; contacts are accepted followers."""
    actor = person.actor
    is_own = viewer.actor_id == actor.id
    practice = await _read(session, actor, reader_of(viewer, actor))
    hides = actor.is_private and not is_own and not is_contact
    place = practice.place
    return Shown(
        practice=practice,
        languages=", ".join(language_label(code, locale) for code in practice.languages),
        town=_town(place.town, where_is(place.department, place.country, locale))
        if place
        else "",
        phone=phone_uri(practice.referral_contact.phone)
        if practice.referral_contact.phone
        else "",
        summary=stored_html("") if hides else _summary(person, practice),
        lines=() if hides else _lines(person, practice),
        audiences=await _audiences(session, actor) if is_own else {},
        is_private=is_own and (await read_settings(session, actor.id)).is_private,
        hides=hides,
    )


async def _read(session: AsyncSession, actor: Actor, reader: PracticeReader) -> Practice:
    return (await read_practice(session, [actor.id], reader))[actor.id]


async def _audiences(session: AsyncSession, actor: Actor) -> dict[str, FieldAudience]:
    stated = (await read_stated(session, [actor.id]))[actor.id]
    return {one.name: one.audience for one in stated}


def _town(town: str, where: str) -> str:
    return f"{town}, {where}" if where else town


def _summary(person: Person, practice: Practice) -> Markup:
    """Return what somebody says of themself: of a private profile elsewhere, to contacts."""
    return with_emojis(stored_html(person.actor.summary or practice.summary), person.emojis)


def _lines(person: Person, practice: Practice) -> list[tuple[Markup, Markup]]:
    own = [(line["name"], line["value"]) for line in person.actor.fields]
    return [
        (with_emojis(name, person.emojis), with_emojis(stored_html(value), person.emojis))
        for name, value in (own or practice.lines)
    ]
