"""Our actors' private keys: wrapped in the database, unwrapped only to sign."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import select
from sqlmodel import col

from actors.models import Actor, ActorKey
from core.errors import NotFound
from db.session import AsyncSession, settings_of
from federation.client import Signer

_NONCE_BYTES = 12
_PURPOSE = b"consilium actor keys"


@dataclass(frozen=True, slots=True)
class PrivateKeys:
    """The two keys of a local actor: RSA as PEM, Ed25519 as 32 raw bytes."""

    rsa_key_id: str
    rsa_private: bytes
    ed25519_key_id: str
    ed25519_private: bytes


@lru_cache(maxsize=8)
def _cipher(secret: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), 32, salt=None, info=_PURPOSE).derive(secret))


def wrap(secret: bytes, private: bytes, *, key_id: str) -> bytes:
    """Encrypt a private key under the instance's secret, bound to the key's id."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + _cipher(secret).encrypt(nonce, private, key_id.encode())


@lru_cache(maxsize=2048)
def unwrap(secret: bytes, wrapped: bytes, *, key_id: str) -> bytes:
    """Undo `wrap`; raises InvalidTag when the secret is another one."""
    nonce, sealed = wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:]
    return _cipher(secret).decrypt(nonce, sealed, key_id.encode())


async def private_keys(session: AsyncSession, actor: Actor) -> PrivateKeys:
    """Return a local actor's keys in use; raises NotFound for an actor of elsewhere."""
    statement = select(ActorKey).where(
        col(ActorKey.actor_id) == actor.id,
        col(ActorKey.wrapped_private_key).is_not(None),
        col(ActorKey.retired_at).is_(None),
    )
    # Of two in use the elder signs: the other one is only announced (`rotation.py`).
    newest_first = statement.order_by(col(ActorKey.id).desc())
    found = {key.algorithm: key for key in await session.scalars(newest_first)}
    if not {"rsa", "ed25519"} <= found.keys():
        raise NotFound(f"{actor.uri} has no keys here")
    secret = settings_of(session).secret
    rsa, ed25519 = found["rsa"], found["ed25519"]
    return PrivateKeys(
        rsa_key_id=rsa.uri,
        rsa_private=unwrap(secret, rsa.wrapped_private_key or b"", key_id=rsa.uri),
        ed25519_key_id=ed25519.uri,
        ed25519_private=unwrap(secret, ed25519.wrapped_private_key or b"", key_id=ed25519.uri),
    )


async def signer_of(session: AsyncSession, actor_id: int) -> Signer:
    """Return who signs requests as a local actor; raises NotFound without such keys."""
    keys = await private_keys(session, await session.get_one(Actor, actor_id))
    return Signer(
        keys.rsa_key_id,
        keys.rsa_private,
        ed25519_key_id=keys.ed25519_key_id,
        ed25519_private=keys.ed25519_private,
    )
