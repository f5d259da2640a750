"""What happens to the people of `scene.py`: notices, talks, lists, who waits, what is kept."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

import factories
from actors.blocks import save_block, save_mute
from actors.domain_blocks import save_domain_block
from actors.follows import save_follow
from actors.lists import add_members, make_list
from moderation.filter_editing import FilterWishes, KeywordChange, save_filter
from notifications.notify import (
    notify_follow,
    notify_follow_request,
    notify_like,
    notify_mention,
)
from posts.bookmarks import save_bookmark
from posts.conversations import note_talk
from posts.likes import save_like
from posts.models import Conversation, Mention
from posts.timelines import fill_home

# The other hospital of the scene.
BOB_HOST = "saint-louis.example"


@dataclass(frozen=True)
class Events:
    """Where the pages are of what happened to Anne, and of what she keeps."""

    talk: int
    list_id: int
    filter_id: int

    @property
    def for_members(self) -> dict[str, tuple[str, int]]:
        """The pages of a verified doctor, by name, and the status that each has."""
        return {
            "lists": ("/lists", 200),
            "list": (f"/lists/{self.list_id}", 200),
            "list-edit": (f"/lists/{self.list_id}/edit", 200),
            "notifications": ("/notifications", 200),
            "requests": ("/notifications/requests", 200),
            "messages": ("/messages", 200),
            "talk": (f"/messages/{self.talk}", 200),
            "filters": ("/filters", 200),
            "filter": (f"/filters/{self.filter_id}", 200),
            "follow-requests": ("/follow-requests", 200),
            "mutes": ("/mutes", 200),
            "blocks": ("/blocks", 200),
            "domain-blocks": ("/domain-blocks", 200),
        }


async def set_events(session, say, *, anne, benedicte, camille, kept):
    """Let things happen to Anne: notices, talks, people who wait, what she keeps."""
    zoe = await factories.make_remote_actor(session, "z.morel", host=BOB_HOST)
    zoe.name = "Dr Zoé Morel"
    await save_follow(session, zoe, anne, uri=f"{zoe.uri}/f/1", accepted=False)
    await notify_follow_request(session, anne.id, zoe.id)
    await notify_follow(session, anne.id, benedicte.id)
    for somebody in (benedicte, camille, zoe):
        await notify_like(session, kept, somebody.id)
    for author, words in ((camille, "Un avis sur ce tracé ?"), (zoe, "Bonjour, un confrère "
                          "m’a donné votre nom.")):
        said = await say(author, f"<p>{words}</p>", "mentioned", hours=1)
        session.add(Mention(post_id=said.id, actor_id=anne.id))
        await session.flush()
        await note_talk(session, said)
        await notify_mention(session, said, author, [anne.id])
    await save_bookmark(session, anne.id, kept.id)
    await save_like(session, anne, kept, f"{anne.uri}/likes/1")
    for number, act in enumerate((save_mute, save_block)):
        other = await factories.make_remote_actor(
            session, f"p{number}", host="bruyant.example"
        )
        more = {"uri": f"{anne.uri}/b/1"} if act is save_block else {}
        await act(session, anne, other, **more)
    await save_domain_block(session, anne.id, "spam.example")
    talks = select(Conversation.id).where(Conversation.owner_id == anne.id)
    return Events(
        talk=await session.scalar(talks.order_by(Conversation.id).limit(1)),
        list_id=await _make_list(session, anne, benedicte),
        filter_id=await _make_filter(session, anne),
    )


async def _make_list(session, anne, benedicte):
    await save_follow(
        session, anne, benedicte, uri=f"{anne.uri}/follows/1", accepted=True
    )
    await fill_home(session, anne.id, benedicte.id)
    made = await make_list(session, anne.id, "Rythmologues")
    await session.flush()
    await add_members(session, made, [benedicte.id])
    return made.id


async def _make_filter(session, anne):
    wishes = FilterWishes("Football", ("home", "public"))
    words = [KeywordChange(keyword=word, whole_word=True) for word in ("penalty", "corner")]
    return (await save_filter(session, anne.id, wishes, words)).filter.id
