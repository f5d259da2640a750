"""Timelines: who finds what in which, written once and judged again on reading."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event, func, select

from actors.blocks import save_block, save_mute
from actors.follows import delete_follow
from core import clock
from core.clock import now
from db.paging import Page
from factories import make_local_actor
from posts.models import TimelineEntry, Visibility
from posts.open_timelines import Which, list_doctors, list_public, list_tag
from posts.save import delete_post
from posts.timelines import (
    FILLED,
    clear_home,
    fan_out,
    fill_home,
    list_home,
)
from posts.visibility import ANONYMOUS, viewer_of
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


@pytest.mark.parametrize("audience", list(Visibility))
async def test_each_audience_reaches_the_homes_of_followers_who_belong_to_it(
    session, alice, carol, dave, home, follows, audience
):
    await follows(carol, alice)
    await follows(dave, alice)

    post = await write(session, alice, audience)
    owners = await fan_out(session, post, alice)

    reached = {
        DOCTORS: {alice.id, carol.id},
        MENTIONED: {alice.id},
    }.get(audience, {alice.id, carol.id, dave.id})
    assert set(owners) == reached
    for actor in (alice, carol, dave):
        assert (post in await home(actor)) is (actor.id in reached)


async def test_what_is_for_named_people_reaches_those_who_follow(
    session, alice, carol, dave, home, follows
):
    await follows(carol, alice)

    post = await said(session, alice, MENTIONED, mentioned=[carol, dave])

    assert await home(carol) == [post] and await home(dave) == []


async def test_a_post_from_elsewhere_reaches_followers_here_once(
    session, alice, carol, dave, bob, follows
):
    await follows(alice, bob)
    await follows(carol, bob)
    await follows(dave, bob, accepted=False)
    post = await write(session, bob)

    assert set(await fan_out(session, post, bob)) == {alice.id, carol.id}
    assert await fan_out(session, post, bob) == []


async def test_an_answer_reaches_those_who_follow_its_addressee_too(
    session, alice, bob, carol, dave, home, follows
):
    root = await write(session, alice)
    own = await said(session, alice, answers=root)
    for follower in (carol, dave, alice):
        await follows(follower, bob)
    await follows(carol, alice)

    answer = await said(session, bob, answers=root)
    to_oneself = await said(session, bob, answers=answer)
    to_nowhere = await said(session, bob, in_reply_to_uri="http://far/1")

    assert await home(carol) == [to_oneself, answer]
    assert await home(dave) == [to_oneself]
    # It answers alice: she follows bob, and finds it.
    assert await home(alice) == [to_oneself, answer, own]
    assert to_nowhere not in await home(carol)


async def test_an_answer_to_somebody_asked_but_not_followed_stays_out(
    session, alice, bob, carol, home, follows
):
    root = await write(session, alice)
    await follows(carol, bob)
    await follows(carol, alice, accepted=False)

    await said(session, bob, answers=root)

    assert await home(carol) == []


async def test_boosts_reach_those_who_want_them(session, alice, bob, carol, dave, home, follows):
    await follows(carol, alice)
    await follows(dave, alice, shows_boosts=False)
    post = await write(session, bob)

    passed_on = await boost(session, alice, post)
    await fan_out(session, passed_on, alice)

    assert await home(carol) == await home(alice) == [passed_on]
    assert await home(dave) == []


async def test_a_boost_of_a_post_for_doctors_reaches_doctors(
    session, alice, bob, carol, dave, home, follows
):
    await follows(carol, alice)
    await follows(dave, alice)

    passed_on = await boost(session, alice, await write(session, bob, DOCTORS))
    await fan_out(session, passed_on, alice)

    assert await home(carol) == [passed_on] and await home(dave) == []


async def test_who_is_no_doctor_any_more_reads_no_post_for_doctors_at_home(
    session, alice, carol, home, follows
):
    await follows(carol, alice)
    public = await said(session, alice)
    private = await said(session, alice, DOCTORS)
    assert await home(carol) == [private, public]

    clock.shift(timedelta(days=91))

    assert await home(carol) == [public]


async def test_home_hides_whom_one_blocks_or_mutes(session, alice, bob, carol, home, follows):
    await follows(carol, alice)
    await follows(carol, bob)
    from_bob = await said(session, bob)
    passed_on = await boost(session, alice, from_bob)
    await fan_out(session, passed_on, alice)
    own = await said(session, alice)
    assert await home(carol) == [own, passed_on, from_bob]

    await save_mute(session, carol, bob, expires_at=now() + timedelta(hours=1))
    assert await home(carol) == [own]
    clock.shift(timedelta(hours=2))
    assert await home(carol) == [own, passed_on, from_bob]
    await save_block(session, bob, carol, uri="http://x/block")
    assert await home(carol) == [own]


async def test_home_goes_by_pages(session, alice, home):
    posts = [await said(session, alice) for _ in range(5)]
    newest = posts[::-1]

    assert await home(alice, limit=2) == newest[:2]
    assert await home(alice, limit=2, max_id=newest[1].id) == newest[2:4]
    assert await home(alice, limit=2, since_id=newest[3].id) == newest[:2]
    assert await home(alice, limit=2, min_id=newest[3].id) == newest[1:3]
    assert await home(alice, since_id=newest[3].id, max_id=newest[0].id) == newest[1:3]


async def test_home_is_read_in_one_query(database):
    async with database.transaction() as session:
        alice = await make_local_actor(session)
        await said(session, alice)
        viewer = await viewer_of(session, alice.id)
    asked = []

    def note(connection, cursor, statement, *rest):
        asked.append(statement)

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    async with database.read() as reading:
        found = await list_home(reading, viewer, Page())

    assert len(found) == 1 and len([one for one in asked if one.startswith("SELECT")]) == 1
    assert any("timeline" in one for one in asked)


async def test_deleted_posts_leave_home(session, alice, home):
    post = await said(session, alice)

    await delete_post(session, post)

    assert await home(alice) == []
    assert await session.scalar(select(func.count()).select_from(TimelineEntry)) == 0


async def test_a_follow_fills_home_and_its_end_clears_it(
    session, alice, bob, carol, dave, home, follows
):
    await follows(carol, alice)
    kept = await said(session, alice)
    root = await write(session, dave)
    open_to_all = await write(session, bob)
    private = await write(session, bob, FOLLOWERS)
    doctors = await write(session, bob, DOCTORS)
    await write(session, bob, MENTIONED, mentioned=[dave])
    await write(session, bob, answers=root)
    passed_on = await boost(session, bob, root)
    gone = await write(session, bob)
    await delete_post(session, gone)

    await follows(carol, bob)
    await fill_home(session, carol.id, bob.id)
    await fill_home(session, carol.id, bob.id)
    assert await home(carol) == [passed_on, doctors, private, open_to_all, kept]

    await delete_follow(session, carol.id, bob.id)
    await clear_home(session, carol.id, bob.id)
    assert await home(carol) == [kept]


async def test_home_is_filled_for_accepted_follows_with_the_newest(
    session, bob, carol, dave, home, follows
):
    posts = [await write(session, bob) for _ in range(FILLED + 5)]
    await follows(dave, bob, accepted=False)
    await fill_home(session, dave.id, bob.id)
    assert await home(dave) == []

    await follows(carol, bob)
    await fill_home(session, carol.id, bob.id)

    assert await home(carol, limit=100) == posts[:4:-1]


async def test_the_doctors_timeline_has_all_of_it_followed_or_not(session, alice, bob, carol, dave):
    first = await write(session, bob, DOCTORS)
    answer = await write(session, alice, DOCTORS, answers=first)
    await boost(session, alice, first)
    await write(session, alice)
    doctor, nobody = await viewer_of(session, carol.id), await viewer_of(session, dave.id)

    assert await list_doctors(session, doctor, Page()) == [answer, first]
    assert await list_doctors(session, nobody, Page()) == []
    assert await list_doctors(session, ANONYMOUS, Page()) == []
    await save_mute(session, carol, bob)
    assert await list_doctors(session, doctor, Page()) == [answer]


async def test_the_public_timelines(session, alice, bob, carol):
    here = await write(session, alice)
    there = await write(session, bob)
    continued = await write(session, alice, answers=here)
    await write(session, bob, answers=here)
    await write(session, bob, in_reply_to_uri="http://far/1")
    only_here = await write(session, alice, LOCAL)
    for audience in (UNLISTED, DOCTORS, FOLLOWERS, MENTIONED):
        await write(session, alice, audience)
    await boost(session, alice, there)
    viewer = await viewer_of(session, carol.id)

    for eyes in (ANONYMOUS, viewer):
        assert await list_public(session, eyes, Page()) == [continued, there, here]
        assert await list_public(session, eyes, Page(), Which(remote=True)) == [there]
    assert await list_public(session, ANONYMOUS, Page(), Which(local=True)) == [continued, here]
    ours = await list_public(session, viewer, Page(), Which(local=True))
    assert ours == [only_here, continued, here]
    await save_mute(session, carol, alice)
    assert await list_public(session, viewer, Page()) == [there]
    assert await list_public(session, ANONYMOUS, Page(limit=1, max_id=there.id)) == [here]


async def test_the_timeline_of_a_tag(session, alice, bob, carol, dave):
    public = await write(session, alice, tags=["Syncope"])
    doctors = await write(session, bob, DOCTORS, tags=["syncope"])
    await write(session, alice, FOLLOWERS, tags=["syncope"])
    await write(session, alice, tags=["other"])
    doctor, other = await viewer_of(session, carol.id), await viewer_of(session, dave.id)

    assert await list_tag(session, doctor, "#SYNCOPE", Page()) == [doctors, public]
    assert await list_tag(session, other, "syncope", Page()) == [public]
    assert await list_tag(session, ANONYMOUS, "syncope", Page()) == [public]
    assert await list_tag(session, doctor, "syncope", Page(), which=Which(local=True)) == [public]
