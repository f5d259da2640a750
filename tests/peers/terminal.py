"""toot in a terminal of its own."""

from __future__ import annotations

import json
import os
import re
import select
import subprocess
import time

from instances import PASSWORD
from peers.consent import fetch_code

ANSWER_S = 60


class Toot:
    """One person's terminal, with a configuration of its own."""

    def __init__(self, program, folder):
        self._program = program
        self._environment = {**os.environ, "XDG_CONFIG_HOME": str(folder), "NO_COLOR": "1"}

    def run(self, *words):
        """Run a command; return what it printed and whether it went well."""
        done = subprocess.run(
            [self._program, "--no-color", *words],
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=ANSWER_S,
            check=False,
        )
        return done.returncode == 0, done.stdout + done.stderr

    def must(self, *words):
        """Run a command that must go well; return what it printed."""
        went_well, printed = self.run(*words)
        assert went_well, f"toot {' '.join(words)}: {printed[-1000:]}"
        return printed

    def __call__(self, *words):
        """Run a command that must go well; return its JSON."""
        return json.loads(self.must(*words, "--json"))

    def sign_in(self, base_url, person):
        """Answer the questions of `toot login`: the address is opened by hand, the code typed."""
        with subprocess.Popen(
            [self._program, "--no-color", "login", "--instance", base_url],
            env=self._environment | {"PYTHONUNBUFFERED": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        ) as asking:
            address = _read_until(asking, rb"Login URL:\s+(http\S+)\s").decode()
            assert "/oauth/authorize/?" in address
            code = fetch_code(address, name=person.username, password=PASSWORD)
            told, _ = asking.communicate(f"n\n{code}\n".encode(), timeout=ANSWER_S)
        assert b"Successfully logged in" in told, told.decode()


def _read_until(process, pattern):
    """Read what a program prints until a pattern is in it; return the pattern's group."""
    printed, deadline = b"", time.monotonic() + ANSWER_S
    while time.monotonic() < deadline:
        readable, _, _ = select.select([process.stdout], [], [], 0.5)
        if readable:
            piece = os.read(process.stdout.fileno(), 4096)
            printed += piece
            if found := re.search(pattern, printed):
                return found[1]
            if not piece:
                break
    raise AssertionError(f"not printed: {pattern!r} in {printed.decode()!r}")
