"""Letters: their words, in two languages; owed once, written late, sent again when it failed."""

from __future__ import annotations

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from core import clock
from core.errors import MailUnavailable
from core.i18n import language_of
from db.jobs import Job
from fakes.mailbox import Mailbox
from signing_up import (
    begin_a_window,
    deliver,
    letter,
    make_person,
    ticket_of,
    use_settings,
    with_mail,
)
from users.accounts import delete_user
from users.forgotten import may_reset
from users.letters import Facts, Letter, word_letter
from users.mailing import owe_letter, send_mail
from users.models import Purpose, Ticket, User
from users.tickets import ask_ticket

FACTS = Facts(
    place="chu.example", username="anne", name="Dr Anne", link="https://chu.example/x",
    until="22 November 2026, 10:05 UTC", forgotten="https://chu.example/auth/forgotten",
    email="new@chu.example", waiting=2,
)  # fmt: skip


@pytest.fixture
def settings(settings, box):
    return with_mail(settings, box)


@pytest.fixture
def anne(database):
    return make_person(database, "anne")


async def owe(database, kind, user, **more):
    async with database.transaction() as session:
        await owe_letter(session, kind, user.id, **more)


async def owe_reset(database, user):
    async with database.transaction() as session:
        await ask_ticket(session, user.id, Purpose.RESET_PASSWORD)
        await owe_letter(session, Letter.RESET_PASSWORD, user.id)


async def jobs(database):
    async with database.read() as session:
        return list(await session.scalars(select(Job)))


# Words


@pytest.mark.parametrize("kind", Letter)
def test_every_letter_is_whole(kind):
    subject, text = word_letter(kind, language_of("en"), FACTS)

    assert "%" not in subject + text
    assert "chu.example" in subject
    assert text.startswith("Hello") and text.endswith("-- \nchu.example\n")
    assert all(part.strip() for part in text.split("\n\n"))
    assert "!" not in subject + text


@pytest.mark.parametrize("kind", Letter)
def test_a_link_stands_on_a_line_of_its_own(kind):
    _, text = word_letter(kind, language_of("en"), FACTS)

    lines = text.splitlines()
    assert all(line.startswith("https://") for line in lines if "https://" in line)


def test_who_waits_is_counted_as_the_language_counts():
    one = word_letter(Letter.SOMEBODY_WAITS, language_of("en"), Facts(place="x", waiting=1))
    two = word_letter(Letter.SOMEBODY_WAITS, language_of("en"), Facts(place="x", waiting=2))

    assert "1 person asks" in one[1]
    assert "2 people ask" in two[1]


@pytest.mark.parametrize(
    ("reason", "is_said"), [("not of this hospital: 100 % sure", True), ("", False)]
)
def test_a_refusal_tells_the_reason_if_there_is_one(reason, is_said):
    facts = Facts(place="x", name="Dr Dora", reason=reason)

    _, text = word_letter(Letter.REFUSED, language_of("en"), facts)

    assert ("They write:" in text) is is_said
    assert reason in text


def test_a_letter_says_whom_to_ask_if_the_instance_does():
    facts = Facts(place="x", contact="it@chu.example")

    assert "it@chu.example" in word_letter(Letter.APPROVED, language_of("en"), facts)[1]


# The queue


async def test_nothing_is_owed_where_no_mail_is_sent(database, anne, settings):
    use_settings(database, with_mail(settings, None))
    user = await anne

    await owe(database, Letter.PASSWORD_CHANGED, user)

    assert await jobs(database) == []


async def test_one_letter_is_owed_once_and_sent_once(database, anne, box):
    user = await anne
    for _ in range(3):
        await owe(database, Letter.SECOND_FACTOR_ON, user)

    taken = await letter(database, box)

    assert (taken.to, taken.message["Auto-Submitted"]) == ("anne@chu.example", "auto-generated")
    assert await jobs(database) == []


async def test_what_no_longer_holds_is_not_sent(database, anne, box):
    user = await anne
    await owe_reset(database, user)
    await owe(database, Letter.SOMEBODY_WAITS, user)
    async with database.transaction() as session:
        await session.delete((await session.scalars(select(Ticket))).one())

    await deliver(database)

    assert box.taken == []
    assert await jobs(database) == []


async def test_nobody_writes_to_who_is_deleted(database, anne, box):
    user = await anne
    await owe_reset(database, user)
    await owe(database, Letter.PASSWORD_CHANGED, user)
    async with database.transaction() as session:
        await delete_user(session, "anne", decided_by="cli")

    await deliver(database)

    assert box.taken == []
    async with database.read() as session:
        assert (await session.scalars(select(Ticket))).all() == []


async def test_a_letter_that_was_not_taken_is_sent_again_with_another_link(database, anne, box):
    user = await anne
    await owe_reset(database, user)
    box.answers["DATA"] = "451 4.3.0 come back later"
    await deliver(database)
    (waiting,) = await jobs(database)
    async with database.read() as session:
        first = (await session.scalars(select(Ticket))).one().ticket_hash

    box.answers.clear()
    clock.shift(timedelta(minutes=1))
    taken = await letter(database, box)

    assert (waiting.attempts, waiting.parked_at) == (1, None)
    assert "451 4.3.0" in waiting.error
    async with database.read() as session:
        ticket = (await session.scalars(select(Ticket))).one()
        assert ticket.ticket_hash != first
        assert await may_reset(session, ticket_of(taken)) == "anne"


async def test_the_link_is_good_from_when_the_letter_is_sent(database, anne, box):
    user = await anne
    await owe_reset(database, user)
    clock.shift(timedelta(hours=5))
    taken = await letter(database, box)

    async with database.read() as session:
        assert await may_reset(session, ticket_of(taken)) == "anne"
    clock.shift(timedelta(minutes=61))
    async with database.read() as session:
        assert await may_reset(session, ticket_of(taken)) is None


async def test_an_address_that_is_refused_for_good_is_set_aside_without_its_name(
    database, anne, box
):
    await owe(database, Letter.PASSWORD_CHANGED, await anne)
    box.answers["anne@chu.example"] = "550 5.1.1 <anne@chu.example>: no such user"

    await deliver(database)

    (job,) = await jobs(database)
    assert job.parked_at is not None
    assert job.error == "127.0.0.1 answered 550 5.1.1"


async def test_a_server_that_is_away_is_asked_again(database, anne, settings):
    with Mailbox() as gone:
        pass
    use_settings(database, with_mail(settings, gone))
    user = await anne

    with pytest.raises(MailUnavailable):
        await send_mail(database, None, {"letter": "approved", "user_id": user.id})


async def test_the_time_is_that_of_the_readers_zone(database, anne, box, settings):
    begin_a_window()
    use_settings(database, settings.model_copy(update={"time_zone": "Europe/Paris"}))
    user = await anne
    await owe_reset(database, user)
    in_paris = await letter(database, box)
    async with database.transaction() as session:
        (await session.get_one(User, user.id)).preferences = {"time_zone": "Asia/Tokyo"}
    await owe_reset(database, user)
    in_tokyo = await letter(database, box)

    async with database.read() as session:
        ends_at = (await session.scalars(select(Ticket))).one().expires_at
    tokyo, paris = (ends_at.astimezone(ZoneInfo(name)) for name in ("Asia/Tokyo", "Europe/Paris"))
    assert f"{tokyo:%H:%M}." in in_tokyo.text
    assert f"{paris:%H:}" in in_paris.text


async def test_a_zone_that_the_system_has_no_more_holds_no_letter_back(database, anne, box):
    user = await anne
    async with database.transaction() as session:
        (await session.get_one(User, user.id)).preferences = {"time_zone": "Mars/Olympus"}

    await owe_reset(database, user)

    assert "UTC." in (await letter(database, box)).text


async def test_H22_links_lead_to_the_address_of_the_settings(database, anne, box):
    await owe_reset(database, await anne)

    taken = await letter(database, box)

    assert re.fullmatch(
        r"http://a\.localhost:8001/auth/new-password\?ticket=[\w-]{43}", taken.link
    )
    assert "a.localhost" in taken.message["Message-ID"]


async def test_only_the_hash_of_a_link_is_kept(database, anne, box):
    await owe_reset(database, await anne)

    secret = ticket_of(await letter(database, box))

    async with database.read() as session:
        ticket = (await session.scalars(select(Ticket))).one()
    assert secret not in str(ticket.model_dump())


async def test_a_letter_is_in_the_language_of_the_account(database, anne, box):
    user = await anne
    async with database.transaction() as session:
        (await session.get_one(User, user.id)).locale = "fr-CA"
    await owe(database, Letter.APPROVED, user)

    assert (await letter(database, box)).message["Content-Language"] == "fr"
