"""Our actors on the wire (WIRE §4): rows to a document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from actors.models import Actor, ActorKey, Badge
from actors.queries import find_badges, find_extension, list_public_keys
from core.html import escape
from db.session import AsyncSession, settings_of
from federation.documents.actor import ActorDocument, write_actor
from federation.documents.actor_keys import Multikey, PublicKeyPem
from federation.documents.lenient import JsonObject
from federation.documents.practitioner import read_practitioner
from federation.uris import LocalUris, local_uris
from federation.vocabulary import IMPLEMENTS_RFC9421


def build_actor(
    actor: Actor,
    keys: Sequence[ActorKey],
    extension: Mapping[str, Any],
    uris: LocalUris,
    *,
    badge: Badge | None = None,
) -> ActorDocument:
    """Build the document of an actor that lives here; `badge` is one that counts now."""
    is_instance = actor.uri == uris.instance_actor
    # What a private profile says is in the document for contacts.
    is_bare = actor.is_private
    ed25519 = [key for key in keys if key.algorithm == "ed25519"]
    return ActorDocument(
        id=actor.uri,
        type=actor.type,
        username=actor.username,
        inbox=actor.inbox,
        name=actor.name,
        summary="" if is_bare else actor.summary,
        url=actor.url or None,
        shared_inbox=actor.shared_inbox,
        outbox=actor.outbox,
        followers=actor.followers_uri,
        following=actor.following_uri,
        featured=actor.featured_uri,
        featured_tags=None if is_instance else uris.collection(actor.username, "tags"),
        approves_followers=actor.approves_followers,
        discoverable=actor.discoverable,
        indexable=actor.indexable,
        icon_url=actor.avatar_url,
        image_url=None if is_bare else actor.header_url,
        fields=(*_badge_line(badge), *(() if is_bare else own_lines(actor))),
        also_known_as=tuple(actor.also_known_as),
        moved_to=actor.moved_to,
        public_keys=tuple(
            PublicKeyPem(key.uri, actor.uri, key.public_key)
            for key in keys
            if key.algorithm == "rsa" and key.retired_at is None
        ),
        # A retired key stays readable while proofs made with it count; it signs nothing new.
        assertion_keys=tuple(Multikey(key.uri, actor.uri, key.public_key) for key in ed25519),
        authentication=tuple(key.uri for key in ed25519 if key.retired_at is None),
        credentials=tuple(extension.get("credentials", ())),
        profiles=tuple(
            uris.profile(actor.username, audience)
            for audience in extension.get("profiles", ())
        ),
        practitioner=None if is_bare else read_practitioner(extension.get("practitioner")),
        implements=(IMPLEMENTS_RFC9421,),
        published=actor.published_at,
    )


def own_lines(actor: Actor) -> tuple[tuple[str, str], ...]:
    """Return the lines of a profile that its owner wrote: names and values."""
    return tuple((row["name"], row["value"]) for row in actor.fields)


def _badge_line(badge: Badge | None) -> tuple[tuple[str, str], ...]:
    """Return the line that stock servers show for a badge; nobody of ours ever believes it."""
    if badge is None:
        return ()
    what = badge.specialities_label or badge.profession_label
    value = " — ".join(part for part in (what, badge.institution) if part)
    return ((badge.label, escape(value)),)


async def actor_document(session: AsyncSession, actor: Actor) -> JsonObject:
    """Return the document of an actor that lives here, as it is now."""
    badges = await find_badges(session, [actor.id])
    built = build_actor(
        actor,
        await list_public_keys(session, actor.id),
        await find_extension(session, actor.id),
        local_uris(settings_of(session)),
        badge=badges.get(actor.id),
    )
    return write_actor(built)
