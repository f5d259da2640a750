"""Consent to quotes on the wire: who asks for what, and the stamp that is given (FEP-044f)."""

from __future__ import annotations

from dataclasses import dataclass

from core.errors import InvalidDocument
from federation.contexts import AUTHORIZATION_CONTEXT
from federation.documents.activity import Activity
from federation.documents.lenient import Document, JsonObject, find_id, id_of
from federation.origin import normal_uri

TYPE = "QuoteAuthorization"
REQUEST_TYPE = "QuoteRequest"


@dataclass(frozen=True, slots=True)
class StampDocument:
    """That an author lets one post (`quoting`) quote one of theirs (`quoted`)."""

    id: str
    author: str
    quoting: str
    quoted: str


@dataclass(frozen=True, slots=True)
class RequestDocument:
    """A wish to quote: `id` is None where the sender gave none."""

    id: str | None
    actor: str
    quoted: str
    quoting: str


def read_authorization(document: Document) -> StampDocument:
    """Read a stamp; raises InvalidDocument for what is none."""
    if TYPE not in document.types:
        raise InvalidDocument(f"{document.id}: no {TYPE} but {document.type!r}")
    json = document.json
    return StampDocument(
        id=normal_uri(id_of(json)),
        author=normal_uri(id_of(json.get("attributedTo"))),
        quoting=normal_uri(id_of(json.get("interactingObject"))),
        quoted=normal_uri(id_of(json.get("interactionTarget"))),
    )


def write_authorization(stamp: StampDocument) -> JsonObject:
    """Write a stamp; neither post is shown in it."""
    return {
        "@context": AUTHORIZATION_CONTEXT,
        "id": stamp.id,
        "type": TYPE,
        "attributedTo": stamp.author,
        "interactingObject": stamp.quoting,
        "interactionTarget": stamp.quoted,
    }


def read_quote_request(activity: Activity) -> RequestDocument:
    """Read who wants to quote what with what; raises InvalidDocument where one is missing."""
    if activity.object_id is None:
        raise InvalidDocument("a QuoteRequest names what is to be quoted")
    return RequestDocument(
        id=activity.id,
        actor=activity.actor_id,
        quoted=activity.object_id,
        quoting=normal_uri(id_of(activity.document.json.get("instrument"))),
    )


def write_quote_request(request: RequestDocument) -> JsonObject:
    """Write the QuoteRequest that is answered, as far as it matters; ids only."""
    return {
        "id": request.id,
        "type": REQUEST_TYPE,
        "actor": request.actor,
        "object": request.quoted,
        "instrument": request.quoting,
    }


def read_result(activity: Activity) -> str | None:
    """Return the id of the stamp that an Accept gives; None where it gives none."""
    found = find_id(activity.document.json.get("result"))
    try:
        return normal_uri(found) if found else None
    except InvalidDocument:
        return None
