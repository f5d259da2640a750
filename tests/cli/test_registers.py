"""`consilium register …`: what it prints, what it refuses, and taking up a run again."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time

import pytest

from commands import Commands
from instances import ROOT, Instance
from register_files import fixture, line, write

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Instance:
    instance = Instance("registry", tmp_path_factory.mktemp("registry")).migrated()
    Commands(instance).cli("migrate")
    return instance


@pytest.fixture
def commands(house: Instance) -> Commands:
    return Commands(house)


def _import(commands: Commands, file, *more: str):
    return commands.run("register", "import", str(file), "--register", "FR-RPPS", *more)


def test_the_report_tells_what_came_and_what_was_skipped_and_why(commands: Commands, tmp_path):
    file = write(tmp_path / "a.txt", line(), line(kind="S", skill="SM04"), line(id_kind="0"), "")

    done = _import(commands, file, "--json")

    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    told = json.loads(done.stdout)
    assert (told["lines"], told["people"], told["removed"]) == (4, 1, 0)
    assert told["skipped"] == {
        "an ADELI number: these ended in 2024": 1,
        "empty line": 1,
    }
    again = _import(commands, file)
    assert "imported before: yes" in again.stdout


def test_the_whole_synthetic_extraction_with_its_second_file(commands: Commands):
    file = fixture("PS_LibreAcces_Personne_activite_SYNTHETIQUE.txt")
    skills = fixture("PS_LibreAcces_SavoirFaire_SYNTHETIQUE.txt")

    done = _import(commands, file, "--skills", str(skills), "--json")

    told = json.loads(done.stdout)
    assert (told["people"], told["skipped"]) == (48, {})
    again = commands.run("register", "skills", str(skills), "--json")
    assert json.loads(again.stdout)["people"] == 0
    assert told["skills"] == {"people": 0, "not in the register": 0}


def test_registers_are_listed_with_what_was_imported(commands: Commands, tmp_path):
    file = tmp_path / "PS_LibreAcces_Personne_activite_202611220815.txt"
    assert _import(commands, write(file, line()), "--may-shrink").returncode == 0

    done = commands.run("register", "list", "--json")

    rows = {row["register"]: row for row in json.loads(done.stdout)}
    assert (rows["FR-RPPS"]["entries"], rows["FR-RPPS"]["edition"]) == (1, "2026-11-22")
    assert rows["US-NPI"]["entries"] is None
    assert "OTHER" in rows
    assert "GB-GMC" in commands.run("register", "list").stdout


def test_somebody_is_shown_by_number_and_found_by_name(commands: Commands, tmp_path):
    known = line(kind="S", skill="SM04", workplace="CHU DE LYON", town="Lyon", department="69")
    _import(commands, write(tmp_path / "b.txt", known), "--may-shrink")

    shown = json.loads(commands.run("register", "show", "8 999 000 000 03", "--json").stdout)
    found = json.loads(commands.run("register", "find", "alice martin", "--json").stdout)

    assert (shown["name"], shown["profession"]) == ("Alice Martin", "Physician")
    assert shown["source"].startswith("RPPS — Agence du Numérique en Santé")
    assert [row["number"] for row in found] == ["99900000003"]
    assert "nobody" in commands.run("register", "find", "xyzzy").stdout


def test_a_wrong_check_digit_is_a_hint_and_an_unknown_number_a_line(commands: Commands):
    done = commands.run("register", "show", "99900000004")

    assert done.returncode == 1
    assert "check digit is wrong" in done.stderr
    assert "FR-RPPS has no number 99900000004 here" in done.stderr


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("root:x:0:0:root\n", "no column"),
        ("", "no column"),
        (None, "No such file"),
    ],
)
def test_a_wrong_file_is_one_line_and_changes_nothing(commands: Commands, tmp_path, content, words):
    wrong = tmp_path / "wrong.txt"
    if content is not None:
        wrong.write_text(content)

    done = _import(commands, wrong)

    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1
    assert words in done.stderr


def test_a_register_that_we_do_not_know_and_a_missing_option(commands: Commands, tmp_path):
    unknown = commands.run("register", "import", str(tmp_path), "--register", "XX")
    missing = commands.run("register", "import", str(tmp_path))

    assert (unknown.returncode, missing.returncode) == (1, 2)
    assert "known: FR-RPPS" in unknown.stderr


def test_a_run_that_was_killed_goes_on_where_it_ended(
    house: Instance, commands: Commands, tmp_path
):
    file = write(tmp_path / "big.txt", *(line(str(99800000000 + n)) for n in range(60_000)))
    command = [sys.executable, "-m", "cli", "register", "import", str(file), "--register",
               "FR-RPPS", "--json"]  # fmt: skip
    running = subprocess.Popen(
        command, cwd=ROOT, env=house.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    database = house.folder / "consilium.db"
    deadline = time.monotonic() + 60
    while _lines_done(database) < 4000 and time.monotonic() < deadline:
        assert running.poll() is None, running.communicate()
        time.sleep(0.02)
    running.send_signal(signal.SIGKILL)
    running.communicate()

    told = json.loads(_import(commands, file, "--json").stdout)

    assert told["resumed_at_line"] >= 4000
    assert (told["lines"], told["people"]) == (60_000, 60_000)


def _lines_done(database) -> int:
    import sqlite3

    with sqlite3.connect(database) as connection:
        found = connection.execute("SELECT lines_done FROM register_import ORDER BY id DESC")
        row = found.fetchone()
    return row[0] if row and row[0] < 60_000 else 0
