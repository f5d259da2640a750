"""JSON Resource Descriptors (RFC 7033)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from federation.documents.lenient import JsonObject, one_or_many
from federation.vocabulary import ACTIVITY_JSON, AS_PROFILE, LD_JSON

MAX_LINKS = 50
_PROFILE_PAGE = "http://webfinger.net/rel/profile-page"


@dataclass(frozen=True, slots=True)
class WebfingerDocument:
    """Who a handle is: its `subject` (`acct:…`) and the actor it points to."""

    subject: str
    actor_uri: str | None
    page: str | None = None
    aliases: tuple[str, ...] = ()


def read_webfinger(json: Mapping[str, Any]) -> WebfingerDocument:
    """Read a descriptor leniently: the first ActivityPub `self` link counts."""
    subject = json.get("subject")
    return WebfingerDocument(
        subject=subject if isinstance(subject, str) else "",
        actor_uri=next(
            (
                str(link["href"])
                for link in one_or_many(json.get("links"))[:MAX_LINKS]
                if isinstance(link, dict) and _is_actor(link)
            ),
            None,
        ),
    )


def _is_actor(link: Mapping[str, Any]) -> bool:
    kind = str(link.get("type", ""))
    is_as = kind.startswith(LD_JSON) and AS_PROFILE in kind
    is_document = kind.startswith(ACTIVITY_JSON) or is_as
    return link.get("rel") == "self" and is_document and isinstance(link.get("href"), str)


def write_webfinger(document: WebfingerDocument) -> JsonObject:
    """Write a descriptor."""
    links = [{"rel": "self", "type": ACTIVITY_JSON, "href": document.actor_uri}]
    if document.page:
        links.append({"rel": _PROFILE_PAGE, "type": "text/html", "href": document.page})
    return {"subject": document.subject, "aliases": list(document.aliases), "links": links}
