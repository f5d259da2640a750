"""`consilium doctor claims …`: claims made at a running instance, decided at the command line."""

from __future__ import annotations

import json

import pytest

from commands import Commands
from instances import Instance
from register_files import NUMBER, line, write

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("claims")
    with Instance("claims", folder).migrated() as running:
        register = write(folder / "register.txt", line(kind="S", skill="SM04"))
        Commands(running).cli("register", "import", str(register), "--register", "FR-RPPS")
        yield running


@pytest.fixture
def commands(house: Instance) -> Commands:
    return Commands(house)


def _claim(house: Instance, username: str, **values: str) -> str:
    """Create an account that claims to be the register's physician; return the claim's id."""
    token = Commands(house).account(username, "Dr Alice Martin")
    said = {
        "register": "FR-RPPS",
        "number": NUMBER,
        "profession": "10",
        "given_name": "Alice",
        "family_name": "Martin",
    }
    status, made = house.request(
        "POST", "/api/consilium/v1/claims", token=token, body=said | values
    )
    assert status == 200, made
    return made["id"]


def test_a_claim_is_listed_shown_granted_and_the_doctor_has_a_badge(
    house: Instance, commands: Commands
):
    claim_id = _claim(house, "alice")

    listed = json.loads(commands.cli("doctor", "claims", "--json"))
    shown = json.loads(commands.cli("doctor", "claim", "show", claim_id, "--json"))
    granted = json.loads(commands.cli("doctor", "grant", claim_id, "--reason", "known", "--json"))
    doctor = json.loads(commands.cli("doctor", "show", "alice", "--json"))

    assert [(row["id"], row["state"]) for row in listed] == [(claim_id, "open")]
    assert (shown["proposed"], shown["name"]) == ("register-match", "Alice Martin")
    assert any(line.startswith("ok: FR-RPPS has the number") for line in shown["findings"])
    assert (granted["state"], granted["assurance"]) == ("granted", "register-match")
    assert (doctor["is_doctor"], doctor["decided_by"]) == (True, "command line")
    assert "MARTIN, Alice" in commands.cli("doctor", "show", "alice")
    assert commands.cli("doctor", "claims") == "No claims wait."
    assert commands.cli("doctor", "flagged") == "Nobody has to be looked at again."


def test_a_claim_is_refused_once_and_then_only_listed_with_all(house: Instance, commands: Commands):
    claim_id = _claim(house, "mallory")

    refused = json.loads(commands.cli("doctor", "refuse", claim_id, "--reason", "no", "--json"))
    again = commands.run("doctor", "refuse", claim_id, "--reason", "no")
    listed = json.loads(commands.cli("doctor", "claims", "--all", "--json"))

    assert (refused["state"], refused["reason"]) == ("refused", "no")
    assert (again.returncode, again.stderr.strip()) == (
        1,
        "this claim is refused already, by command line",
    )
    assert (claim_id, "refused") in [(row["id"], row["state"]) for row in listed]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("claim", "show", "115"), "there is no such claim"),
        (("claim", "show", "x"), "no id"),
        (("grant", "115", "--reason", "x"), "there is no such claim"),
        (("refuse", "115", "--reason", " "), "needs a reason"),
    ],
)
def test_what_cannot_be_is_told_in_one_line(commands: Commands, words, told):
    done = commands.run("doctor", *words)

    assert done.returncode == 1
    assert told in done.stderr and len(done.stderr.strip().splitlines()) == 1


def test_an_account_is_made_a_verifier_and_is_one_no_longer(commands: Commands):
    commands.account("vera", "Vera Verifies")

    named = json.loads(commands.cli("account", "verifier", "vera", "on", "--json"))
    ended = json.loads(commands.cli("account", "verifier", "@Vera", "off", "--json"))
    unknown = commands.run("account", "verifier", "nobody", "on")

    assert (named["verifier"], ended["verifier"]) == (True, False)
    assert (unknown.returncode, "no account" in unknown.stderr) == (1, True)
