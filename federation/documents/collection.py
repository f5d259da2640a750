"""Collections and their pages, ordered or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import InvalidDocument
from federation.documents.lenient import (
    Document,
    JsonObject,
    embed,
    find_id,
    ids_of,
    number_of,
    one_or_many,
)
from federation.origin import normal_uri, same_origin
from federation.vocabulary import AS_CONTEXT

COLLECTION_TYPES = frozenset(
    {"Collection", "OrderedCollection", "CollectionPage", "OrderedCollectionPage"}
)


@dataclass(frozen=True, slots=True)
class CollectionDocument:
    """A collection or one page of it: the ids of its items are all that is believed of others.

    `embedded` are those items that came whole: only who fetched the collection can tell whether
    one of them is its owner's. `attributed_to` is the owner of a thread (FEP-7888).
    """

    id: str | None
    total: int | None
    items: tuple[str, ...]
    first: str | None
    next: str | None
    first_page: Document | None = None
    attributed_to: str | None = None
    embedded: tuple[Document, ...] = ()
    is_page: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """What one answer holds of a collection, and where it goes on."""

    items: tuple[str, ...]
    embedded: tuple[Document, ...]
    next: str | None

    @property
    def posts(self) -> tuple[str, ...]:
        """The ids of the posts: a Create stands for its object, other activities for nothing."""
        created = {
            item.id: find_id(item.json["object"]) if item.type == "Create" else None
            for item in self.embedded
            if "actor" in item.json and "object" in item.json
        }
        found = (created.get(uri, uri) for uri in self.items)
        return tuple(dict.fromkeys(uri for uri in found if uri is not None))


def is_collection(document: Document | None) -> bool:
    """Tell whether a document is a collection or a page of one."""
    return document is not None and not COLLECTION_TYPES.isdisjoint(document.types)


def read_collection(document: Document) -> CollectionDocument:
    """Read a collection or a page; raises InvalidDocument for other types."""
    types = COLLECTION_TYPES & set(document.types)
    if not types:
        raise InvalidDocument(f"{document.id}: not a collection but {document.type!r}")
    json = document.json
    # Lemmy writes `items` in an OrderedCollection.
    items = one_or_many(json.get("orderedItems") or json.get("items"))
    return CollectionDocument(
        id=document.id,
        total=number_of(json.get("totalItems"), low=0, high=2**53),
        items=ids_of(items),
        first=find_id(json.get("first")),
        next=find_id(json.get("next")),
        first_page=document.embedded("first"),
        attributed_to=find_id(json.get("attributedTo")),
        embedded=tuple(embed(item) for item in items if isinstance(item, dict)),
        is_page=all(name.endswith("Page") for name in types),
    )


def read_part(document: Document) -> Part:
    """Read what one answer holds: a page, or a collection with the first page that is in it.

    `next` is None at the end, and where it would lead to another host or back to itself (D27).
    Raises InvalidDocument as `read_collection` does.
    """
    whole = read_collection(document)
    page = _embedded_page(whole)
    if page is None:
        following = whole.next or (None if whole.is_page else whole.first)
        return Part(whole.items, whole.embedded, _onward(following, whole.id))
    items = tuple(dict.fromkeys((*whole.items, *page.items)))
    return Part(items, (*whole.embedded, *page.embedded), _onward(page.next, whole.id))


def _embedded_page(whole: CollectionDocument) -> CollectionDocument | None:
    if whole.first_page is None:
        return None
    try:
        return read_collection(whole.first_page)
    except InvalidDocument:
        return None


def _onward(following: str | None, here: str | None) -> str | None:
    if following is None or here is None or not same_origin(following, here):
        return None
    following = normal_uri(following)
    return None if following == normal_uri(here) else following


def write_collection(
    uri: str,
    *,
    total: int | None = None,
    first: str | None = None,
    attributed_to: str | None = None,
) -> JsonObject:
    """Write a collection that is read by pages from `first` (none: only counted).

    `total` None says nothing of how many there are: not every reader may have each of them.
    """
    written: JsonObject = {"@context": [AS_CONTEXT], "id": uri, "type": "OrderedCollection"}
    more = {"attributedTo": attributed_to, "totalItems": total, "first": first}
    return written | {name: value for name, value in more.items() if value is not None}


def write_page(
    uri: str, *, part_of: str, items: Sequence[Any], next_page: str | None = None
) -> JsonObject:
    """Write one page of a collection, in its order."""
    written: JsonObject = {
        "@context": [AS_CONTEXT],
        "id": uri,
        "type": "OrderedCollectionPage",
        "partOf": part_of,
        "orderedItems": list(items),
    }
    return written | ({"next": next_page} if next_page else {})
