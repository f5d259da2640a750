"""Commands run inside the test's process: the same words, exit codes and lines, without a start.

What only a process can show (signals, a running server) goes through `Instance.run`.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from subprocess import CompletedProcess
from unittest.mock import patch

from structlog.testing import capture_logs

from cli import main
from instances import PASSWORD, Instance


class Commands:
    """Commands of an instance whose server may run or not; `cli` and `run` are as `Instance`'s."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance

    def run(self, *words: str, stdin: str = "") -> CompletedProcess[str]:
        """Run a command; the result is not judged."""
        out, err = io.StringIO(), io.StringIO()
        with (
            patch.dict(os.environ, self.instance.environment, clear=True),
            patch.object(sys, "argv", ["consilium", *words]),
            patch.object(sys, "stdin", io.StringIO(stdin)),
            # Loggers keep the stream that they were first given: they get none here.
            patch.object(main, "configure_logging"),
            capture_logs(),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            code = _exit_code()
        return CompletedProcess(words, code, out.getvalue(), err.getvalue())

    def cli(self, *words: str, stdin: str = "") -> str:
        """Run a command that must succeed; return what it printed."""
        done = self.run(*words, stdin=stdin)
        assert done.returncode == 0, f"consilium {' '.join(words)}: {done.stderr[-2000:]}"
        return done.stdout.strip()

    def account(self, username: str, name: str, *, role: str = "member") -> str:
        """Create an account; return a bearer token for it."""
        self.cli("account", "create", username, "--name", name, "--password-stdin",
                 "--email", f"{username}@{self.instance.name}.example", "--role", role,
                 stdin=f"{PASSWORD}\n")  # fmt: skip
        return self.cli("token", username)


def _exit_code() -> int:
    try:
        main.run()
    except SystemExit as end:
        return int(end.code or 0)
    return 0
