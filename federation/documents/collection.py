"""Ordered collections and their pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import InvalidDocument
from federation.documents.lenient import (
    Document,
    JsonObject,
    find_id,
    ids_of,
    number_of,
)
from federation.vocabulary import AS_CONTEXT

_TYPES = frozenset({"Collection", "OrderedCollection", "CollectionPage", "OrderedCollectionPage"})


@dataclass(frozen=True, slots=True)
class CollectionDocument:
    """A collection or one page of it: ids only, embedded items of others are never believed."""

    id: str | None
    total: int | None
    items: tuple[str, ...]
    first: str | None
    next: str | None
    first_page: Document | None = None


def read_collection(document: Document) -> CollectionDocument:
    """Read a collection or a page; raises InvalidDocument for other types."""
    if not _TYPES & set(document.types):
        raise InvalidDocument(f"{document.id}: not a collection but {document.type!r}")
    json = document.json
    return CollectionDocument(
        id=document.id,
        total=number_of(json.get("totalItems"), low=0, high=2**53),
        items=ids_of(json.get("orderedItems", json.get("items"))),
        first=find_id(json.get("first")),
        next=find_id(json.get("next")),
        first_page=document.embedded("first"),
    )


def write_collection(
    uri: str, *, total: int | None = None, first: str | None = None
) -> JsonObject:
    """Write a collection that is read by pages from `first` (none: only counted).

    `total` None says nothing of how many there are: not every reader may have each of them.
    """
    written: JsonObject = {"@context": [AS_CONTEXT], "id": uri, "type": "OrderedCollection"}
    more = {"totalItems": total, "first": first}
    return written | {name: value for name, value in more.items() if value is not None}


def write_page(
    uri: str, *, part_of: str, items: Sequence[Any], next_page: str | None = None
) -> JsonObject:
    """Write one page of a collection, newest first."""
    written: JsonObject = {
        "@context": [AS_CONTEXT],
        "id": uri,
        "type": "OrderedCollectionPage",
        "partOf": part_of,
        "orderedItems": list(items),
    }
    return written | ({"next": next_page} if next_page else {})
