"""The keys of an actor as its document shows them: PEM of old, and Multikeys (FEP-521a)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from federation.documents.lenient import Document, JsonObject, find_id, ids_of, one_or_many

MAX_KEYS = 10


@dataclass(frozen=True, slots=True)
class PublicKeyPem:
    """An RSA key of an actor as PEM."""

    id: str
    owner: str
    pem: str


@dataclass(frozen=True, slots=True)
class Multikey:
    """A key by FEP-521a; `multibase` holds its kind and its bytes."""

    id: str
    controller: str
    multibase: str


@dataclass(frozen=True, slots=True)
class KeyDocument:
    """A key at an address of its own: GoToSocial's and Misskey's have one, FEP-521a allows it."""

    id: str
    owner: str
    public_key: str


@dataclass(frozen=True, slots=True)
class Multikeys:
    """An actor's Multikeys: `asserting` prove documents, `authenticating` sign requests only.

    `ids` are those of all the keys that the actor names, `asserting_ids` of those that prove, and
    `authenticating_ids` of those that sign: embedded or not.
    """

    asserting: tuple[Multikey, ...]
    authenticating: tuple[Multikey, ...]
    ids: tuple[str, ...]
    asserting_ids: tuple[str, ...]
    authenticating_ids: tuple[str, ...]


def find_key_owner(document: Document) -> str | None:
    """Return whose key a key's own document says it is; None for any other document."""
    return find_id(document.json.get("owner", document.json.get("controller")))


def read_key(document: Document) -> KeyDocument | None:
    """Read a key's own document; None for any other."""
    owner, json = find_key_owner(document), document.json
    public = json.get("publicKeyPem", json.get("publicKeyMultibase"))
    if document.id is None or owner is None or not isinstance(public, str):
        return None
    return KeyDocument(document.id, owner, public)


def read_public_keys(json: Mapping[str, Any]) -> tuple[PublicKeyPem, ...]:
    """Read the RSA keys of an actor: one, or an array of them."""
    read = []
    for part in one_or_many(json.get("publicKey"))[:MAX_KEYS]:
        if not isinstance(part, dict):
            continue
        key_id, owner, pem = part.get("id"), find_id(part.get("owner")), part.get("publicKeyPem")
        if isinstance(key_id, str) and owner and isinstance(pem, str):
            read.append(PublicKeyPem(key_id, owner, pem))
    return tuple(read)


def read_multikeys(json: Mapping[str, Any]) -> Multikeys:
    """Read the Multikeys of an actor, wherever they are embedded."""
    asserting_ids = ids_of(json.get("assertionMethod"))[:MAX_KEYS]
    authenticating_ids = ids_of(json.get("authentication"))[:MAX_KEYS]
    asserting = _embedded(json.get("assertionMethod"))
    others: list[Multikey] = []
    for key in _embedded(json.get("authentication")):
        (asserting if key.id in asserting_ids else others).append(key)
    return Multikeys(
        asserting=tuple(dict.fromkeys(asserting)),
        authenticating=tuple(others),
        ids=(*ids_of(json.get("publicKey"))[:MAX_KEYS], *asserting_ids, *authenticating_ids),
        asserting_ids=asserting_ids,
        authenticating_ids=authenticating_ids,
    )


def _embedded(value: Any) -> list[Multikey]:
    read = []
    for part in one_or_many(value)[:MAX_KEYS]:
        if not isinstance(part, dict) or part.get("type") != "Multikey":
            continue
        key_id, controller = part.get("id"), find_id(part.get("controller"))
        multibase = part.get("publicKeyMultibase")
        if isinstance(key_id, str) and controller and isinstance(multibase, str):
            read.append(Multikey(key_id, controller, multibase))
    return read


def write_keys(
    public_keys: Sequence[PublicKeyPem],
    assertion_keys: Sequence[Multikey],
    authentication: Sequence[str],
) -> JsonObject:
    """Write an actor's keys in our one shape."""
    keys = [{"id": key.id, "owner": key.owner, "publicKeyPem": key.pem} for key in public_keys]
    return {
        # One key alone is written as an object: GoToSocial and Pleroma read no list.
        "publicKey": keys[0] if len(keys) == 1 else keys or None,
        "assertionMethod": [
            {
                "id": key.id,
                "type": "Multikey",
                "controller": key.controller,
                "publicKeyMultibase": key.multibase,
            }
            for key in assertion_keys
        ],
        "authentication": list(authentication),
    }
