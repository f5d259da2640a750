"""The commands for accounts and tokens: a contract that scripts depend on."""

from __future__ import annotations

import asyncio
import json
import os
from unittest.mock import patch

import pytest

from cli.house import open_house
from commands import Commands
from core import clock
from instances import Instance
from one_time_codes import with_factor
from users.accounts import get_user_by_username

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Instance:
    instance = Instance("house", tmp_path_factory.mktemp("house")).migrated()
    Commands(instance).cli("migrate")
    Commands(instance).account("alice", "Dr Alice")
    return instance


@pytest.fixture
def commands(house: Instance) -> Commands:
    return Commands(house)


def _create(commands: Commands, username: str, *more: str):
    email = f"{username}@chu.example"
    return commands.run("account", "create", username, "--email", email, "--name", "Dr N", *more)


def test_a_made_password_is_shown_once_and_a_given_one_never(commands: Commands):
    made = json.loads(_create(commands, "made", "--json").stdout)
    given = commands.run(
        "account", "create", "given", "--email", "given@chu.example", "--name", "Dr G",
        "--password-stdin", "--json", stdin="correct horse battery\n",
    )  # fmt: skip

    assert len(made["password"]) >= 16
    assert "password" not in json.loads(given.stdout)


def test_a_token_is_printed_and_nothing_else(house: Instance, commands: Commands):
    done = house.run("token", "alice", "--scope", "read")

    assert done.returncode == 0
    assert len(done.stdout.split()) == 1
    assert done.stderr == ""
    assert json.loads(commands.cli("token", "alice", "--json")).keys() == {"token"}


def test_a_suspension_ends_again(commands: Commands):
    _create(commands, "erin")

    commands.cli("account", "suspend", "erin")

    assert commands.run("token", "erin").returncode == 1
    assert json.loads(commands.cli("account", "resume", "erin", "--json"))["suspended"] is False
    assert commands.run("token", "erin").returncode == 0


def test_who_has_lost_the_second_factor_is_let_in_by_the_password(
    house: Instance, commands: Commands
):
    _create(commands, "fanny")
    asyncio.run(_set_up_second_factor(house, "fanny"))
    before = json.loads(commands.cli("account", "show", "fanny", "--json"))

    after = json.loads(commands.cli("account", "second-factor-off", "fanny", "--json"))

    assert (before["second_factor"], after["second_factor"]) == (True, False)
    lines = json.loads(commands.cli("audit", "list", "--json"))
    (line,) = [line for line in lines if line["action"] == "account.second-factor-off"]
    assert (line["by"], line["subject"]) == ("command line", "fanny")


async def _set_up_second_factor(house: Instance, username: str) -> None:
    with patch.dict(os.environ, house.environment, clear=True):
        async with open_house() as opened:
            user = await get_user_by_username(opened.database, username)
            await with_factor(opened.database, user)
    clock.reset()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("account", "show", "nobody"), 1),
        (("account", "second-factor-off", "nobody"), 1),
        (("account", "create", "alice", "--email", "x@y.example", "--name", "N"), 1),
        (("account", "create", "a b", "--email", "x@y.example", "--name", "N"), 1),
        (("account", "create", "bob", "--email", "no address", "--name", "N"), 1),
        (("account", "create", "bob", "--email", "b@y.ex", "--name", "N", "--role", "king"), 2),
        (("account", "create", "bob"), 2),
        (("token", "alice", "--scope", "everything"), 1),
        (("no", "such", "command"), 2),
    ],
)
def test_what_fails_says_so_in_one_line_and_changes_nothing(commands: Commands, words, code):
    before = commands.cli("account", "list", "--json")

    done = commands.run(*words)

    assert done.returncode == code, done.stderr
    if code == 1:
        assert len(done.stderr.strip().splitlines()) == 1
    assert commands.cli("account", "list", "--json") == before


def test_a_short_password_is_refused(commands: Commands):
    done = commands.run(
        "account", "create", "short", "--email", "s@chu.example", "--name", "N",
        "--password-stdin", stdin="short\n",
    )  # fmt: skip

    assert done.returncode == 1
    assert "characters" in done.stderr


def test_a_new_password_is_another_one_and_shown_once(commands: Commands):
    first = json.loads(_create(commands, "carol", "--json").stdout)["password"]

    second = json.loads(commands.cli("account", "reset-password", "carol", "--json"))["password"]

    assert len(second) >= 16 and second != first
    assert second not in commands.cli("account", "show", "carol", "--json")


def test_a_deleted_account_leaves_its_name_taken(commands: Commands):
    _create(commands, "dave")

    commands.cli("account", "delete", "dave")

    assert _create(commands, "dave").returncode == 1
    assert commands.run("account", "reset-password", "dave").returncode == 1
    assert commands.run("token", "dave").returncode == 1
    assert "dave" not in {
        row["username"] for row in json.loads(commands.cli("account", "list", "--json"))
        if not row["deleted"]
    }  # fmt: skip


@pytest.mark.parametrize(
    "words",
    [
        ("serve",), ("migrate",), ("worker",), ("token",),
        ("account", "create"), ("account", "show"), ("account", "list"), ("account", "suspend"),
        ("account", "resume"), ("account", "delete"), ("account", "reset-password"),
        ("account", "waiting"), ("account", "approve"), ("account", "refuse"),
        ("invite", "create"), ("invite", "list"), ("invite", "revoke"),
        ("register", "import"), ("doctor", "verify"), ("doctor", "show"), ("doctor", "revoke"),
        ("doctor", "list"), ("delivery", "list"), ("delivery", "resend"), ("delivery", "queue"),
        ("peer", "allow"), ("peer", "block"), ("peer", "confirm"), ("peer", "list"),
        ("peer", "show"), ("peer", "forget"), ("peer", "self"),
    ],
)  # fmt: skip
def test_every_command_has_help_with_an_example(commands: Commands, words):
    done = commands.run(*words, "--help")

    assert done.returncode == 0
    assert "Example: consilium " in " ".join(done.stdout.split())
