"""RFC 9421 at the inbox's door (A33, A34), and a body written anew (A39)."""

from __future__ import annotations

import json

import pytest

from core import clock
from inbox.models import InboxActivity


def _body(actor):
    # Never stored twice under one id, never of any effect.
    return json.dumps(actor.activity("Like", "https://nowhere.example/1")).encode()


@pytest.mark.parametrize("scheme", ["rfc9421", "ed25519"])
async def test_a34_a_signature_of_rfc_9421_is_202_and_acts(house, alice, bob, scheme):
    assert await house.take(bob, bob.follow(alice.uri), scheme=scheme) == 202

    assert await house.outcome() == ("handled", None)


GET_ONLY = ["@method", "@target-uri"]
KNOBS = {
    "no method": {"covered": ["@target-uri", "content-digest"]},
    "no target-uri": {"covered": ["@method", "content-digest"]},
    "no content-digest": {"covered": GET_ONLY},
    "content-digest absent": {"omit": ["content-digest"]},
    "two signatures": {
        "signature_header": "sig1=:{value}:, sig2=:eA==:",
        "more": [("signature-input", 'sig2=("@method");created=1;keyid="http://v.test/key"')],
    },
    "a second value": {"signature_header": "sig1=:{value}:, sig2=:eA==:"},
    "created missing": {"created": None},
    "expired": {"created": -7200, "expires": -4000},
    "label mismatch": {"signature_header": "sig2=:{value}:"},
    "another address": {"signed_url": "http://a.localhost:8001/users/alice/inbox"},
    "another host": {"signed_url": "http://v.test/inbox"},
    "another method": {"signed_method": "PUT"},
    "another algorithm": {"algorithm": "ecdsa-p256-sha256"},
    "our own key": {"key_id": "http://a.localhost:8001/actor#main-key"},
    "no address as key": {"key_id": "acct:bob@b.localhost"},
}


@pytest.mark.parametrize("case", KNOBS)
async def test_a33_a_bad_signature_of_rfc_9421_is_401_and_nothing_is_kept(house, bob, case):
    knobs = dict(KNOBS[case])
    for name in ("created", "expires"):
        if knobs.get(name) is not None:
            knobs[name] += int(clock.now().timestamp())

    reply = await bob.post(house.inbox, _body(bob), scheme="rfc9421", **knobs)

    assert (reply.status, await house.all(InboxActivity)) == (401, [])


async def test_a33_the_key_of_another_on_the_same_host_signs_for_its_owner_only(
    house, remote, alice, bob
):
    async with house.nothing_changes():
        status = await house.take(remote.person("eve"), bob.follow(alice.uri), scheme="ed25519")

    assert status == 401


async def test_our_401_asks_for_either_signature(house, bob):
    reply = await bob.post(house.inbox, _body(bob), header="")

    assert reply.status == 401
    assert reply.headers["www-authenticate"].startswith("Signature ")
    asked = 'sig1=("@method" "@target-uri" "content-digest");created'
    assert reply.headers["accept-signature"] == asked


async def test_a29_a_rotated_ed25519_key_is_found(house, alice, bob):
    await house.take(bob, bob.follow(alice.uri), scheme="ed25519")
    bob.rotate_proof_key()

    assert await house.take(bob, bob.follow(alice.uri), scheme="ed25519") == 202


@pytest.mark.parametrize("scheme", ["cavage", "rfc9421"])
async def test_a39_a_body_that_a_proxy_wrote_anew_is_401(house, alice, bob, scheme):
    activity = bob.follow(alice.uri)
    spaced = json.dumps(activity, indent=1).encode()

    async with house.nothing_changes():
        assert await house.take(bob, activity, scheme=scheme, sent_body=spaced) == 401
