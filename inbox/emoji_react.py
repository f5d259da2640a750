"""EmojiReact: a remote actor gives a post an emoji (FEP-c0e0: Pleroma, Akkoma, Mitra, PieFed)."""

from __future__ import annotations

from actors.models import Actor
from db.session import AsyncSession
from federation.documents.activity import Activity
from federation.documents.reaction import ReactionDocument, read_reaction
from inbox.naming import uri_of
from inbox.outcome import HANDLED, Outcome, ignored
from moderation.policy import policy_of
from posts.models import Post, ReactionKind
from posts.queries import find_post_by_uri
from posts.reactions import save_reaction
from posts.visibility import may_see, viewer_of


async def handle_emoji_react(
    session: AsyncSession, activity: Activity, sender: Actor
) -> Outcome:
    """Keep an emoji for a post that the sender may see; the author is not told each time."""
    emoji = read_reaction(activity.document)
    if emoji is None:
        return ignored("it is no emoji")
    post = await find_reacted(session, activity, sender)
    if post is None:
        return ignored("there is no such post here for the sender's eyes")
    return await give_emoji(session, activity, sender, post, emoji=emoji)


async def find_reacted(session: AsyncSession, activity: Activity, sender: Actor) -> Post | None:
    """Return the post that an activity is about, if the sender may see it."""
    post = await find_post_by_uri(session, activity.object_id or "")
    if post is None or post.boost_of_id is not None:
        return None
    return post if await may_see(session, await viewer_of(session, sender.id), post) else None


async def give_emoji(
    session: AsyncSession,
    activity: Activity,
    sender: Actor,
    post: Post,
    *,
    emoji: ReactionDocument,
) -> Outcome:
    """Keep an emoji that an actor gives a post; its picture only where the host's are taken."""
    takes_pictures = not (await policy_of(session, sender.host)).rejects_media
    is_new = await save_reaction(
        session,
        sender,
        post,
        kind=ReactionKind.EMOJI,
        name=emoji.name,
        uri=uri_of(activity),
        icon_url=emoji.icon_url if takes_pictures else None,
    )
    return HANDLED if is_new else ignored("it was given before, or there are enough")
