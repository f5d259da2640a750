"""Who asks for a document: the reader of a signed GET, judged by host (WIRE §3)."""

from __future__ import annotations

from dataclasses import dataclass

from quart import Request

from actors.authenticate import authenticate
from actors.models import Actor
from core.errors import InvalidDocument, TemporaryError, Unauthenticated
from db.session import Database
from federation.client import Client
from federation.responses import signed_request
from moderation.models import PeerClass
from moderation.policy import class_of


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks: the verified signer and its host's class; without a signer, the whole world."""

    actor: Actor | None
    host: str
    peer_class: PeerClass


STRANGER = Reader(None, "", PeerClass.UNKNOWN)


async def read_reader(
    database: Database, client: Client, request: Request, *, public: bool
) -> Reader:
    """Return who asks for a document; raises as `authenticate` does.

    `public` says that the document may be one for everybody: then, where the instance serves such
    documents unsigned, a signature that is absent or cannot be verified makes a stranger.
    """
    signed = signed_request(request)
    serves_strangers = public and database.settings.serves_public_fetch
    try:
        actor = await authenticate(database, client, signed)
    except (Unauthenticated, InvalidDocument, TemporaryError):
        if serves_strangers:
            return STRANGER
        raise
    async with database.read() as session:
        return Reader(actor, actor.host, await class_of(session, actor.host))
