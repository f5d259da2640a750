"""Checks answers against the description of Mastodon's API, where the checkout has it beside it."""

from __future__ import annotations

import json
import os
import re
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

_ROOT = Path(__file__).resolve().parents[1]
_SHARED = Path(os.environ.get("SHARED_FOLDER", _ROOT.parent / "shared"))
DESCRIPTION = _SHARED / "mastodon-api" / "openapi.json"


# Where the description says one thing and means a list of them.
_WRONG = frozenset({("get", "/api/v1/filters")})


@cache
def description() -> dict[str, Any]:
    """Return the description; an empty one where there is none beside the checkout."""
    if not DESCRIPTION.exists():
        return {"paths": {}, "components": {}}
    described = json.loads(DESCRIPTION.read_text())
    for entity in ("Status", "StatusEdit"):
        # Whatever is a Quote is a ShallowQuote, too: `oneOf` would refuse every quote.
        quote = described["components"]["schemas"][entity]["properties"]["quote"]
        quote["anyOf"] = quote.pop("oneOf")
    # A group is of any type that its notices are of; the description forgets the newest.
    schemas = described["components"]["schemas"]
    schemas["NotificationGroupTypeEnum"] = schemas["NotificationTypeEnum"]
    # Mastodon sends a number here, whatever its documentation says, and apps read nothing else.
    described["components"]["schemas"]["WebPushSubscription"]["properties"]["id"] = {
        "type": "integer"
    }
    # What is refused before a collection is looked at is refused in the common shape.
    refusal = described["components"]["schemas"]["CustomError422"]["properties"]
    refusal["error"] = {"anyOf": [refusal["error"], {"type": "string"}]}
    # A program of ours may ask for a token that it refreshes.
    described["components"]["schemas"]["OAuthScope"]["enum"].append("offline_access")
    return described


def problems(method: str, path: str, status: int, value: object) -> list[str]:
    """Tell in what an answer (of `/api/v1/accounts/115`) differs from what is described."""
    described = _endpoint(method.lower(), path)
    told = described.get("responses", {}).get(str(status), {}).get("content", {})
    schema = told.get("application/json", {}).get("schema")
    if schema is None:
        return []
    whole = schema | {"components": description()["components"]}
    return [
        f"{error.json_path}: {error.message[:200]}"
        for error in Draft202012Validator(whole).iter_errors(value)
    ]


def is_described(method: str, path: str) -> bool:
    """Tell whether the description has an endpoint."""
    return bool(_endpoint(method.lower(), path))


def _endpoint(method: str, path: str) -> dict[str, Any]:
    paths = description()["paths"]
    if (method, path) in _WRONG:
        return {}
    if method in paths.get(path, {}):
        return paths[path][method]
    for known, pattern in _patterns():
        if pattern.fullmatch(path) and method in paths[known]:
            return paths[known][method]
    return {}


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    """Return the described paths, those with the fewest holes first."""
    known = sorted(description()["paths"], key=lambda path: path.count("{"))
    return [(path, re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path))) for path in known]
