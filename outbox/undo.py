"""Undo: somebody here takes back a follow, a block, a like, an emoji or a boost."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from actors.blocks import delete_block
from actors.follows import delete_follow
from actors.models import Actor
from actors.queries import find_actor
from federation.documents.activity import write_activity
from federation.documents.lenient import JsonObject
from notifications.models import Kind
from notifications.notify import withdraw
from outbox import queries
from outbox.activities import retract
from outbox.announce import announce_of
from outbox.block import build_block
from outbox.emoji_react import build_emoji_react
from outbox.follow import build_follow
from outbox.ids import derived_id
from outbox.like import build_like, like_inboxes
from outbox.models import Priority
from outbox.publish import publish
from outbox.recipients import (
    Inbox,
    audience_inboxes,
    has_proof,
    own_inboxes_of,
    stays_clinical,
)
from posts.boosts import delete_boost, find_boost
from posts.likes import delete_like
from posts.models import Post, ReactionKind
from posts.reactions import delete_reaction, find_reaction
from posts.timelines import clear_home


def build_undo(
    *, actor_uri: str, undone: JsonObject, to: Sequence[str] = (), cc: Sequence[str] = ()
) -> JsonObject:
    """Build the Undo of an activity of the same actor; its id follows from that one's."""
    return write_activity(
        id=derived_id(actor_uri, "Undo", undone["id"]),
        type="Undo",
        actor=actor_uri,
        object=undone,
        to=to,
        cc=cc,
    )


async def send_undo_follow(session: AsyncSession, follower: Actor, followee: Actor) -> None:
    """Stop following somebody, or take the request back; nothing happens where there is none."""
    follow = await delete_follow(session, follower.id, followee.id)
    if follow is None:
        return
    await clear_home(session, follower.id, followee.id)
    if followee.is_local:
        for kind in (Kind.FOLLOW, Kind.FOLLOW_REQUEST):
            await withdraw(session, followee.id, kind, follower.id)
        return
    undone = build_follow(id=follow.uri, follower_uri=follower.uri, followee_uri=followee.uri)
    await _publish(
        session, follower, undone, own_inboxes_of([followee]), about=followee.uri,
        priority=Priority.ANSWER,
    )  # fmt: skip


async def send_undo_block(session: AsyncSession, blocker: Actor, blocked: Actor) -> None:
    """End a block; the follows that it cut stay cut."""
    block = await delete_block(session, blocker.id, blocked.id)
    if block is None or blocked.is_local:
        return
    undone = build_block(id=block.uri, blocker_uri=blocker.uri, blocked_uri=blocked.uri)
    await _publish(
        session, blocker, undone, own_inboxes_of([blocked]), about=blocked.uri,
        priority=Priority.ANSWER,
    )  # fmt: skip


async def send_undo_like(session: AsyncSession, actor: Actor, post: Post) -> None:
    """Take a like back; nothing happens where there is none."""
    like = await delete_like(session, actor.id, post)
    if like is None:
        return
    author = await find_actor(session, post.author_id)
    if author is None:
        return
    if author.is_local:
        await withdraw(session, author.id, Kind.LIKE, actor.id, cause=str(post.id))
        return
    undone = build_like(
        id=like.uri, actor_uri=actor.uri, post_uri=post.uri, author_uri=author.uri
    )
    await _publish(
        session, actor, undone, like_inboxes(author), about=post.uri, priority=Priority.REACTION,
        signs=has_proof(post), is_clinical=stays_clinical(post),
    )  # fmt: skip


async def send_undo_emoji_react(
    session: AsyncSession, actor: Actor, post: Post, *, emoji: str
) -> None:
    """Take an emoji back; nothing happens where it was not given."""
    reaction = await find_reaction(session, actor.id, post.id, ReactionKind.EMOJI, name=emoji)
    if reaction is None:
        return
    await delete_reaction(session, reaction)
    author = await find_actor(session, post.author_id)
    if author is None or author.is_local:
        return
    undone = build_emoji_react(
        id=reaction.uri,
        actor_uri=actor.uri,
        post_uri=post.uri,
        author_uri=author.uri,
        emoji=emoji,
    )
    await _publish(
        session, actor, undone, like_inboxes(author), about=post.uri, priority=Priority.REACTION,
        signs=has_proof(post), is_clinical=stays_clinical(post),
    )  # fmt: skip


async def send_undo_announce(session: AsyncSession, actor: Actor, post: Post) -> None:
    """Take a boost of a post back; nothing happens where there is none."""
    boost = await find_boost(session, actor.id, post.id)
    if boost is None:
        return
    author = await find_actor(session, post.author_id)
    undone = announce_of(boost, actor, post)
    inboxes = await audience_inboxes(session, actor, boost.visibility, [])
    inboxes |= own_inboxes_of([author] if author is not None else [])
    inboxes |= {
        Inbox(url, host)
        for url, host in await queries.list_recipients_of(session, actor.id, post.uri)
    }
    await retract(session, boost.uri)
    await delete_boost(session, boost)
    if author is not None and author.is_local:
        await withdraw(session, author.id, Kind.BOOST, actor.id, cause=str(post.id))
    await _publish(
        session, actor, undone, inboxes, about=post.uri, priority=Priority.REACTION,
        is_clinical=stays_clinical(post),
    )  # fmt: skip


async def _publish(
    session: AsyncSession,
    actor: Actor,
    undone: JsonObject,
    inboxes: Collection[Inbox],
    **how: Any,
) -> None:
    undo = build_undo(
        actor_uri=actor.uri, undone=undone, to=undone["to"], cc=undone["cc"]
    )
    await publish(session, actor, undo, inboxes=inboxes, **how)
