"""Subscribing to Web Push: one for each program, for what it wishes, and nothing that is none."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.settings import KNOWN_PUSH_HOSTS
from fakes.push import Device, PushService
from notifications.models import PushSubscription
from notifications.vapid import public_key

PATH = "/api/v1/push/subscription"
ALL = {"mention": True, "favourite": True, "follow": True, "reblog": True, "status": True}


@pytest.fixture
def service():
    with PushService() as running:
        yield running


@pytest.fixture
def push_hosts():
    return ("*",)


@pytest.fixture
def settings(settings, push_hosts):
    return settings.model_copy(update={"push_hosts": push_hosts})


@pytest.fixture
def phone(service):
    return Device(service)


async def subscribe(program, device, *, alerts=ALL, policy="all"):
    data = {"alerts": alerts, "policy": policy}
    return await program.post(PATH, subscription=device.subscription(), data=data)


async def subscriptions(database):
    async with database.read() as session:
        return list(await session.scalars(select(PushSubscription)))


async def test_a_program_subscribes_changes_its_wish_and_leaves(house, alice, phone):
    made = await subscribe(alice, phone, alerts={"mention": True})

    assert made["endpoint"] == phone.endpoint
    assert made["server_key"] == public_key(house.database.settings)
    assert (made["standard"], made["policy"]) == (True, "all")
    assert [kind for kind, wanted in made["alerts"].items() if wanted] == ["mention"]
    assert await alice.get(PATH) == made

    changed = await alice.put(PATH, data={"alerts": {"poll": True}, "policy": "followed"})

    assert [kind for kind, wanted in changed["alerts"].items() if wanted] == ["poll"]
    assert changed == await alice.get(PATH) == made | {
        "alerts": changed["alerts"],
        "policy": "followed",
    }
    assert await alice.delete(PATH) == {}
    assert (await alice.ask("GET", PATH)).status == 404
    assert (await alice.ask("PUT", PATH, json={})).status == 404
    assert await alice.delete(PATH) == {}


async def test_a_form_subscribes_as_well_as_json(alice, phone):
    given = phone.subscription()
    form = {
        "subscription[endpoint]": given["endpoint"],
        "subscription[keys][p256dh]": given["keys"]["p256dh"] + "=",
        "subscription[keys][auth]": given["keys"]["auth"] + "==",
        "data[alerts][follow]": "true",
    }

    reply = await alice.ask("POST", PATH, form=form)

    assert reply.status == 200
    assert (reply.json["standard"], reply.json["alerts"]["follow"]) == (False, True)


async def test_each_program_has_one_subscription_of_its_own(house, alice, bruno, service):
    other = await house.program(alice.person)
    phone, tablet = Device(service, "phone"), Device(service, "tablet")
    await subscribe(alice, Device(service, "old"))
    await subscribe(alice, phone)
    await subscribe(other, tablet)

    assert (await alice.get(PATH))["endpoint"] == phone.endpoint
    assert (await other.get(PATH))["endpoint"] == tablet.endpoint
    assert (await bruno.ask("GET", PATH)).status == 404
    assert len(await subscriptions(house.database)) == 2


BAD_KEYS = {"p256dh": "BAAA", "auth": "AAAAAAAAAAAAAAAAAAAAAA"}


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"endpoint": ""}, id="no address"),
        pytest.param({"endpoint": "ftp://push.example/1"}, id="another protocol"),
        pytest.param({"endpoint": "https://user@push.example/1"}, id="a name in it"),
        pytest.param({"endpoint": "https://push.example/" + "x" * 3000}, id="too long"),
        pytest.param({"endpoint": "http://a.localhost:8001/api/v1/apps"}, id="ourselves"),
        pytest.param({"endpoint": ["https://push.example/1", {"a": 1}]}, id="a list"),
        pytest.param({"keys": BAD_KEYS}, id="no point"),
        pytest.param({"keys": {"p256dh": "é\x00", "auth": "é"}}, id="no base64"),
        pytest.param({"keys": None}, id="no keys"),
        pytest.param({"keys": {"p256dh": "A" * 100_000, "auth": "A"}}, id="long keys"),
    ],
)
async def test_what_is_no_subscription_is_refused(house, alice, phone, change):
    sent = {"subscription": phone.subscription() | change, "data": {"alerts": ALL}}

    reply = await alice.ask("POST", PATH, json=sent)

    assert reply.status == 422
    assert await subscriptions(house.database) == []


@pytest.mark.parametrize("push_hosts", [KNOWN_PUSH_HOSTS], ids=["known"])
async def test_a_push_service_that_is_not_used_is_refused_with_those_that_are(
    house, alice, phone
):
    sent = {"subscription": phone.subscription(), "data": {"alerts": ALL}}

    reply = await alice.ask("POST", PATH, json=sent)

    assert reply.status == 422
    assert reply.json["error"].endswith("only these: " + ", ".join(KNOWN_PUSH_HOSTS))
    assert await subscriptions(house.database) == []

    sent["subscription"]["endpoint"] = "https://fcm.googleapis.com/fcm/send/abc"
    assert (await alice.ask("POST", PATH, json=sent)).status == 200


async def test_an_unknown_policy_is_refused(alice, phone):
    sent = {"subscription": phone.subscription(), "data": {"policy": "friends"}}

    assert (await alice.ask("POST", PATH, json=sent)).status == 422
    assert (await alice.ask("PUT", PATH, json={"policy": "friends"})).status == 422
