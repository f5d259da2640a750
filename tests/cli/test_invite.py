"""`consilium invite …` and the commands for who asks for an account."""

from __future__ import annotations

import asyncio
import json

import pytest

from cli.house import open_house
from commands import Commands
from instances import Instance
from signing_up import asked
from users.signup import sign_up

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def commands(tmp_path_factory) -> Commands:
    instance = Instance("inviting", tmp_path_factory.mktemp("inviting"), signup="approval")
    Commands(instance.migrated()).cli("migrate")
    return Commands(instance)


def test_an_invitation_is_made_listed_and_taken_back(commands: Commands):
    made = json.loads(
        commands.cli("invite", "create", "--note", "residents", "--uses", "30", "--json")
    )
    (listed,) = json.loads(commands.cli("invite", "list", "--json"))
    revoked = json.loads(commands.cli("invite", "revoke", made["id"], "--json"))

    link = made.pop("link")
    assert link.startswith(f"{commands.instance.base_url}/invite/")
    assert len(link.rpartition("/")[2]) == 43
    assert listed == {**made, "made_by": "command line"}
    assert (made["note"], made["max_uses"], made["uses"]) == ("residents", 30, 0)
    assert made["open"] is True
    assert revoked["open"] is False
    assert link not in commands.cli("invite", "list")


def test_one_for_any_number_has_no_bound(commands: Commands):
    made = json.loads(commands.cli("invite", "create", "--uses", "0", "--json"))

    assert made["max_uses"] is None


def test_a_closed_instance_says_that_links_open_nothing(tmp_path):
    closed = Commands(Instance("closed", tmp_path).migrated())
    closed.cli("migrate")

    assert "sign-up is closed" in closed.cli("invite", "create")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("create", "--uses", "1001"), "1 to 1000 people"),
        (("create", "--days", "0"), "1 to 365 days"),
        (("create", "--email", "no address"), "no e-mail address"),
        (("revoke", "115"), "there is no invitation"),
        (("revoke", "x"), "no id"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(commands: Commands, words, said):
    done = commands.run("invite", *words)

    assert done.returncode == 1
    assert said in done.stderr and len(done.stderr.strip().splitlines()) == 1


async def _ask(username: str) -> None:
    async with open_house() as house:
        await sign_up(
            house.database,
            asked(username=username, email=f"{username}@chu.example", reason="I work\nhere"),
            address="203.0.113.7",
        )


@pytest.fixture
def ask(commands: Commands, monkeypatch):
    """Let somebody ask for an account, as on the page."""

    def do(username: str) -> None:
        for name, value in commands.instance.environment.items():
            monkeypatch.setenv(name, value)
        asyncio.run(_ask(username))

    return do


def test_who_waits_is_listed_and_let_in(commands: Commands, ask):
    ask("dora")
    (listed,) = json.loads(commands.cli("account", "waiting", "--json"))

    approved = json.loads(commands.cli("account", "approve", "dora", "--json"))

    assert (listed["username"], listed["reason"]) == ("dora", "I work here")
    assert (listed["confirmed"], listed["approved"]) == (True, False)
    assert approved["username"] == "dora"
    assert commands.run("token", "dora").returncode == 0
    assert commands.cli("account", "waiting") == "Nobody waits."


def test_who_waits_is_turned_away_and_gone(commands: Commands, ask):
    ask("erin")
    before = commands.run("token", "erin").returncode

    refused = commands.cli("account", "refuse", "erin", "--reason", "not of here", "--json")

    assert before == 1
    assert json.loads(refused) == {"username": "erin", "refused": True}
    assert commands.run("account", "show", "erin").returncode == 1


@pytest.mark.parametrize("deed", ["approve", "refuse"])
def test_nobody_is_decided_about_who_does_not_wait(commands: Commands, deed):
    done = commands.run("account", deed, "nobody")

    assert done.returncode == 1
    assert "nobody waits under the name 'nobody'" in done.stderr
