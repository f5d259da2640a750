"""What comes home beside what those say whom one follows: hashtags; and what does not come."""

from __future__ import annotations

import pytest

from actors.blocks import save_block, save_mute
from actors.domain_blocks import delete_domain_block, save_domain_block
from actors.lists import make_list
from db.paging import Page
from posts.followed_tags import follow_tag, unfollow_tag
from posts.list_timelines import put_on_list
from posts.models import Visibility
from posts.timelines import fan_out, list_home
from posts.visibility import viewer_of
from writing import boost, write

PUBLIC, UNLISTED, DOCTORS, FOLLOWERS, MENTIONED, LOCAL = Visibility


@pytest.fixture
def home(session):
    """Read somebody's home timeline."""

    async def read(owner, **page):
        return await list_home(session, await viewer_of(session, owner.id), Page(**page))

    return read


async def said(session, author, *arguments, **options):
    """Write a post and fan it out, as every door does."""
    post = await write(session, author, *arguments, **options)
    await fan_out(session, post, author)
    return post


async def passed_on(session, actor, post):
    given = await boost(session, actor, post)
    await fan_out(session, given, actor)
    return given


@pytest.mark.parametrize("audience", list(Visibility))
async def test_a_followed_hashtag_brings_public_posts_and_to_doctors_theirs(
    session, bob, carol, dave, home, audience
):
    for reader in (carol, dave):
        await follow_tag(session, reader.id, "ECG")

    post = await said(session, bob, audience, tags=["ecg"])
    await said(session, bob, tags=["autre"])

    reached = {PUBLIC: {carol.id, dave.id}, DOCTORS: {carol.id}}.get(audience, set())
    for reader in (carol, dave):
        assert await home(reader) == ([post] if reader.id in reached else [])


async def test_a_followed_hashtag_brings_no_boosts_and_nothing_after_its_end(
    session, alice, bob, carol, home
):
    await follow_tag(session, carol.id, "ecg")
    post = await said(session, bob, tags=["ecg"])
    await passed_on(session, alice, post)

    await unfollow_tag(session, carol.id, "ecg")
    await said(session, bob, tags=["ecg"])

    assert await home(carol) == [post]


async def test_H07_a_followed_hashtag_brings_nothing_of_whom_one_turned_away(
    session, alice, bob, carol, home
):
    await follow_tag(session, carol.id, "ecg")
    of_bob = await said(session, bob, tags=["ecg"])
    await said(session, alice, tags=["ecg"])

    await save_mute(session, carol, alice)
    assert await home(carol) == [of_bob]
    await save_domain_block(session, carol.id, bob.domain)
    assert await home(carol) == []
    await delete_domain_block(session, carol.id, bob.domain)
    await save_block(session, carol, bob, uri="http://a/block")

    assert await home(carol) == []


async def test_H07_a_blocked_domain_is_passed_on_by_nobody(
    session, alice, bob, carol, home, follows
):
    await follows(carol, alice)
    post = await write(session, bob)
    given = await passed_on(session, alice, post)
    assert await home(carol) == [given]

    await save_domain_block(session, carol.id, bob.host)

    assert await home(carol) == []


async def test_a_follow_brings_the_languages_that_it_names_and_posts_of_none(
    session, bob, carol, home, follows
):
    await follows(carol, bob, languages=["fr", "de"])

    posts = [await said(session, bob, language=code) for code in ("fr", "en", None, "de", "f")]

    assert await home(carol) == [posts[3], posts[2], posts[0]]


async def test_the_same_post_passed_on_by_several_is_shown_once(
    session, alice, bob, carol, dave, home, follows
):
    for booster in (alice, dave):
        await follows(carol, booster)
    post = await write(session, bob)

    first = await passed_on(session, alice, post)
    second = await passed_on(session, dave, post)

    assert await home(carol) == [first]
    assert await home(dave) == [second]


async def test_whom_one_mutes_keeps_no_boost_of_others_away(
    session, alice, bob, carol, dave, home, follows
):
    for booster in (alice, dave):
        await follows(carol, booster)
    await save_mute(session, carol, alice)
    post = await write(session, bob)

    await passed_on(session, alice, post)
    second = await passed_on(session, dave, post)

    assert await home(carol) == [second]


async def test_a_followed_hashtag_brings_nothing_of_whom_an_exclusive_list_shows(
    session, bob, carol, home, follows
):
    await follows(carol, bob)
    found = await make_list(session, carol.id, "l", exclusive=True)
    await put_on_list(session, found, [bob.id])
    await follow_tag(session, carol.id, "ecg")

    await said(session, bob, tags=["ecg"])

    assert await home(carol) == []
