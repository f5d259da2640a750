"""From an actor's document to rows: what a remote actor says about itself."""

from __future__ import annotations

from typing import Any

from actors.labels import is_badge_label
from actors.models import Actor, ActorKey
from actors.queries import (
    find_actor_by_uri,
    find_extension,
    replace_keys,
    save_extension,
)
from core.clock import now
from core.errors import InvalidDocument
from core.html import sanitise, to_plain
from db.session import AsyncSession
from federation.documents.actor import ActorDocument
from federation.origin import normal_uri, same_origin

MAX_SHOWN_FIELDS = 20


async def save_remote_actor(
    session: AsyncSession, document: ActorDocument, *, host: str, domain: str
) -> Actor:
    """Insert or update an actor of another host, with its keys and its extension.

    The document must have been fetched from its own id. Raises InvalidDocument when an actor that
    is known turns into another type of thing, as a person into an application (D26).
    """
    actor = await find_actor_by_uri(session, document.id)
    if actor is None:
        actor = Actor(uri=document.id, username="", username_key="", host=host, domain=domain)
        session.add(actor)
    elif _is_person(actor.type) != _is_person(document.type):
        raise InvalidDocument(f"{document.id}: was {actor.type}, now {document.type}")
    _take_over(actor, document, domain)
    await session.flush()
    await replace_keys(session, actor, _keys(actor, document))
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
    actor.name = to_plain(document.name) if "<" in document.name else document.name
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
    actor.fields = [
        {"name": to_plain(name), "value": sanitise(value)}
        for name, value in document.fields
        # A badge is never drawn from what somebody typed (WIRE §4).
        if not is_badge_label(to_plain(name))
    ][:MAX_SHOWN_FIELDS]
    actor.also_known_as = list(document.also_known_as)
    actor.moved_to = document.moved_to
    actor.published_at = document.published
    actor.fetched_at = now()
    actor.deleted_at = None


def _keys(actor: Actor, document: ActorDocument) -> list[ActorKey]:
    rsa = [
        (key.id, "rsa", key.pem)
        for key in document.public_keys
        if key.owner == document.id and _may_name(document, key.id)
    ]
    ed25519 = [
        (key.id, "ed25519", key.multibase)
        for key in document.assertion_keys
        if key.controller == document.id and _may_name(document, key.id)
    ]
    named = {uri: (algorithm, public) for uri, algorithm, public in (*ed25519, *rsa)}
    return [
        ActorKey(uri=uri, actor_id=actor.id, algorithm=algorithm, public_key=public)
        for uri, (algorithm, public) in named.items()
    ]


def _may_name(document: ActorDocument, key_id: str) -> bool:
    # A key with a fragment is part of one document: no neighbour on the same host may claim it.
    where, has_fragment, _ = key_id.partition("#")
    if not same_origin(key_id, document.id):
        return False
    return not has_fragment or normal_uri(where) == document.id


def _extension(document: ActorDocument) -> dict[str, Any]:
    extension: dict[str, Any] = {}
    if document.credentials:
        extension["credentials"] = list(document.credentials)
    if document.implements:
        extension["implements"] = list(document.implements)
    if document.practitioner is not None:
        practitioner = document.practitioner
        extension["practitioner"] = {
            "profession": practitioner.profession,
            "specialities": list(practitioner.specialities),
            "skills": list(practitioner.skills),
            "languages": list(practitioner.languages),
            "accepts_referrals": practitioner.accepts_referrals,
        }
    return extension
