"""The cage of what decodes files: what is within reach there, and what becomes of the worker."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from core.errors import InvalidInput
from making_files import made_of
from media import making
from media.making import make
from media.sandbox import missing_of
from pictures import encoded, picture

ROOT = Path(__file__).resolve().parent.parent.parent


def confined(folder: Path, code: str) -> str:
    """Run some lines within the cage; return what they print."""
    lines = (
        "import sys; from pathlib import Path; from media.sandbox import FOR_PICTURES, confine\n"
        "missing = confine(Path(sys.argv[1]), FOR_PICTURES)\n" + code
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", lines, str(folder)],
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.stdout + done.stderr


def test_F07_the_cage_shows_only_its_folder_and_the_libraries(tmp_path):
    (tmp_path / "secret.key").write_text("top secret")
    folder = tmp_path / "cage"
    folder.mkdir()
    tries = f"""
import socket, os
def attempt(work):
    try:
        work()
    except (OSError, PermissionError) as error:
        print('no')
    else:
        print('YES')
attempt(lambda: open({str(tmp_path / "secret.key")!r}))
attempt(lambda: open('/etc/passwd'))
attempt(lambda: open('/proc/self/environ'))
attempt(lambda: os.listdir('/tmp'))
attempt(lambda: open('/tmp/left-behind', 'w'))
attempt(lambda: os.symlink('/etc/passwd', 'main'))
attempt(lambda: socket.create_connection(('127.0.0.1', {_listening()}), timeout=3))
open('main', 'w').write('mine')
print(missing)
"""

    said = confined(folder, tries).split()

    assert said[:7] == ["no"] * 7
    # What is missing on this machine: nothing, but that root's processes are not counted.
    assert ("root:" in said) == is_root()
    assert is_root() or said[7:] == ["[]"]


def is_root() -> bool:
    return os.getuid() == 0


_server = socket.socket()


def _listening() -> int:
    """Return a port of this machine on which somebody listens."""
    if _server.getsockname()[1] == 0:
        _server.bind(("127.0.0.1", 0))
        _server.listen()
    return _server.getsockname()[1]


def test_F09_the_cage_has_bounds(tmp_path):
    memory = confined(tmp_path, "try:\n x = bytearray(900 * 2**20)\nexcept MemoryError:\n print(1)")
    size = confined(
        tmp_path,
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "try:\n f = open('a', 'wb'); f.truncate(200 * 2**20)\nexcept OSError:\n print(2)",
    )
    processes = confined(
        tmp_path,
        "import os, time\n"
        "try:\n for _ in range(70):\n  if os.fork() == 0:\n   time.sleep(1); os._exit(0)\n"
        "except BlockingIOError:\n print(3)",
    )

    assert (memory.strip(), size.strip()) == ("1", "2")
    # The kernel does not count the processes of root; that is said, see below.
    assert processes.strip() == ("" if os.getuid() == 0 else "3")


async def test_F09_a_worker_that_is_killed_is_told_and_leaves_nothing_running(
    tmp_path, monkeypatch
):
    data = encoded(picture(3000, 2000), "PNG")
    (tmp_path / "in").write_bytes(data)
    begun = asyncio.create_task(make(tmp_path, "picture", "PNG"))
    worker = await _worker(tmp_path)
    os.kill(worker, 9)

    with pytest.raises(InvalidInput, match="could not be processed"):
        await begun


async def test_F09_a_worker_that_takes_too_long_is_killed(tmp_path, monkeypatch):
    monkeypatch.setattr(making, "PICTURE_S", 0.05)

    with pytest.raises(InvalidInput, match="could not be processed"):
        await made_of(tmp_path, encoded(picture(3000, 2000), "PNG"))

    assert _workers(tmp_path) == []


async def test_F09_two_at_a_time(tmp_path, monkeypatch):
    running, most = 0, 0
    run = making._run

    async def counted(*given, **named):
        nonlocal running, most
        running += 1
        most = max(most, running)
        try:
            return await run(*given, **named)
        finally:
            running -= 1

    monkeypatch.setattr(making, "_run", counted)
    folders = [tmp_path / str(number) for number in range(5)]
    for folder in folders:
        folder.mkdir()
        (folder / "in").write_bytes(encoded(picture(), "PNG"))

    await asyncio.gather(*(make(folder, "picture", "PNG") for folder in folders))

    assert most == 2


async def test_F09_what_a_broken_decoder_leaves_is_not_followed(tmp_path):
    (tmp_path / "made.json").write_text('{"kind": "image", "mime": "image/png"}')
    (tmp_path / "main").symlink_to("/etc/passwd")

    with pytest.raises(InvalidInput):
        making._made(tmp_path, making._read_answer(tmp_path))
    (tmp_path / "main").unlink()
    (tmp_path / "other").write_text("of somebody else")
    os.link(tmp_path / "other", tmp_path / "main")
    with pytest.raises(InvalidInput):
        making._made(tmp_path, making._read_answer(tmp_path))


def test_what_this_system_lacks_is_said_once(monkeypatch):
    said = []
    monkeypatch.setattr(making.log, "warning", lambda *_, **named: said.append(named["missing"]))
    monkeypatch.setattr(making, "_told", set())

    making._tell_missing(["Landlock: …"])
    making._tell_missing(["Landlock: …"])

    assert said == ["Landlock: …"]


async def _worker(folder: Path) -> int:
    """Wait for the process that works in a folder; return its number."""
    for _ in range(400):
        if found := _workers(folder):
            return found[0]
        await asyncio.sleep(0.005)
    raise AssertionError("no worker")


def _workers(folder: Path) -> list[int]:
    """Return the processes that were given a folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            command = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if b"media.process" in command and str(folder).encode() in command:
            found.append(int(entry.name))
    return found


@pytest.mark.parametrize(
    ("version", "has_own_network", "lacks"),
    [
        (7, True, []),
        (5, True, ["signal"]),
        (0, True, ["read files", "signal"]),
        (7, False, ["UDP is not"]),
        (3, False, ["signal", "reach the network"]),
    ],
)
def test_F07_what_a_system_cannot_give_is_named(version, has_own_network, lacks):
    missing = missing_of(version, has_own_network=has_own_network, is_root=False)

    assert len(missing) == len(lacks)
    for said, expected in zip(missing, lacks, strict=True):
        assert expected in said
