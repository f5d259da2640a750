"""Our own status lists: a bit for each credential we issued, set when it is revoked (WIRE §5)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import orjson

from actors.instance_actor import get_instance_actor
from actors.keyring import PrivateKeys, private_keys
from core.clock import now
from core.errors import NotFound
from db.session import AsyncSession, settings_of
from doctors import queries
from federation.documents.credential import (
    STATUS_LIST_BITS,
    StatusListDocument,
    write_status_list,
)
from federation.proofs import sign_document
from federation.uris import local_uris

VALID_FOR = timedelta(days=1)
# A copy is signed anew after this, so that whoever fetches it has it for most of a day.
KEPT_FOR = timedelta(hours=1)
# Beyond this a new list is begun: an index is found by drawing, and should say nothing of its age.
MOST_USED = STATUS_LIST_BITS // 4


async def take_index(session: AsyncSession) -> tuple[int, int]:
    """Return a list's number and an index on it that no credential ever had, drawn at random."""
    newest, used = await queries.list_usage(session)
    number = newest + 1 if newest == 0 or used >= MOST_USED else newest
    while True:
        index = secrets.randbelow(STATUS_LIST_BITS)
        if not await queries.is_index_used(session, number, index):
            return number, index


@dataclass(frozen=True, slots=True)
class _Copy:
    revoked: tuple[int, ...]
    key_id: str
    made_at: datetime
    body: bytes


@dataclass(slots=True)
class StatusLists:
    """Our signed lists; a copy is kept as long as no bit and no key has changed."""

    _copies: dict[int, _Copy] = field(default_factory=dict)

    async def read(self, session: AsyncSession, number: int) -> bytes:
        """Return a list as it is now; raises NotFound for one that was never begun."""
        newest, _ = await queries.list_usage(session)
        if not 1 <= number <= newest:
            raise NotFound(f"there is no status list {number}")
        revoked = await queries.revoked_indices(session, number)
        keys = await private_keys(session, await get_instance_actor(session))
        copy = self._copies.get(number)
        is_good = copy is not None and (copy.revoked, copy.key_id) == (revoked, keys.ed25519_key_id)
        if copy is None or not is_good or now() - copy.made_at > KEPT_FOR:
            body = _write(session, number, revoked, keys)
            copy = _Copy(revoked, keys.ed25519_key_id, now(), body)
            self._copies[number] = copy
        return copy.body


def _write(
    session: AsyncSession, number: int, revoked: tuple[int, ...], keys: PrivateKeys
) -> bytes:
    uris = local_uris(settings_of(session))
    moment = now()
    written = write_status_list(
        StatusListDocument(
            id=uris.status_list(number),
            issuer=uris.instance_actor,
            valid_from=moment,
            valid_until=moment + VALID_FOR,
            bits=set_bits(revoked),
        )
    )
    signed = sign_document(
        written, method=keys.ed25519_key_id, private_key=keys.ed25519_private, created=moment
    )
    return orjson.dumps(signed)


def set_bits(indices: tuple[int, ...]) -> bytes:
    """Return a list's bits with some of them set, counted from the left."""
    bits = bytearray(STATUS_LIST_BITS // 8)
    for index in indices:
        bits[index // 8] |= 0x80 >> index % 8
    return bytes(bits)
