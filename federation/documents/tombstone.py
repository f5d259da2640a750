"""What stands where something was deleted."""

from __future__ import annotations

from datetime import datetime

from core.clock import wire_time
from federation.documents.lenient import JsonObject
from federation.vocabulary import AS_CONTEXT


def write_tombstone(uri: str, *, deleted: datetime | None = None) -> JsonObject:
    """Write a Tombstone."""
    written: JsonObject = {"@context": [AS_CONTEXT], "id": uri, "type": "Tombstone"}
    return written | ({"deleted": wire_time(deleted)} if deleted else {})
