"""Where programs may be woken: no door into our own network, and only with keys that are some."""

from __future__ import annotations

import pytest

from core.clock import now
from core.errors import HostRefused, InvalidInput
from core.settings import Settings
from factories import make_peer
from fakes.push import Device, PushService
from federation.addresses import AddressGate
from federation.client import Client
from moderation.models import PeerClass
from notifications.receivers import check_endpoint, read_keys
from notifications.subscriptions import may_push_to
from notifications.vapid import public_key, token

GOOD = "https://push.example/wpush/v2/abc?x=1"


@pytest.fixture
def outside(session):
    """Let the session be of an instance that is not in development."""
    settings = session.info["settings"]
    changed = {"development": False, "allowed_networks": (), "base_url": "https://chu-lyon.example"}
    session.info["settings"] = settings.model_copy(update=changed)
    return session


async def test_an_address_of_a_push_service_is_taken(outside):
    await check_endpoint(outside, GOOD)


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://push.example/1",
        "https://push.example:8443/1",
        "https://127.0.0.1/1",
        "https://[::1]/1",
        "https://2130706433/1",
        "https://0x7f.1/1",
        "https://localhost/1",
        "https://db.localhost/1",
        "https://database/1",
        "https://chu-lyon.example/inbox",
        "https://user:pass@push.example/1",
        "https://push.example/é",
        "https://push.example\\@10.0.0.1/",
        "https://push.example/a b",
        "file:///etc/passwd",
        "//push.example/1",
        "",
    ],
)
async def test_an_address_that_leads_elsewhere_is_refused(outside, endpoint):
    with pytest.raises(InvalidInput):
        await check_endpoint(outside, endpoint)


async def test_a_name_that_leads_into_our_network_is_never_dialled():
    async def resolve(host, port):
        return ["10.0.0.7"]

    async def may_talk_to(host):
        return False

    client = Client(
        gate=AddressGate(), own_host="chu-lyon.example", may_talk_to=may_talk_to, resolve=resolve
    )

    for endpoint in (GOOD, "http://push.example/1", "https://10.0.0.7/1"):
        with pytest.raises(HostRefused):
            await client.post_push(endpoint, b"", headers={})
    with pytest.raises(HostRefused):
        await client.post_push("https://chu-lyon.example/inbox", b"", headers={})
    await client.close()


@pytest.mark.parametrize(
    ("hosts", "may"),
    [
        (("*",), True),
        (("push.example",), True),
        (("*.example",), True),
        (("*.push.apple.com", "ntfy.example"), False),
        ((), False),
    ],
    ids=["all", "this one", "those below", "others", "none"],
)
async def test_the_push_services_are_those_that_are_set(session, hosts, may):
    settings = session.info["settings"].model_copy(update={"push_hosts": hosts})
    session.info["settings"] = settings

    if may:
        await check_endpoint(session, GOOD)
    else:
        with pytest.raises(InvalidInput, match="does not use that push service"):
            await check_endpoint(session, GOOD)


@pytest.mark.parametrize(
    ("host", "is_known"),
    [
        ("fcm.googleapis.com", True),
        ("updates.push.services.mozilla.com", True),
        ("web.push.apple.com", True),
        ("wns2-par02p.notify.windows.com", True),
        ("app.joinmastodon.org", True),
        ("FCM.googleapis.com", True),
        ("fcm.googleapis.com.example", False),
        ("evil-push.apple.com", False),
        ("other.ntfy.sh.example", False),
        ("googleapis.com", False),
        ("storage.googleapis.com", False),
        ("fly.dev", False),
        ("push.example", False),
    ],
)
async def test_unless_set_otherwise_the_services_of_browsers_and_known_apps_are_used(
    session, host, is_known
):
    hosts = {"push_hosts": Settings.model_fields["push_hosts"].default}
    session.info["settings"] = session.info["settings"].model_copy(update=hosts)

    assert await may_push_to(session, f"https://{host}/abc") == is_known


async def test_the_refusal_says_which_services_are_used(session):
    for hosts, said in (("ntfy.example", "*.b.example"), "ntfy.example, *.b.example"), ((), "none"):
        settings = session.info["settings"].model_copy(update={"push_hosts": hosts})
        session.info["settings"] = settings
        with pytest.raises(InvalidInput) as refused:
            await check_endpoint(session, GOOD)
        assert str(refused.value).endswith(f"only these: {said}")


async def test_a_host_that_is_blocked_wakes_nobody(session):
    await make_peer(session, "push.example", peer_class=PeerClass.BLOCKED)

    with pytest.raises(InvalidInput):
        await check_endpoint(session, GOOD)


def test_keys_are_read_in_either_alphabet_and_kept_in_one():
    with PushService() as service:
        keys = Device(service).subscription()["keys"]
    other = {name: key.replace("-", "+").replace("_", "/") for name, key in keys.items()}

    assert read_keys(f"{other['p256dh']}=", f"{other['auth']}==") == (keys["p256dh"], keys["auth"])


@pytest.mark.parametrize("change", ["point", "secret", "empty", "long"])
def test_keys_that_are_none_are_refused(change):
    with PushService() as service:
        keys = Device(service).subscription()["keys"]
    p256dh, auth = {
        "point": ("BA" + "A" * 85, keys["auth"]),
        "secret": (keys["p256dh"], "AAAA"),
        "empty": ("", ""),
        "long": (keys["p256dh"] + "A" * 500, keys["auth"]),
    }[change]

    with pytest.raises(InvalidInput):
        read_keys(p256dh, auth)


def test_the_key_of_an_instance_is_its_secrets(settings):
    other = settings.model_copy(update={"secret_key": type(settings.secret_key)("another one")})

    assert public_key(settings) == public_key(settings.model_copy())
    assert public_key(settings) != public_key(other)
    assert len(public_key(settings)) == 87


def test_a_token_is_not_the_same_for_two_services(settings):
    first, second = (token(settings, f"https://{name}.example", now()) for name in "ab")

    assert first.split(".")[0] == second.split(".")[0]
    assert first.split(".")[1] != second.split(".")[1]
