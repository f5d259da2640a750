"""`consilium announcement …`: what everybody here is told, listed, taken back."""

from __future__ import annotations

import json

import pytest

from commands import Commands
from instances import Instance

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def commands(tmp_path_factory) -> Commands:
    instance = Instance("telling", tmp_path_factory.mktemp("telling"))
    instance.cli("migrate")
    return Commands(instance)


def test_an_announcement_is_added_listed_and_taken_back(commands: Commands):
    words = ("announcement", "add", "Maintenance", "--ends", "2030-12-06T12:00", "--json")
    added = json.loads(commands.cli(*words))
    listed = json.loads(commands.cli("announcement", "list", "--json"))
    removed = json.loads(commands.cli("announcement", "remove", added["id"], "--json"))

    assert listed == [added]
    assert (added["text"], added["ends_at"][:16]) == ("Maintenance", "2030-12-06T12:00")
    assert removed == {"removed": added["id"]}
    assert "Nothing is announced." in commands.cli("announcement", "list")
    lines = json.loads(commands.cli("audit", "list", "--json"))
    assert {(line["action"], line["subject"]) for line in lines} == {
        ("announcement.add", added["id"]),
        ("announcement.remove", added["id"]),
    }


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("add", " "), "1 to 5000 characters"),
        (("add", "x", "--ends", "tomorrow"), "no moment"),
        (("add", "x", "--starts", "2030-01-02", "--ends", "2030-01-01"), "before it starts"),
        (("remove", "115"), "there is no announcement"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(commands: Commands, words, said):
    done = commands.run("announcement", *words)

    assert done.returncode == 1
    assert said in done.stderr and len(done.stderr.strip().splitlines()) == 1
