"""The policy: which notices of strangers are let in, wait, or are dropped."""

from __future__ import annotations

from datetime import timedelta

import pytest
import pytest_asyncio
from sqlalchemy import select, update
from sqlmodel import col

from actors.follows import save_follow
from actors.models import Badge, Follow
from core import clock
from core.clock import now
from factories import give_badge, make_local_actor, make_peer, make_remote_actor
from moderation.models import PeerClass
from notifications.models import Handling, Kind, Notification, NotificationPermission
from notifications.notify import (
    notify_follow,
    notify_like,
    notify_mention,
    notify_poll,
    notify_status,
)
from notifications.policy import RULES, Policy, find_policy, save_policy
from posts.eyes import UNPROVEN
from posts.models import Visibility
from writing import write

ACCEPT, FILTER, DROP = Handling
MENTIONED = Visibility.MENTIONED


@pytest_asyncio.fixture
async def eve(session):
    """Somebody of another instance who is no doctor, whose account is old."""
    eve = await make_remote_actor(session, "eve")
    eve.published_at = now() - timedelta(days=400)
    return eve


@pytest.fixture
def becomes(session):
    """Tell what became of the last thing that somebody did: `accept`, `filter` or `drop`."""

    async def look(owner, kind=Kind.MENTION):
        statement = (
            select(col(Notification.filtered))
            .where(col(Notification.owner_id) == owner.id, col(Notification.kind) == kind)
            .order_by(col(Notification.id).desc())
        )
        found = (await session.scalars(statement)).first()
        return {None: DROP, True: FILTER, False: ACCEPT}[found]

    return look


async def mention(session, sender, owner, visibility=Visibility.PUBLIC, **values):
    post = await write(session, sender, visibility, mentioned=[owner], **values)
    await notify_mention(session, post, sender, [owner.id])
    return post


async def follow(session, follower, followee, *, days=30):
    await save_follow(session, follower, followee, uri=f"{follower.uri}#f", accepted=True)
    await session.execute(
        update(Follow)
        .where(col(Follow.follower_id) == follower.id)
        .values(accepted_at=now() - timedelta(days=days))
    )


async def test_who_never_chose_lets_in_all_but_private_letters_and_limited_hosts(session, alice):
    assert await find_policy(session, alice.id) == Policy(ACCEPT, ACCEPT, ACCEPT, FILTER, FILTER)


async def test_a_policy_is_changed_rule_by_rule(session, alice, carol):
    await save_policy(session, alice.id, {"for_not_following": DROP})

    changed = await save_policy(session, alice.id, {"for_private_mentions": ACCEPT})

    assert changed == Policy(DROP, ACCEPT, ACCEPT, ACCEPT, FILTER)
    assert await save_policy(session, alice.id, {}) == changed
    assert await find_policy(session, carol.id) == Policy()
    assert set(RULES) == {
        "for_not_following",
        "for_not_followers",
        "for_new_accounts",
        "for_private_mentions",
        "for_limited_accounts",
    }


@pytest.mark.parametrize("wanted", [FILTER, DROP])
async def test_whom_one_does_not_follow(session, alice, eve, becomes, wanted):
    await save_policy(session, alice.id, {"for_not_following": wanted})

    await mention(session, eve, alice)
    assert await becomes(alice) is wanted

    await follow(session, alice, eve)
    await mention(session, eve, alice)
    assert await becomes(alice) is ACCEPT


@pytest.mark.parametrize("wanted", [FILTER, DROP])
async def test_who_does_not_follow_one(session, alice, eve, becomes, wanted):
    await save_policy(session, alice.id, {"for_not_followers": wanted})

    await mention(session, eve, alice)
    assert await becomes(alice) is wanted
    await follow(session, eve, alice, days=1)
    await mention(session, eve, alice)
    # Who began to follow yesterday may have done so in order to be heard.
    assert await becomes(alice) is wanted

    clock.shift(timedelta(days=3))
    await mention(session, eve, alice)
    assert await becomes(alice) is ACCEPT


@pytest.mark.parametrize("wanted", [FILTER, DROP])
async def test_whose_account_is_new(session, alice, eve, becomes, wanted):
    await save_policy(session, alice.id, {"for_new_accounts": wanted})
    eve.published_at = now() - timedelta(days=29)

    await mention(session, eve, alice)
    assert await becomes(alice) is wanted

    clock.shift(timedelta(days=2))
    await mention(session, eve, alice)
    assert await becomes(alice) is ACCEPT


async def test_a_new_account_that_one_follows_is_known(session, alice, eve, becomes):
    await save_policy(session, alice.id, {"for_new_accounts": DROP})
    eve.published_at = now()
    await follow(session, alice, eve)

    await mention(session, eve, alice)

    assert await becomes(alice) is ACCEPT


async def test_who_writes_privately_for_the_first_time_waits(session, alice, eve, becomes):
    await mention(session, eve, alice, MENTIONED)

    assert await becomes(alice) is FILTER
    await mention(session, eve, alice)
    assert await becomes(alice) is ACCEPT


async def test_a_verified_doctor_who_writes_for_the_first_time_does_not_wait(
    session, alice, bob, carol, eve, becomes
):
    # Nor does a nurse whom the register knows.
    await give_badge(session, eve, is_doctor=False)
    for colleague in (bob, carol, eve):
        await mention(session, colleague, alice, MENTIONED)

        assert await becomes(alice) is ACCEPT


async def test_what_somebody_only_says_of_themselves_is_no_reason(session, alice, eve, becomes):
    (await give_badge(session, eve)).assurance = UNPROVEN

    await mention(session, eve, alice, MENTIONED)

    assert await becomes(alice) is FILTER


async def test_a_doctor_whose_badge_has_lapsed_waits(session, alice, bob, becomes):
    await session.execute(update(Badge).values(valid_until=now() - timedelta(days=1)))

    await mention(session, bob, alice, MENTIONED)

    assert await becomes(alice) is FILTER


async def test_who_drops_private_letters_drops_those_of_doctors_too(session, alice, bob, becomes):
    await save_policy(session, alice.id, {"for_private_mentions": DROP})

    await mention(session, bob, alice, MENTIONED)

    assert await becomes(alice) is DROP


async def test_an_answer_to_what_one_wrote_does_not_wait(session, alice, eve, becomes):
    letter = await write(session, alice, MENTIONED, mentioned=[eve])

    answer = await mention(session, eve, alice, MENTIONED, answers=letter)
    assert await becomes(alice) is ACCEPT
    await mention(session, eve, alice, MENTIONED, answers=answer)
    assert await becomes(alice) is ACCEPT


async def test_an_answer_to_what_one_wrote_to_another_waits(session, alice, eve, dave, becomes):
    letter = await write(session, alice, MENTIONED, mentioned=[dave])

    await mention(session, eve, alice, MENTIONED, answers=letter)

    assert await becomes(alice) is FILTER


@pytest.mark.parametrize("limit", ["holds", "forces_warning"])
async def test_who_is_of_a_host_that_is_limited_waits(session, alice, eve, becomes, limit):
    await make_peer(session, eve.host, peer_class=PeerClass.SOCIAL, **{limit: True})

    await mention(session, eve, alice)

    assert await becomes(alice) is FILTER
    await save_policy(session, alice.id, {"for_limited_accounts": ACCEPT})
    await mention(session, eve, alice)
    assert await becomes(alice) is ACCEPT


async def test_the_strictest_rule_counts(session, alice, eve, becomes):
    await save_policy(
        session, alice.id, {"for_not_following": FILTER, "for_not_followers": DROP}
    )

    await mention(session, eve, alice)

    assert await becomes(alice) is DROP


async def test_who_was_let_in_once_is_let_in_always(session, alice, eve, becomes):
    await save_policy(session, alice.id, dict.fromkeys(RULES, DROP))
    session.add(NotificationPermission(owner_id=alice.id, from_id=eve.id))

    await mention(session, eve, alice, MENTIONED)

    assert await becomes(alice) is ACCEPT


async def test_what_one_asked_for_is_always_told(session, alice, eve, becomes):
    await save_policy(session, alice.id, dict.fromkeys(RULES, DROP))
    await save_follow(
        session, alice, eve, uri="http://x/follow", accepted=True, notifies=True
    )
    await notify_status(session, await write(session, eve), eve)
    await notify_poll(session, await write(session, eve), [alice.id])

    assert await becomes(alice, Kind.STATUS) is ACCEPT
    assert await becomes(alice, Kind.POLL) is ACCEPT


async def test_likes_and_follows_wait_as_well(session, alice, eve, becomes):
    await save_policy(session, alice.id, {"for_not_following": FILTER})

    await notify_like(session, await write(session, alice), eve.id)
    assert await notify_follow(session, alice.id, eve.id) == []

    assert await becomes(alice, Kind.LIKE) is FILTER
    assert await becomes(alice, Kind.FOLLOW) is FILTER


async def test_of_many_each_gets_what_they_chose(session, alice, carol, dave, eve):
    await save_policy(session, alice.id, {"for_not_following": DROP})
    await save_policy(session, carol.id, {"for_not_following": FILTER})
    other = await make_local_actor(session, "other")
    await follow(session, other, eve)
    post = await write(session, eve, mentioned=[alice, carol, dave, other])

    told = await notify_mention(session, post, eve, [alice.id, carol.id, dave.id, other.id])

    assert set(told) == {dave.id, other.id}
    rows = await session.scalars(select(Notification))
    assert {row.owner_id: row.filtered for row in rows} == {
        carol.id: True,
        dave.id: False,
        other.id: False,
    }
