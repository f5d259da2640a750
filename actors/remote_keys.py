"""Which of the keys that a remote actor names are its own: nobody takes a neighbour's (A20)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from actors.models import Actor, ActorKey
from core.errors import InvalidDocument
from federation.documents.actor import ActorDocument
from federation.keys import is_ed25519, load_public
from federation.origin import normal_uri, same_origin


@dataclass(frozen=True, slots=True)
class KeyAddress:
    """A key at whose own address its owner is named; `public_key` is what stands there, if any."""

    uri: str
    public_key: str | None = None


def keys_of(
    actor: Actor,
    document: ActorDocument,
    held: Sequence[ActorKey],
    *,
    found: KeyAddress | None = None,
) -> list[ActorKey]:
    """Return the keys of a remote actor: those that it names, and that are nobody else's.

    A key with a fragment is part of one document, and must be part of this one. One with an address
    of its own counts once that address was seen to name this actor: as `found`, or when it was
    `held` before.
    """
    confirmed = {key.uri for key in held} | ({found.uri} if found is not None else set())
    named = {
        uri: (public, proves)
        for uri, public, proves in _named(document)
        if _is_part_of(document, uri) or (uri in confirmed and same_origin(uri, document.id))
    }
    for uri, public in _referred_to(document, held, found):
        named.setdefault(uri, (public, uri in document.asserting_keys))
    keys = []
    for uri, (public, proves) in named.items():
        algorithm = _algorithm(public)
        if algorithm is not None:
            keys.append(
                ActorKey(
                    uri=uri,
                    actor_id=actor.id,
                    algorithm=algorithm,
                    public_key=public,
                    proves=proves,
                )
            )
    return keys


def _named(document: ActorDocument) -> Iterator[tuple[str, str, bool]]:
    """Give id, key, and whether it proves, of each key that is embedded and says whose it is."""
    for multikey in document.authentication_keys:
        if multikey.controller == document.id:
            yield multikey.id, multikey.multibase, False
    for multikey in document.assertion_keys:
        if multikey.controller == document.id:
            yield multikey.id, multikey.multibase, True
    for key in document.public_keys:
        if key.owner == document.id:
            yield key.id, key.pem, False


def _referred_to(
    document: ActorDocument, held: Sequence[ActorKey], found: KeyAddress | None
) -> Iterator[tuple[str, str]]:
    """Give the keys that the actor names by id only, where we know what stands at that address."""
    if found is not None and found.public_key is not None and found.uri in document.listed_keys:
        yield found.uri, found.public_key
    for key in held:
        if key.uri in document.listed_keys:
            yield key.uri, key.public_key


def _is_part_of(document: ActorDocument, key_id: str) -> bool:
    where = key_id.partition("#")[0]
    if not same_origin(key_id, document.id):
        return False
    # BookWyrm's keys have a slash before the fragment, which its actors' ids have not.
    return normal_uri(where).rstrip("/") == document.id.rstrip("/")


def _algorithm(public: str) -> str | None:
    try:
        load_public(public)
    except InvalidDocument:
        return None
    return "ed25519" if is_ed25519(public) else "rsa"
