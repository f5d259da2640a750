"""`consilium peer …`: what is pinned, shown, refused; a running instance follows at once."""

from __future__ import annotations

import json
import time

import pytest

from commands import Commands
from fakes.remote import FakeRemote
from instances import Instance

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory):
    with Instance("deciding", tmp_path_factory.mktemp("deciding")).migrated() as running:
        yield running


@pytest.fixture
def commands(house: Instance) -> Commands:
    return Commands(house)


@pytest.fixture
def remote():
    with FakeRemote("b") as running:
        yield running


def _peer(commands: Commands, *words: str) -> dict:
    return json.loads(commands.cli("peer", *words, "--json"))


def test_a_clinical_peer_is_pinned_and_its_fingerprint_shown(
    commands: Commands, remote: FakeRemote
):
    allowed = _peer(commands, "allow", remote.host, "--class", "clinical", "--reason", "agreement")
    shown = commands.cli("peer", "show", remote.host)

    assert (allowed["class"], allowed["pinned"]) == ("clinical", True)
    assert allowed["actor"] == remote.instance.uri
    assert allowed["keys"] == [remote.instance.multibase]
    assert allowed["fingerprints"][0] in shown
    assert remote.host in commands.cli("peer", "list")
    assert all(entry.verified in (None, True) for entry in remote.journal)


def test_what_the_other_side_calls_its_own_is_what_we_pin(house: Instance, commands: Commands):
    own = _peer(commands, "self")
    status, actor = house.request("GET", "/actor")

    assert status == 200
    assert actor["id"] == own["actor"]
    assert [key["publicKeyMultibase"] for key in actor["assertionMethod"]] == own["keys"]
    assert len(own["fingerprints"]) == 1


def test_a_peer_that_is_down_is_pinned_later(commands: Commands, remote: FakeRemote):
    remote.refuse()

    allowed = _peer(commands, "allow", remote.host, "--class", "clinical")

    assert (allowed["pinned"], allowed["note"]) == (False, "pinned at first contact")
    remote.accept()
    assert _peer(commands, "confirm", remote.host)["keys"] == [remote.instance.multibase]


def test_a_changed_key_is_confirmed_by_name(commands: Commands, remote: FakeRemote):
    _peer(commands, "allow", remote.host, "--class", "clinical")
    remote.instance.rotate_proof_key()

    again = _peer(commands, "allow", remote.host, "--class", "clinical")
    wrong = commands.run("peer", "confirm", remote.host, "--key", "z6MkOther")
    right = _peer(commands, "confirm", remote.host, "--key", remote.instance.multibase)

    assert "confirm" in again["note"]
    assert again["seen_keys"] == [remote.instance.multibase]
    assert wrong.returncode == 1
    assert right["key_changed_at"] is None


def test_an_authority_and_its_registers_and_the_hosts_beside_it(
    commands: Commands, remote: FakeRemote
):
    allowed = _peer(
        commands, "allow", remote.host, "--class", "clinical", "--authority", "--registers",
        "fr-rpps", "--also", "media.example", "--also", "handles.example",
    )  # fmt: skip

    assert (allowed["authority"], allowed["registers"]) == (True, ["FR-RPPS"])
    assert allowed["also"] == ["handles.example", "media.example"]


def test_a_running_instance_follows_within_a_second(
    house: Instance, commands: Commands, remote: FakeRemote
):
    def answer() -> int:
        # Whom we talk to learns that there is nobody; of others the question itself is refused.
        return remote.run(remote.get(f"{house.base_url}/users/nobody")).status

    def becomes(status: int) -> float:
        began = time.monotonic()
        while answer() != status:
            assert time.monotonic() - began < 5
        return time.monotonic() - began

    assert answer() == 403
    commands.cli("peer", "allow", remote.host, "--class", "social")
    assert becomes(404) < 1
    commands.cli("peer", "block", remote.host)
    assert becomes(403) < 1
    commands.cli("peer", "forget", remote.host)
    assert answer() == 403


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("allow", "b.localhost:1"), 2, "--class"),
        (("allow", "b.localhost:1", "--class", "friend"), 2, "friend"),
        (("allow", "b.localhost:1", "--class", "blocked"), 1, "social or clinical"),
        (("allow", "b.localhost:1", "--class", "social", "--authority"), 1, "clinical"),
        (("allow", "b.localhost:1", "--class", "clinical", "--authority"), 1, "--registers"),
        (("allow", "no host", "--class", "social"), 1, "no host"),
        (("show", "b.localhost:1"), 1, "not listed"),
        (("forget", "b.localhost:1"), 1, "not listed"),
        (("confirm", "b.localhost:1"), 1, "not listed"),
    ],
)
def test_what_fails_says_so_and_changes_nothing(commands: Commands, words, code, told):
    before = commands.cli("peer", "list", "--json")

    done = commands.run("peer", *words)

    assert done.returncode == code, done.stderr
    assert told in done.stderr
    if code == 1:
        assert len(done.stderr.strip().splitlines()) == 1
    assert commands.cli("peer", "list", "--json") == before


def test_our_own_host_is_no_peer(house: Instance, commands: Commands):
    done = commands.run("peer", "allow", house.host, "--class", "clinical")

    assert done.returncode == 1
    assert "this instance itself" in done.stderr
