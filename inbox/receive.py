"""From a signed request to a row on disk: what is forged is refused, the rest is acknowledged."""

from __future__ import annotations

from dataclasses import dataclass

from actors.authenticate import introduce, verify
from actors.models import Actor
from actors.queries import find_actor_by_uri, find_local_actor
from core.errors import Forbidden, Gone, InvalidDocument, KeyGone, NotFound, Unauthenticated
from db.jobs import enqueue
from db.session import Database
from federation.client import Client
from federation.documents.activity import Activity, read_activity
from federation.documents.lenient import read_document
from federation.origin import host_of, same_origin
from federation.proofs import find_proof, has_ld_signature
from federation.signatures.request import SignedRequest
from federation.uris import local_uris
from inbox.group_commit import GroupCommit
from inbox.limits import Doorkeeper, InboxLimits
from inbox.queries import row_of
from moderation.models import PeerClass
from moderation.policy import class_of

# What changes the world under a name of its own; the others are known by signer and body.
_NEED_AN_ID = frozenset({"Create", "Update", "Delete"})
_SPOKEN_TO = frozenset({PeerClass.SOCIAL, PeerClass.CLINICAL})
# Longer than any Delete of an account; read in well under a millisecond.
MAX_SHORT_BYTES = 8 * 1024


@dataclass(frozen=True, slots=True)
class Door:
    """What the requests of one process share: who is let in, and how it gets to disk."""

    keeper: Doorkeeper
    commits: GroupCommit

    @classmethod
    def of(cls, database: Database, limits: InboxLimits) -> Door:
        """Make the door of a process."""
        return cls(Doorkeeper(database, limits), GroupCommit(database))


async def receive(
    database: Database,
    client: Client,
    request: SignedRequest,
    *,
    door: Door,
    username: str | None = None,
) -> None:
    """Acknowledge an activity: when this returns, it is on disk and will be processed.

    `username` is whose inbox it came to, None for the shared one. Raises InvalidDocument for what
    is no activity, Unauthenticated for what its signer has no right to say, NotFound and Gone for
    an inbox that is nobody's, RateLimited for too much of one host, TemporaryError when it cannot
    be stored, and as `authenticate`.
    """
    introduction = await introduce(database, request)
    host, rate = introduction.host, introduction.policy.rate
    await door.keeper.require_room(host, rate)
    # A large body costs something to read: that waits until the signature is verified.
    is_short = len(request.body) <= MAX_SHORT_BYTES
    activity = _read(database, request.body) if is_short else None
    if activity is not None and _deletes_itself(activity):
        if await _is_unknown(database, activity.actor_id):
            # Mastodon tells everybody of deleted accounts, whose keys are gone: nothing to check,
            # and nothing here to delete.
            return
    try:
        signer = await verify(database, client, introduction)
    except KeyGone:
        if activity is None or not _deletes_itself(activity):
            raise
        if not same_origin(introduction.claim.key_id, activity.actor_id):
            raise
        # Nobody can prove it any more (B21): its home is asked whether it is gone.
        await _owe_check(database, activity.actor_id)
        return
    door.keeper.count(host, rate)
    activity = activity or _read(database, request.body)
    _check_signer(activity, signer)
    owner_id = await _find_owner(database, username) if username is not None else None
    await door.commits.store(row_of(signer, activity.id, request.body, owner_id=owner_id))
    door.keeper.note_stored(signer.host)


def _read(database: Database, body: bytes) -> Activity:
    activity = read_activity(read_document(body))
    _check_names(activity, local_uris(database.settings).host)
    return activity


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


async def _owe_check(database: Database, actor_uri: str) -> None:
    async with database.transaction() as session:
        key = f"check gone {actor_uri}"
        await enqueue(session, "check gone", {"uri": actor_uri}, key=key)


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
