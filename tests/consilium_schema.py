"""Checks answers against our own description of `/api/consilium/v1`."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from api.consilium.described import BASE
from api.consilium.openapi import describe


def problems(method: str, path: str, status: int, value: object) -> list[str]:
    """Tell in what an answer differs from what is described; nothing for what is not ours."""
    if not path.startswith(f"{BASE}/"):
        return []
    operation = find_operation(method, path)
    if operation is None:
        # No such endpoint: the answer to that is nobody's.
        return []
    told = operation["responses"].get(str(status))
    if told is None:
        return [f"{status} is not described"]
    told = _resolved(told)
    (content,) = told["content"].values()
    whole = content["schema"] | {"components": describe()["components"]}
    found = Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER)
    return [f"{error.json_path}: {error.message[:200]}" for error in found.iter_errors(value)]


def find_operation(method: str, path: str) -> dict[str, Any] | None:
    """Return what is described of an endpoint; None where there is none."""
    for known, pattern in _patterns():
        if pattern.fullmatch(path) and method.lower() in describe()["paths"][known]:
            return describe()["paths"][known][method.lower()]
    return None


def _resolved(told: dict[str, Any]) -> dict[str, Any]:
    reference = told.get("$ref")
    return told if reference is None else pointed_at(reference)


def pointed_at(reference: str) -> Any:
    """Return what a reference within the description leads to."""
    found: Any = describe()
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return found


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    return [(path, re.compile(re.sub(r"\{\w+\}", "[^/]+", path))) for path in describe()["paths"]]
