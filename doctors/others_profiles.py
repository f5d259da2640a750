"""Further profile documents of doctors of other hosts: fetched, judged, kept apart by audience.

Nothing of them is ever merged into the actor's row: each is readable by its own audience alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from actors.labels import passes_for_badge
from actors.models import Actor
from actors.owed import owe_index
from actors.queries import find_actor, find_extension
from core.clock import now
from core.errors import (
    FetchUnavailable,
    InvalidDocument,
    PermanentError,
    TemporaryError,
    Untrusted,
)
from core.html import sanitise, sanitise_line, to_plain
from db.session import AsyncSession, Database
from doctors.models import FieldAudience, ProfileDocument
from doctors.practice import write_spans
from doctors.practice_rows import (
    find_document,
    list_documents,
    list_fields,
    lock_practice,
    replace_audience,
)
from doctors.practice_values import LINES, SUMMARY
from doctors.said_values import said_values
from federation.client import Client
from federation.documents.lenient import Document
from federation.documents.practitioner import Practitioner, read_practitioner
from federation.documents.profile import FurtherProfile, read_further_profile
from federation.origin import normal_uri, same_origin
from federation.vocabulary import VERIFIED_DOCTORS

MAX_DOCUMENTS = 5
# Addresses are keys of our tables.
MAX_ADDRESS = 1024
MAX_LINES = 20
PUBLIC, DOCTORS, CONTACTS = FieldAudience.PUBLIC, FieldAudience.DOCTORS, FieldAudience.CONTACTS


@dataclass(frozen=True, slots=True)
class _Found:
    """What came of fetching one: the document, or why there is none; silence says nothing."""

    uri: str
    document: Document | None = None
    problem: str | None = None
    is_silent: bool = False


async def fetch_profiles(database: Database, client: Client, actor_id: int) -> None:
    """Read anew what a doctor of another host says: in the actor, and in the documents it lists.

    Raises FetchUnavailable when one did not answer: what was known of that stays.
    """
    async with database.read() as session:
        actor = await find_actor(session, actor_id)
        if actor is None or actor.is_local or actor.deleted_at is not None:
            return
        extension = await find_extension(session, actor_id)
    found = [await _fetch(client, uri) for uri in listed_profiles(actor, extension)]
    async with database.transaction() as session:
        await _write(session, actor, extension, found)
    silent = [one.uri for one in found if one.is_silent]
    if silent:
        raise FetchUnavailable(f"{silent[0]}: could not be read now")


def listed_profiles(actor: Actor, extension: Mapping[str, Any]) -> list[str]:
    """Return the first few documents that an actor lists, of its own origin, in normal form."""
    found: dict[str, None] = {}
    for uri in extension.get("profiles", ()):
        try:
            listed = normal_uri(str(uri))
        except InvalidDocument:
            continue
        if same_origin(listed, actor.uri) and len(listed) <= MAX_ADDRESS:
            found[listed] = None
    return list(found)[:MAX_DOCUMENTS]


async def _fetch(client: Client, uri: str) -> _Found:
    try:
        return _Found(uri, await client.fetch_document(uri))
    except TemporaryError:
        return _Found(uri, is_silent=True)
    except PermanentError as error:
        # Mostly a 404: nobody here may read it.
        return _Found(uri, problem=str(error)[:500])


async def _write(
    session: AsyncSession, actor: Actor, extension: Mapping[str, Any], found: list[_Found]
) -> None:
    # A job and who meets them may read the same at once, and their own Update may come.
    await lock_practice(session, actor.id)
    said = read_practitioner(extension.get("practitioner")) or Practitioner()
    await replace_audience(session, actor.id, PUBLIC, said_values(said))
    listed = {one.uri for one in found}
    for known in await list_documents(session, actor.id):
        if known.uri not in listed:
            await session.delete(known)
    await session.flush()
    kept: set[FieldAudience] = set()
    for one in found:
        audience = await _write_one(session, actor, one, taken=kept)
        if audience is not None:
            kept.add(audience)
    for audience in {DOCTORS, CONTACTS} - kept:
        await replace_audience(session, actor.id, audience, {})
    await _changed(session, actor.id)


async def _write_one(
    session: AsyncSession, actor: Actor, found: _Found, *, taken: set[FieldAudience]
) -> FieldAudience | None:
    """Write what one document says, and return for whom; None when it says nothing to be kept."""
    known = await find_document(session, found.uri)
    if known is not None and known.actor_id != actor.id:
        return None
    if found.is_silent:
        return known.audience if known is not None else None
    row = ProfileDocument(uri=found.uri, actor_id=actor.id, problem=found.problem, fetched_at=now())
    if found.document is not None:
        try:
            profile = judge_profile(found.document, actor)
            row.audience = _audience(profile, actor)
            if row.audience in taken:
                raise Untrusted("another of its documents is for the same people")
            before = known.audience if known is not None else None
            if before is not None and before not in (row.audience, *taken):
                # What it says is for others now: who read it before reads it no more.
                await replace_audience(session, actor.id, before, {})
            await replace_audience(session, actor.id, row.audience, _values(profile))
        except (InvalidDocument, Untrusted) as error:
            row.audience, row.problem = None, str(error)[:500]
    await session.merge(row)
    await session.flush()
    return row.audience


def judge_profile(document: Document, actor: Actor) -> FurtherProfile:
    """Return a further profile document that is an actor's own.

    Raises Untrusted for one of another origin or about somebody else, InvalidDocument for none.
    """
    profile = read_further_profile(document)
    if not same_origin(profile.id, actor.uri):
        raise Untrusted(f"{profile.id}: it does not live where its actor does")
    if profile.attributed_to != actor.uri:
        raise Untrusted(f"{profile.id}: it is another's, {profile.attributed_to}")
    return profile


def _audience(profile: FurtherProfile, actor: Actor) -> FieldAudience:
    # Of several, the narrowest: nobody reads what was perhaps not meant for them.
    if actor.followers_uri is not None and actor.followers_uri in profile.to:
        return CONTACTS
    if VERIFIED_DOCTORS in profile.to:
        return DOCTORS
    raise Untrusted(f"{profile.id}: it is for nobody known here")


async def take_profile(session: AsyncSession, actor: Actor, document: Document) -> bool:
    """Take over a further profile that its owner sent; tell whether the actor lists it.

    One that is not listed, as far as is known here, is not kept: the actor's document decides.
    Raises as `judge_profile` does.
    """
    profile = judge_profile(document, actor)
    extension = await find_extension(session, actor.id)
    if profile.id not in listed_profiles(actor, extension):
        return False
    audience = _audience(profile, actor)
    await lock_practice(session, actor.id)
    for known in await list_documents(session, actor.id):
        if known.uri != profile.id and known.audience is audience:
            raise Untrusted(f"{profile.id}: another of its documents is for the same people")
    await _write_one(session, actor, _Found(profile.id, document), taken=set())
    await _changed(session, actor.id)
    return True


async def _changed(session: AsyncSession, actor_id: int) -> None:
    careers = await list_fields(session, [actor_id], ["career"])
    steps = {str(step): step for row in careers for step in row.value}
    await write_spans(session, actor_id, steps.values())
    await owe_index(session, actor_id)


def _values(profile: FurtherProfile) -> dict[str, Any]:
    values = said_values(profile.practitioner)
    if summary := sanitise(profile.summary):
        values[SUMMARY] = summary
    lines = [
        {"name": to_plain(name), "value": sanitise_line(value)}
        for name, value in profile.lines
        # A badge is never drawn from what somebody typed (WIRE §4).
        if not passes_for_badge(to_plain(name))
    ]
    if lines:
        values[LINES] = lines[:MAX_LINES]
    return values
