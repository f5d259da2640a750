"""What a doctor says about their practice, and who may read which part of it.

Profession and specialities are never said here: they are a badge's. A private profile says nothing
to anybody but contacts, whatever audience its fields have; they are kept for when it opens again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from actors.blocks import find_blockers
from actors.follows import find_followed
from actors.models import Actor
from actors.owed import owe_index
from actors.queries import find_extension, save_extension
from core.errors import InvalidInput
from db.session import AsyncSession
from doctors.models import CareerSpan, FieldAudience, PracticeSettings
from doctors.place_keys import place_key
from doctors.practice_rows import (
    find_settings,
    list_fields,
    replace_field,
    replace_spans,
    save_settings_row,
)
from doctors.practice_shapes import CAREER_KINDS, FIELD_NAMES, InvalidField, normal_value
from doctors.practice_values import SEEKS_COLLEAGUES, Practice, practice_of
from federation.documents.practitioner import Practitioner, write_practitioner
from posts.visibility import Viewer

__all__ = [
    "CAREER_KINDS",
    "DEFAULT_AUDIENCES",
    "FIELD_NAMES",
    "InvalidField",
    "Practice",
    "PracticeReader",
    "StatedField",
    "may_read",
    "practitioner_for",
    "read_practice",
    "read_settings",
    "read_stated",
    "reader_of",
    "save_practice",
    "save_settings",
]

PUBLIC, DOCTORS, CONTACTS = FieldAudience.PUBLIC, FieldAudience.DOCTORS, FieldAudience.CONTACTS
# Who reads a field unless its owner says otherwise: what finds a correspondent is for everybody,
# what leads to a person or tells a life is for colleagues.
DEFAULT_AUDIENCES: Mapping[str, FieldAudience] = {
    "subspecialities": PUBLIC,
    "skills": PUBLIC,
    "languages": PUBLIC,
    "hospital": PUBLIC,
    "unit": PUBLIC,
    "place": DOCTORS,
    "accepts_referrals": PUBLIC,
    "referral_contact": DOCTORS,
    "publications": PUBLIC,
    "career": DOCTORS,
    "interests": DOCTORS,
}
_OF_DOCUMENTS = ("profession", "specialities")


@dataclass(frozen=True, slots=True)
class PracticeReader:
    """Who reads: an actor here (None: nobody in particular), and whether as a verified doctor."""

    actor_id: int | None = None
    is_doctor: bool = False


def reader_of(viewer: Viewer, actor: Actor) -> PracticeReader:
    """Return a viewer as the reader of somebody's practice.

    Professions that this instance added count as doctors for what is written here alone (WIRE §5).
    """
    is_colleague = viewer.is_colleague and actor.is_local
    return PracticeReader(viewer.actor_id, viewer.is_doctor or is_colleague)


@dataclass(frozen=True, slots=True)
class StatedField:
    """A field as it is stored, and who may read it as things are."""

    name: str
    value: Any
    audience: FieldAudience


async def read_practice(
    session: AsyncSession, actor_ids: Iterable[int], reader: PracticeReader
) -> dict[int, Practice]:
    """Return what a reader may know of some doctors' practices, for each of them.

    One's own is read whole; of who blocks the reader, what is for everybody. Where somebody says
    different things to several audiences that the reader belongs to, what is said to the fewest
    counts.
    """
    ids = list(dict.fromkeys(actor_ids))
    stated = await read_stated(session, ids)
    contacts: frozenset[int] = frozenset()
    blockers: frozenset[int] = frozenset()
    if reader.actor_id is not None:
        contacts = await find_followed(session, reader.actor_id, ids)
        blockers = await find_blockers(session, reader.actor_id, ids)
    read: dict[int, Practice] = {}
    for actor_id in ids:
        is_doctor = reader.is_doctor and actor_id not in blockers
        is_contact = actor_id in contacts and actor_id not in blockers
        values = {
            one.name: one.value
            for one in stated[actor_id]
            if reader.actor_id == actor_id
            or may_read(one.audience, is_doctor=is_doctor, is_contact=is_contact)
        }
        read[actor_id] = practice_of(values)
    return read


def may_read(audience: FieldAudience, *, is_doctor: bool, is_contact: bool) -> bool:
    """Tell whether a field for an audience is for this reader; contacts are accepted followers."""
    return (
        audience is PUBLIC
        or (audience is DOCTORS and is_doctor)
        or (audience is CONTACTS and is_contact)
    )


async def read_stated(
    session: AsyncSession, actor_ids: Iterable[int]
) -> dict[int, list[StatedField]]:
    """Return all that some doctors say, with who may read it as things are; widest first.

    For indexing and for the doctors themselves; everybody else reads by `read_practice`.
    """
    ids = list(dict.fromkeys(actor_ids))
    rows = await list_fields(session, ids)
    settings = await find_settings(session, ids)
    stated: dict[int, list[StatedField]] = {actor_id: [] for actor_id in ids}
    for row in rows:
        wish = settings.get(row.actor_id)
        audience = _capped(row.audience, is_private=wish is not None and wish.is_private)
        stated[row.actor_id].append(StatedField(row.name, row.value, audience))
        if row.name == "career" and wish is not None and wish.seeks_colleagues:
            stated[row.actor_id].append(StatedField(SEEKS_COLLEAGUES, True, audience))
    return stated


def _capped(audience: FieldAudience, *, is_private: bool) -> FieldAudience:
    return CONTACTS if is_private and audience in (PUBLIC, DOCTORS) else audience


async def practitioner_for(
    session: AsyncSession, actor_id: int, audience: FieldAudience
) -> Practitioner:
    """Return what somebody here says to one audience alone, as the wire has it."""
    stated = (await read_stated(session, [actor_id]))[actor_id]
    said = practice_of({one.name: one.value for one in stated if one.audience is audience})
    return Practitioner(
        skills=said.skills,
        languages=said.languages,
        accepts_referrals=said.accepts_referrals or None,
        sub_specialities=said.subspecialities,
        hospital=said.hospital,
        unit=said.unit,
        place=said.place,
        referral_contact=said.referral_contact,
        publications=said.publications,
        career=said.career,
        interests=said.interests,
        seeks_colleagues=said.seeks_colleagues or None,
    )


async def save_practice(
    session: AsyncSession, actor: Actor, fields: Mapping[str, tuple[Any, FieldAudience]]
) -> None:
    """Write fields of somebody here, each with its audience; those not named stay as they are.

    A value that says nothing takes the field away. Raises InvalidField, before anything is changed.
    Telling others is `outbox.send_practice`, in the same transaction.
    """
    _require_local(actor)
    checked = {
        name: (normal_value(name, value), FieldAudience(audience))
        for name, (value, audience) in fields.items()
    }
    for name, (value, audience) in checked.items():
        await replace_field(session, actor.id, name, value=value, audience=audience)
    if "career" in checked:
        await write_spans(session, actor.id, checked["career"][0] or ())
    await _changed(session, actor)


def _require_local(actor: Actor) -> None:
    if not actor.is_local or actor.type != "Person":
        raise InvalidInput(f"{actor.handle} is no person's account here")


async def write_spans(
    session: AsyncSession, actor_id: int, steps: Iterable[Mapping[str, Any]]
) -> None:
    """Write a career for those who look for former colleagues, by the places' keys."""
    spans = [
        CareerSpan(
            actor_id=actor_id,
            kind=step["kind"],
            place_key=place_key(step["place"], step["kind"]),
            place=step["place"],
            from_year=step["from"],
            to_year=step["to"],
        )
        for step in steps
    ]
    await replace_spans(session, actor_id, spans)


async def read_settings(session: AsyncSession, actor_id: int) -> PracticeSettings:
    """Return how somebody here wants to be seen; openly, and not sought, until they say so."""
    found = await find_settings(session, [actor_id])
    return found.get(actor_id) or PracticeSettings(actor_id=actor_id)


async def save_settings(
    session: AsyncSession,
    actor: Actor,
    *,
    is_private: bool | None = None,
    seeks_colleagues: bool | None = None,
) -> None:
    """Write how somebody here wants to be seen; None leaves a wish as it is."""
    _require_local(actor)
    settings = await read_settings(session, actor.id)
    if is_private is not None:
        settings.is_private = is_private
        # The row says so too: whoever shows an actor sees it without another query.
        actor.shows = {**actor.shows, "about": not is_private}
    if seeks_colleagues is not None:
        settings.seeks_colleagues = seeks_colleagues
    await save_settings_row(session, settings)
    await _changed(session, actor)


async def _changed(session: AsyncSession, actor: Actor) -> None:
    """Write what everybody may read into the actor's document, and owe a look at the directory."""
    extension = await find_extension(session, actor.id)
    before = extension.pop("practitioner", {})
    extension.pop("profiles", None)
    public = write_practitioner(await practitioner_for(session, actor.id, PUBLIC))
    kept = {name: before[name] for name in _OF_DOCUMENTS if before.get(name)}
    if said := {**public, **kept}:
        extension["practitioner"] = said
    if shown := await _audiences_addressed(session, actor):
        extension["profiles"] = shown
    await save_extension(session, actor.id, extension)
    await session.flush()
    await owe_index(session, actor.id)


async def _audiences_addressed(session: AsyncSession, actor: Actor) -> list[str]:
    """Return for whom there is a further profile document of somebody here."""
    stated = (await read_stated(session, [actor.id]))[actor.id]
    found = {one.audience for one in stated}
    if actor.is_private:
        found.add(CONTACTS)
    return [audience.value for audience in (DOCTORS, CONTACTS) if audience in found]
