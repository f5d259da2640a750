"""JSON Resource Descriptors (RFC 7033)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from federation.documents.lenient import JsonObject, one_or_many
from federation.vocabulary import ACTIVITY_JSON, AS_PROFILE, LD_JSON

MAX_LINKS = 50
_PROFILE_PAGE = "http://webfinger.net/rel/profile-page"
# Where a person of that host goes on to follow somebody of another (OStatus).
_SUBSCRIBE = "http://ostatus.org/schema/1.0/subscribe"
_PLACE = "{uri}"


@dataclass(frozen=True, slots=True)
class WebfingerDocument:
    """Who a handle is: its `subject` (`acct:…`) and the actor it points to.

    `subscribe` is an address with `{uri}` in it, where that person decides about following another.
    """

    subject: str
    actor_uri: str | None
    page: str | None = None
    subscribe: str | None = None
    aliases: tuple[str, ...] = ()

    def subscribe_address(self, handle: str) -> str | None:
        """Return where this person goes on to follow a handle; None without such a page."""
        if self.subscribe is None:
            return None
        return self.subscribe.replace(_PLACE, quote(handle, safe=""))


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
        subscribe=next(
            (
                str(link["template"])
                for link in one_or_many(json.get("links"))[:MAX_LINKS]
                if isinstance(link, dict) and _is_subscribe(link)
            ),
            None,
        ),
    )


def _is_subscribe(link: Mapping[str, Any]) -> bool:
    template = link.get("template")
    is_address = isinstance(template, str) and template.startswith(("https://", "http://"))
    return link.get("rel") == _SUBSCRIBE and is_address and _PLACE in str(template)


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
    if document.subscribe:
        links.append({"rel": _SUBSCRIBE, "template": document.subscribe})
    return {"subject": document.subject, "aliases": list(document.aliases), "links": links}
