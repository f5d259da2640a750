"""Activities: who did what to what, for whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.clock import wire_time
from core.errors import InvalidDocument
from federation.contexts import ACTIVITY_CONTEXT
from federation.documents.lenient import (
    Document,
    JsonObject,
    embed,
    find_id,
    ids_of,
    one_or_many,
    text_of,
    time_of,
)
from federation.origin import normal_uri
from federation.vocabulary import ACTIVITY_TYPES


@dataclass(frozen=True, slots=True)
class Activity:
    """An activity as it came. `object` is the embedded object, None when only named by its id.

    So is `instrument`, by which a QuoteRequest would quote. `document` has the bytes that were
    signed. `id` is None where the sender gave none (WIRE §6).
    """

    type: str
    actor_id: str
    document: Document
    id: str | None = None
    object_id: str | None = None
    object: Document | None = None
    instrument: Document | None = None
    target_id: str | None = None
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    published: datetime | None = None
    content: str | None = None


def read_activity(document: Document) -> Activity:
    """Read an activity; unknown types are read too, and ignored later.

    Raises InvalidDocument without a single type, a single actor, or with an id that is no URI.
    """
    if not document.type:
        raise InvalidDocument("an activity has no type")
    actors = ids_of(document.json.get("actor", document.json.get("as:actor")))
    if len(actors) != 1:
        raise InvalidDocument("an activity has one actor")
    raw_id = document.json.get("id", document.json.get("@id"))
    if raw_id is not None and not (isinstance(raw_id, str) and raw_id):
        raise InvalidDocument("an activity's id is a text")
    objects = one_or_many(document.json.get("object"))
    object_id = find_id(objects)
    return Activity(
        type=document.type,
        actor_id=normal_uri(actors[0]),
        document=document,
        id=normal_uri(raw_id) if raw_id else None,
        object_id=_normal_or_none(object_id),
        object=document.embedded("object"),
        instrument=document.embedded("instrument"),
        target_id=_normal_or_none(find_id(document.json.get("target"))),
        to=ids_of(document.json.get("to")),
        cc=ids_of(document.json.get("cc")),
        published=time_of(document.json.get("published")),
        content=text_of(document.json.get("content"), limit=5000),
    )


def read_wrapped(document: Document, *, limit: int) -> list[Activity]:
    """Return the activities that an activity passes on whole, as groups do (FEP-1b12).

    PieFed puts several into one Announce. What cannot be read is left out.
    """
    found: list[Activity] = []
    for value in one_or_many(document.json.get("object"))[:limit]:
        if not isinstance(value, dict):
            continue
        inner = embed(value)
        if inner.type not in ACTIVITY_TYPES:
            continue
        try:
            found.append(read_activity(inner))
        except InvalidDocument:
            continue
    return found


def _normal_or_none(uri: str | None) -> str | None:
    if uri is None:
        return None
    try:
        return normal_uri(uri)
    except InvalidDocument:
        # `as:Public`, `data:`, `tag:` … are names too; they are never fetched.
        return uri[:2048]


def write_activity(
    *,
    id: str,
    type: str,
    actor: str,
    object: str | Mapping[str, Any],
    to: Sequence[str] = (),
    cc: Sequence[str] = (),
    published: datetime | None = None,
    context: Sequence[Any] = ACTIVITY_CONTEXT,
    **more: Any,
) -> JsonObject:
    """Write an activity in our one shape (WIRE §6)."""
    written: JsonObject = {
        "@context": list(context),
        "id": id,
        "type": type,
        "actor": actor,
        "object": object if isinstance(object, str) else dict(object),
        "to": list(to),
        "cc": list(cc),
    }
    if published is not None:
        written["published"] = wire_time(published)
    return written | more
