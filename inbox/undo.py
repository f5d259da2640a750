"""Undo: a remote actor takes back what it did: a follow, a like, a boost, a block, a lock …"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from actors.blocks import delete_block, find_block_by_uri
from actors.follows import delete_follow, find_follow, find_follow_by_uri
from actors.models import Actor, Block, Follow
from actors.queries import find_actor_by_uri
from core.errors import TemporaryError
from db.session import AsyncSession
from federation.documents.activity import Activity, read_activity
from federation.documents.reaction import read_reaction
from inbox.lock import open_thread
from inbox.outcome import HANDLED, Outcome, ignored, rejected
from inbox.queries import is_waiting
from notifications.models import Kind
from notifications.notify import withdraw
from posts.boosts import delete_boost, find_boost
from posts.likes import delete_like, find_like_by_uri
from posts.models import Post, ReactionKind
from posts.queries import find_post, find_post_by_uri
from posts.reactions import delete_reaction, find_reaction, find_reaction_by_uri


@dataclass(frozen=True, slots=True)
class Undone:
    """What is taken back: the activity's id, what that was about and with which emoji, if said."""

    uri: str | None
    object_id: str | None = None
    emoji: str | None = None


async def handle_undo(session: AsyncSession, activity: Activity, sender: Actor) -> Outcome:
    """Take back what the sender did, and nobody else."""
    if activity.object is None:
        return await _undo_unnamed(session, sender, Undone(activity.object_id))
    inner = read_activity(activity.object)
    if inner.actor_id != sender.uri:
        return rejected("only who did something takes it back")
    undo = _UNDOERS.get(inner.type)
    if undo is None:
        return ignored(f"nothing is known here of a {inner.type}")
    emoji = read_reaction(inner.document)
    undone = Undone(inner.id, inner.object_id, emoji.name if emoji is not None else None)
    done = await undo(session, sender, undone)
    return HANDLED if done else await _nothing(session, sender, undone)


async def _undo_unnamed(session: AsyncSession, sender: Actor, undone: Undone) -> Outcome:
    # Only an id came: it is looked for among all that can be taken back.
    for undo in _UNDOERS.values():
        if await undo(session, sender, undone):
            return HANDLED
    return await _nothing(session, sender, undone)


async def _nothing(session: AsyncSession, sender: Actor, undone: Undone) -> Outcome:
    # What waits to be tried again would be done after it was taken back.
    if undone.uri is not None and await is_waiting(session, sender.uri, undone.uri):
        raise TemporaryError("what it takes back waits to be tried again")
    return ignored("there is nothing to take back")


async def _undo_follow(session: AsyncSession, sender: Actor, undone: Undone) -> bool:
    follow = await _find_follow(session, sender, undone)
    if follow is None or follow.follower_id != sender.id:
        return False
    await delete_follow(session, sender.id, follow.followee_id)
    for kind in (Kind.FOLLOW, Kind.FOLLOW_REQUEST):
        await withdraw(session, follow.followee_id, kind, sender.id)
    return True


async def _find_follow(session: AsyncSession, sender: Actor, undone: Undone) -> Follow | None:
    if undone.object_id is None:
        return await find_follow_by_uri(session, undone.uri or "")
    target = await find_actor_by_uri(session, undone.object_id)
    return await find_follow(session, sender.id, target.id) if target is not None else None


async def _undo_like(session: AsyncSession, sender: Actor, undone: Undone) -> bool:
    if undone.emoji is not None and await _undo_emoji(session, sender, undone):
        return True
    post = await _find_liked(session, sender, undone)
    if post is None:
        return False
    if await delete_like(session, sender.id, post) is None:
        # Lemmy and PieFed undo a Dislike as if it had been a Like.
        return await _undo_dislike(session, sender, undone)
    await withdraw(session, post.author_id, Kind.LIKE, sender.id, cause=str(post.id))
    return True


async def _find_liked(session: AsyncSession, sender: Actor, undone: Undone) -> Post | None:
    if undone.object_id is not None:
        return await find_post_by_uri(session, undone.object_id)
    like = await find_like_by_uri(session, undone.uri or "")
    if like is None or like.actor_id != sender.id:
        return None
    return await find_post(session, like.post_id)


async def _undo_dislike(session: AsyncSession, sender: Actor, undone: Undone) -> bool:
    return await _undo_reaction(session, sender, undone, ReactionKind.DISLIKE)


async def _undo_emoji(session: AsyncSession, sender: Actor, undone: Undone) -> bool:
    return await _undo_reaction(session, sender, undone, ReactionKind.EMOJI)


async def _undo_reaction(
    session: AsyncSession, sender: Actor, undone: Undone, kind: ReactionKind
) -> bool:
    reaction = await find_reaction_by_uri(session, sender.id, undone.uri or "")
    if reaction is None and undone.object_id is not None:
        post = await find_post_by_uri(session, undone.object_id)
        name = "" if kind is ReactionKind.DISLIKE else undone.emoji or ""
        if post is not None:
            reaction = await find_reaction(session, sender.id, post.id, kind, name=name)
    if reaction is None or reaction.kind is not kind:
        return False
    await delete_reaction(session, reaction)
    return True


async def _undo_boost(session: AsyncSession, sender: Actor, undone: Undone) -> bool:
    boost = await find_post_by_uri(session, undone.uri or "")
    if boost is None and undone.object_id is not None:
        post = await find_post_by_uri(session, undone.object_id)
        boost = await find_boost(session, sender.id, post.id) if post is not None else None
    if boost is None or boost.boost_of_id is None or boost.author_id != sender.id:
        return False
    if boost.deleted_at is not None:
        return False
    post = await find_post(session, boost.boost_of_id)
    return post is not None and await undo_boost_of(session, sender, post)


async def undo_boost_of(session: AsyncSession, actor: Actor, post: Post) -> bool:
    """Take back that an actor passes a post on; tell whether it did."""
    boost = await find_boost(session, actor.id, post.id)
    if boost is None:
        return False
    await delete_boost(session, boost)
    await withdraw(session, post.author_id, Kind.BOOST, actor.id, cause=str(post.id))
    return True


async def _undo_lock(session: AsyncSession, sender: Actor, undone: Undone) -> bool:
    if undone.object_id is None:
        return False
    return await open_thread(session, undone.object_id, by=sender) == HANDLED


async def _undo_block(session: AsyncSession, sender: Actor, undone: Undone) -> bool:
    blocked_id = await _find_blocked(session, sender, undone)
    if blocked_id is None:
        return False
    return await delete_block(session, sender.id, blocked_id) is not None


async def _find_blocked(session: AsyncSession, sender: Actor, undone: Undone) -> int | None:
    if undone.object_id is not None:
        target = await find_actor_by_uri(session, undone.object_id)
        return target.id if target is not None else None
    block: Block | None = await find_block_by_uri(session, undone.uri or "")
    return block.blocked_id if block is not None and block.blocker_id == sender.id else None


_Undo = Callable[[AsyncSession, Actor, Undone], Awaitable[bool]]
_UNDOERS: Mapping[str, _Undo] = {
    "Follow": _undo_follow,
    "Like": _undo_like,
    "Announce": _undo_boost,
    "Block": _undo_block,
    "Dislike": _undo_dislike,
    "EmojiReact": _undo_emoji,
    "Lock": _undo_lock,
}
UNDONE = tuple(_UNDOERS)
