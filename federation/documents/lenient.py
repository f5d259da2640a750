"""Reading what others write: one value or many, id or object, and nothing that could hurt."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from core.clock import now
from core.errors import InvalidDocument
from federation.vocabulary import PUBLIC_NAMES

JsonObject = dict[str, Any]

MAX_BODY_BYTES = 1024 * 1024
MAX_DEPTH = 64
MAX_ITEMS = 1000
_BOM = b"\xef\xbb\xbf"
# A text, also one that never ends.
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\Z)', re.DOTALL)
_AS_SQUARE = bytes.maketrans(b"{}", b"[]")
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
# Keywords that rearrange a signed document's graph (CVE-2026-46349): nobody honest sends them.
_GRAPH_KEYWORDS = frozenset({"@graph", "@reverse", "@included", "@nest", "@base", "@vocab"})
# Terms whose meaning a document may not redefine (CVE-2022-24307).
_FIXED_TERMS = frozenset(
    {"actor", "attributedTo", "object", "to", "cc", "id", "type", "inReplyTo", "target", "owner"}
)


@dataclass(frozen=True, slots=True)
class Document:
    """A JSON object from the wire. Only `federation/` looks inside; `source` is what was signed."""

    json: Mapping[str, Any]
    source: bytes

    @property
    def id(self) -> str | None:
        """The document's id; None when absent or no text."""
        return _text_or_none(self.json.get("id", self.json.get("@id")))

    @property
    def types(self) -> tuple[str, ...]:
        """All types, in order."""
        value = self.json.get("type", self.json.get("@type"))
        return tuple(part for part in one_or_many(value) if isinstance(part, str))

    @property
    def type(self) -> str:
        """The first type; empty when there is none."""
        return next(iter(self.types), "")

    def embedded(self, name: str) -> Document | None:
        """Return a property that is an embedded object (the first of many), else None."""
        for value in one_or_many(self.json.get(name)):
            return embed(value) if isinstance(value, dict) else None
        return None


def embed(value: Mapping[str, Any]) -> Document:
    """Make a document of its own out of an embedded object."""
    return Document(value, orjson.dumps(value))


def read_document(body: bytes) -> Document:
    """Read bytes from the wire; raises InvalidDocument as `read_json` does."""
    return Document(read_json(body), body)


def read_json(body: bytes) -> JsonObject:
    """Parse one JSON object, strictly in form: what two parsers could read differently is refused.

    Raises InvalidDocument for other than an object, duplicate keys, NaN, endless numbers, bad
    UTF-8, NUL, lone surrogates, depth over 64, more than 1 MiB, graph keywords, or an inline
    context that redefines the words of authority.
    """
    if len(body) > MAX_BODY_BYTES:
        raise InvalidDocument("the document is larger than 1 MiB")
    # RFC 8259 §8.1 lets a reader pass over a byte order mark: there is one reading without it.
    body = body.removeprefix(_BOM)
    _check_depth(body)
    try:
        value = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_pairs,
            parse_constant=_refuse_constant,
            parse_int=_bounded_int,
            parse_float=_bounded_float,
        )
        # Lone surrogates and NUL come as escapes: writing UTF-8 finds the first.
        if not isinstance(value, dict):
            raise InvalidDocument("the document is no JSON object")
        orjson.dumps(value)
    except (UnicodeError, ValueError, RecursionError, orjson.JSONEncodeError) as error:
        raise InvalidDocument(f"not JSON: {str(error)[:100]}") from error
    if "\\u0000" in body.decode() and _has_nul(value):
        raise InvalidDocument("the document holds a NUL character")
    _check_contexts(value)
    return value


def _check_depth(body: bytes) -> None:
    # A bound from above, cheap: brackets in strings count too, honest documents stay far below.
    if body.count(b"[") + body.count(b"{") <= MAX_DEPTH:
        return
    # Without texts, innermost pairs are taken out level by level: no loop over a million bytes.
    brackets = _STRING.sub(b"", body).translate(_AS_SQUARE, _NO_BRACKETS)
    for _ in range(MAX_DEPTH):
        brackets = brackets.replace(b"[]", b"")
    if brackets:
        raise InvalidDocument("the document is nested more than 64 deep, or not JSON")


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise InvalidDocument("an object names a property twice")
    return made


def _refuse_constant(name: str) -> Any:
    raise InvalidDocument(f"{name} is no JSON number")


def _bounded_int(text: str) -> int:
    if len(text) > 20:
        raise InvalidDocument("a number is too long")
    number = int(text)
    if abs(number) >= 2**63:
        raise InvalidDocument("a number is too large")
    return number


def _bounded_float(text: str) -> float:
    number = float(text) if len(text) <= 64 else math.inf
    if not math.isfinite(number):
        raise InvalidDocument("a number is too large")
    return number


def _has_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, dict):
        return any("\x00" in name or _has_nul(part) for name, part in value.items())
    return isinstance(value, list) and any(_has_nul(part) for part in value)


def _check_contexts(value: JsonObject) -> None:
    for part in _objects(value):
        if not _GRAPH_KEYWORDS.isdisjoint(part):
            raise InvalidDocument("the document rearranges its graph")
        if "@context" not in part:
            continue
        for context in one_or_many(part.get("@context")):
            if isinstance(context, dict) and _redefines(context):
                raise InvalidDocument("the document's context redefines the words of authority")


def _redefines(context: Mapping[str, Any]) -> bool:
    for term in _FIXED_TERMS & context.keys():
        meaning = context[term]
        name = meaning.get("@id") if isinstance(meaning, dict) else meaning
        harmless = {f"as:{term}", f"https://www.w3.org/ns/activitystreams#{term}", f"@{term}"}
        harmless |= {"sec:owner", "https://w3id.org/security#owner"}
        if not isinstance(name, str) or name not in harmless:
            return True
    return bool({"@base", "@vocab"} & context.keys()) and context.get("@vocab") not in (
        None,
        "_:",
    ) or "@base" in context


def _objects(value: JsonObject) -> Iterator[JsonObject]:
    # Not recursive: each object would be handed up through every level above it.
    waiting: list[Any] = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            waiting += part
        elif isinstance(part, dict):
            yield part
            waiting += [below for name, below in part.items() if name != "@context"]


def one_or_many(value: Any) -> list[Any]:
    """Return a list of what is one value, many, or nothing; at most 1000."""
    if value is None:
        return []
    return value[:MAX_ITEMS] if isinstance(value, list) else [value]


def type_of(value: Mapping[str, Any]) -> str:
    """Return the first type of an embedded object; empty when there is none."""
    return next((part for part in one_or_many(value.get("type")) if isinstance(part, str)), "")


def find_id(value: Any) -> str | None:
    """Return the id of an id, an object with one, or the first of several; None without one."""
    for part in one_or_many(value):
        if isinstance(part, str):
            return part or None
        if isinstance(part, dict):
            found = part.get("id", part.get("@id", part.get("href")))
            return found if isinstance(found, str) and found else None
        return None
    return None


def id_of(value: Any) -> str:
    """Return the id of a value that is either an id or an object with one.

    Raises InvalidDocument when there is no id to find.
    Spec: https://www.w3.org/TR/activitypub/#obj-id
    """
    found = find_id(value)
    if found is None:
        raise InvalidDocument("an id is missing")
    return found


def ids_of(value: Any) -> tuple[str, ...]:
    """Return the ids of one value or many, without repeats, in order."""
    found = (find_id(part) for part in one_or_many(value))
    return tuple(dict.fromkeys(part for part in found if part))


def _text_or_none(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def text_of(value: Any, *, limit: int) -> str | None:
    """Return the first text of one value or many, cut at `limit` characters; None without one."""
    for part in one_or_many(value):
        if isinstance(part, str):
            return part[:limit]
    return None


def url_of(value: Any) -> str | None:
    """Return an http(s) address out of a text, a Link or a list of either, HTML pages first."""
    found: list[tuple[bool, str]] = []
    for part in one_or_many(value):
        is_page = isinstance(part, dict) and part.get("mediaType") == "text/html"
        address = part if isinstance(part, str) else find_id_of_link(part)
        if isinstance(address, str) and address.startswith(("https://", "http://")):
            found.append((not is_page, address[:2048]))
    return min(found)[1] if found else None


def find_id_of_link(value: Any) -> str | None:
    """Return the `href` or `url` of a Link or media object."""
    if not isinstance(value, dict):
        return None
    address = value.get("href", value.get("url"))
    if isinstance(address, list | dict):
        return url_of(address)
    return address if isinstance(address, str) else None


def time_of(value: Any) -> datetime | None:
    """Read a time leniently; years before 1970 or far ahead count as no time (C10)."""
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        moment = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    try:
        moment = moment.astimezone(UTC)
    except (OverflowError, ValueError):
        return None
    return moment if 1970 < moment.year and moment < now() + timedelta(days=3660) else None


def bool_of(value: Any, *, default: bool = False) -> bool:
    """Return a truth value; anything else counts as the default."""
    return value if isinstance(value, bool) else default


def number_of(value: Any, *, low: int, high: int) -> int | None:
    """Return a whole number clamped to bounds; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return max(low, min(high, int(value)))


def is_public(uri: str) -> bool:
    """Tell whether an addressee is everybody, in any of its three spellings."""
    return uri in PUBLIC_NAMES
