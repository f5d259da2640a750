"""Posts written, edited, deleted: threads, inheritance, and counts that counting would give."""

from __future__ import annotations

import random

import pytest
from sqlalchemy import func, select
from sqlmodel import col

from actors.models import Actor
from db.jobs import Job
from posts import joining
from posts.boosts import delete_boost
from posts.likes import delete_like, save_like
from posts.models import (
    Like,
    Mention,
    Post,
    PostSource,
    PostTag,
    TimelineEntry,
    Visibility,
)
from posts.queries import (
    find_post_by_uri,
    find_posts,
    find_tombstone,
    list_mentioned,
    list_tags,
    save_source,
    save_tombstone,
)
from posts.save import (
    adopt,
    delete_post,
    delete_posts_of,
    delete_reactions_by,
    edit_post,
    save_post,
)
from posts.timelines import fan_out
from posts.visibility import may_see, viewer_of
from writing import boost, source_of, write

PUBLIC, UNLISTED, DOCTORS, FOLLOWERS, MENTIONED, LOCAL = Visibility


async def counts_are_right(session):
    """Recount every counter from the rows, and compare."""
    session.expire_all()
    posts = list(await session.scalars(select(Post)))
    alive = [post for post in posts if post.deleted_at is None]
    counted = [post for post in alive if post.visibility is not MENTIONED]
    likes = list(await session.scalars(select(Like)))
    for post in alive:
        replies = [one for one in counted if one.in_reply_to_id == post.id]
        assert post.replies_count == len(replies), post
        assert post.likes_count == len([one for one in likes if one.post_id == post.id])
        assert post.boosts_count == len([one for one in alive if one.boost_of_id == post.id])
    for actor in await session.scalars(select(Actor)):
        own = [post for post in counted if post.author_id == actor.id]
        assert actor.posts_count == len(own), actor.username


async def addressed(session, post):
    """Return to whom a post is addressed by name, also in silence."""
    wanted = select(col(Mention.actor_id)).where(col(Mention.post_id) == post.id)
    return set(await session.scalars(wanted))


async def test_a_post_begins_a_thread(session, alice):
    post = await write(session, alice)

    assert (post.thread_id, post.ring_id, post.in_reply_to_id) == (post.id, None, None)
    assert alice.posts_count == 1 and alice.last_post_at is not None


async def test_a_reply_joins_the_thread_and_inherits(session, alice, bob):
    root = await write(session, alice, clinical=True, context_uri="http://a/contexts/1")

    reply = await write(session, bob, UNLISTED, answers=root)
    further = await write(session, alice, in_reply_to_uri=reply.uri)

    assert reply.thread_id == further.thread_id == root.id
    assert (reply.in_reply_to_uri, further.in_reply_to_id) == (root.uri, reply.id)
    assert reply.clinical and further.clinical
    assert further.context_uri == "http://a/contexts/1"
    assert (root.replies_count, reply.replies_count) == (1, 1)
    await counts_are_right(session)


async def test_what_is_for_named_people_is_not_counted(session, alice, bob):
    root = await write(session, alice)

    await write(session, bob, MENTIONED, mentioned=[alice], answers=root)

    assert (root.replies_count, bob.posts_count) == (0, 0)
    await counts_are_right(session)


async def test_whom_a_post_names_and_its_tags(session, alice, bob, carol, dave):
    post = await write(
        session, alice, mentioned=[carol, bob], tags=["QT_Long", "qt_long", "Syncope"]
    )
    other = await write(session, alice)
    silent = await write(session, alice, MENTIONED)
    await edit_post(session, silent, mentioned=[bob], silent=[dave, bob])

    named = await list_mentioned(session, [post.id, other.id, silent.id])
    assert {one.id for one in named[post.id]} == {bob.id, carol.id}
    assert other.id not in named and [one.id for one in named[silent.id]] == [bob.id]
    assert await addressed(session, silent) == {bob.id, dave.id}
    tags = (await list_tags(session, [post.id, other.id]))[post.id]
    assert [tag.tag for tag in tags] == ["qt_long", "syncope"]
    assert {tag.name for tag in tags} <= {"QT_Long", "qt_long", "Syncope"}
    assert await list_mentioned(session, []) == await list_tags(session, []) == {}


async def test_replies_that_came_first_are_joined(session, alice, bob, carol):
    far = "http://b.localhost:8002/users/bob/posts/1"
    reply = await write(session, alice, in_reply_to_uri=far)
    further = await write(session, carol, answers=reply)
    lone = await write(session, carol, in_reply_to_uri="http://elsewhere/1")
    assert reply.thread_id == reply.id == further.thread_id

    root = await write(session, bob, uri=far, clinical=True)

    for post in (reply, further):
        await session.refresh(post)
        assert post.thread_id == root.id and post.clinical
    assert reply.in_reply_to_id == root.id and further.in_reply_to_id == reply.id
    assert lone.thread_id == lone.id and not lone.clinical
    assert root.replies_count == 1
    await counts_are_right(session)


@pytest.mark.parametrize("audience", [DOCTORS, FOLLOWERS, MENTIONED])
async def test_replies_that_came_first_are_narrowed_when_joined(session, alice, bob, audience):
    far = "http://b.localhost:8002/users/bob/posts/1"
    reply = await write(session, alice, in_reply_to_uri=far)
    further = await write(session, bob, answers=reply)

    root = await write(session, bob, audience, uri=far)

    await session.refresh(further)
    assert reply.visibility is further.visibility is audience
    in_ring = audience is not MENTIONED
    assert reply.ring_id == further.ring_id == (root.id if in_ring else None)
    await counts_are_right(session)


async def test_a_circle_of_answers_is_no_thread(session, bob):
    one, two = "http://b.localhost:8002/1", "http://b.localhost:8002/2"
    first = await write(session, bob, uri=one, in_reply_to_uri=two)
    second = await write(session, bob, uri=two, in_reply_to_uri=one)
    selfish = await write(session, bob, uri="http://b/3", in_reply_to_uri="http://b/3")

    assert second.in_reply_to_id == first.id and first.in_reply_to_id is None
    assert selfish.in_reply_to_id is None and selfish.thread_id == selfish.id
    await counts_are_right(session)


async def test_an_edit_takes_the_new_names_and_tags_and_keeps_the_readers(
    session, alice, bob, carol, dave
):
    post = await write(session, alice, MENTIONED, mentioned=[bob, carol], tags=["a", "b"])

    post.content = "<p>edited</p>"
    await edit_post(session, post, mentioned=[carol, dave], tags=["b", "c"])

    named = await list_mentioned(session, [post.id])
    assert {actor.id for actor in named[post.id]} == {carol.id, dave.id}
    assert await addressed(session, post) == {bob.id, carol.id, dave.id}
    assert [tag.tag for tag in (await list_tags(session, [post.id]))[post.id]] == ["b", "c"]
    assert post.edited_at is not None and post.visibility is MENTIONED
    assert await may_see(session, await viewer_of(session, dave.id), post)


async def test_an_edit_may_leave_nobody_and_nothing(session, alice, bob):
    post = await write(session, alice, mentioned=[bob], tags=["a"])

    await edit_post(session, post)

    assert await list_mentioned(session, [post.id]) == await list_tags(session, [post.id]) == {}


async def test_a_deleted_post_is_an_empty_row_in_its_place(session, alice, bob, carol, follows):
    await follows(carol, alice)
    root = await write(session, bob)
    post = await write(
        session, alice, mentioned=[bob], tags=["a"], answers=root,
        content_warning="cw", source_text="x", title="t", attachments=[{"url": "http://x"}],
    )  # fmt: skip
    reply = await write(session, bob, answers=post)
    await save_source(session, post.id, b"{}")
    await save_like(session, carol, post, "http://x/like")
    passed_on = await boost(session, carol, post)
    await fan_out(session, post, alice)
    await fan_out(session, passed_on, carol)

    await delete_post(session, post)
    await delete_post(session, post)

    await session.refresh(passed_on)
    assert passed_on.deleted_at is not None
    assert post.content == "" and post.attachments == []
    assert post.content_warning is post.source_text is post.title is None
    assert (await find_post_by_uri(session, post.uri)) is post
    assert post.in_reply_to_id == root.id and reply.in_reply_to_id == post.id
    assert await find_posts(session, [post.id, passed_on.id, reply.id]) == {reply.id: reply}
    for table in (PostTag, Like, PostSource, TimelineEntry):
        assert await session.scalar(select(func.count()).select_from(table)) == 0
    # Who was addressed stays known, to tell them that it is gone.
    assert await session.scalar(select(func.count()).select_from(Mention)) == 1
    assert root.replies_count == 0
    await counts_are_right(session)


async def test_all_that_somebody_said_and_did_can_be_deleted(session, alice, bob, carol):
    kept = await write(session, carol)
    for _ in range(3):
        await write(session, bob, answers=kept)
    await boost(session, bob, kept)
    await save_like(session, bob, kept, "http://x/like")
    await write(session, bob, MENTIONED, mentioned=[carol])

    last = await delete_posts_of(session, bob.id, limit=2)
    while last is not None:
        last = await delete_posts_of(session, bob.id, limit=2, before=last)
    await delete_reactions_by(session, bob.id)

    await session.refresh(kept)
    assert (kept.replies_count, kept.boosts_count, kept.likes_count) == (0, 0, 0)
    await counts_are_right(session)


async def test_of_many_early_replies_some_are_joined_at_once_and_the_rest_is_owed(
    session, alice, bob, monkeypatch
):
    monkeypatch.setattr(joining, "ADOPTED_AT_ONCE", 2)
    early = [await write(session, alice, in_reply_to_uri="http://b/late") for _ in range(5)]
    late = await write(session, bob, uri="http://b/late")

    async def count() -> int:
        for reply in early:
            await session.refresh(reply)
        return sum(reply.thread_id == late.thread_id for reply in early)

    assert await count() == 2
    (job,) = await session.scalars(select(Job))
    assert (job.kind, job.payload) == ("adopt replies", {"post_id": late.id})
    await adopt(session, late)
    assert await count() == 4
    await adopt(session, late)

    assert await count() == 5
    await session.refresh(late)
    assert late.replies_count == 5
    await counts_are_right(session)


async def test_sources_and_tombstones(session, alice):
    post = await write(session, alice)
    assert await source_of(session, post.id) is None

    await save_source(session, post.id, b"first")
    await save_source(session, post.id, b"edited")
    await save_tombstone(session, "http://b/1", "http://b/users/bob")
    await save_tombstone(session, "http://b/1", "http://b/users/eve")

    assert await source_of(session, post.id) == b"edited"
    found = await find_tombstone(session, "http://b/1")
    assert found is not None and found.actor_uri == "http://b/users/bob"
    assert await find_tombstone(session, "http://b/2") is None
    assert await find_posts(session, []) == {}


@pytest.mark.parametrize("seed", range(3))
async def test_counts_are_right_whatever_happens(session, alice, bob, carol, dave, seed):
    choice = random.Random(seed)
    people, posts, boosts = [alice, bob, carol, dave], [], []
    for number in range(60):
        actor = choice.choice(people)
        what = choice.choice(["post", "reply", "orphan", "like", "unlike", "boost", "unboost", "delete"])  # fmt: skip  # noqa: E501
        there = [post for post in posts if post.deleted_at is None]
        target = choice.choice(there) if there else None
        audience = choice.choice(list(Visibility))
        if what == "post" or target is None:
            posts.append(await write(session, actor, audience, uri=f"http://x/{number}"))
        elif what == "reply":
            posts.append(
                await write(session, actor, audience, answers=target, uri=f"http://x/{number}")
            )
        elif what == "orphan":
            later = f"http://x/{choice.randrange(number, 60)}"
            posts.append(
                await write(
                    session, actor, audience, in_reply_to_uri=later, uri=f"http://x/{number}"
                )
            )
        elif what == "like":
            await save_like(session, actor, target, f"http://x/like/{number}")
        elif what == "unlike":
            await delete_like(session, actor.id, target)
        elif what == "boost":
            boosts.append(await boost(session, actor, target))
        elif what == "unboost" and boosts:
            await delete_boost(session, choice.choice(boosts))
        elif what == "delete":
            await delete_post(session, target)

    await counts_are_right(session)
    for post in await session.scalars(select(Post).where(col(Post.boost_of_id).is_(None))):
        parent = await session.get(Post, post.in_reply_to_id) if post.in_reply_to_id else None
        assert post.thread_id == (parent.thread_id if parent is not None else post.id)


async def test_a_post_is_complete_when_it_was_saved(session, alice):
    post = Post(uri="http://a/1", author_id=alice.id, visibility=PUBLIC)

    saved = await save_post(session, post, author=alice)

    await session.refresh(saved)
    assert (saved.replies_count, saved.likes_count, saved.boosts_count) == (0, 0, 0)
    assert saved.is_narrowed is False
