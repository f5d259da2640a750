"""The newcomer's command: two hospitals, a question that travelled, a clean end."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from instances import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

START_S = 120.0


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


class Demo:
    """`python -m cli.demo FOLDER`, read until it says what to try."""

    def __init__(self, folder: Path) -> None:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("CONSILIUM_")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "cli.demo", str(folder)],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.began = time.monotonic()
        self.said = self._read_until("on both instances within seconds")

    def __enter__(self) -> Demo:
        return self

    def __exit__(self, *_: object) -> None:
        # What a test that fails leaves behind would hold the ports of the next one.
        if self.process.poll() is None:
            self.end()

    def _read_until(self, words: str) -> str:
        assert self.process.stdout is not None
        said = ""
        while words not in said and time.monotonic() < self.began + START_S:
            line = self.process.stdout.readline()
            if not line:
                break
            said += line
        assert words in said, said
        return said

    def end(self) -> tuple[int, str]:
        self.process.send_signal(signal.SIGINT)
        rest, _ = self.process.communicate(timeout=60)
        return self.process.returncode, rest


def _page(port: int, path: str) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
        return answer.read().decode()


def test_the_demo_runs_ends_and_runs_again_from_what_is_there(tmp_path: Path):
    for port in (8001, 8002):
        assert _is_free(port), f"port {port} is in use: end the demo that runs there"

    with Demo(tmp_path / "demo") as first:
        assert "@a.bruvenot@chu-lyon.localhost:8001" in first.said
        assert "consilium-demo" in first.said
        assert "saint-louis.localhost:8002/@a.bruvenot@chu-lyon.localhost:8001" in first.said
        assert f". {tmp_path}/demo/chu-lyon/env" in first.said
        page = _page(8001, "/@a.bruvenot")
        assert "Alizée Bruvenot" in page and "Cardiology" in page
        assert first.end()[0] == 0
    assert _is_free(8001) and _is_free(8002)

    with Demo(tmp_path / "demo") as second:
        assert "accounts" not in second.said
        code, rest = second.end()
    assert code == 0 and "Traceback" not in rest


def test_a_port_that_is_in_use_is_told_in_one_line(tmp_path: Path):
    with socket.socket() as taken:
        # The demo that ran a moment ago left connections that linger on this port.
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", 8002))
        taken.listen()
        done = subprocess.run(
            [sys.executable, "-m", "cli.demo", str(tmp_path / "demo")],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    assert done.returncode == 1
    assert "8002" in done.stderr and len(done.stderr.strip().splitlines()) == 1
