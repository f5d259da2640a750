"""Signatures at the inbox's door: what cases A of the catalogue answer, and that nothing is kept.

How the signer is found is tested in tests/actors/test_authenticate.py.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from actors.queries import find_key
from core import clock
from fakes.fixtures import list_peer
from fakes.remote import FakeRemote
from fakes.signing import digest_of
from inbox.models import InboxActivity
from moderation.models import PeerClass

KNOBS = {
    "a01 no signature": {"header": ""},
    "a02 only the date": {"covered": ["date"]},
    "a03 no digest": {"covered": ["(request-target)", "host", "date"]},
    "a05 an absent digest": {"omit": ["digest"]},
    "a06 two digests": {"more": [("Digest", digest_of(b"x"))]},
    "a07 sha-1": {"digest": "SHA-1=2jmj7l5rSw0yVb/vlWAYkK/YBwk="},
    "a09 another path": {"target": "/users/alice/inbox"},
    "a10 another host": {"host": "v.test"},
    "a12 13 hours old": {"date": timedelta(hours=-13)},
    "a12 70 minutes old": {"date": timedelta(minutes=-70)},
    "a13 2 hours ahead": {"date": timedelta(hours=2)},
    "a14 no date": {"date": "yesterday"},
    "a14 two dates": {"more": [("Date", "Sun, 22 Nov 2026 10:00:00 GMT")]},
    "a21 a key that is not listed": {"key_id": "{bob}#other"},
    "a23 our own key": {"key_id": "http://a.localhost:8001/actor#main-key"},
    "a24 no address": {"key_id": "acct:bob@b.localhost"},
    "a25 hmac": {"algorithm": "hmac-sha256"},
    "a26 sha-1": {"algorithm": "rsa-sha1"},
    "a35 nonsense": {"header": "nonsense"},
}
ACCEPTED = {
    "a08 sha-256 in small letters": {"digest": "sha-256"},
    "a12 60 minutes old": {"date": timedelta(minutes=-60)},
    "a13 30 minutes ahead": {"date": timedelta(minutes=30)},
}


def _knobs(knobs, actor, body):
    made = dict(knobs)
    if isinstance(made.get("date"), timedelta):
        made["date"] = clock.now() + made["date"]
    if "key_id" in made:
        made["key_id"] = made["key_id"].format(bob=actor.uri)
    if made.get("digest") == "sha-256":
        made["digest"] = digest_of(body).replace("SHA-256", "sha-256")
    return made


def _body(actor):
    # Never stored twice under one id, never of any effect.
    activity = actor.activity("Like", "https://nowhere.example/1")
    return str(activity).replace("'", '"').encode()


@pytest.fixture
def send(house):
    async def send(actor, **knobs):
        body = _body(actor)
        reply = await actor.post(house.inbox, body, **_knobs(knobs, actor, body))
        return reply.status, len(await house.all(InboxActivity))

    return send


@pytest.mark.parametrize("case", KNOBS)
async def test_a_bad_signature_is_401_and_nothing_is_kept(send, remote, case):
    assert await send(remote.person("bob"), **KNOBS[case]) == (401, 0)


@pytest.mark.parametrize("case", ACCEPTED)
async def test_a_good_one_is_202_and_kept(send, remote, case):
    assert await send(remote.person("bob"), **ACCEPTED[case]) == (202, 1)


async def test_a04_an_altered_body(send, remote):
    bob = remote.person("bob")

    assert await send(bob, sent_body=_body(bob)) == (401, 0)


async def test_a17_a_silent_host_is_503_with_a_time_to_come_back(house, remote):
    bob = remote.person("bob")
    remote.refuse()

    reply = await bob.post(house.inbox, _body(bob))

    assert reply.status == 503
    assert int(reply.headers["retry-after"]) >= 60
    assert await house.all(InboxActivity) == []


async def test_a19_a32_a_key_signs_for_its_owner_only(house, database, remote):
    with FakeRemote("v") as victims:
        await list_peer(database, victims)
        evil = remote.person("evil")
        for victim in (victims.person("victim"), remote.person("neighbour")):
            reply = await evil.post(house.inbox, _body(victim))

            assert reply.status == 401
    assert await house.all(InboxActivity) == []


async def test_a20_a_key_that_says_it_is_a_victims(house, database, remote):
    with FakeRemote("v") as victims:
        await list_peer(database, victims)
        victims.mount(house.app)
        victim, evil = victims.person("victim"), remote.person("evil")
        await victim.post(house.inbox, _body(victim))
        evil.properties["publicKey"] = {
            "id": evil.key_id, "owner": victim.uri, "publicKeyPem": evil.public_pem
        }  # fmt: skip

        reply = await evil.post(house.inbox, _body(victim))

        assert reply.status == 401
        async with database.read() as session:
            assert (await find_key(session, victim.key_id)).public_key == victim.public_pem


async def test_a29_a_rotated_key_is_found(send, remote):
    bob = remote.person("bob")
    assert await send(bob) == (202, 1)
    bob.rotate_key()

    assert await send(bob) == (202, 2)


@pytest.mark.parametrize("peer_class", [None, PeerClass.BLOCKED])
async def test_b28_a_host_that_is_no_peer_is_403_and_not_asked(send, database, house, peer_class):
    with FakeRemote("out") as out:
        out.mount(house.app)
        if peer_class is not None:
            await list_peer(database, out, peer_class)

        assert await send(out.person("eve")) == (403, 0)
        # No signature is said first, whoever asks.
        assert await send(out.person("eve"), header="") == (401, 0)
        assert out.journal == []
