"""Notices: to whom, once, and never about what one may not or does not want to see."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import event

from actors.blocks import save_block, save_mute
from actors.follows import save_follow
from core import clock
from core.clock import now
from db.paging import Page
from factories import make_local_actor, make_remote_actor
from notifications import notify
from notifications.models import Kind, Notification
from notifications.notify import (
    forget_between,
    forget_post,
    notify_added_to_collection,
    notify_boost,
    notify_follow,
    notify_follow_request,
    notify_like,
    notify_mention,
    notify_quote,
    notify_quoted_update,
    notify_status,
    notify_update,
    withdraw,
)
from notifications.queries import (
    Choice,
    clear,
    count_unread,
    dismiss,
    find_notification,
    list_notifications,
)
from posts.models import ThreadMute, Visibility
from posts.save import delete_post
from posts.visibility import ANONYMOUS, viewer_of
from writing import boost, write

PUBLIC, UNLISTED, DOCTORS, FOLLOWERS, MENTIONED, LOCAL = Visibility


async def unread(session, owner, since_id=0):
    return await count_unread(session, await viewer_of(session, owner.id), since_id, limit=100)


@pytest.fixture
def notices(session):
    """Read somebody's notices as (kind, from whom, about which post)."""

    async def read(owner, **options):
        viewer = await viewer_of(session, owner.id)
        found = await list_notifications(session, viewer, Page(), Choice(**options))
        assert len(found) <= await unread(session, owner)
        return [(one.kind, one.from_id, one.post_id) for one in found]

    return read


async def test_each_kind_tells_its_owner_once(session, alice, bob, notices):
    post = await write(session, alice)
    naming = await write(session, bob, mentioned=[alice])

    for _ in range(2):
        await notify_follow_request(session, alice.id, bob.id)
        await notify_follow(session, alice.id, bob.id)
        await notify_like(session, post, bob.id)
        await notify_boost(session, post, bob.id)
        await notify_mention(session, naming, bob, [alice.id])

    assert await notices(alice) == [
        (Kind.MENTION, bob.id, naming.id),
        (Kind.BOOST, bob.id, post.id),
        (Kind.LIKE, bob.id, post.id),
        (Kind.FOLLOW, bob.id, None),
        (Kind.FOLLOW_REQUEST, bob.id, None),
    ]
    assert await unread(session, alice) == 5


async def test_who_was_told_is_returned_the_first_time_only(session, alice, bob, carol):
    post = await write(session, bob, mentioned=[alice, carol])

    told = await notify_mention(session, post, bob, [alice.id, carol.id])

    assert set(told) == {alice.id, carol.id}
    assert await notify_mention(session, post, bob, [alice.id, carol.id]) == []
    assert await notify_mention(session, post, bob, []) == []


async def test_nobody_is_told_of_oneself_and_nobody_elsewhere(session, alice, bob, notices):
    own, theirs = await write(session, alice), await write(session, bob, mentioned=[alice])

    await notify_like(session, own, alice.id)
    await notify_like(session, theirs, alice.id)
    await notify_mention(session, own, alice, [alice.id, bob.id])

    assert await notices(alice) == []
    assert await unread(session, bob) == 0


@pytest.mark.parametrize("direction", ["blocks", "is blocked"])
async def test_a_block_silences_in_both_directions(session, alice, bob, notices, direction):
    post = await write(session, alice)
    await notify_like(session, post, bob.id)
    pair = (alice, bob) if direction == "blocks" else (bob, alice)

    await save_block(session, *pair, uri="http://x/block")
    await notify_boost(session, post, bob.id)

    assert await notices(alice) == []
    assert await unread(session, alice) == 0


async def test_a_mute_silences_if_it_says_so_and_while_it_lasts(
    session, alice, bob, carol, notices
):
    post = await write(session, alice)
    await save_mute(session, alice, bob, expires_at=now() + timedelta(hours=1))
    await save_mute(session, alice, carol, hides_notifications=False)

    await notify_like(session, post, bob.id)
    await notify_like(session, post, carol.id)
    assert await notices(alice) == [(Kind.LIKE, carol.id, post.id)]

    clock.shift(timedelta(hours=2))
    await notify_like(session, post, bob.id)
    assert (await notices(alice))[0] == (Kind.LIKE, bob.id, post.id)


@pytest.mark.parametrize("audience", list(Visibility))
async def test_who_is_named_is_told_of_what_they_may_see(session, alice, dave, notices, audience):
    post = await write(session, alice, audience, mentioned=[dave])

    await notify_mention(session, post, alice, [dave.id])

    # A post for doctors makes nobody a doctor by naming them.
    told = [] if audience is DOCTORS else [(Kind.MENTION, alice.id, post.id)]
    assert await notices(dave) == told


async def test_a_notice_goes_when_its_post_may_not_be_seen_any_more(session, alice, carol, notices):
    post = await write(session, alice, DOCTORS, mentioned=[carol])
    public = await write(session, alice, mentioned=[carol])
    for one in (post, public):
        await notify_mention(session, one, alice, [carol.id])
    assert len(await notices(carol)) == 2

    clock.shift(timedelta(days=91))
    assert await notices(carol) == [(Kind.MENTION, alice.id, public.id)]
    assert await unread(session, carol) == 1
    await delete_post(session, public)
    assert await notices(carol) == []
    await forget_post(session, post.id)
    clock.reset()
    assert await notices(carol) == []


async def test_a_notice_goes_with_who_caused_it(session, alice, bob, notices):
    await notify_follow(session, alice.id, bob.id)

    bob.suspended_at = now()
    await session.flush()

    assert await notices(alice) == []


async def test_followers_who_asked_are_told_of_posts(session, alice, bob, carol, dave, notices):
    for follower, notifies in ((alice, True), (carol, True), (dave, False)):
        await save_follow(
            session, follower, bob, uri=f"http://x/{follower.id}", accepted=True, notifies=notifies
        )
    post = await write(session, bob, DOCTORS, mentioned=[carol])
    answer = await write(session, bob, answers=await write(session, dave))
    continued = await write(session, bob, answers=post)
    far = await write(session, bob, in_reply_to_uri="http://far/1")
    passed_on = await boost(session, bob, await write(session, dave))

    for one in (post, answer, continued, far, passed_on):
        await notify_status(session, one, bob)

    assert await notices(alice) == [
        (Kind.STATUS, bob.id, continued.id),
        (Kind.STATUS, bob.id, post.id),
    ]
    # Carol is told that she is named, and not twice.
    assert await notices(carol) == [(Kind.STATUS, bob.id, continued.id)]
    assert await notices(dave) == []


async def test_who_passed_a_post_on_is_told_of_each_edit(session, bob, carol, dave, notices):
    post = await write(session, bob)
    await boost(session, carol, post)

    for _ in range(2):
        post.edited_at = now()
        await session.flush()
        await notify_update(session, post)
        await notify_update(session, post)

    assert await notices(carol) == [(Kind.UPDATE, bob.id, post.id)] * 2
    assert await notices(dave) == []


async def test_who_is_quoted_is_told_and_who_quotes_is_told_of_edits(
    session, alice, bob, carol, notices
):
    quoted = await write(session, alice)
    values = {"quote_uri": quoted.uri, "quote_of_id": quoted.id, "quote_state": "accepted"}
    ours, theirs = await write(session, carol, **values), await write(session, bob, **values)
    for quoting in (ours, theirs):
        assert await notify_quote(session, quoting, quoting.author_id, [alice.id]) == [alice.id]
    for _ in range(2):
        quoted.edited_at = now()
        await session.flush()
        assert await notify_quoted_update(session, quoted) == [carol.id]
        assert await notify_quoted_update(session, quoted) == []

    assert await notices(alice) == [
        (Kind.QUOTE, bob.id, theirs.id),
        (Kind.QUOTE, carol.id, ours.id),
    ]
    # What is shown is one's own post, which quotes.
    assert await notices(carol) == [(Kind.QUOTED_UPDATE, alice.id, ours.id)] * 2


async def test_who_is_recommended_is_told_once_for_each_collection(session, alice, bob, notices):
    for collection_id in (1, 1, 2):
        await notify_added_to_collection(session, collection_id, alice.id, bob.id)

    assert await notices(alice) == [(Kind.ADDED_TO_COLLECTION, bob.id, None)] * 2


async def test_who_mutes_a_thread_hears_nothing_of_it(session, alice, bob, carol, notices):
    begun = await write(session, alice)
    session.add(ThreadMute(actor_id=alice.id, thread_id=begun.thread_id))
    answer = await write(session, bob, mentioned=[alice, carol], answers=begun)

    await notify_mention(session, answer, bob, [alice.id, carol.id])
    await notify_like(session, begun, bob.id)

    assert await notices(alice) == []
    assert await notices(carol) == [(Kind.MENTION, bob.id, answer.id)]


async def test_a_notice_that_is_told_is_an_event_and_one_that_waits_is_none(database):
    async with database.transaction() as session:
        alice = await make_local_actor(session, "alice")
        eve = await make_remote_actor(session, "eve")

    with database.bus.subscribe() as heard:
        async with database.transaction() as session:
            private = await write(session, eve, MENTIONED, mentioned=[alice])
            assert await notify_mention(session, private, eve, [alice.id]) == []
            assert await notify_follow(session, alice.id, eve.id) == [alice.id]
        async with asyncio.timeout(5):
            while (event := await heard.next()).kind != "notification":
                pass

    async with database.read() as session:
        told = await session.get_one(Notification, event.id)
    assert (told.kind, told.filtered, event.actor_id) == (Kind.FOLLOW, False, alice.id)


async def test_notices_are_taken_back(session, alice, bob, carol, notices):
    post = await write(session, alice)
    for actor in (bob, carol):
        await notify_like(session, post, actor.id)
        await notify_follow(session, alice.id, actor.id)

    await withdraw(session, alice.id, Kind.LIKE, bob.id, cause=str(post.id))
    await withdraw(session, alice.id, Kind.FOLLOW, bob.id)
    assert await notices(alice) == [
        (Kind.FOLLOW, carol.id, None),
        (Kind.LIKE, carol.id, post.id),
    ]
    await forget_between(session, alice.id, carol.id)
    assert await notices(alice) == []
    await notify_follow(session, alice.id, bob.id)
    assert await notices(alice) == [(Kind.FOLLOW, bob.id, None)]


async def test_notices_are_chosen_by_kind_and_by_person(session, alice, bob, carol, notices):
    post = await write(session, alice)
    await notify_like(session, post, bob.id)
    await notify_follow(session, alice.id, bob.id)
    await notify_follow(session, alice.id, carol.id)

    assert await notices(alice, kinds={Kind.LIKE}) == [(Kind.LIKE, bob.id, post.id)]
    assert await notices(alice, excluded={Kind.FOLLOW}) == [(Kind.LIKE, bob.id, post.id)]
    assert await notices(alice, from_id=carol.id) == [(Kind.FOLLOW, carol.id, None)]
    assert await notices(alice, kinds={Kind.FOLLOW}, from_id=bob.id) == [
        (Kind.FOLLOW, bob.id, None)
    ]


async def test_notices_go_by_pages_and_are_forgotten(session, alice, bob, carol):
    for actor in (bob, carol):
        await notify_follow(session, alice.id, actor.id)
        await notify_follow_request(session, alice.id, actor.id)
    viewer, other = await viewer_of(session, alice.id), await viewer_of(session, carol.id)
    newest = await list_notifications(session, viewer, Page())

    assert await list_notifications(session, viewer, Page(limit=2)) == newest[:2]
    later = Page(limit=2, max_id=newest[1].id)
    assert await list_notifications(session, viewer, later) == newest[2:]
    assert await unread(session, alice, newest[1].id) == 1
    assert await find_notification(session, viewer, newest[0].id) == newest[0]
    assert await find_notification(session, other, newest[0].id) is None
    assert await find_notification(session, ANONYMOUS, newest[0].id) is None
    assert await list_notifications(session, ANONYMOUS, Page()) == []

    assert not await dismiss(session, carol.id, newest[0].id)
    assert await dismiss(session, alice.id, newest[0].id)
    assert await list_notifications(session, viewer, Page()) == newest[1:]
    await clear(session, alice.id)
    assert await list_notifications(session, viewer, Page()) == []


@pytest.mark.parametrize("state", ["pending", "rejected", "revoked", None])
async def test_who_quotes_without_consent_is_not_told_of_edits(session, alice, carol, state):
    quoted = await write(session, alice)
    values = {"quote_uri": quoted.uri, "quote_of_id": quoted.id, "quote_state": state}
    await write(session, carol, **values)
    quoted.edited_at = now()

    assert await notify_quoted_update(session, quoted) == []


async def test_who_may_not_see_what_they_quote_is_not_told_of_edits(session, alice, carol):
    quoted = await write(session, alice, FOLLOWERS)
    values = {"quote_uri": quoted.uri, "quote_of_id": quoted.id, "quote_state": "accepted"}
    await write(session, carol, **values)
    quoted.edited_at = now()

    assert await notify_quoted_update(session, quoted) == []


async def test_very_many_are_told_some_at_a_time(session, alice, bob, monkeypatch):
    monkeypatch.setattr(notify, "SLICE", 2)
    people = [await make_local_actor(session, f"reader{number}") for number in range(5)]
    post = await write(session, bob, mentioned=people)
    rows = []
    engine = session.get_bind()

    def note(connection, cursor, statement, values, *rest):
        if statement.startswith("INSERT INTO notification "):
            rows.append(statement.count("), (") + 1)

    event.listen(engine, "before_cursor_execute", note)
    told = await notify_mention(session, post, bob, [actor.id for actor in people])
    event.remove(engine, "before_cursor_execute", note)

    assert sorted(told) == [actor.id for actor in people]
    assert rows == [2, 2, 1]
