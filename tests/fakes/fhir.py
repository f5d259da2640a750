"""A directory of professionals that speaks FHIR: it tells who has a number, to whom has its key."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from aiohttp import web

from fakes.server import Received, Server

KEY = "a-key-for-tests"
RECORDED = Path(__file__).resolve().parent.parent / "doctors" / "data" / "fhir_practitioner.json"
RPPS_SYSTEM = "https://rpps.esante.gouv.fr"


class Directory(Server):
    """Answers searches by number with a bundle; `people` are bundles by number."""

    def __init__(self) -> None:
        super().__init__()
        self.people: dict[str, dict[str, Any]] = {}

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}/fhir/v2"

    def read(self, received: Received) -> web.Response:
        if dict(received.headers).get("esante-api-key") != KEY:
            return web.Response(status=401)
        parts = urlsplit(received.path)
        asked = parse_qs(parts.query)
        if parts.path != "/fhir/v2/Practitioner" or "identifier" not in asked:
            return web.Response(status=404)
        found = self.people.get(asked["identifier"][0], empty())
        return web.Response(text=json.dumps(found), content_type="application/fhir+json")

    async def fetch_key(self, key_id: str) -> str | None:
        return None

    @property
    def asked(self) -> list[str]:
        """The numbers that were asked for, oldest first."""
        return [
            parse_qs(urlsplit(one.path).query)["identifier"][0]
            for one in list(self.journal)
            if "identifier=" in one.path
        ]


def recorded() -> dict[str, Any]:
    """Return the answer about Théo Albrivaux, 99900000193, as the directory writes it."""
    found: dict[str, Any] = json.loads(RECORDED.read_text(encoding="utf-8"))
    return found


def empty() -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "searchset", "total": 0}


def practitioner(number: str, **changes: Any) -> dict[str, Any]:
    """Return a resource of the least that tells who somebody is."""
    return {
        "resourceType": "Practitioner",
        "identifier": [{"system": RPPS_SYSTEM, "value": number}],
        "name": [{"family": "MARTIN", "given": ["Alice"]}],
        "qualification": [{"code": {"coding": [coding("TRE_G15-ProfessionSante", "10")]}}],
    } | changes


def coding(nomenclature: str, code: str) -> dict[str, str]:
    """Return a code of one of the agency's nomenclatures."""
    name = nomenclature.replace("_", "-")
    return {
        "system": f"https://mos.esante.gouv.fr/NOS/{nomenclature}/FHIR/{name}",
        "code": code,
    }


def bundle(*resources: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": "Bundle", "entry": [{"resource": one} for one in resources]}
