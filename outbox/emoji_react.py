"""EmojiReact: somebody here gives a post an emoji (FEP-c0e0)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from actors.models import Actor
from actors.queries import get_actor
from core.clock import now
from core.emoji import is_emoji
from core.errors import InvalidInput
from federation.contexts import EMOJI_REACT_CONTEXT
from federation.documents.activity import write_activity
from federation.documents.lenient import JsonObject
from outbox.ids import fresh_id
from outbox.like import like_inboxes
from outbox.models import Priority
from outbox.publish import publish
from outbox.recipients import has_proof, stays_clinical
from posts.models import Post, ReactionKind
from posts.reactions import find_reaction, save_reaction


def build_emoji_react(
    *,
    id: str,
    actor_uri: str,
    post_uri: str,
    author_uri: str,
    emoji: str,
    published: datetime | None = None,
) -> JsonObject:
    """Build an EmojiReact, told to the post's author and nobody else."""
    return write_activity(
        id=id,
        type="EmojiReact",
        actor=actor_uri,
        object=post_uri,
        to=[author_uri],
        published=published,
        context=EMOJI_REACT_CONTEXT,
        content=emoji,
    )


async def send_emoji_react(
    session: AsyncSession, actor: Actor, post: Post, *, emoji: str
) -> None:
    """Give an emoji to a post that the actor may see; the same one again changes nothing.

    Raises InvalidInput for what is no emoji, and for too many.
    """
    if not is_emoji(emoji):
        raise InvalidInput("Validation failed: Name is not a recognized emoji")
    if await find_reaction(session, actor.id, post.id, ReactionKind.EMOJI, name=emoji):
        return
    uri = fresh_id(actor.uri)
    if not await save_reaction(
        session, actor, post, kind=ReactionKind.EMOJI, name=emoji, uri=uri
    ):
        raise InvalidInput("Validation failed: Limit of different reactions reached")
    author = await get_actor(session, post.author_id)
    if author.is_local:
        return
    await publish(
        session,
        actor,
        build_emoji_react(
            id=uri,
            actor_uri=actor.uri,
            post_uri=post.uri,
            author_uri=author.uri,
            emoji=emoji,
            published=now(),
        ),
        inboxes=like_inboxes(author),
        priority=Priority.REACTION,
        signs=has_proof(post),
        is_clinical=stays_clinical(post),
    )
