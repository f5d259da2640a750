"""Fedify, a second implementation, talks with us: both signature schemes, both ways, with proofs.

It is told whom to talk to by actor ids; what it says it received, it has verified.
"""

from __future__ import annotations

import json
import subprocess
import time
import urllib.error
import urllib.request
from urllib.parse import quote

import pytest

from instances import Instance, free_port
from peers.environment import ROOT, node, node_environment

pytestmark = [pytest.mark.peers, pytest.mark.slow]
CAVAGE, RFC9421 = "draft-cavage-http-signatures-12", "rfc9421"
WITHIN_S = 20.0
SCHEMES = [CAVAGE, RFC9421]


class Fedify:
    """A running peer; calling it makes one of its people do something."""

    def __init__(self, first_knock: str) -> None:
        self.port = free_port()
        self.base_url = f"http://fedify.localhost:{self.port}"
        folder = node_environment("fedify")
        sources = ROOT / "tests" / "peers" / "fedify"
        for name in ("peer.mjs", "localhost.cjs"):
            (folder / name).write_bytes((sources / name).read_bytes())
        self._process = subprocess.Popen(
            [node(), "--require", "./localhost.cjs", "peer.mjs", str(self.port), first_knock],
            cwd=folder,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.first_knock = first_knock
        assert self._process.stdout.readline() == "ready\n"

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()

    def person(self, name: str) -> str:
        return f"{self.base_url}/users/{name}"

    def __call__(self, command: str, **words: object):
        url = f"http://127.0.0.1:{self.port}/command"
        body = json.dumps({"command": command, **words}).encode()
        try:
            with urllib.request.urlopen(url, body, timeout=60) as answer:
                return json.load(answer)["result"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{command}: {error.read().decode()[:2000]}") from error

    def received(self, kind: str, object_id: str | None = None) -> list[dict]:
        found = [one for one in self("received") if one["type"] == kind]
        return [one for one in found if object_id in (None, _id(one["object"]))]


def _id(thing):
    return thing["id"] if isinstance(thing, dict) else thing


def _eventually(look):
    deadline = time.monotonic() + WITHIN_S
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.2)
    raise AssertionError(f"it did not come within {WITHIN_S} s")


@pytest.fixture(scope="module")
def hospital(tmp_path_factory):
    folder = tmp_path_factory.mktemp("open")
    with Instance("ouvert", folder, federation="open") as running:
        running.token = running.account("alice", "Alice")
        running.actor = f"{running.base_url}/users/alice"
        yield running


@pytest.fixture(scope="module", params=SCHEMES)
def fedify(request):
    peer = Fedify(request.param)
    yield peer
    peer.stop()


def _me(hospital, path, method="GET", **body):
    status, answer = hospital.request(
        method, f"/api/v1/{path}", token=hospital.token, body=body or None
    )
    assert status == 200, answer
    return answer


def _find(hospital, uri):
    """Let Alice look an address up, as pasted into the search box."""
    _, found = hospital.request(
        "GET", f"/api/v2/search?resolve=true&q={quote(uri, safe='')}", token=hospital.token
    )
    return found


def test_its_people_follow_ours_and_get_our_accept(hospital, fedify):
    _me(hospital, "accounts/update_credentials", "PATCH", locked=False)

    follow = fedify("follow", who="bob", whom=hospital.actor)

    accept = _eventually(lambda: fedify.received("Accept", follow["id"]))[0]
    assert accept["actor"] == hospital.actor


def test_our_people_follow_theirs_and_read_what_they_say(hospital, fedify):
    account = _find(hospital, fedify.person("carol"))["accounts"][0]
    _me(hospital, f"accounts/{account['id']}/follow", "POST")
    assert _eventually(lambda: fedify.received("Follow", fedify.person("carol")))

    def is_followed():
        return _me(hospital, f"accounts/relationships?id={account['id']}")[0]["following"]

    _eventually(is_followed)
    note = fedify("note", who="carol", whom=hospital.actor, content="<p>Bonjour d'ailleurs</p>")

    def home():
        return [one for one in _me(hospital, "timelines/home") if one["uri"] == note["id"]]

    assert _eventually(home)[0]["content"] == "<p>Bonjour d'ailleurs</p>"


def test_they_verify_what_we_send_and_its_proof(hospital, fedify):
    _me(hospital, "accounts/update_credentials", "PATCH", locked=False)
    follow = fedify("follow", who="dan", whom=hospital.actor)
    _eventually(lambda: fedify.received("Accept", follow["id"]))

    status = _me(hospital, "statuses", "POST", status="Vu de partout ?", visibility="public")

    create = _eventually(lambda: fedify.received("Create", status["uri"]))[0]
    # Who announces RFC 9421 gets it, with the author's Ed25519 key; others get what all know.
    is_announced = fedify.first_knock == RFC9421
    assert fedify("schemes")[-1] == ("ed25519" if is_announced else "cavage")
    as_served = fedify("fetch", who="dan", url=create["id"])
    assert as_served["proof"]["cryptosuite"] == "eddsa-jcs-2022"
    assert fedify("isProven", document=as_served)
    assert not fedify("isProven", document=as_served | {"actor": fedify.person("dan")})


def test_their_likes_boosts_and_answers_arrive(hospital, fedify):
    status = _me(hospital, "statuses", "POST", status="Une question", visibility="public")
    words = {"who": "erin", "whom": hospital.actor}

    fedify("react", kind="Like", what=status["uri"], **words)
    fedify("react", kind="Announce", what=status["uri"], **words)
    answer = fedify("note", content="<p>Une réponse</p>", inReplyTo=status["uri"], **words)

    def counts():
        seen = _me(hospital, f"statuses/{status['id']}")
        return (seen["favourites_count"], seen["reblogs_count"], seen["replies_count"]) == (1, 1, 1)

    _eventually(counts)
    thread = _me(hospital, f"statuses/{status['id']}/context")
    assert [one["uri"] for one in thread["descendants"]] == [answer["id"]]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_what_another_delivers_is_believed_for_its_proof_alone(hospital, fedify, scheme):
    uri = f"{fedify.person('frank')}/likes/{scheme}"
    status = _me(hospital, "statuses", "POST", status=f"Preuve {scheme}", visibility="public")
    like = {
        "@context": ["https://www.w3.org/ns/activitystreams"],
        "id": uri,
        "type": "Like",
        "actor": fedify.person("frank"),
        "object": status["uri"],
    }
    proven = fedify("prove", who="frank", document=like)
    words = {"who": "grace", "inbox": f"{hospital.base_url}/inbox", "scheme": scheme}

    assert fedify("deliver", document=like, **words) == 401
    assert fedify("deliver", document=proven, **words) == 202

    _eventually(lambda: _me(hospital, f"statuses/{status['id']}")["favourites_count"] == 1)
