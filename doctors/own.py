"""What this instance issued itself, read as others fetch it: no request goes to one's own door."""

from __future__ import annotations

from actors.instance_actor import get_instance_actor
from actors.queries import list_public_keys
from core.errors import Gone, NotFound
from db.session import AsyncSession, Database, settings_of
from doctors import queries
from doctors.judging import Issuer
from doctors.registers import REGISTERS
from doctors.status_list import StatusLists
from federation.client import Client
from federation.documents.lenient import Document, read_document
from federation.uris import LocalKind, local_uris

MAX_ID = 2**63 - 1


async def fetch_signed(database: Database, client: Client, uri: str) -> Document:
    """Return a credential or a status list, from its issuer or from this instance's own tables.

    Raises Gone for a revoked one of ours, else as `fetch_credential` does.
    """
    if not local_uris(database.settings).is_local(uri):
        return await client.fetch_credential(uri)
    async with database.read() as session:
        return read_document(await _read_own(session, uri))


async def _read_own(session: AsyncSession, uri: str) -> bytes:
    parsed = local_uris(settings_of(session)).parse(uri)
    number = parsed.id if parsed is not None else None
    if parsed is not None and number is not None and parsed.kind is LocalKind.STATUS_LIST:
        return await StatusLists().read(session, number)
    issued = None
    if parsed is not None and number is not None and parsed.kind is LocalKind.CREDENTIAL:
        issued = await queries.find_issued(session, number) if number <= MAX_ID else None
    if issued is None:
        raise NotFound(f"{uri}: nothing that was issued here")
    if issued.revoked_at is not None:
        raise Gone(f"{uri}: it was revoked")
    return issued.document


async def own_issuer(session: AsyncSession) -> Issuer:
    """Return this instance as an issuer: its own word counts here, for whomever it vouches."""
    actor = await get_instance_actor(session)
    keys = await list_public_keys(session, actor.id)
    published = {key.uri: key.public_key for key in keys if key.algorithm == "ed25519"}
    return Issuer(
        uri=actor.uri,
        name=actor.name,
        published=published,
        pinned=frozenset(published.values()),
        authority_for=frozenset(REGISTERS),
    )
