"""Likes and boosts: once each, counted, taken back, listed."""

from __future__ import annotations

from actors.blocks import save_block
from core.clock import now
from db.paging import Page
from posts.boosts import delete_boost, find_boost, list_boosters
from posts.likes import (
    delete_like,
    delete_likes_by,
    find_interactions,
    find_like,
    find_like_by_uri,
    list_likers,
    save_like,
)
from posts.models import Visibility
from posts.visibility import viewer_of
from writing import boost, write


async def test_a_like_counts_once(session, alice, bob, carol):
    post = await write(session, alice)

    assert await save_like(session, bob, post, "http://b/likes/1")
    assert not await save_like(session, bob, post, "http://b/likes/2")
    assert await save_like(session, carol, post, "http://a/likes/1")

    assert post.likes_count == 2
    found = await find_like(session, bob.id, post.id)
    assert found is not None and found.uri == "http://b/likes/1"
    assert await find_like_by_uri(session, "http://b/likes/1") is found
    assert [actor for _, actor in await list_likers(session, post.id, Page())] == [carol, bob]


async def test_a_like_is_taken_back_once(session, alice, bob):
    post = await write(session, alice)
    await save_like(session, bob, post, "http://b/likes/1")

    taken = await delete_like(session, bob.id, post)

    assert taken is not None and taken.uri == "http://b/likes/1"
    assert await delete_like(session, bob.id, post) is None
    assert post.likes_count == 0
    assert await save_like(session, bob, post, "http://b/likes/3")
    assert post.likes_count == 1


async def test_all_likes_of_somebody_are_taken_back(session, alice, bob, carol):
    posts = [await write(session, alice) for _ in range(3)]
    for post in posts[:2]:
        await save_like(session, bob, post, f"http://b/{post.id}")
    await save_like(session, carol, posts[0], "http://a/1")

    await delete_likes_by(session, bob.id)

    for post in posts:
        await session.refresh(post)
    assert [post.likes_count for post in posts] == [1, 0, 0]


async def test_a_boost_counts_once(session, alice, bob):
    post = await write(session, alice, Visibility.UNLISTED, clinical=True)

    first = await boost(session, bob, post)
    second = await boost(session, bob, post)

    assert first is second and await find_boost(session, bob.id, post.id) is first
    assert (post.boosts_count, bob.posts_count) == (1, 1)
    assert first.boost_of_id == post.id and first.clinical and first.thread_id == first.id


async def test_a_boost_is_taken_back_and_may_come_again(session, alice, bob):
    post = await write(session, alice)
    first = await boost(session, bob, post)

    await delete_boost(session, first)
    await delete_boost(session, first)

    assert await find_boost(session, bob.id, post.id) is None
    assert (post.boosts_count, bob.posts_count) == (0, 0)
    again = await boost(session, bob, post)
    assert again.id != first.id and post.boosts_count == 1


async def test_lists_go_by_pages_and_leave_out_who_is_gone_or_blocked(
    session, alice, bob, carol, dave
):
    post = await write(session, alice)
    for actor in (bob, carol, dave):
        await save_like(session, actor, post, f"http://x/likes/{actor.id}")
        await boost(session, actor, post)
    viewer = await viewer_of(session, alice.id)

    likes = await list_likers(session, post.id, Page(limit=2))
    assert [actor for _, actor in likes] == [dave, carol]
    rest = await list_likers(session, post.id, Page(max_id=likes[-1][0].id))
    assert [actor for _, actor in rest] == [bob]
    boosts = await list_boosters(session, post.id, Page(limit=2))
    assert [actor for _, actor in boosts] == [dave, carol]

    await save_block(session, bob, alice, uri="http://x/block")
    carol.suspended_at = now()
    await session.flush()
    for listed in (list_likers, list_boosters):
        rows = await listed(session, post.id, Page(), viewer=viewer)
        assert [actor for _, actor in rows] == [dave]


async def test_what_somebody_did_with_posts(session, alice, bob, carol):
    posts = [await write(session, alice) for _ in range(4)]
    await save_like(session, bob, posts[0], "http://b/1")
    await save_like(session, carol, posts[1], "http://a/1")
    await boost(session, bob, posts[1])
    await delete_boost(session, await boost(session, bob, posts[2]))

    done = await find_interactions(session, bob.id, [post.id for post in posts])

    assert done.liked == {posts[0].id} and done.boosted == {posts[1].id}
    assert (await find_interactions(session, bob.id, [])).liked == frozenset()
