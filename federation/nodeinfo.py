"""NodeInfo 2.0 and 2.1 (FEP-0151): what software this is; no user counts by default."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from federation.documents.lenient import JsonObject, find_id, one_or_many

VERSIONS = ("2.0", "2.1")
SCHEMA = "http://nodeinfo.diaspora.software/ns/schema/"
APPLICATION = "https://www.w3.org/ns/activitystreams#Application"
_MAX_LINKS = 20
SOFTWARE_VERSION = "0.1.0"


def nodeinfo(version: str, *, open_registrations: bool, name: str) -> JsonObject:
    """Write the document of one version."""
    software = {"name": "consilium", "version": SOFTWARE_VERSION}
    if version == "2.1":
        software["homepage"] = "https://w3id.org/consilium"
    return {
        "version": version,
        "software": software,
        "protocols": ["activitypub"],
        "services": {"inbound": [], "outbound": []},
        "openRegistrations": open_registrations,
        "usage": {"users": {}},
        "metadata": {"nodeName": name},
    }


def find_application(links: Mapping[str, Any]) -> str | None:
    """Return the instance actor that `/.well-known/nodeinfo` names (FEP-2677), None without one."""
    for link in one_or_many(links.get("links"))[:_MAX_LINKS]:
        if isinstance(link, dict) and link.get("rel") == APPLICATION:
            return find_id(link)
    return None
