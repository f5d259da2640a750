"""Web Push: who is woken, by whose doing, with what words; and what the push service is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from core import clock
from core.clock import now
from db.jobs import Job
from fakes.push import Device, PushService, claims_of
from notifications.models import PushSubscription
from users.accounts import set_password, suspend_user
from users.models import AccessToken, User
from workers.jobs import process_jobs
from workers.periodic import _forget

PATH = "/api/v1/push/subscription"
ALL = {"mention": True, "favourite": True, "follow": True, "reblog": True, "status": True}


@pytest.fixture
def service():
    with PushService() as running:
        yield running


@pytest.fixture
def phone(service):
    return Device(service)


async def subscribe(program, device, *, alerts=ALL, policy="all"):
    data = {"alerts": alerts, "policy": policy}
    return await program.post(PATH, subscription=device.subscription(), data=data)


@pytest.fixture
def send(house):
    """Do the jobs that are due."""

    async def work():
        while await process_jobs(house.database, house.client):
            pass

    return work


async def owed(database):
    async with database.read() as session:
        jobs = await session.scalars(select(Job).where(Job.kind == "push notice"))
        return list(jobs)


async def subscriptions(database):
    async with database.read() as session:
        return list(await session.scalars(select(PushSubscription)))


@pytest.mark.parametrize("standard", [True, False], ids=["aes128gcm", "aesgcm"])
async def test_a_device_reads_its_message_and_knows_who_sent_it(
    house, alice, bruno, service, send, standard
):
    phone = Device(service, standard=standard)
    made = await subscribe(alice, phone)
    said = await bruno.say("@alice une question d'ECG")

    await send()

    (request,) = phone.received
    headers = dict(request.headers)
    assert headers["content-encoding"] == ("aes128gcm" if standard else "aesgcm")
    assert (headers["ttl"], headers["urgency"]) == ("86400", "normal")
    claims, key = claims_of(request)
    assert (claims["aud"], claims["sub"]) == (service.base, "http://a.localhost:8001")
    assert now() < datetime.fromtimestamp(claims["exp"], UTC) < now() + timedelta(hours=24)
    assert key == made["server_key"]
    (notice,) = await alice.get("/api/v1/notifications")
    assert phone.messages == [
        {
            "access_token": "",
            "preferred_locale": "fr",
            "notification_id": int(notice["id"]),
            "notification_type": "mention",
            "icon": "http://a.localhost:8001/static/no-avatar.png",
            "title": "Dr Bruno vous mentionne",
            "body": "@alice une question d'ECG",
        }
    ]
    assert notice["status"]["id"] == said["id"]
    assert await owed(house.database) == []
    assert b"ECG" not in request.body


async def test_messages_are_equally_long(alice, bruno, phone, send):
    await subscribe(alice, phone)
    said = await alice.say()
    await bruno.post(f"/api/v1/statuses/{said['id']}/favourite")
    await bruno.say("@alice " + "très long " * 40)

    await send()

    assert len({len(one.body) for one in phone.received}) == 1
    assert len(phone.received) == 2


@pytest.mark.parametrize("visibility", ["private", "direct"])
async def test_what_not_everybody_may_read_is_on_no_locked_screen(
    house, alice, bruno, phone, send, visibility
):
    await subscribe(alice, phone)
    await house.follows(alice.actor, bruno.actor)
    await bruno.say("@alice le patient de la 12", visibility=visibility)

    await send()

    (message,) = phone.messages
    assert "patient" not in str(message)
    assert message["body"] == "Ouvrez l’application pour le lire."


async def test_a_warning_stands_for_what_is_behind_it(alice, bruno, phone, send):
    await subscribe(alice, phone)
    await bruno.say("@alice sang", spoiler_text="Chirurgie")

    await send()

    assert phone.messages[0]["body"] == "Chirurgie"


async def test_english_is_spoken_to_who_reads_it(house, alice, bruno, phone, send):
    async with house.database.transaction() as session:
        await session.execute(update(User).values(locale="en-GB"))
    await subscribe(alice, phone)
    await bruno.post(f"/api/v1/accounts/{alice.id}/follow")

    await send()

    (message,) = phone.messages
    assert (message["title"], message["preferred_locale"]) == ("Dr Bruno follows you now", "en")
    assert message["body"] == "@bruno@a.localhost:8001"


async def test_only_what_is_wished_for_wakes(alice, bruno, phone, send):
    await subscribe(alice, phone, alerts={"mention": True})
    await bruno.post(f"/api/v1/accounts/{alice.id}/follow")
    await bruno.say("@alice bonjour")

    await send()

    assert [one["notification_type"] for one in phone.messages] == ["mention"]


@pytest.mark.parametrize(
    ("policy", "woken_by"),
    [
        ("all", {"bruno", "chloe", "dora"}),
        ("followed", {"bruno"}),
        ("follower", {"chloe"}),
        ("none", set()),
    ],
)
async def test_only_by_whom_it_is_wished_for_one_is_woken(
    house, alice, bruno, chloe, phone, send, policy, woken_by
):
    dora = await house.person("dora")
    await house.follows(alice.actor, bruno.actor)
    await house.follows(chloe.actor, alice.actor)
    await subscribe(alice, phone, policy=policy)

    for program in (bruno, chloe, dora):
        await program.say(f"@alice de {program.actor.username}")
    await send()

    assert {one["body"].split()[-1] for one in phone.messages} == woken_by


async def test_what_may_not_be_seen_any_more_wakes_nobody(house, alice, bruno, phone, send):
    await subscribe(alice, phone)
    said = await bruno.say("@alice bonjour")
    await bruno.say("@alice encore")
    await bruno.delete(f"/api/v1/statuses/{said['id']}")
    await alice.post(f"/api/v1/accounts/{bruno.id}/block")

    await send()

    assert phone.received == []
    assert await owed(house.database) == []


async def test_what_a_filter_hides_or_folds_wakes_nobody(alice, bruno, phone, send):
    await subscribe(alice, phone)
    words = [{"keyword": "golf", "whole_word": True}]
    await alice.post(
        "/api/v2/filters",
        title="golf",
        context=["notifications"],
        filter_action="warn",
        keywords_attributes=words,
    )
    await bruno.say("@alice du golf")
    await bruno.say("@alice de la grippe")

    await send()

    assert [one["body"] for one in phone.messages] == ["@alice de la grippe"]


async def test_what_waits_or_is_old_wakes_nobody(house, alice, chloe, bruno, phone, send):
    await subscribe(alice, phone)
    await chloe.say("@alice bonjour", visibility="direct")
    await send()
    assert phone.received == []

    await bruno.say("@alice bonjour")
    clock.shift(timedelta(hours=25))
    await send()
    assert phone.received == []


@pytest.mark.parametrize(
    "end",
    ["revoked", "password", "suspended"],
)
async def test_I09_a_program_that_may_nothing_any_more_is_not_woken(
    house, alice, bruno, phone, send, end
):
    await subscribe(alice, phone)
    await bruno.say("@alice avant")
    match end:
        case "revoked":
            async with house.database.transaction() as session:
                await session.execute(update(AccessToken).values(revoked_at=now()))
        case "password":
            await set_password(
                house.database, "alice", password="un autre mot de passe", decided_by="test"
            )
        case "suspended":
            await suspend_user(house.database, "alice", decided_by="test")
    other = await house.program(bruno.person)
    await other.say("@alice après")

    await send()

    assert phone.received == []
    await _forget(house.database, house.client)
    left = await subscriptions(house.database)
    assert len(left) == (1 if end == "suspended" else 0)


@pytest.mark.parametrize("status", [404, 410])
async def test_a_subscription_of_which_its_service_knows_nothing_is_forgotten(
    house, alice, bruno, phone, service, send, status
):
    await subscribe(alice, phone)
    service.script(phone.path, status=status)
    await bruno.say("@alice bonjour")

    await send()

    assert (await alice.ask("GET", PATH)).status == 404
    assert await owed(house.database) == []


@pytest.mark.parametrize("status", [400, 403, 413, 302])
async def test_a_message_that_is_refused_is_not_sent_again(
    house, alice, bruno, phone, service, send, status
):
    await subscribe(alice, phone)
    elsewhere = {"redirect": f"{service.base}/elsewhere"} if status == 302 else {}
    service.script(phone.path, status=status, **elsewhere)
    await bruno.say("@alice bonjour")

    await send()

    assert [one.path for one in service.journal] == [phone.path]
    assert await owed(house.database) == []
    assert (await alice.get(PATH))["endpoint"] == phone.endpoint


@pytest.mark.parametrize("status", [500, 503, 429])
async def test_a_service_that_has_a_problem_is_asked_again(
    house, alice, bruno, phone, service, send, status
):
    await subscribe(alice, phone)
    service.script(phone.path, status=status, times=1)
    await bruno.say("@alice bonjour")
    await send()
    assert len(phone.received) == 1

    clock.shift(timedelta(minutes=1))
    await send()

    assert len(phone.received) == 2
    assert await owed(house.database) == []
    assert (await subscriptions(house.database))[0].failures == 0


async def test_a_service_says_when_to_come_again(house, alice, bruno, phone, service, send):
    await subscribe(alice, phone)
    service.script(phone.path, status=429, headers={"retry-after": "1800"}, times=1)
    await bruno.say("@alice bonjour")
    await send()

    clock.shift(timedelta(minutes=29))
    await send()
    assert len(phone.received) == 1

    clock.shift(timedelta(minutes=2))
    await send()
    assert len(phone.received) == 2
    assert await owed(house.database) == []


async def test_a_service_that_is_not_there_for_days_is_forgotten(
    house, alice, bruno, phone, service, send
):
    await subscribe(alice, phone)
    service.script(phone.path, status=503)
    async with house.database.transaction() as session:
        await session.execute(update(PushSubscription).values(failures=40))
    await bruno.say("@alice un")
    await send()
    assert len(await subscriptions(house.database)) == 1

    clock.shift(timedelta(days=8))
    await bruno.say("@alice deux")
    await send()

    assert await subscriptions(house.database) == []
