"""`consilium audit …`: decisions listed, and a changed line found."""

from __future__ import annotations

import json
import sqlite3

import pytest

from commands import Commands
from instances import Instance

pytestmark = pytest.mark.slow


@pytest.fixture
def commands(tmp_path) -> Commands:
    instance = Instance("audited", tmp_path).migrated()
    commands = Commands(instance)
    commands.cli("migrate")
    return commands


def test_decisions_are_listed_and_the_log_is_whole(commands: Commands):
    commands.cli("peer", "block", "spam.example", "--reason", "unsolicited mail")

    (line,) = json.loads(commands.cli("audit", "list", "--json"))
    checked = json.loads(commands.cli("audit", "verify", "--json"))

    assert (line["action"], line["subject"]) == ("peer.block", "spam.example")
    assert checked == {"whole": True, "lines": 1}


def test_a_changed_line_is_told_in_one_line(commands: Commands):
    commands.cli("peer", "block", "spam.example", "--reason", "unsolicited mail")
    database = sqlite3.connect(commands.instance.folder / "consilium.db")
    database.execute("UPDATE audit_entry SET subject = 'other.example'")
    database.commit()
    database.close()

    done = commands.run("audit", "verify")

    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1
    assert "broken" in done.stderr


def test_an_empty_log_is_whole(commands: Commands):
    assert commands.cli("audit", "list") == "Nothing has been decided yet."
    assert json.loads(commands.cli("audit", "verify", "--json"))["lines"] == 0
