"""What is unread, counted in groups by a statement that is made once for everybody."""

from __future__ import annotations

from datetime import timedelta

from actors.blocks import save_mute
from core import clock
from core.clock import now
from db.paging import Page
from notifications.groups import count_unread_groups
from notifications.models import Kind
from notifications.notify import notify_like, notify_mention
from notifications.queries import ALL, Choice, list_notifications
from posts.visibility import ANONYMOUS, viewer_of
from writing import write


async def unread(session, owner, since_id=0, *, limit=100, choice=ALL):
    viewer = await viewer_of(session, owner.id)
    return await count_unread_groups(session, viewer, since_id, limit=limit, choice=choice)


async def test_each_person_has_a_count_of_their_own(session, alice, bob, carol, dave):
    first, second = await write(session, alice), await write(session, alice)
    theirs = await write(session, carol)

    await notify_like(session, first, bob.id)
    await notify_like(session, first, dave.id)
    await notify_like(session, second, bob.id)
    await notify_like(session, theirs, bob.id)

    assert await unread(session, alice) == 2
    assert await unread(session, carol) == 1
    assert await unread(session, dave) == 0
    assert await count_unread_groups(session, ANONYMOUS, 0, limit=9, choice=ALL) == 0


async def test_only_what_came_after_a_notice_is_counted_and_not_beyond_a_limit(
    session, alice, bob, carol
):
    for _ in range(3):
        await notify_like(session, await write(session, alice), bob.id)
    viewer = await viewer_of(session, alice.id)
    newest = await list_notifications(session, viewer, Page())

    assert await unread(session, alice) == 3
    assert await unread(session, alice, limit=2) == 2
    assert await unread(session, alice, newest[1].id) == 1


async def test_a_choice_counts_its_own_kinds_alone(session, alice, bob):
    await notify_like(session, await write(session, alice), bob.id)
    await notify_mention(session, await write(session, bob, mentioned=[alice]), bob, [alice.id])

    assert await unread(session, alice) == 2
    assert await unread(session, alice, choice=Choice(kinds=frozenset({Kind.LIKE}))) == 1
    assert await unread(session, alice, choice=Choice(from_id=alice.id)) == 0


async def test_who_is_muted_is_counted_again_when_the_mute_is_over(session, alice, bob):
    await notify_like(session, await write(session, alice), bob.id)
    await save_mute(session, alice, bob, expires_at=now() + timedelta(hours=1))
    before = await unread(session, alice)

    clock.shift(timedelta(hours=2))

    assert (before, await unread(session, alice)) == (0, 1)
