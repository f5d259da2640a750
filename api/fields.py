"""What a client sent, whether as query, form, multipart or JSON, under Rails' names."""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl

import orjson
from quart import Request
from werkzeug.exceptions import HTTPException

from api.errors import ApiError
from core.errors import InvalidInput, NotFound

MAX_BODY_BYTES = 1024 * 1024
BODY_S = 30.0
MAX_FIELDS = 1000
MAX_DEPTH = 6
MAX_IDS = 100
MAX_ID = 2**63 - 1
TOO_LARGE = "The request is too large"
_FALSE = frozenset({"", "0", "f", "false", "off", "no", "null"})


class Fields:
    """Named values, each a list of texts: `id[]=1&id[]=2`, `source[privacy]=public`."""

    def __init__(self, pairs: Iterable[tuple[str, str]], nulls: Iterable[str] = ()) -> None:
        self._pairs = list(pairs)
        self._nulls = frozenset(nulls)
        self._values: dict[str, list[str]] = {}
        for name, value in self._pairs:
            # PostgreSQL stores no NUL, and nobody means one.
            self._values.setdefault(name, []).append(value.replace("\x00", ""))

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def texts(self, name: str) -> list[str]:
        """Return every value of `name` and of `name[]`."""
        return self._values.get(name, []) + self._values.get(f"{name}[]", [])

    def text(self, name: str) -> str | None:
        """Return the last value of a name, None when it was not sent."""
        found = self._values.get(name)
        return found[-1] if found else None

    def required(self, name: str) -> str:
        """Return a value that must be there; raises InvalidInput (422)."""
        found = self.text(name)
        if not found:
            raise InvalidInput(f"Validation failed: {name} can't be blank")
        return found

    def flag(self, name: str) -> bool | None:
        """Return a yes or no, None when it was not sent."""
        found = self.text(name)
        return None if found is None else found.strip().lower() not in _FALSE

    def id(self, name: str) -> int | None:
        """Return an id, None when it was not sent; raises InvalidInput for what is none (H09)."""
        found = self.text(name)
        return read_id(found, name) if found else None

    def ids(self, name: str) -> list[int]:
        """Return the distinct ids of a list; raises InvalidInput for what is none."""
        found = dict.fromkeys(read_id(text, name) for text in self.texts(name)[:MAX_IDS])
        return list(found)

    def number(self, name: str, *, default: int, largest: int, smallest: int = 1) -> int:
        """Return a count between two bounds; the default for what is no number."""
        found = self.text(name) or ""
        if not found.isascii() or not found.isdigit() or len(found) > len(str(MAX_ID)):
            return default
        return max(smallest, min(int(found), largest))

    def is_null(self, name: str) -> bool:
        """Tell whether JSON's null, or `[]`, was sent, which otherwise count as nothing."""
        return name in self._nulls

    def each(self, name: str) -> list[Fields]:
        """Return a list of objects: `name[0][key]` by number, then `name[][key]`.

        As Rails reads the latter: a key that comes again begins the next object.
        """
        rows: list[list[tuple[str, str]]] = []
        for full, value in self._pairs:
            if full.startswith(f"{name}[]["):
                key = full.removeprefix(f"{name}[][").removesuffix("]")
                if not rows or any(key == known for known, _ in rows[-1]):
                    rows.append([])
                rows[-1].append((key, value))
        numbered = [found for index, found in self.under(name).items() if index]
        return [*numbered, *(Fields(row) for row in rows)]

    def under(self, name: str) -> dict[str, Fields]:
        """Return `name[0][key]`, `name[1][key]` … as fields by their index, in order."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for full, values in self._values.items():
            if full.startswith(f"{name}["):
                index, _, key = full.removeprefix(f"{name}[").partition("][")
                groups.setdefault(index, []).extend((key.removesuffix("]"), v) for v in values)
        return {index: Fields(groups[index]) for index in sorted(groups, key=_by_number)}


def _by_number(index: str) -> tuple[int, str]:
    return (int(index) if index.isascii() and index.isdigit() and len(index) < 9 else 0, index)


def read_id(text: str, name: str = "id") -> int:
    """Read one of our ids; raises InvalidInput for what can be none."""
    if not text.isascii() or not text.isdigit() or len(text) > len(str(MAX_ID)):
        raise InvalidInput(f"Validation failed: {name} is not a number")
    if int(text) > MAX_ID:
        raise InvalidInput(f"Validation failed: {name} is not a number")
    return int(text)


def path_id(text: str) -> int:
    """Read an id out of an address; raises NotFound for what can be none."""
    try:
        return read_id(text)
    except InvalidInput as error:
        raise NotFound(f"no id: {text[:40]!r}") from error


async def read_fields(request: Request) -> Fields:
    """Read query and body together; the body's values come last and win.

    Raises ApiError 413 above 1 MiB, 400 for JSON that is none.
    """
    pairs = list(request.args.items(multi=True))
    if request.method in {"GET", "HEAD"} and not request.content_length:
        return Fields(pairs)
    if (request.content_length or 0) > MAX_BODY_BYTES:
        raise ApiError(413, TOO_LARGE)
    kind = (request.mimetype or "").lower()
    try:
        async with asyncio.timeout(BODY_S):
            if kind == "multipart/form-data":
                return Fields(pairs + await _multipart(request))
            body = await _read_body(request)
    except TimeoutError as error:
        raise ApiError(408, "The request took too long") from error
    if kind == "application/json":
        return _json_fields(pairs, body)
    return Fields(pairs + _form_pairs(body))


async def _read_body(request: Request) -> bytes:
    """Read what is sent, up to the limit, whatever its length is said to be."""
    body = bytearray()
    async for part in request.body:
        body += part
        if len(body) > MAX_BODY_BYTES:
            raise ApiError(413, TOO_LARGE)
    return bytes(body)


async def _multipart(request: Request) -> list[tuple[str, str]]:
    if request.content_length is None:
        raise ApiError(411, "The length of the request is missing")
    try:
        form, files = await request.form, await request.files
    except (HTTPException, ValueError) as error:
        raise ApiError(400, "The form cannot be read") from error
    if any(file.filename for file in files.values()):
        raise InvalidInput("Validation failed: files cannot be uploaded here")
    return [(str(name), str(value)) for name, value in form.items(multi=True)]


def _form_pairs(body: bytes) -> list[tuple[str, str]]:
    try:
        text = body.decode("utf-8")
        return parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError as error:
        raise ApiError(400, "The form cannot be read") from error


def _json_fields(pairs: list[tuple[str, str]], body: bytes) -> Fields:
    if not body.strip():
        return Fields(pairs)
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise ApiError(400, "Error occurred while parsing request parameters") from error
    if not isinstance(parsed, dict):
        raise ApiError(400, "Error occurred while parsing request parameters")
    given: list[tuple[str, str]] = []
    for name, value in parsed.items():
        _flatten(name, value, given, depth=0)
    nulls = [name for name, value in parsed.items() if value is None or value == []]
    return Fields(pairs + given, nulls)


def _flatten(name: str, value: Any, pairs: list[tuple[str, str]], *, depth: int) -> None:
    """Write `{"source": {"privacy": "public"}}` as `source[privacy]`, as Rails would read it."""
    if depth > MAX_DEPTH or len(pairs) > MAX_FIELDS:
        raise ApiError(400, "Error occurred while parsing request parameters")
    if isinstance(value, Mapping):
        for key, inner in value.items():
            _flatten(f"{name}[{key}]", inner, pairs, depth=depth + 1)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            nested = isinstance(inner, (Mapping, list))
            key = f"{name}[{index}]" if nested else f"{name}[]"
            _flatten(key, inner, pairs, depth=depth + 1)
    elif isinstance(value, bool):
        pairs.append((name, "true" if value else "false"))
    elif value is not None:
        pairs.append((name, str(value)))


def basic_credentials(header: str | None) -> tuple[str, str] | None:
    """Read `Authorization: Basic`; None when there is none that can be read."""
    scheme, _, encoded = (header or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, colon, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (name, secret) if colon else None
