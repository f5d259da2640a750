"""Flag on the wire: what is complained about and why, in the spellings of all servers."""

from __future__ import annotations

import re
from dataclasses import dataclass

from federation.documents.lenient import Document, ids_of, text_of

MAX_COMMENT = 5000
MAX_OBJECTS = 100
_ADDRESS = re.compile(r"https?://[^\s<>\"'`]+")


@dataclass(frozen=True, slots=True)
class FlagDocument:
    """The ids of actors and posts that a Flag names, in its order, and its comment as it came."""

    object_ids: tuple[str, ...]
    comment: str = ""


def read_flag(document: Document) -> FlagDocument:
    """Read a Flag; addresses in its text count as named after those in `object`.

    Mastodon and GoToSocial list the actor, then posts; Lemmy names one post, and gives its reason
    as `summary`; Misskey names the actor alone, and the posts in the text.
    """
    json = document.json
    comment = text_of(json.get("content"), limit=MAX_COMMENT)
    comment = comment or text_of(json.get("summary"), limit=MAX_COMMENT) or ""
    told = (address.rstrip(".,;:!?)]") for address in _ADDRESS.findall(comment))
    named = dict.fromkeys((*ids_of(json.get("object")), *told))
    return FlagDocument(tuple(named)[:MAX_OBJECTS], comment)
