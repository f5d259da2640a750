"""toot, unmodified, does the main job from a terminal."""

from __future__ import annotations

import json
import os
import re
import select
import subprocess
import time

import pytest

from instances import PASSWORD
from peers.consent import fetch_code
from peers.environment import environment
from rings import CARDIOLOGIST, GENERALIST, NURSE

pytestmark = [pytest.mark.peers, pytest.mark.slow]
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

    def __call__(self, *words):
        """Run a command that must go well; return its JSON."""
        went_well, printed = self.run(*words, "--json")
        assert went_well, f"toot {' '.join(words)}: {printed[-1000:]}"
        return json.loads(printed)

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


@pytest.fixture(scope="module")
def sign_in(hospital, tmp_path_factory):
    program = environment("toot") / "toot"

    def sign(person):
        toot = Toot(program, tmp_path_factory.mktemp(person.username))
        toot.sign_in(hospital.url, person)
        return toot

    return sign


def test_a_question_to_the_doctors_is_asked_answered_and_approved_of(sign_in):
    anne, ben = sign_in(CARDIOLOGIST), sign_in(GENERALIST)
    assert anne("whoami")["username"] == CARDIOLOGIST.username

    ben("follow", CARDIOLOGIST.username)
    anne.run("follow-requests", "accept", GENERALIST.username)
    question = anne("post", "QT long chez une sportive ?", "--visibility", "private")
    assert question["consilium"]["audience"] == "doctors"

    home = ben("timelines", "home", "--no-pager")
    assert [status["id"] for status in home] == [question["id"]]
    answer = ben("post", "Épreuve d'effort d'abord.", "--reply-to", question["id"])
    assert answer["consilium"]["audience"] == "doctors"
    ben("favourite", question["id"])
    ben("reblog", question["id"])

    thread = anne("thread", question["id"])
    assert [status["id"] for status in thread["descendants"]] == [answer["id"]]
    seen = anne("status", question["id"])
    assert (seen["favourites_count"], seen["reblogs_count"], seen["replies_count"]) == (1, 1, 1)
    kinds = {notice["type"] for notice in anne("notifications")}
    assert {"mention", "favourite", "reblog"} <= kinds


def test_a_post_for_doctors_is_not_there_for_others(sign_in):
    anne, carla = sign_in(CARDIOLOGIST), sign_in(NURSE)
    question = anne("post", "Pour les médecins", "--visibility", "private")

    found, printed = carla.run("status", question["id"])

    assert not found
    assert "not found" in printed.lower()


def test_what_is_searched_is_found(sign_in):
    anne = sign_in(CARDIOLOGIST)

    found = anne("search", GENERALIST.username, "--type", "accounts")

    assert [account["username"] for account in found["accounts"]] == [GENERALIST.username]
