"""`/api/consilium/v1/practice`: what doctors say of their practice, one's own and others'."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from actors.follows import is_following
from actors.models import Actor
from actors.queries import find_badges, get_actor
from api.entities.practice import own_practice_json, practice_json
from api.fields import Fields, path_id
from api.routing import Answer, Call, Door, Route
from core.errors import InvalidInput, NotFound
from db.session import AsyncSession
from doctors.fhir import FHIR_JSON, practitioner_bundle
from doctors.models import FieldAudience
from doctors.places.towns import town_of
from doctors.practice import (
    DEFAULT_AUDIENCES,
    Practice,
    PracticeReader,
    read_practice,
    read_settings,
    reader_of,
)
from doctors.practice_rows import list_fields
from doctors.town_choice import place_of
from outbox.practice import PracticeChanges, send_practice

Json = dict[str, Any]
_LISTS = ("subspecialities", "skills", "languages")
_TEXTS = ("hospital", "unit", "interests")


async def get_account_practice(call: Call, id: str) -> Json:
    """Show what the caller may know of somebody's practice."""
    async with call.services.database.read() as session:
        actor, practice = await _known(session, call, id)
        is_hidden = actor.is_private and not await _is_contact(session, call, actor)
        return practice_json(practice, actor, is_hidden=is_hidden)


async def get_account_fhir(call: Call, id: str) -> Answer:
    """Show somebody as FHIR resources, as far as the caller may know."""
    async with call.services.database.read() as session:
        actor, practice = await _known(session, call, id)
        badge = (await find_badges(session, [actor.id])).get(actor.id)
    return Answer(
        practitioner_bundle(actor, badge, practice), headers={"Content-Type": FHIR_JSON}
    )


async def _known(session: AsyncSession, call: Call, id: str) -> tuple[Actor, Practice]:
    actor = await get_actor(session, path_id(id))
    if actor.deleted_at is not None or actor.suspended_at is not None:
        raise NotFound(f"{actor.uri} is gone")
    reader = reader_of(call.viewer, actor)
    return actor, (await read_practice(session, [actor.id], reader))[actor.id]


async def _is_contact(session: AsyncSession, call: Call, actor: Actor) -> bool:
    me = call.viewer.actor_id
    return me is not None and (me == actor.id or await is_following(session, me, actor.id))


async def get_practice(call: Call) -> Json:
    """Show one's own practice, with who may read each field."""
    async with call.services.database.read() as session:
        return await _own(session, await get_actor(session, call.me.actor.id))


async def patch_practice(call: Call) -> Json:
    """Change fields of one's own practice, or who may read them; the others stay as they are."""
    async with call.services.database.transaction() as session:
        actor = await get_actor(session, call.me.actor.id)
        changes = PracticeChanges(
            await _changes(session, actor, call.fields),
            is_private=call.fields.flag("private"),
            seeks_colleagues=call.fields.flag("seeks_colleagues"),
        )
        await send_practice(session, actor, changes)
        return await _own(session, actor)


async def _own(session: AsyncSession, actor: Actor) -> Json:
    practice = await read_practice(session, [actor.id], PracticeReader(actor.id))
    return own_practice_json(
        practice[actor.id],
        actor,
        chosen=await list_fields(session, [actor.id]),
        settings=await read_settings(session, actor.id),
    )


async def _changes(
    session: AsyncSession, actor: Actor, fields: Fields
) -> dict[str, tuple[Any, FieldAudience]]:
    """Return the fields that were sent, or whose audience was: each with both."""
    stored = {row.name: row for row in await list_fields(session, [actor.id])}
    sent = _values(fields)
    changes = {}
    for name, usual in DEFAULT_AUDIENCES.items():
        chosen = fields.text(f"audiences[{name}]")
        if name not in sent and chosen is None:
            continue
        row = stored.get(name)
        before = row.audience if row is not None else usual
        value = sent[name] if name in sent else (row.value if row is not None else None)
        changes[name] = (value, _audience(chosen) if chosen is not None else before)
    return changes


def _audience(word: str) -> FieldAudience:
    try:
        return FieldAudience(word)
    except ValueError as error:
        raise InvalidInput("Validation failed: Audience is not included in the list") from error


def _values(fields: Fields) -> Mapping[str, Any]:
    """Return the values that were sent, in the shapes that `doctors.practice_shapes` checks."""
    sent: dict[str, Any] = {name: fields.text(name) for name in _TEXTS if name in fields}
    for name in _LISTS:
        if texts := fields.texts(name):
            sent[name] = texts
    if (takes := fields.flag("accepts_referrals")) is not None:
        sent["accepts_referrals"] = takes
    if place := _group(fields, "place", ("code", "town")):
        sent["place"] = _place(place)
    if contact := _group(fields, "referral_contact", ("phone", "mssante", "note")):
        sent["referral_contact"] = contact
    orcid, works = fields.text("publications[orcid]"), fields.each("publications[works]")
    if orcid is not None or works:
        sent["publications"] = {
            "orcid": orcid or "",
            "works": [_group(one, "", ("doi", "title", "year")) for one in works],
        }
    if steps := fields.each("career"):
        parts = ("kind", "place", "title", "from", "to")
        sent["career"] = [_group(one, "", parts) for one in steps]
    nothing: dict[str, Any] = {name: None for name in DEFAULT_AUDIENCES if fields.is_null(name)}
    return sent | nothing


def _group(fields: Fields, name: str, parts: tuple[str, ...]) -> dict[str, str]:
    found = {part: fields.text(f"{name}[{part}]" if name else part) for part in parts}
    return {part: text for part, text in found.items() if text is not None}


def _place(given: Mapping[str, str]) -> Json | None:
    """Return a town by its code; coordinates are never taken from a client."""
    if not any(given.values()):
        return None
    town = town_of(given.get("code", ""))
    if town is None:
        raise InvalidInput("Validation failed: Place has no known code of a town")
    return place_of(town)


_BASE = "/api/consilium/v1"
_READ, _WRITE = ("read:accounts",), ("write:accounts",)
ROUTES = (
    Route("GET", f"{_BASE}/accounts/<id>/practice", get_account_practice, Door.PROFILES, _READ),
    Route("GET", f"{_BASE}/accounts/<id>/fhir", get_account_fhir, Door.PROFILES, _READ),
    Route("GET", f"{_BASE}/practice", get_practice, Door.USER, _READ),
    Route("PATCH", f"{_BASE}/practice", patch_practice, Door.USER, _WRITE),
)
