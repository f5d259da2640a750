"""What is passed on: a post, from its home or with its owner's proof; by a group also deeds.

A group's Announce of what somebody did (FEP-1b12: Lemmy, PieFed, Mbin, NodeBB, Hubzilla) shows that
the group lets it through, and nothing about who did it: that is proven by the actor's own proof, or
asked for at its origin, or it is dropped.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace

from actors.follows import has_follower_on
from actors.models import LOCAL_HOST, Actor
from actors.queries import find_actor
from actors.remote import refresh_actor
from core.errors import InvalidDocument, PermanentError, Untrusted
from db.session import Database
from federation.client import Client
from federation.documents.activity import Activity, read_activity, read_wrapped
from federation.documents.note import read_note
from federation.origin import same_origin
from federation.proofs import find_proof
from federation.uris import local_uris
from inbox.completed import Completed, without_words
from inbox.gone import require_gone
from inbox.review import Waits, judge, speakers
from inbox.speaker import find_speaker, is_proven
from inbox.surroundings import fetch_surroundings, look_for_badge
from moderation.policy import policies_of
from posts.documents import visibility_of
from posts.eyes import OPEN
from posts.models import Post
from posts.queries import find_post_by_uri
from posts.remote import resolve_post

MAX_WRAPPED = 50
_VOTES = frozenset({"Like", "Dislike", "EmojiReact"})


@dataclass(frozen=True, slots=True)
class _Passing:
    """An Announce on its way through the network step."""

    database: Database
    client: Client
    activity: Activity
    sender: Actor
    is_released: bool

    async def find_post(self, uri: str | None) -> Post | None:
        async with self.database.read() as session:
            return await find_post_by_uri(session, uri or "")

    async def fetch_post(self, uri: str) -> Post:
        return await resolve_post(
            self.database,
            self.client,
            uri,
            check=look_for_badge,
            is_released=self.is_released,
        )

    async def is_followed(self) -> bool:
        async with self.database.read() as session:
            return await has_follower_on(session, self.sender.id, LOCAL_HOST)

    def is_ours(self, uri: str | None) -> bool:
        return uri is not None and local_uris(self.database.settings).is_local(uri)

    async def judge(self, activity: Activity) -> None:
        """Ask the policy about everybody who speaks in it; raises Untrusted or Waits."""
        async with self.database.read() as session:
            policies = await policies_of(session, speakers(activity, self.sender.host))
        judge(activity, policies, is_released=self.is_released)


async def with_announced(
    database: Database, client: Client, activity: Activity, sender: Actor, *, is_released: bool
) -> Completed:
    """Return an Announce with what it passes on, fetched where its word is not good for it.

    Raises Waits for what a moderator must read first, and as `complete` does.
    """
    passing = _Passing(database, client, activity, sender, is_released)
    deeds = read_wrapped(activity.document, limit=MAX_WRAPPED)
    if not deeds:
        return await _with_post(passing)
    if sender.type != "Group":
        raise Untrusted("only a group passes on what somebody did")
    return Completed(activity, sender, await _unwrap_all(passing, deeds))


async def _with_post(passing: _Passing) -> Completed:
    """Fetch a post from where it lives, if somebody here follows who passes it on."""
    activity, sender = passing.activity, passing.sender
    uri = activity.object_id
    if uri is None:
        raise InvalidDocument("nothing is passed on")
    if passing.is_ours(uri) or await passing.find_post(uri) is not None:
        return Completed(activity, sender)
    if not await passing.is_followed():
        return Completed(activity, sender)
    proven = await _proven_post(passing)
    if proven is not None:
        return Completed(activity, sender, (proven,))
    post = await passing.fetch_post(uri)
    return Completed(replace(activity, object_id=post.uri), sender)


async def _proven_post(passing: _Passing) -> Completed | None:
    """Return an embedded post as a Create of its owner's, if its proof is good (B34, WIRE §11).

    Only what is for everybody: of all else its home decides who may have it.
    """
    document = passing.activity.object
    if document is None or find_proof(document) is None:
        return None
    try:
        note = read_note(document)
    except InvalidDocument:
        return None
    if not same_origin(note.id, note.attributed_to) or passing.is_ours(note.attributed_to):
        return None
    author = await find_speaker(passing.database, passing.client, note.attributed_to)
    if author.uri != note.attributed_to or visibility_of(note, author) not in OPEN:
        return None
    if not await is_proven(passing.database, passing.client, document, author):
        return None
    create = Activity("Create", author.uri, document, object_id=note.id, object=document)
    await passing.judge(create)
    await fetch_surroundings(passing.database, passing.client, create, author, is_wanted=True)
    return Completed(create, author)


async def _unwrap_all(passing: _Passing, deeds: list[Activity]) -> tuple[Completed, ...]:
    """Unwrap each; one that is not to be believed keeps none of the others out."""
    found: list[Completed] = []
    failed: list[PermanentError] = []
    for deed in deeds:
        try:
            await passing.judge(deed)
            found.append(await _unwrap(passing, deed))
        except Waits:
            raise
        except PermanentError as error:
            failed.append(error)
    if not found:
        raise failed[0]
    return tuple(found)


async def _unwrap(passing: _Passing, deed: Activity) -> Completed:
    kind = deed.type
    if kind == "Undo":
        undone = _undone(deed)
        kind = undone.type if undone is not None else ""
    unwrap = _voted if kind in _VOTES else _UNWRAPPERS.get(deed.type)
    if unwrap is None:
        # What the group decides itself, and what we do nothing about.
        return Completed(deed, passing.sender)
    return await unwrap(passing, deed)


def _undone(deed: Activity) -> Activity | None:
    try:
        return read_activity(deed.object) if deed.object is not None else None
    except InvalidDocument:
        return None


async def _proven_speaker(passing: _Passing, deed: Activity) -> Actor | None:
    """Return who did something, if it carries that actor's proof and is under their own name.

    Mbin wraps what others did under an id of its own: that is nobody's word but the group's. What
    the group did itself is signed by it as it is.
    """
    if deed.actor_id == passing.sender.uri:
        return passing.sender
    if passing.is_ours(deed.actor_id) or find_proof(deed.document) is None:
        return None
    if deed.id is not None and not same_origin(deed.id, deed.actor_id):
        return None
    if not await passing.is_followed():
        # A group of which nobody here is has us ask nobody about others.
        return None
    speaker = await find_speaker(passing.database, passing.client, deed.actor_id)
    is_theirs = await is_proven(passing.database, passing.client, deed.document, speaker)
    return speaker if is_theirs else None


async def _created(passing: _Passing, deed: Activity) -> Completed:
    """Take a post from a proven Create, else from its own home; in a group followed here."""
    uri = deed.object_id
    if uri is None:
        raise InvalidDocument("nothing was created")
    named = Completed(replace(deed, object=None), passing.sender)
    if passing.is_ours(uri) or await passing.find_post(uri) is not None:
        return named
    if not await passing.is_followed():
        return named
    author = await _proven_speaker(passing, deed)
    if author is not None and deed.object is not None and same_origin(uri, author.uri):
        await fetch_surroundings(passing.database, passing.client, deed, author, is_wanted=True)
        return Completed(deed, author)
    post = await passing.fetch_post(uri)
    return Completed(replace(deed, object=None, object_id=post.uri), passing.sender)


async def _updated(passing: _Passing, deed: Activity) -> Completed:
    """Take an edit from a proven Update, else the post as its home shows it now."""
    if deed.object_id == passing.sender.uri:
        # A moderator changed the group: its own document says how.
        group = await refresh_actor(passing.database, passing.client, passing.sender.uri)
        return Completed(replace(deed, actor_id=group.uri), group)
    post = await passing.find_post(deed.object_id)
    if post is None or passing.is_ours(post.uri):
        return Completed(replace(deed, object=None), passing.sender)
    author = await _proven_speaker(passing, deed)
    if author is not None and deed.object is not None and author.id == post.author_id:
        return Completed(deed, author)
    owner = await _owner(passing, post)
    # Somebody else may have edited it; the words that are fetched are its owner's.
    update = without_words(replace(deed, actor_id=owner.uri))
    await passing.judge(update)
    document = await passing.client.fetch_document(post.uri)
    return Completed(replace(update, object=document), owner)


async def _deleted(passing: _Passing, deed: Activity) -> Completed:
    """Delete as the owner what its home says is gone; else the group only passes it on no more."""
    author = await _proven_speaker(passing, deed)
    if author is not None:
        return Completed(deed, author)
    post = await passing.find_post(deed.object_id)
    if post is None or passing.is_ours(post.uri):
        return Completed(deed, passing.sender)
    owner = await _owner(passing, post)
    delete = without_words(replace(deed, actor_id=owner.uri))
    try:
        await require_gone(passing.database, passing.client, delete)
    except PermanentError:
        # A moderator took it out of the group: where it was written it stays.
        return Completed(deed, passing.sender)
    return Completed(delete, owner)


async def _voted(passing: _Passing, deed: Activity) -> Completed:
    """Believe a vote that is proven; one on a post of ours is asked for by its id."""
    voter = await _proven_speaker(passing, deed)
    if voter is not None:
        return Completed(deed, voter)
    undone = _undone(deed) if deed.type == "Undo" else None
    about = (undone or deed).object_id
    if not passing.is_ours(about) or await passing.find_post(about) is None:
        raise Untrusted("nothing proves that it is theirs, and it is about nothing of ours")
    if not await passing.is_followed():
        raise Untrusted("nothing proves that it is theirs, and nobody here follows the group")
    if deed.id is None or not same_origin(deed.id, deed.actor_id):
        raise Untrusted("it is not where its actor is")
    voter = await find_speaker(passing.database, passing.client, deed.actor_id)
    said = read_activity(await passing.client.fetch_document(deed.id))
    if said.actor_id != voter.uri or said.type != deed.type:
        raise Untrusted(f"{deed.id}: its home says otherwise")
    return Completed(said, voter)


async def _owner(passing: _Passing, post: Post) -> Actor:
    async with passing.database.read() as session:
        owner = await find_actor(session, post.author_id)
    assert owner is not None
    return owner


_Unwrap = Callable[[_Passing, Activity], Awaitable[Completed]]
_UNWRAPPERS: Mapping[str, _Unwrap] = {
    "Create": _created,
    "Update": _updated,
    "Delete": _deleted,
}
