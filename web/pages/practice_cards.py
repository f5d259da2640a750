"""A doctor for an address book and for a hospital's software: what this reader may know."""

from __future__ import annotations

from dataclasses import dataclass

import orjson
from quart import Response

from actors.models import Actor
from actors.queries import find_local_actor
from core.settings import PublicPages
from doctors.fhir import FHIR_JSON, practitioner_bundle
from doctors.practice import Practice, read_practice, reader_of
from doctors.vcard import Card, write_vcard
from web.handles import find_shown
from web.headers import page_headers
from web.pages.profile import get_profile
from web.person import Person, list_people
from web.visit import Pages, Visit


@dataclass(frozen=True, slots=True)
class _Known:
    person: Person
    practice: Practice


async def get_vcard(visit: Visit, handle: str) -> Response:
    """Give somebody's card; whose name ends so has a page there all the same."""
    async with visit.database.read() as session:
        is_name = await find_local_actor(session, f"{handle}.vcf") is not None
    if is_name:
        return await get_profile(visit, f"{handle}.vcf")
    known = await _known(visit, handle)
    actor = known.person.actor
    card = Card(
        actor=actor,
        badge=known.person.badge,
        practice=known.practice,
        page=visit.site.settings.base_url + known.person.path,
        locale=visit.language.code,
        vouching=_vouching(visit, known.person),
    )
    return _file(visit, actor, write_vcard(card), kind="text/vcard; charset=utf-8", ending="vcf")


async def get_practitioner(visit: Visit, handle: str) -> Response:
    """Give somebody as FHIR resources."""
    known = await _known(visit, handle)
    actor = known.person.actor
    bundle = practitioner_bundle(actor, known.person.badge, known.practice)
    return _file(visit, actor, orjson.dumps(bundle).decode(), kind=FHIR_JSON, ending="json")


async def _known(visit: Visit, handle: str) -> _Known:
    visit.require(PublicPages.PROFILES)
    actor = await find_shown(visit, handle)
    async with visit.database.read() as session:
        person = (await list_people(session, [actor]))[actor.id]
        reader = reader_of(visit.viewer, actor)
        practice = (await read_practice(session, [actor.id], reader))[actor.id]
    return _Known(person, practice)


def _vouching(visit: Visit, person: Person) -> str:
    """Say in one line what the badge says, for where there is no badge to tap."""
    if person.badge is None:
        return ""
    language = visit.language
    return language.gettext(
        "%(badge)s: %(issuer)s vouches until %(day)s.",
        badge=person.badge_label(language.code),
        issuer=person.badge.issuer_name,
        day=language.date(person.badge.vouched_until, zone=visit.zone),
    )


def _file(visit: Visit, actor: Actor, text: str, *, kind: str, ending: str) -> Response:
    headers = dict(page_headers(visit.site.settings, indexable=actor.indexable))
    # Others' usernames may hold what no header may.
    name = actor.username if actor.username.isascii() and actor.is_local else str(actor.id)
    headers["Content-Disposition"] = f'attachment; filename="{name}.{ending}"'
    headers["Content-Type"] = kind
    return Response(text, content_type=kind, headers=headers)


PAGES: Pages = (
    ("GET", "/@<handle>.vcf", get_vcard),
    ("GET", "/@<handle>/practitioner.json", get_practitioner),
)
