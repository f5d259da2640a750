"""Who is let in and who is turned away; and who is forgotten because they never came back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlmodel import col

import factories
from actors.models import Actor, ActorKey, Block
from actors.search import search_actors
from core import clock
from core.errors import InvalidInput, NotFound
from moderation.models import AuditEntry
from signing_up import (
    asked,
    begin_a_window,
    deliver,
    letter,
    make_person,
    person,
    ticket_of,
    use_settings,
    with_mail,
)
from users import signup
from users.accounts import delete_user, resume_user, suspend_user
from users.confirming import Confirmed, confirm_address
from users.deciding import KEEP_UNCONFIRMED, approve, forget_unconfirmed, refuse
from users.models import User
from users.signup import Outcome, sign_up
from users.waiting import count_waiting, list_waiting


@pytest.fixture
def settings(settings, box):
    return with_mail(settings, box, "approval")


@pytest.fixture(autouse=True)
def no_tries_before():
    begin_a_window()


@pytest.fixture(autouse=True)
def keys_of_a_stock(monkeypatch):
    async def make():
        return factories.new_keys()

    monkeypatch.setattr(signup, "make_keys", make)


async def come(database, **changes):
    given = {"reason": "I work in cardiology"} | changes
    return await sign_up(database, asked(**given), address="203.0.113.7")


async def come_and_confirm(database, box, **changes):
    await come(database, **changes)
    return await confirm_address(database, ticket_of(await letter(database, box)))


async def say_yes(database, username="dora"):
    async with database.transaction() as session:
        await approve(session, username, decided_by="ada")


async def say_no(database, username="dora", reason=""):
    async with database.transaction() as session:
        await refuse(session, username, reason, decided_by="ada")


async def waiting(database):
    async with database.read() as session:
        return await list_waiting(session), await count_waiting(session)


async def test_who_waits_is_listed_with_the_reason(database, box):
    await come(database, username="erin", email="erin@chu.example")
    await deliver(database)
    box.taken.clear()
    await come_and_confirm(database, box)

    listed, count = await waiting(database)

    assert [one.actor.username for one in listed] == ["erin", "dora"]
    assert [one.user.confirmed_at is not None for one in listed] == [False, True]
    assert listed[1].user.signup_reason == "I work in cardiology"
    assert count == 1


async def test_who_is_approved_is_in_and_told(database, box):
    await come_and_confirm(database, box)

    await say_yes(database, "@Dora")

    taken = await letter(database, box)
    assert (await person(database)).may_sign_in
    assert taken.to == "dora@chu.example"
    assert taken.link == "http://a.localhost:8001/auth/sign-in"
    assert await waiting(database) == ([], 0)


async def test_who_is_approved_before_confirming_comes_in_by_the_link(database, box):
    await come(database)
    confirm = ticket_of(await letter(database, box))

    await say_yes(database)
    await deliver(database)
    silent = list(box.taken)
    outcome = await confirm_address(database, confirm)

    assert silent == []
    assert outcome is Confirmed.READY
    assert (await person(database)).may_sign_in


async def test_who_is_refused_is_told_why_and_removed(database, box):
    await come_and_confirm(database, box)

    await say_no(database, reason="  Not of this hospital  ")

    taken = await letter(database, box)
    assert taken.to == "dora@chu.example"
    assert "Hello Dr Dora," in taken.text and "Not of this hospital" in taken.text
    assert await person(database) is None
    async with database.read() as session:
        assert (await session.scalars(select(Actor))).all() == []
        assert (await session.scalars(select(ActorKey))).all() == []
        assert await search_actors(session, "dora", limit=5) == []


async def test_who_is_refused_may_ask_again(database, box):
    await come_and_confirm(database, box)
    await say_no(database)

    assert await come(database) is Outcome.LOOK_IN_MAIL


async def test_nothing_is_written_to_an_address_that_nobody_confirmed(database, box):
    await come(database)
    await letter(database, box)

    await say_no(database, reason="words of an administrator")
    await deliver(database)

    assert box.taken == []
    assert await person(database) is None


async def test_somebody_about_whom_something_was_written_down_keeps_the_name_taken(
    database, box
):
    await come_and_confirm(database, box)
    await make_person(database, "anne")
    async with database.transaction() as session:
        dora = await session.scalar(select(Actor).where(col(Actor.username) == "dora"))
        anne = await session.scalar(select(Actor).where(col(Actor.username) == "anne"))
        session.add(Block(blocker_id=anne.id, blocked_id=dora.id, uri=f"{anne.uri}#blocks/1"))

    await say_no(database)

    async with database.read() as session:
        dora = await session.get_one(Actor, dora.id)
        user = await session.scalar(select(User).where(col(User.actor_id) == dora.id))
    assert dora.deleted_at is not None
    assert user.is_deleted and not user.may_sign_in and user.signup_reason is None
    assert await waiting(database) == ([], 0)


@pytest.mark.parametrize("decide", [say_yes, say_no])
@pytest.mark.parametrize("username", ["anne", "nobody", ""])
async def test_nobody_decides_about_who_does_not_wait(database, decide, username):
    await make_person(database, "anne")

    with pytest.raises(NotFound):
        await decide(database, username)

    assert (await person(database, "anne")).may_sign_in


async def test_a_decision_is_made_once(database, box):
    await come_and_confirm(database, box)
    await say_yes(database)

    with pytest.raises(NotFound):
        await say_no(database)

    assert (await person(database)).may_sign_in


async def test_a_reason_has_bounds(database, box):
    await come_and_confirm(database, box)

    with pytest.raises(InvalidInput):
        await say_no(database, reason="x" * 2001)

    assert await person(database) is not None


async def test_decisions_are_in_the_audit_log_without_their_words(database, box):
    await come_and_confirm(database, box)
    await say_yes(database)
    await come_and_confirm_other(database, box)
    await say_no(database, "erin", reason="a secret")

    async with database.read() as session:
        lines = list(await session.scalars(select(AuditEntry).order_by(col(AuditEntry.id))))
    assert [(line.actor, line.action, line.subject) for line in lines if line.actor == "ada"] == [
        ("ada", "account.approve", "dora"),
        ("ada", "account.refuse", "erin"),
    ]
    assert "secret" not in str([line.detail for line in lines])


async def come_and_confirm_other(database, box):
    await deliver(database)
    box.taken.clear()
    await come_and_confirm(database, box, username="erin", email="erin@chu.example")


async def test_who_never_confirms_is_forgotten_and_the_name_is_free(database, box):
    await come(database)
    await make_person(database, "anne")
    clock.shift(KEEP_UNCONFIRMED - timedelta(minutes=1))
    await forget_unconfirmed(database)
    kept = await person(database)

    clock.shift(timedelta(minutes=2))
    await forget_unconfirmed(database)

    assert kept is not None
    assert await person(database) is None
    assert await person(database, "anne") is not None
    assert await come(database) is Outcome.LOOK_IN_MAIL


async def test_who_confirmed_and_waits_is_not_forgotten(database, box):
    await come_and_confirm(database, box)
    clock.shift(KEEP_UNCONFIRMED * 5)

    await forget_unconfirmed(database)

    assert await person(database) is not None


async def test_the_end_of_a_suspension_lets_nobody_in_who_never_was(database, box, settings):
    await come_and_confirm(database, box)
    await suspend_user(database, "dora", decided_by="cli")
    hidden = await waiting(database)
    await resume_user(database, "dora", decided_by="cli")

    async with database.read() as session:
        actor = (await session.scalars(select(Actor))).one()
    assert hidden == ([], 0)
    assert actor.suspended_at is not None
    assert not (await person(database)).may_sign_in


async def test_who_is_deleted_while_waiting_leaves_no_words(database, box):
    await come_and_confirm(database, box)
    async with database.transaction() as session:
        await delete_user(session, "dora", decided_by="cli")

    assert (await person(database)).signup_reason is None
    assert await waiting(database) == ([], 0)


async def test_without_mail_a_refusal_is_silent(database, box, settings):
    use_settings(database, with_mail(settings, None, "approval"))
    outcome = await come(database)

    await say_no(database, reason="not of this hospital")

    assert outcome is Outcome.WAITS
    assert await person(database) is None
