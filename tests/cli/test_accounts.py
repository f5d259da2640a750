"""The commands for accounts and tokens: a contract that scripts depend on."""

from __future__ import annotations

import json

import pytest

from instances import Instance

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Instance:
    instance = Instance("house", tmp_path_factory.mktemp("house"))
    instance.cli("migrate")
    instance.account("alice", "Dr Alice")
    return instance


def _create(house: Instance, username: str, *more: str):
    email = f"{username}@chu.example"
    return house.run("account", "create", username, "--email", email, "--name", "Dr N", *more)


def test_a_made_password_is_shown_once_and_a_given_one_never(house: Instance):
    made = json.loads(_create(house, "made", "--json").stdout)
    given = house.run(
        "account", "create", "given", "--email", "given@chu.example", "--name", "Dr G",
        "--password-stdin", "--json", stdin="correct horse battery\n",
    )  # fmt: skip

    assert len(made["password"]) >= 16
    assert "password" not in json.loads(given.stdout)


def test_a_token_is_printed_and_nothing_else(house: Instance):
    done = house.run("token", "alice", "--scope", "read")

    assert done.returncode == 0
    assert len(done.stdout.split()) == 1
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("account", "show", "nobody"), 1),
        (("account", "create", "alice", "--email", "x@y.example", "--name", "N"), 1),
        (("account", "create", "a b", "--email", "x@y.example", "--name", "N"), 1),
        (("account", "create", "bob", "--email", "no address", "--name", "N"), 1),
        (("account", "create", "bob", "--email", "b@y.ex", "--name", "N", "--role", "king"), 2),
        (("account", "create", "bob"), 2),
        (("token", "alice", "--scope", "everything"), 1),
        (("no", "such", "command"), 2),
    ],
)
def test_what_fails_says_so_in_one_line_and_changes_nothing(house: Instance, words, code):
    before = house.cli("account", "list", "--json")

    done = house.run(*words)

    assert done.returncode == code, done.stderr
    if code == 1:
        assert len(done.stderr.strip().splitlines()) == 1
    assert house.cli("account", "list", "--json") == before


def test_a_short_password_is_refused(house: Instance):
    done = house.run(
        "account", "create", "short", "--email", "s@chu.example", "--name", "N",
        "--password-stdin", stdin="short\n",
    )  # fmt: skip

    assert done.returncode == 1
    assert "characters" in done.stderr


def test_a_new_password_ends_every_token(house: Instance, tmp_path):
    _create(house, "carol")
    house.cli("token", "carol")

    done = house.run("account", "reset-password", "carol", "--json")

    assert json.loads(done.stdout)["password"]
    shown = json.loads(house.cli("account", "show", "carol", "--json"))
    assert shown["username"] == "carol"


def test_a_deleted_account_leaves_its_name_taken(house: Instance):
    _create(house, "dave")

    house.cli("account", "delete", "dave")

    assert _create(house, "dave").returncode == 1
    assert "dave" not in {
        row["username"] for row in json.loads(house.cli("account", "list", "--json"))
        if not row["deleted"]
    }  # fmt: skip


@pytest.mark.parametrize(
    "words",
    [
        ("serve",), ("migrate",), ("worker",), ("token",),
        ("account", "create"), ("account", "show"), ("account", "list"), ("account", "suspend"),
        ("account", "delete"), ("account", "reset-password"),
        ("register", "import"), ("doctor", "verify"), ("doctor", "show"), ("doctor", "revoke"),
        ("peer", "allow"), ("peer", "block"), ("peer", "confirm"), ("peer", "list"),
        ("peer", "show"), ("peer", "forget"),
    ],
)  # fmt: skip
def test_every_command_has_help_with_an_example(house: Instance, words):
    done = house.run(*words, "--help")

    assert done.returncode == 0
    assert "Example: consilium " in " ".join(done.stdout.split())
