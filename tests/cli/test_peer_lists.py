"""`consilium peer limit`, `export`, `import`: what is taken of others, and lists of it."""

from __future__ import annotations

import json

import pytest

from commands import Commands
from instances import Instance

pytestmark = pytest.mark.slow

LIST = """\
#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate
spam.example,suspend,true,false,"unsolicited mail, all day",false
loud.example,silence,false,false,,false
art.example,noop,true,false,,false
sp**.example,suspend,false,false,,true
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Instance:
    instance = Instance("listing", tmp_path_factory.mktemp("listing"))
    instance.cli("migrate")
    return instance


@pytest.fixture
def commands(house: Instance) -> Commands:
    """Commands of an instance without decisions."""
    commands = Commands(house)
    for peer in _peers(commands):
        commands.cli("peer", "forget", peer["host"])
    return commands


def _peers(commands: Commands) -> list[dict]:
    return json.loads(commands.cli("peer", "list", "--json"))


def _takes(commands: Commands) -> dict[str, tuple]:
    return {peer["host"]: (peer["class"], peer["takes"]) for peer in _peers(commands)}


def _actions(commands: Commands) -> list[str]:
    lines = json.loads(commands.cli("audit", "list", "--json"))
    return [f"{line['action']} {line['subject']}" for line in lines]


def test_what_is_taken_of_a_host_is_decided_kept_and_shown(commands: Commands):
    commands.cli("peer", "limit", "b.example", "--hold", "--rate", "30", "--reject-reports")
    commands.cli("peer", "limit", "b.example", "--reject-media", "--public-reason", "too loud")

    table = commands.cli("peer", "list")
    shown = json.loads(commands.cli("peer", "show", "b.example", "--json"))

    takes = ["no media", "no reports", "held for review", "30 a minute"]
    assert (shown["class"], shown["takes"], shown["public_reason"]) == (
        "unknown", takes, "too loud",
    )  # fmt: skip
    assert "held for review" in table and "AUTHORITY" not in table
    commands.cli("peer", "limit", "b.example", "--no-hold", "--rate", "0")
    assert _takes(commands) == {"b.example": ("unknown", ["no media", "no reports"])}
    assert _actions(commands)[0] == "peer.limit b.example"


def test_patterns_are_decided_about_and_a_block_beats_an_allow(commands: Commands):
    commands.cli("peer", "allow", "*.hospitals.example", "--class", "social", "--force-warning")
    commands.cli("peer", "limit", "*", "--rate", "60")
    commands.cli("peer", "block", "*.spam.hospitals.example")
    commands.cli("peer", "limit", "x.spam.hospitals.example", "--hold")

    shown = json.loads(commands.cli("peer", "show", "x.spam.hospitals.example", "--json"))

    assert shown["counts_as"] == "blocked"
    assert _takes(commands) == {
        "*": ("unknown", ["60 a minute"]),
        "*.hospitals.example": ("social", ["with a warning"]),
        "*.spam.hospitals.example": ("blocked", []),
        "x.spam.hospitals.example": ("unknown", ["held for review"]),
    }


def test_a_list_is_tried_taken_over_and_written_again(commands: Commands, tmp_path):
    file, written = tmp_path / "blocks.csv", tmp_path / "written.csv"
    file.write_text(LIST)

    tried = commands.run("peer", "import", str(file), "--dry-run")
    after_trying = _peers(commands)
    rows = json.loads(commands.cli("peer", "import", str(file), "--json"))
    commands.cli("peer", "export", "--file", str(written))

    assert tried.returncode == 0, tried.stderr
    assert "1 would be blocked, 2 would be restricted" in tried.stderr
    assert "sp**.example" in tried.stdout and "obscured" in tried.stdout
    assert after_trying == []
    assert [(row["host"], row["what"]) for row in rows] == [
        ("spam.example", "block"), ("loud.example", "restrict"), ("art.example", "restrict"),
        ("sp**.example", "skipped"),
    ]  # fmt: skip
    assert "held for review" in rows[1]["note"]
    assert _takes(commands) == {
        "art.example": ("unknown", ["no media"]),
        "loud.example": ("unknown", ["held for review"]),
        "spam.example": ("blocked", ["no media"]),
    }
    assert sorted(written.read_text().splitlines()) == sorted(LIST.splitlines()[:4])
    assert _actions(commands)[:4] == [
        "peer.import blocks.csv", "peer.limit art.example", "peer.limit loud.example",
        "peer.block spam.example",
    ]  # fmt: skip


def test_a_list_of_nothing_new_says_so_and_writes_nothing(commands: Commands, tmp_path):
    file = tmp_path / "blocks.txt"
    file.write_text("spam.example\r\n")
    commands.cli("peer", "import", str(file))
    before = _actions(commands)

    assert commands.cli("peer", "import", str(file)) == "Nothing new in it."
    assert _actions(commands) == before


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("limit", "b.example"), 1, "what is to change"),
        (("limit", "b.example", "--rate", "-1"), 2, "rate"),
        (("limit", "b.example", "--rate", "1000000"), 1, "a rate"),
        (("allow", "*.b.example", "--class", "clinical"), 1, "no pattern"),
        (("block", "*b.example"), 1, "no host"),
        (("import", "/nowhere/at/all.csv"), 1, "cannot be read"),
        (("export", "--file", "/nowhere/at/all.csv"), 1, "cannot be written"),
    ],
)
def test_what_fails_says_so_and_changes_nothing(commands: Commands, words, code, told):
    done = commands.run("peer", *words)

    assert done.returncode == code, done.stderr
    assert told in done.stderr
    assert _peers(commands) == []
