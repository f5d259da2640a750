"""Talks with named people, as posts come in any order, and what else is kept for oneself."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlmodel import col

from actors.models import Actor
from core.clock import now
from db.paging import Page
from factories import make_local_actor, make_user
from posts.bookmarks import save_bookmark
from posts.conversations import list_conversations
from posts.erasure import erase_actor, owe_erasure
from posts.models import Bookmark, Conversation, Post, ScheduledPost, ThreadMute, Visibility
from posts.params import PostParams
from posts.poll_draft import PollDraft
from posts.save import delete_post, edit_post, save_post
from posts.thread_mutes import mute_thread, not_thread_muted
from posts.visibility import viewer_of
from writing import write

MENTIONED = Visibility.MENTIONED


async def talks_of(session, owner) -> list[tuple[int, int, bool]]:
    statement = select(Conversation).where(col(Conversation.owner_id) == owner.id)
    rows = await session.scalars(statement.order_by(col(Conversation.id)))
    return [(row.thread_id, row.last_post_id, row.unread) for row in rows]


async def test_a_talk_is_one_also_when_its_first_post_comes_last(session, alice, bob):
    answer = await write(
        session, bob, MENTIONED, mentioned=[alice], in_reply_to_uri="http://b/first"
    )
    further = await write(session, bob, MENTIONED, mentioned=[alice], answers=answer)
    assert await talks_of(session, alice) == [(answer.id, further.id, True)]

    first = await write(session, bob, MENTIONED, mentioned=[alice], uri="http://b/first")

    ((thread_id, last, unread),) = await talks_of(session, alice)
    assert (thread_id, unread) == (first.id, True)
    assert last == max(first.id, answer.id, further.id)


async def test_remote_people_have_no_rows(session, alice, bob):
    await write(session, alice, MENTIONED, mentioned=[bob])

    assert len(await talks_of(session, alice)) == 1
    assert await talks_of(session, bob) == []


async def test_who_is_addressed_in_silence_takes_part(session, alice, bob):
    post = Post(uri=f"{bob.uri}/posts/1", author_id=bob.id, visibility=MENTIONED)
    await save_post(session, post, author=bob, silent=[alice])

    assert await talks_of(session, alice) == [(post.id, post.id, True)]


async def test_a_talk_with_a_suspended_actor_is_not_there(session, alice, bob):
    await write(session, bob, MENTIONED, mentioned=[alice])
    (await session.get_one(Actor, bob.id)).suspended_at = now()
    await session.flush()

    assert await list_conversations(session, await viewer_of(session, alice.id), Page()) == []


async def test_an_edit_changes_no_talk(session, alice, bob):
    post = await write(session, bob, MENTIONED, mentioned=[alice])
    before = await talks_of(session, alice)

    post.content = "<p>autre</p>"
    await edit_post(session, post, mentioned=[alice])

    assert await talks_of(session, alice) == before


async def test_a_talk_ends_with_its_last_post(session, alice, bob):
    post = await write(session, bob, MENTIONED, mentioned=[alice])

    await delete_post(session, post)

    assert await talks_of(session, alice) == []


async def test_a_muted_thread_is_muted_for_one(session, alice, bob):
    root = await write(session, bob)
    answer = await write(session, bob, answers=root)
    other = await write(session, bob)

    await mute_thread(session, alice.id, root.thread_id)
    await mute_thread(session, alice.id, root.thread_id)

    async def hears(owner, post) -> bool:
        condition = not_thread_muted(owner.id, post.id)
        return await session.scalar(select(condition)) in (True, 1)

    assert not await hears(alice, root)
    assert not await hears(alice, answer)
    assert await hears(alice, other)
    assert await hears(bob, answer)


async def test_what_somebody_kept_for_themself_goes_with_them(database):
    async with database.transaction() as session:
        dora = await make_local_actor(session, "dora")
        user = await make_user(session, dora)
        post = await write(session, dora, MENTIONED, mentioned=[dora])
        await save_bookmark(session, dora.id, post.id)
        await mute_thread(session, dora.id, post.thread_id)
        due_at = now() + timedelta(hours=1)
        params = PostParams("x").to_json()
        session.add(ScheduledPost(user_id=user.id, due_at=due_at, params=params))
        await owe_erasure(session, dora)

    await erase_actor(database, None, {"actor_id": dora.id})

    async with database.read() as session:
        for table in (Bookmark, ThreadMute, Conversation, ScheduledPost):
            assert list(await session.scalars(select(table))) == []
        assert (await session.scalar(select(Post))).deleted_at is not None


def test_what_is_kept_for_later_comes_back_as_it_was():
    poll = PollDraft(("oui", "non"), timedelta(hours=1), is_multiple=True, hides_totals=True)
    params = PostParams(
        text="é",
        visibility="doctors",
        in_reply_to_id=2**62,
        media_ids=(1, 2**62),
        spoiler_text="Titre",
        sensitive=False,
        language="fr",
        poll=poll,
        quoted_post_id=7,
        quote_policy="nobody",
        app_name="Tusky",
    )

    assert PostParams.from_json(params.to_json()) == params
    least = PostParams(media_ids=())
    assert PostParams.from_json(least.to_json()) == least
