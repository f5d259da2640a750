"""`consilium doctor …`: verified, shown, revoked, on an instance that runs."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

import pytest

from commands import Commands
from instances import Instance
from register_files import NUMBER, line, write

pytestmark = pytest.mark.slow
NURSE = "99900000011"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("hospital")
    with Instance("hospital", folder).migrated() as running:
        register = write(
            folder / "register.txt",
            line(kind="S", skill="SM04", workplace="CHU DE LYON"),
            line(NURSE, family="DURAND", given="Bastien", profession="60"),
        )
        Commands(running).cli("register", "import", str(register), "--register", "FR-RPPS")
        for username, name in (("alice", "Dr Alice Martin"), ("bastien", "Bastien Durand")):
            Commands(running).cli(
                "account", "create", username, "--email", f"{username}@chu.ex", "--name", name
            )
        yield running


@pytest.fixture
def commands(house: Instance) -> Commands:
    return Commands(house)


def _verify(commands: Commands, username: str, number: str, *more: str):
    return commands.run(
        "doctor", "verify", username, "--register", "FR-RPPS", "--number", number, *more
    )


def _path(uri: str) -> str:
    return urlsplit(uri).path


def test_a_doctor_is_verified_shown_listed_and_revoked_on_a_running_instance(
    house: Instance, commands: Commands
):
    verified = json.loads(_verify(commands, "alice", NUMBER, "--json").stdout)
    shown = json.loads(commands.cli("doctor", "show", "alice", "--json"))
    listed = json.loads(commands.cli("doctor", "list", "--json"))
    credential = verified["credentials"][0]
    served, document = house.request("GET", _path(credential))

    assert (verified["is_doctor"], verified["profession"]) == (True, "10 Médecin")
    assert verified["evidence"]["entry"]["workplace"] == "CHU DE LYON"
    assert shown == verified
    assert [row["username"] for row in listed] == ["alice"]
    assert served == 200
    assert "credentialSubject" in str(document)

    revoked = json.loads(commands.cli("doctor", "revoke", "alice", "--reason", "left", "--json"))

    assert revoked["revoked"] == [credential]
    assert house.request("GET", _path(credential))[0] == 410
    assert json.loads(commands.cli("doctor", "show", "alice", "--json")) == {
        "username": "alice",
        "verified": False,
    }


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("doctor", "verify", "alice", "--register", "FR-RPPS", "--number", NURSE), 1,
         "another person"),
        (("doctor", "verify", "bastien", "--register", "FR-RPPS", "--number", NURSE,
          "--profession", "10"), 1, "another profession"),
        (("doctor", "verify", "nobody", "--register", "FR-RPPS", "--number", NUMBER), 1,
         "no account"),
        (("doctor", "verify", "alice", "--register", "FR-RPPS", "--number", "1"), 1,
         "no RPPS number"),
        (("doctor", "verify", "alice", "--register", "XX", "--number", NUMBER), 1,
         "known: FR-RPPS"),
        (("doctor", "verify", "alice", "--number", NUMBER), 2, "--register"),
        (("doctor", "revoke", "bastien", "--reason", "x"), 1, "not verified"),
        (("doctor", "revoke", "alice"), 2, "--reason"),
        (("doctor", "show", "nobody@elsewhere.example"), 1, "no account"),
        (("doctor", "show", "a@b@c"), 1, "no handle"),
    ],
)  # fmt: skip
def test_what_fails_says_so_and_changes_nothing(commands: Commands, words, code, told):
    before = commands.cli("doctor", "list", "--json")

    done = commands.run(*words)

    assert done.returncode == code, done.stderr
    assert told in done.stderr
    if code == 1:
        assert len(done.stderr.strip().splitlines()) == 1
    assert commands.cli("doctor", "list", "--json") == before


def test_another_profession_is_verified_and_no_doctor(commands: Commands):
    verified = json.loads(_verify(commands, "bastien", NURSE, "--json").stdout)

    assert (verified["is_doctor"], verified["profession"]) == (False, "60 Infirmier")
    assert "specialities" not in commands.cli("doctor", "show", "bastien")
