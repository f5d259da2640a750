"""The house keeps to its plan: every room is checked, and is really ours."""

from __future__ import annotations

import importlib
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOT_ROOMS = {"tests", "docs", "bench", "deploy", "requirements", "var"}


def _rooms() -> set[str]:
    return {
        path.parent.name
        for path in ROOT.glob("*/__init__.py")
        if path.parent.name not in NOT_ROOMS
    }


def test_import_linter_knows_every_room():
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())

    assert set(config["tool"]["importlinter"]["root_packages"]) == _rooms()


def test_mypy_checks_every_room():
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())
    checked = {name.partition("/")[0] for name in config["tool"]["mypy"]["files"]}

    assert checked - {"app.py"} >= _rooms()


def test_every_room_is_loaded_from_this_checkout():
    # Distributions named inbox, outbox, actors … exist on the package index.
    for room in _rooms():
        assert Path(importlib.import_module(room).__file__).parent == ROOT / room


def test_the_folders_that_were_asked_for_stand_at_the_root():
    for name in ("federation", "actors", "inbox", "outbox", "webfinger", "moderation", "tests"):
        assert (ROOT / name).is_dir()
    assert (ROOT / "app.py").is_file()
