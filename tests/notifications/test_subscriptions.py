"""Subscriptions are as good as their tokens, and no more than a person has programs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from core import clock
from core.clock import now
from db.jobs import Job
from factories import make_local_actor, make_user
from notifications import subscriptions
from notifications.models import Kind, Notification, PushSubscription
from notifications.subscriptions import (
    Receiver,
    Wish,
    find_live,
    find_subscription,
    forget_dead_subscriptions,
    owe_pushes,
    save_subscription,
)
from users.models import AccessToken, OAuthApp, RefreshToken

WISH = Wish({Kind.MENTION: True})


def receiver(name="phone"):
    return Receiver(f"https://push.example/{name}", "p256dh", "auth", True)


async def make_token(session, user, number=1, **values):
    token = AccessToken(token_hash=f"hash{number}", user_id=user.id, scopes="push", **values)
    session.add(token)
    await session.flush()
    return token


async def make_refresh(session, user, token, **values):
    app = OAuthApp(client_id="app", client_secret_hash="", name="App", scopes="push")
    session.add(app)
    await session.flush()
    session.add(
        RefreshToken(
            token_hash="refresh",
            family_id=token.family_id,
            app_id=app.id,
            user_id=user.id,
            scopes="push",
            **({"expires_at": now() + timedelta(days=90)} | values),
        )
    )
    await session.flush()


@pytest.mark.parametrize(
    ("token", "refresh", "is_live"),
    [
        ({}, None, True),
        ({"revoked_at": "past"}, None, False),
        ({"expires_at": "future"}, None, True),
        ({"expires_at": "past"}, None, False),
        ({"expires_at": "past"}, {}, True),
        ({"expires_at": "past"}, {"used_at": "past"}, False),
        ({"expires_at": "past"}, {"expires_at": "past"}, False),
        ({"expires_at": "past", "revoked_at": "past"}, {}, False),
    ],
    ids=[
        "as ever",
        "revoked",
        "not run out yet",
        "run out",
        "to be refreshed",
        "refreshed by another",
        "too late to be refreshed",
        "revoked for good",
    ],
)
async def test_I09_a_subscription_lives_as_long_as_its_program_may_do_anything(
    session, token, refresh, is_live
):
    moments = {"past": now() - timedelta(hours=1), "future": now() + timedelta(hours=1)}

    def at(values):
        return {name: moments[moment] for name, moment in values.items()}

    user = await make_user(session, await make_local_actor(session))
    made = await make_token(session, user, family_id=7, **at(token))
    if refresh is not None:
        await make_refresh(session, user, made, **at(refresh))
    saved = await save_subscription(session, made, receiver=receiver(), wish=WISH)

    found = await find_live(session, saved.id)
    await forget_dead_subscriptions(session)

    assert (found is not None) is is_live
    assert (await find_subscription(session, made.id) is not None) is is_live


async def test_of_very_many_the_oldest_are_forgotten(session, monkeypatch):
    monkeypatch.setattr(subscriptions, "MOST_A_PERSON", 2)
    user = await make_user(session, await make_local_actor(session))
    other = await make_user(session, await make_local_actor(session, "other"))
    theirs = await make_token(session, other, 9)
    await save_subscription(session, theirs, receiver=receiver("theirs"), wish=WISH)

    for number in range(3):
        token = await make_token(session, user, number)
        await save_subscription(session, token, receiver=receiver(str(number)), wish=WISH)

    left = await session.scalars(
        select(PushSubscription.endpoint).order_by(PushSubscription.endpoint)
    )
    assert [one.rpartition("/")[2] for one in left] == ["1", "2", "theirs"]


async def test_who_subscribes_anew_begins_anew(session):
    user = await make_user(session, await make_local_actor(session))
    token = await make_token(session, user)
    first = await save_subscription(session, token, receiver=receiver("old"), wish=WISH)
    first.failures = 9
    await session.flush()
    clock.shift(timedelta(days=1))

    again = await save_subscription(session, token, receiver=receiver("new"), wish=WISH)

    assert (again.failures, again.endpoint) == (0, "https://push.example/new")
    assert again.created_at > now() - timedelta(hours=1)


@pytest.mark.parametrize(("scopes", "is_woken"), [("read push", True), ("read", False)])
async def test_I09_a_program_that_gave_push_up_is_woken_no_more(session, scopes, is_woken):
    owner = await make_local_actor(session)
    token = await make_token(session, await make_user(session, owner))
    saved = await save_subscription(session, token, receiver=receiver(), wish=WISH)
    token.scopes = scopes
    other = await make_local_actor(session, "other")
    notice = Notification(owner_id=owner.id, kind=Kind.MENTION, from_id=other.id)
    session.add(notice)
    await session.flush()

    await owe_pushes(session, [notice])

    assert (await find_live(session, saved.id) is not None) is is_woken
    owed = await session.scalars(select(Job).where(Job.kind == subscriptions.JOB))
    assert len(owed.all()) == int(is_woken)
