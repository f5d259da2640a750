"""From an actor's document to rows: what a remote actor says about itself."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from actors.dialects import note_announced
from actors.labels import is_badge_emoji, name_without_badge, passes_for_badge
from actors.models import Actor
from actors.queries import (
    find_actor_by_uri,
    find_extension,
    list_public_keys,
    replace_keys,
    save_extension,
)
from actors.remote_keys import KeyAddress, keys_of
from core.clock import now
from core.errors import InvalidDocument
from core.html import sanitise, sanitise_line, to_plain
from db.session import AsyncSession
from federation.documents.actor import ActorDocument
from federation.documents.practitioner import write_practitioner
from moderation.policy import policy_of

MAX_SHOWN_FIELDS = 20


async def save_remote_actor(
    session: AsyncSession,
    document: ActorDocument,
    *,
    host: str,
    domain: str,
    key: KeyAddress | None = None,
) -> Actor:
    """Insert or update an actor of another host, with its keys and its extension.

    The document must have been fetched from its own id; `key` is a key of its that was looked for
    at its own address. Raises InvalidDocument when an actor that
    is known turns into another type of thing, as a person into an application (D26).
    """
    actor = await find_actor_by_uri(session, document.id)
    if actor is None:
        actor = Actor(uri=document.id, username="", username_key="", host=host, domain=domain)
        session.add(actor)
    elif _is_person(actor.type) != _is_person(document.type):
        raise InvalidDocument(f"{document.id}: was {actor.type}, now {document.type}")
    _take_over(actor, document, domain)
    if (await policy_of(session, host)).rejects_media:
        actor.avatar_url = actor.header_url = None
        actor.emojis = []
    await session.flush()
    held = await list_public_keys(session, actor.id)
    await replace_keys(session, actor, keys_of(actor, document, held, found=key))
    await note_announced(session, host, document.implements)
    extension = _extension(document)
    if extension != await find_extension(session, actor.id):
        await save_extension(session, actor.id, extension)
    return actor


def _is_person(kind: str) -> bool:
    return kind == "Person"


def _take_over(actor: Actor, document: ActorDocument, domain: str) -> None:
    actor.username = document.username
    actor.username_key = document.username.lower()
    actor.domain = domain
    actor.type = document.type
    name = to_plain(document.name) if "<" in document.name else document.name
    actor.name = name_without_badge(name, document.username)
    actor.summary = sanitise(document.summary)
    actor.url = document.url or document.id
    actor.inbox = document.inbox
    actor.shared_inbox = document.shared_inbox
    actor.outbox = document.outbox
    actor.followers_uri = document.followers
    actor.following_uri = document.following
    actor.featured_uri = document.featured
    actor.approves_followers = document.approves_followers
    actor.discoverable = document.discoverable
    actor.indexable = document.indexable
    actor.avatar_url = document.icon_url
    actor.header_url = document.image_url
    actor.emojis = [
        # They stand in a name, right before the badge.
        asdict(emoji)
        for emoji in document.emojis
        if not is_badge_emoji(emoji.name)
    ]
    actor.fields = [
        {"name": to_plain(name), "value": sanitise_line(value)}
        for name, value in document.fields
        # A badge is never drawn from what somebody typed (WIRE §4).
        if not passes_for_badge(to_plain(name))
    ][:MAX_SHOWN_FIELDS]
    actor.also_known_as = list(document.also_known_as)
    actor.moved_to = document.moved_to
    actor.published_at = document.published
    actor.fetched_at = now()
    actor.deleted_at = None


def _extension(document: ActorDocument) -> dict[str, Any]:
    extension: dict[str, Any] = {}
    if document.credentials:
        extension["credentials"] = list(document.credentials)
    if document.profiles:
        extension["profiles"] = list(document.profiles)
    if document.implements:
        extension["implements"] = list(document.implements)
    if document.practitioner is not None:
        extension["practitioner"] = write_practitioner(document.practitioner)
    return extension
