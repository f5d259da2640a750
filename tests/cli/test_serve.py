"""The processes of an instance: start, refuse, drain, end."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from commands import Commands
from instances import ROOT, Instance

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

LEAN = (
    "alembic", "PIL", "babel", "webauthn", "pywebpush", "authlib", "icalendar", "mako", "pyotp",
    "segno", "jwt",
)  # fmt: skip


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory):
    with Instance("solo", tmp_path_factory.mktemp("solo"), public_pages="posts") as instance:
        yield instance


def test_an_instance_answers_under_its_name_and_under_loopback(running: Instance):
    status, answer = running.request("GET", "/api/v2/instance")
    by_address, _ = running.request(
        "GET", "/api/v2/instance", headers={"host": f"127.0.0.1:{running.port}"}
    )

    assert (status, by_address) == (200, 200)
    assert answer["domain"] == running.host


def test_a_command_acts_on_the_running_instance(running: Instance):
    token = running.account("alice", "Dr Alice")
    assert running.api("GET", "/api/v1/accounts/verify_credentials", token)["acct"] == "alice"

    running.cli("account", "suspend", "alice")

    assert running.request("GET", "/api/v1/accounts/verify_credentials", token=token)[0] == 403


def test_health_of_the_wire(running: Instance):
    accept = {"accept": "application/activity+json"}
    status, actor = running.request("GET", "/actor", headers=accept)

    assert status == 200
    assert actor["id"] == f"{running.base_url}/actor"
    resource = f"acct:{actor['preferredUsername']}@{running.host}"
    status, found = running.request("GET", f"/.well-known/webfinger?resource={resource}")
    assert found["links"][0]["href"] == actor["id"]


IDLE = 400
_HEAD = "POST /inbox HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/activity+json\r\n"
_SECOND = "0\r\n\r\nGET /api/v2/instance HTTP/1.1\r\nhost: {host}\r\n\r\n"


def test_c12_connections_that_say_nothing_keep_nobody_out(running: Instance):
    idle = [socket.create_connection(("127.0.0.1", running.port)) for _ in range(IDLE)]
    try:
        for number, one in enumerate(idle):
            if number % 2:
                one.sendall(_HEAD.format(host=running.host).encode())

        began = time.monotonic()
        status, _ = running.request("GET", "/api/v2/instance")

        assert status == 200
        assert time.monotonic() - began < 5
    finally:
        for one in idle:
            one.close()


@pytest.mark.parametrize(
    "headers",
    [
        "content-length: 5\r\ntransfer-encoding: chunked\r\n",
        "content-length: 5\r\ncontent-length: 6\r\n",
        "content-length: 5, 6\r\n",
        "content-length: +5\r\n",
        "content-length: -1\r\n",
        "transfer-encoding: xchunked\r\n",
        "transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n",
        " folded: x\r\ntransfer-encoding : chunked\r\n",
    ],
)
def test_c17_two_readings_of_one_request_are_refused(running: Instance, headers: str):
    sent = _HEAD + headers + "\r\n" + _SECOND
    with socket.create_connection(("127.0.0.1", running.port), timeout=10) as connection:
        connection.sendall(sent.format(host=running.host).encode())
        answer = b""
        while part := connection.recv(65536):
            answer += part

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1 ") == 1


def test_the_server_ends_within_its_drain_and_loses_nothing(tmp_path: Path):
    instance = Instance("brief", tmp_path)
    instance.start()
    token = Commands(instance).account("alice", "Dr Alice")
    post = instance.api("POST", "/api/v1/statuses", token, status="Bonjour", visibility="followers")

    began = time.monotonic()
    instance.stop()
    took = time.monotonic() - began
    instance.start()

    assert took < 30
    path = f"/api/v1/statuses/{post['id']}"
    assert instance.api("GET", path, token)["uri"] == post["uri"]
    instance.stop()
    assert "Traceback" not in instance.log


def test_two_processes_on_sqlite_are_refused_in_one_line(tmp_path: Path):
    done = Instance("two", tmp_path).run("serve", "--workers", "2")

    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1
    assert "PostgreSQL" in done.stderr


def test_a_port_that_is_taken_is_told_in_one_line(tmp_path: Path):
    instance = Instance("late", tmp_path)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", instance.port))
        taken.listen()
        done = instance.run("serve", "--port", str(instance.port))

    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1
    assert str(instance.port) in done.stderr


def test_migrating_says_what_it_did(tmp_path: Path):
    instance = Instance("old", tmp_path)

    first, second = (json.loads(instance.cli("migrate", "--json")) for _ in range(2))

    assert (first["upgraded"], second["upgraded"]) == (True, False)
    assert first["revision"] == second["revision"]


@pytest.mark.parametrize(
    ("setting", "value"),
    [("colour", "blue"), ("federation", "perhaps"), ("base_url", "example.org")],
)
def test_a_wrong_setting_stops_the_start_with_one_line(tmp_path: Path, setting: str, value: str):
    done = Instance("wrong", tmp_path, **{setting: value}).run("serve")

    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1
    assert f"CONSILIUM_{setting.upper()}" in done.stderr and value in done.stderr


def test_the_address_of_an_instance_with_accounts_cannot_change(tmp_path: Path):
    instance = Instance("fixed", tmp_path).migrated()
    Commands(instance).account("alice", "Dr Alice")
    instance.environment["CONSILIUM_BASE_URL"] = "http://other.localhost:9"

    done = instance.run("serve")

    assert done.returncode == 1
    assert "CONSILIUM_BASE_URL" in done.stderr and instance.base_url in done.stderr


def test_the_server_imports_nothing_heavy(tmp_path: Path):
    instance = Instance("lean", tmp_path).migrated()
    code = (
        "import json, sys\n"
        "from cli import main\n"
        "import uvicorn\n"
        "from app import create_app\n"
        "create_app()\n"
        "print(json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=instance.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    loaded = {name.partition(".")[0] for name in json.loads(done.stdout)}

    assert loaded & set(LEAN) == set()


def test_several_processes_serve_one_postgresql(tmp_path: Path, cluster):
    url = cluster.new_database(template="template1")
    with Instance("many", tmp_path, database_url=url, workers=2) as instance:
        token = Commands(instance).account("alice", "Dr Alice")
        for number in range(6):
            instance.api("POST", "/api/v1/statuses", token, status=f"n° {number}")
        home = instance.api("GET", "/api/v1/timelines/home", token)
        assert len(home) == 6
    assert "Traceback" not in instance.log


def test_background_work_can_be_left_to_a_process_of_its_own(tmp_path: Path):
    instance = Instance("apart", tmp_path).migrated()
    worker = subprocess.Popen(
        [sys.executable, "-m", "cli", "worker"],
        cwd=ROOT,
        env=instance.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert worker.stdout is not None
    assert b"Working" in worker.stdout.readline()

    worker.send_signal(signal.SIGTERM)
    _, errors = worker.communicate(timeout=30)

    assert worker.returncode == 0
    assert b"Traceback" not in errors
