"""`consilium search rebuild`: everything is found again."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from commands import Commands
from instances import Instance

pytestmark = pytest.mark.slow


def test_a_lost_index_is_written_anew(tmp_path):
    instance = Instance("searched", tmp_path).migrated()
    commands = Commands(instance)
    commands.cli("migrate")
    commands.account("a.martin", "Dr Anne Martin")
    path = Path(instance.environment["CONSILIUM_DATA_DIR"]) / "consilium.db"
    with sqlite3.connect(path) as opened:
        opened.execute("DELETE FROM actor_search")

    done = json.loads(commands.cli("search", "rebuild", "--json"))

    assert (done["posts"], done["people"]) == (0, 2)
    with sqlite3.connect(path) as opened:
        found = "SELECT count(*) FROM actor_search WHERE actor_search MATCH 'martin'"
        assert opened.execute(found).fetchone() == (1,)
