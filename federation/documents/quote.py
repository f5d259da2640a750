"""Quotes on the wire: what a post quotes, in all four spellings, and who may quote it unasked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.errors import InvalidDocument
from core.html import escape
from federation.documents.lenient import JsonObject, find_id, ids_of, one_or_many
from federation.origin import normal_uri

# FEP-044f first: the others are what it came from, and say the same where they stand beside it.
_PROPERTIES = (
    "quote",
    "https://w3id.org/fep/044f#quote",
    "quoteUrl",
    "as:quoteUrl",
    "quoteUri",
    "fedibird:quoteUri",
    "_misskey_quote",
    "misskey:_misskey_quote",
)
# What makes a Link among the tags (FEP-e232) a quote.
_RELATIONS = ("_misskey_quote", "044f#quote", "quoteUrl", "quoteUri")


def read_quote(json: Mapping[str, Any], uri: str) -> str | None:
    """Return the id of what a post quotes: given as id, object, Tombstone, or the first of many.

    A post that quotes itself quotes nothing (D31).
    """
    # BookWyrm writes the words of a book to `quote`.
    names = _PROPERTIES[1:] if "/quotation/" in uri else _PROPERTIES
    candidates = [find_id(json.get(name)) for name in names]
    candidates += [find_id(tag) for tag in one_or_many(json.get("tag")) if _is_quote(tag)]
    for candidate in candidates:
        found = _uri_or_none(candidate)
        if found is not None:
            return found if found != uri else None
    return None


def _is_quote(tag: Any) -> bool:
    if not isinstance(tag, dict) or "Link" not in one_or_many(tag.get("type")):
        return False
    relations = (rel for rel in one_or_many(tag.get("rel")) if isinstance(rel, str))
    return any(rel.endswith(_RELATIONS) for rel in relations)


def _uri_or_none(value: str | None) -> str | None:
    if value is None or not value.startswith(("https://", "http://")):
        return None
    try:
        return normal_uri(value)
    except InvalidDocument:
        return None


def read_stamp(json: Mapping[str, Any]) -> str | None:
    """Return the id of the stamp that a post shows for what it quotes (FEP-044f)."""
    named = json.get("quoteAuthorization", json.get("https://w3id.org/fep/044f#quoteAuthorization"))
    return _uri_or_none(find_id(named))


def write_quote(quote: str, stamp: str | None) -> JsonObject:
    """Write what a post quotes, for those who know FEP-044f and for those who know Misskey's."""
    written = {"quote": quote, "quoteUri": quote, "_misskey_quote": quote}
    return written | ({"quoteAuthorization": stamp} if stamp is not None else {})


def with_fallback(content: str, quote: str) -> str:
    """Return a text with a line that names what it quotes, as Mastodon writes it.

    Software that knows quotes takes it out again.
    """
    uri = escape(quote)
    return f'<p class="quote-inline">RE: <a href="{uri}">{uri}</a></p>{content}'


def read_can_quote(json: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Return who may quote a post without asking; None where its author does not say."""
    policy = json.get("interactionPolicy", json.get("gts:interactionPolicy"))
    if not isinstance(policy, dict):
        return None
    rule = policy.get("canQuote", policy.get("gts:canQuote"))
    if not isinstance(rule, dict):
        return None
    # `always` is what GoToSocial wrote before.
    return ids_of(rule.get("automaticApproval", rule.get("always")))
