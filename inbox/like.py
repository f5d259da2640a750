"""Like: a remote actor approves of a post, or gives it an emoji."""

from __future__ import annotations

from actors.models import Actor
from core.emoji import HEARTS
from db.session import AsyncSession
from federation.documents.activity import Activity
from federation.documents.reaction import read_reaction
from inbox.emoji_react import find_reacted, give_emoji
from inbox.naming import uri_of
from inbox.outcome import HANDLED, Outcome, ignored
from notifications.notify import notify_like
from posts.likes import save_like
from posts.models import ReactionKind
from posts.reactions import delete_reaction, find_reaction


async def handle_like(session: AsyncSession, activity: Activity, sender: Actor) -> Outcome:
    """Count an approval of what the sender may see; of anything else, as if it were not there.

    Misskey and Mitra write an emoji into it; a heart is what everybody means by a Like.
    """
    post = await find_reacted(session, activity, sender)
    if post is None:
        return ignored("there is no such post here for the sender's eyes")
    emoji = read_reaction(activity.document)
    if emoji is not None and emoji.name not in HEARTS:
        return await give_emoji(session, activity, sender, post, emoji=emoji)
    # Lemmy sends the one in place of the other.
    dislike = await find_reaction(session, sender.id, post.id, ReactionKind.DISLIKE)
    if dislike is not None:
        await delete_reaction(session, dislike)
    if not await save_like(session, sender, post, uri_of(activity)):
        return ignored("it was counted before")
    await notify_like(session, post, sender.id)
    return HANDLED
