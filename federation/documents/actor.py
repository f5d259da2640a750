"""Actors: people, groups, services, and the instance itself (WIRE §4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from core.clock import wire_time
from core.errors import InvalidDocument
from federation.contexts import ACTOR_CONTEXT
from federation.documents.actor_keys import (
    Multikey,
    PublicKeyPem,
    read_multikeys,
    read_public_keys,
    write_keys,
)
from federation.documents.lenient import (
    Document,
    JsonObject,
    bool_of,
    find_id,
    id_of,
    ids_of,
    one_or_many,
    text_of,
    time_of,
    url_of,
)
from federation.documents.practitioner import (
    Practitioner,
    read_practitioner,
    write_practitioner,
)
from federation.documents.tag import EmojiTag, read_tags
from federation.origin import host_of, normal_uri
from federation.vocabulary import ACTOR_TYPES

MAX_FIELDS = 50
MAX_NAME = 500
MAX_SUMMARY = 20_000
MAX_USERNAME = 2048


@dataclass(frozen=True, slots=True)
class ActorDocument:
    """An actor's document. `summary` is the sender's raw HTML, not yet sanitised."""

    id: str
    type: str
    username: str
    inbox: str
    name: str = ""
    summary: str = ""
    url: str | None = None
    shared_inbox: str | None = None
    outbox: str | None = None
    followers: str | None = None
    following: str | None = None
    featured: str | None = None
    featured_tags: str | None = None
    approves_followers: bool = False
    discoverable: bool = False
    indexable: bool = False
    icon_url: str | None = None
    image_url: str | None = None
    fields: tuple[tuple[str, str], ...] = ()
    also_known_as: tuple[str, ...] = ()
    moved_to: str | None = None
    public_keys: tuple[PublicKeyPem, ...] = ()
    assertion_keys: tuple[Multikey, ...] = ()
    authentication: tuple[str, ...] = ()
    credentials: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    practitioner: Practitioner | None = None
    implements: tuple[str, ...] = ()
    published: datetime | None = None
    updated: datetime | None = field(default=None, compare=False)
    # Pictures for words in the name, the summary and the fields; nobody here has any.
    emojis: tuple[EmojiTag, ...] = field(default=(), compare=False)
    # Keys under `authentication` alone, which sign requests and prove nothing.
    authentication_keys: tuple[Multikey, ...] = field(default=(), compare=False)
    # The ids of all keys that the actor names, embedded or not, and of those that it asserts with.
    listed_keys: tuple[str, ...] = field(default=(), compare=False)
    asserting_keys: tuple[str, ...] = field(default=(), compare=False)


def is_actor(document: Document) -> bool:
    """Tell whether a document says that it is an actor."""
    return bool(ACTOR_TYPES & set(document.types))


def read_actor(document: Document) -> ActorDocument:
    """Read an actor.

    Raises InvalidDocument for other types, for an unusable username, and for an inbox, outbox,
    followers or shared inbox on another host than the actor's (D22, D23).
    """
    json = document.json
    kind = next((part for part in document.types if part in ACTOR_TYPES), None)
    if kind is None:
        raise InvalidDocument(f"{document.id}: not an actor but {document.type!r}")
    uri = normal_uri(id_of(document.json))
    endpoints = json.get("endpoints")
    own = endpoints if isinstance(endpoints, dict) else {}
    multikeys = read_multikeys(json)
    return ActorDocument(
        id=uri,
        type=kind,
        username=_username(json.get("preferredUsername"), uri),
        inbox=_at_home(uri, json.get("inbox")) or _missing("inbox", uri),
        name=text_of(json.get("name"), limit=MAX_NAME) or "",
        summary=text_of(json.get("summary"), limit=MAX_SUMMARY) or "",
        url=url_of(json.get("url")),
        shared_inbox=_at_home(uri, own.get("sharedInbox")),
        outbox=_at_home(uri, json.get("outbox")),
        followers=_at_home(uri, json.get("followers")),
        following=_at_home(uri, json.get("following")),
        featured=_at_home(uri, json.get("featured")),
        featured_tags=_at_home(uri, json.get("featuredTags")),
        approves_followers=bool_of(json.get("manuallyApprovesFollowers")),
        discoverable=bool_of(json.get("discoverable")),
        indexable=bool_of(json.get("indexable")),
        icon_url=_picture(json.get("icon")),
        image_url=_picture(json.get("image")),
        fields=read_lines(json.get("attachment")),
        also_known_as=ids_of(json.get("alsoKnownAs"))[:10],
        moved_to=find_id(json.get("movedTo")),
        public_keys=read_public_keys(json),
        assertion_keys=multikeys.asserting,
        authentication=multikeys.authenticating_ids,
        authentication_keys=multikeys.authenticating,
        listed_keys=multikeys.ids,
        asserting_keys=multikeys.asserting_ids,
        credentials=ids_of(json.get("credentials"))[:10],
        profiles=ids_of(json.get("profiles"))[:5],
        practitioner=read_practitioner(json.get("practitioner")),
        implements=_implements(json),
        published=time_of(json.get("published")),
        updated=time_of(json.get("updated")),
        emojis=read_tags(json.get("tag")).emojis,
    )


def _missing(name: str, uri: str) -> str:
    raise InvalidDocument(f"{uri}: the actor has no {name}")


def _username(value: Any, uri: str) -> str:
    name = text_of(value, limit=MAX_USERNAME + 1) or ""
    hostile = any(c in "/@\\#?<>\"'" or not c.isprintable() or c.isspace() for c in name)
    if not name or len(name.encode()) > MAX_USERNAME or hostile:
        raise InvalidDocument(f"{uri}: the actor's username cannot be used")
    return name


def _at_home(uri: str, value: Any) -> str | None:
    address = find_id(value)
    if address is None:
        return None
    if host_of(address) != host_of(uri):
        raise InvalidDocument(f"{uri}: {address[:200]} is on another host than its actor")
    return address


def _picture(value: Any) -> str | None:
    for part in one_or_many(value):
        return url_of(part.get("url")) if isinstance(part, dict) else url_of(part)
    return None


def read_lines(value: Any) -> tuple[tuple[str, str], ...]:
    """Read the lines of a profile among its attachments: names and values as they came."""
    read = []
    for part in one_or_many(value)[:MAX_FIELDS]:
        if isinstance(part, dict) and part.get("type") in ("PropertyValue", "schema:PropertyValue"):
            name = text_of(part.get("name"), limit=255) or ""
            read.append((name, text_of(part.get("value"), limit=2048) or ""))
    return tuple(read)


def write_lines(lines: Sequence[tuple[str, str]]) -> list[JsonObject]:
    """Write the lines of a profile."""
    return [{"type": "PropertyValue", "name": name, "value": value} for name, value in lines]


def _implements(json: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what an actor's software can (FEP-844e); an Application may say it of itself."""
    found = list(ids_of(json.get("implements")))
    for part in one_or_many(json.get("generator")):
        if isinstance(part, dict):
            found += ids_of(part.get("implements"))
    return tuple(dict.fromkeys(found))[:20]


def write_actor(actor: ActorDocument) -> JsonObject:
    """Write an actor in our one shape; what is absent is left out."""
    written: JsonObject = {
        "@context": ACTOR_CONTEXT,
        "id": actor.id,
        "type": actor.type,
        "preferredUsername": actor.username,
        "name": actor.name,
        "summary": actor.summary,
        "url": actor.url,
        "attachment": write_lines(actor.fields),
        "practitioner": write_practitioner(actor.practitioner) if actor.practitioner else None,
        "credentials": list(actor.credentials),
        "profiles": list(actor.profiles) or None,
        **write_keys(actor.public_keys, actor.assertion_keys, actor.authentication),
        "inbox": actor.inbox,
        "outbox": actor.outbox,
        "followers": actor.followers,
        "following": actor.following,
        "featured": actor.featured,
        "featuredTags": actor.featured_tags,
        "endpoints": {"sharedInbox": actor.shared_inbox} if actor.shared_inbox else None,
        "icon": [{"type": "Image", "url": actor.icon_url}] if actor.icon_url else None,
        "image": [{"type": "Image", "url": actor.image_url}] if actor.image_url else None,
        "manuallyApprovesFollowers": actor.approves_followers,
        "discoverable": actor.discoverable,
        "indexable": actor.indexable,
        "alsoKnownAs": list(actor.also_known_as),
        "movedTo": actor.moved_to,
        "published": wire_time(actor.published) if actor.published else None,
        "generator": {
            "type": "Application",
            "implements": [{"href": uri} for uri in actor.implements],
        }
        if actor.implements
        else None,
    }
    return {name: value for name, value in written.items() if value is not None}
