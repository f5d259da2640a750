"""Undo: a remote actor takes back a follow, a like, a boost or a block of its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from actors.blocks import delete_block, find_block_by_uri
from actors.follows import delete_follow, find_follow, find_follow_by_uri
from actors.models import Actor, Block, Follow
from actors.queries import find_actor_by_uri
from db.session import AsyncSession
from federation.documents.activity import Activity, read_activity
from inbox.outcome import HANDLED, Outcome, ignored, rejected
from notifications.models import Kind
from notifications.notify import withdraw
from posts.boosts import delete_boost, find_boost
from posts.likes import delete_like, find_like_by_uri
from posts.models import Post
from posts.queries import find_post, find_post_by_uri


@dataclass(frozen=True, slots=True)
class Undone:
    """What is taken back: the activity's id, and what that was about, as far as it says."""

    uri: str | None
    object_id: str | None = None


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
    done = await undo(session, sender, Undone(inner.id, inner.object_id))
    return HANDLED if done else ignored("there is nothing to take back")


async def _undo_unnamed(session: AsyncSession, sender: Actor, undone: Undone) -> Outcome:
    # Only an id came: it is looked for among all that can be taken back.
    for undo in _UNDOERS.values():
        if await undo(session, sender, undone):
            return HANDLED
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
    post = await _find_liked(session, sender, undone)
    if post is None or await delete_like(session, sender.id, post) is None:
        return False
    await withdraw(session, post.author_id, Kind.LIKE, sender.id, cause=str(post.id))
    return True


async def _find_liked(session: AsyncSession, sender: Actor, undone: Undone) -> Post | None:
    if undone.object_id is not None:
        return await find_post_by_uri(session, undone.object_id)
    like = await find_like_by_uri(session, undone.uri or "")
    if like is None or like.actor_id != sender.id:
        return None
    return await find_post(session, like.post_id)


async def _undo_boost(session: AsyncSession, sender: Actor, undone: Undone) -> bool:
    boost = await find_post_by_uri(session, undone.uri or "")
    if boost is None and undone.object_id is not None:
        post = await find_post_by_uri(session, undone.object_id)
        boost = await find_boost(session, sender.id, post.id) if post is not None else None
    if boost is None or boost.boost_of_id is None or boost.author_id != sender.id:
        return False
    if boost.deleted_at is not None:
        return False
    await delete_boost(session, boost)
    post = await find_post(session, boost.boost_of_id)
    if post is not None:
        await withdraw(session, post.author_id, Kind.BOOST, sender.id, cause=str(post.id))
    return True


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
}
