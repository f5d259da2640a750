"""A real instance in a process of its own, as an institution would run it."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
START_S = 60.0
STOP_S = 35.0
PASSWORD = "a long enough password"


@cache
def _empty_database() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        instance = Instance("template", Path(folder))
        instance.cli("migrate")
        database = sqlite3.connect(instance.folder / "consilium.db")
        # An instance has an actor under its own address.
        database.execute("DELETE FROM actor_key")
        database.execute("DELETE FROM actor")
        database.commit()
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.close()
        return (instance.folder / "consilium.db").read_bytes()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Instance:
    """`with Instance("a", folder) as a: a.cli("account", "create", …); a.api(…)`.

    `host` is `<name>.localhost:<port>`; Python resolves no such name, so requests go to 127.0.0.1
    with that Host header.
    """

    def __init__(
        self, name: str, folder: Path, *, database_url: str = "", workers: int = 1, **settings: str
    ) -> None:
        self.name = name
        self.port = free_port()
        self.host = f"{name}.localhost:{self.port}"
        self.base_url = f"http://{self.host}"
        self.url = f"http://127.0.0.1:{self.port}"
        self.folder = folder / name
        self.folder.mkdir(parents=True, exist_ok=True)
        self.workers = workers
        self.process: subprocess.Popen[bytes] | None = None
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("CONSILIUM_")},
            "CONSILIUM_BASE_URL": self.base_url,
            "CONSILIUM_DATA_DIR": str(self.folder),
            "CONSILIUM_DEVELOPMENT": "true",
            "CONSILIUM_RATE_LIMITS": "off",
            **{f"CONSILIUM_{key.upper()}": value for key, value in settings.items()},
        }
        if database_url:
            self.environment["CONSILIUM_DATABASE_URL"] = database_url

    def migrated(self) -> Instance:
        """Give it an empty database of the newest schema, made once: migrating takes seconds."""
        (self.folder / "consilium.db").write_bytes(_empty_database())
        return self

    def __enter__(self) -> Instance:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def log(self) -> str:
        return (self.folder / "server.log").read_text(errors="replace")

    def start(self) -> None:
        """Start the server and wait for the line that says it is ready."""
        command = [sys.executable, "-m", "cli", "serve", "--port", str(self.port)]
        if self.workers > 1:
            command += ["--workers", str(self.workers)]
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, stderr=log
            )
        self._wait_until_ready()

    def _wait_until_ready(self) -> None:
        assert self.process is not None and self.process.stdout is not None
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            readable, _, _ = select.select([self.process.stdout], [], [], 0.2)
            if readable and b"ready" in self.process.stdout.readline():
                return
            if self.process.poll() is not None:
                break
        raise RuntimeError(f"{self.name} did not start:\n{self.log[-3000:]}")

    def stop(self) -> None:
        """Ask for an orderly end and wait for it."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        finally:
            self._forget()

    def kill(self) -> None:
        """End it as a power cut would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        self._forget()

    def _forget(self) -> None:
        if self.process is not None and self.process.stdout is not None:
            self.process.stdout.close()
        self.process = None

    def run(self, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command of the instance; the result is not judged."""
        return subprocess.run(
            [sys.executable, "-m", "cli", *words],
            cwd=ROOT,
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )

    def cli(self, *words: str, stdin: str = "") -> str:
        """Run a command that must succeed; return what it printed."""
        done = self.run(*words, stdin=stdin)
        assert done.returncode == 0, f"consilium {' '.join(words)}: {done.stderr[-2000:]}"
        return done.stdout.strip()

    def account(self, username: str, name: str) -> str:
        """Create an account; return a bearer token for it."""
        self.cli("account", "create", username, "--email", f"{username}@{self.name}.example",
                 "--name", name, "--password-stdin", stdin=f"{PASSWORD}\n")  # fmt: skip
        return self.cli("token", username)

    def request(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        body: Any = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[int, Any]:
        """Call the instance; returns the status and the JSON (or text) of the answer."""
        sent = {"host": self.host, **(headers or {})}
        if token is not None:
            sent["authorization"] = f"Bearer {token}"
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            sent.setdefault("content-type", "application/json")
        request = urllib.request.Request(self.url + path, data, sent, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                status, content = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                status, content = error.code, error.read()
        try:
            return status, json.loads(content)
        except ValueError:
            return status, content.decode(errors="replace")

    def api(self, method: str, path: str, token: str | None = None, **body: Any) -> Any:
        """Call the client API; the answer must be a 200."""
        status, answer = self.request(method, path, token=token, body=body or None)
        assert status == 200, f"{method} {path}: {status} {answer}"
        return answer

    def rss_mib(self) -> float:
        """Return the resident memory of the server's process."""
        assert self.process is not None
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) / 1024

    def cpu_s(self) -> float:
        """Return the CPU time that the server's process has used."""
        assert self.process is not None
        parts = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")


def wait_for(question: Any, *, timeout_s: float = 20.0, every_s: float = 0.1) -> Any:
    """Ask until the answer is true, and return it; fails with the last answer."""
    deadline = time.monotonic() + timeout_s
    answer = question()
    while not answer:
        assert time.monotonic() < deadline, f"still {answer!r} after {timeout_s} s"
        time.sleep(every_s)
        answer = question()
    return answer
