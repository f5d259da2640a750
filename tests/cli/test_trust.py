"""`consilium trust-list …` and `consilium key …`, as an administrator types them."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from commands import Commands
from core.clock import now
from fakes.remote import FakeRemote
from federation.documents.trust_list import TrustedIssuer, write_trust_list
from instances import Instance

pytestmark = pytest.mark.slow
KEY = "z6MkeTG3bFFSLYVU7VqhgZxqr6YzpaGrQtFMh1uvqGy1vDnP"


@pytest.fixture(scope="module")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Commands:
    house = Instance("trusting", tmp_path_factory.mktemp("trusting")).migrated()
    return Commands(house)


@pytest.fixture
def remote():
    with FakeRemote("order") as running:
        yield running


def _json(commands: Commands, *words: str):
    return json.loads(commands.cli(*words, "--json"))


def test_a_list_is_followed_compared_and_applied(commands: Commands, remote: FakeRemote):
    uri = f"{remote.base_url}/trust-list"
    issuer = TrustedIssuer(
        "https://care.example/actor", ("FR-RPPS",), (KEY,), now() + timedelta(days=7)
    )
    listed = write_trust_list(uri, by=remote.instance.uri, issuers=[issuer])
    remote.serve(remote.instance.prove(listed), at=uri)
    commands.cli("peer", "allow", remote.host, "--class", "clinical")

    change, = _json(commands, "trust-list", "subscribe", remote.host)
    assert (change["change"], change["host"]) == ("new", "care.example")
    assert change["registers"] == ["FR-RPPS"]
    assert _json(commands, "trust-list", "list")[0]["waiting"] is True

    refused = commands.run("trust-list", "apply", remote.host, "--seen", "something else")
    assert "look again" in refused.stderr
    done = _json(commands, "trust-list", "apply", remote.host, "--seen", change["seen"])
    assert done["trusted"] == ["care.example"]
    peers = {peer["host"]: peer for peer in _json(commands, "peer", "list")}
    assert (peers["care.example"]["class"], peers["care.example"]["authority"]) == (
        "clinical",
        True,
    )
    assert _json(commands, "trust-list", "changes", remote.host) == []

    commands.cli("trust-list", "unsubscribe", remote.host)
    assert _json(commands, "trust-list", "list") == []


def test_a_new_key_is_announced_taken_back_announced_and_used(commands: Commands):
    before, = _json(commands, "key", "list")
    assert before["state"] == "signs"
    announced = _json(commands, "key", "announce")
    assert [key["state"] for key in announced] == ["signs", "announced"]
    refused = commands.run("key", "use")
    assert refused.returncode == 1
    assert "peers have until" in refused.stderr
    assert len(_json(commands, "key", "take-back")) == 1
    fresh = _json(commands, "key", "announce")[1]
    used = _json(commands, "key", "use", "--early")
    assert {key["key"]: key["state"] for key in used} == {
        before["key"]: "retired",
        fresh["key"]: "signs",
    }
