"""From a signed request to a row on disk: what is forged is refused, the rest is acknowledged."""

from __future__ import annotations

from actors.authenticate import authenticate
from actors.models import Actor
from actors.queries import find_actor_by_uri, find_local_actor
from core.errors import Forbidden, Gone, InvalidDocument, NotFound, Unauthenticated
from db.session import Database
from federation.client import Client
from federation.documents.activity import Activity, read_activity
from federation.documents.lenient import read_document
from federation.origin import host_of, same_origin
from federation.proofs import find_proof, has_ld_signature
from federation.signatures.cavage import read_signature
from federation.signatures.request import SignedRequest
from federation.uris import local_uris
from inbox.group_commit import GroupCommit
from inbox.queries import row_of
from moderation.models import PeerClass
from moderation.policy import class_of

# What changes the world under a name of its own; the others are known by signer and body.
_NEED_AN_ID = frozenset({"Create", "Update", "Delete"})
_SPOKEN_TO = frozenset({PeerClass.SOCIAL, PeerClass.CLINICAL})


async def receive(
    database: Database,
    client: Client,
    request: SignedRequest,
    *,
    commits: GroupCommit,
    username: str | None = None,
) -> None:
    """Acknowledge an activity: when this returns, it is on disk and will be processed.

    `username` is whose inbox it came to, None for the shared one. Raises InvalidDocument for what
    is no activity, Unauthenticated for what its signer has no right to say, NotFound and Gone for
    an inbox that is nobody's, TemporaryError when it cannot be stored, and as `authenticate`.
    """
    activity = read_activity(read_document(request.body))
    _check_names(activity, local_uris(database.settings).host)
    read_signature(request)
    if _deletes_itself(activity) and await _is_unknown(database, activity.actor_id):
        # Mastodon tells everybody of deleted accounts, whose keys are gone: nothing to check, and
        # nothing here to delete.
        return
    signer = await authenticate(database, client, request)
    _check_signer(activity, signer)
    owner_id = await _find_owner(database, username) if username is not None else None
    await commits.store(row_of(signer, activity.id, request.body, owner_id=owner_id))


def _check_names(activity: Activity, own_host: str) -> None:
    if host_of(activity.actor_id) == own_host:
        raise InvalidDocument("an actor of ours does not send from elsewhere")
    if activity.id is None and activity.type in _NEED_AN_ID:
        raise InvalidDocument(f"a {activity.type} needs an id")
    if activity.id is not None and not same_origin(activity.id, activity.actor_id):
        raise InvalidDocument("an activity's id is where its actor is")


def _deletes_itself(activity: Activity) -> bool:
    return activity.type == "Delete" and activity.object_id == activity.actor_id


async def _is_unknown(database: Database, actor_uri: str) -> bool:
    host = host_of(actor_uri)
    async with database.read() as session:
        if await class_of(session, host) not in _SPOKEN_TO:
            raise Forbidden(f"{host} is not a peer of this instance")
        return await find_actor_by_uri(session, actor_uri) is None


async def _find_owner(database: Database, username: str) -> int:
    async with database.read() as session:
        owner = await find_local_actor(session, username)
    if owner is None or owner.suspended_at is not None:
        raise NotFound("there is no such inbox")
    if owner.deleted_at is not None:
        raise Gone("this inbox is gone")
    return owner.id


def _check_signer(activity: Activity, signer: Actor) -> None:
    """Refuse what somebody signed in another's name, unless it shows that it was forwarded.

    What it shows is judged when it is processed: the actor's keys may have to be fetched.
    """
    if signer.uri == activity.actor_id:
        return
    proof = find_proof(activity.document)
    if proof is not None and same_origin(proof.method, activity.actor_id):
        return
    if has_ld_signature(activity.document) and not same_origin(signer.uri, activity.actor_id):
        return
    raise Unauthenticated("the signer is not the actor")
