"""Further profile documents: what a doctor says to verified doctors, or to contacts (WIRE §4)."""

from __future__ import annotations

from dataclasses import dataclass, field

from core.errors import InvalidDocument
from federation.contexts import PROFILE_CONTEXT
from federation.documents.actor import MAX_SUMMARY, read_lines, write_lines
from federation.documents.lenient import Document, JsonObject, id_of, ids_of, text_of
from federation.documents.practitioner import (
    Practitioner,
    read_practitioner,
    write_practitioner,
)
from federation.origin import normal_uri

PROFILE = "Profile"


@dataclass(frozen=True, slots=True)
class FurtherProfile:
    """A further profile document; `to` is its audience.

    `summary` (the sender's raw HTML) and `lines` are there for a private profile, whose actor has
    none.
    """

    id: str
    attributed_to: str
    to: tuple[str, ...]
    practitioner: Practitioner = field(default_factory=Practitioner)
    summary: str = ""
    lines: tuple[tuple[str, str], ...] = ()


def is_further_profile(document: Document | None) -> bool:
    """Tell whether a document says that it is a profile."""
    return document is not None and PROFILE in document.types


def read_further_profile(document: Document) -> FurtherProfile:
    """Read a further profile document in form only.

    Raises InvalidDocument for other types, and for one that does not say whose it is.
    """
    if not is_further_profile(document):
        raise InvalidDocument(f"{document.id}: not a profile but {document.type!r}")
    json = document.json
    return FurtherProfile(
        id=normal_uri(id_of(json)),
        attributed_to=normal_uri(id_of(json.get("attributedTo"))),
        to=ids_of(json.get("to")),
        practitioner=read_practitioner(json.get("practitioner")) or Practitioner(),
        summary=text_of(json.get("summary"), limit=MAX_SUMMARY) or "",
        lines=read_lines(json.get("attachment")),
    )


def write_further_profile(profile: FurtherProfile) -> JsonObject:
    """Write a further profile document, without its proof; what is not said is left out."""
    written: JsonObject = {
        "@context": PROFILE_CONTEXT,
        "id": profile.id,
        "type": PROFILE,
        "attributedTo": profile.attributed_to,
        "describes": profile.attributed_to,
        "to": list(profile.to),
        "summary": profile.summary or None,
        "attachment": write_lines(profile.lines) or None,
        "practitioner": write_practitioner(profile.practitioner) or None,
    }
    return {name: value for name, value in written.items() if value is not None}
