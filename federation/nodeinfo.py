"""NodeInfo 2.0 and 2.1 (FEP-0151): what software this is; no user counts by default."""

from __future__ import annotations

from federation.documents.lenient import JsonObject

VERSIONS = ("2.0", "2.1")
SCHEMA = "http://nodeinfo.diaspora.software/ns/schema/"
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
