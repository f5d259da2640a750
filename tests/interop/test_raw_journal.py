"""What a social peer and a stranger really get: read off their own sockets."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from commands import Commands
from fakes.actor import FakeActor
from fakes.remote import FakeRemote
from instances import Instance, wait_for
from rings import CARDIOLOGIST, LYON, fill

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

SECRET = "ce que seuls les médecins lisent"


@dataclass
class Scene:
    """Lyon, with a social peer whose Bob follows the cardiologist, and a host nobody has listed."""

    lyon: Instance
    token: str
    bob: FakeActor
    stranger: FakeActor

    def post(self, text: str, **options: object) -> dict:
        return self.lyon.api("POST", "/api/v1/statuses", self.token, status=text, **options)

    def settle(self) -> None:
        """Wait until a public post has come: what was owed before it has been sent."""
        marker = self.post("marqueur", visibility="public")
        wait_for(lambda: marker["uri"] in _received(self.bob))


def _received(actor: FakeActor) -> set[str]:
    return {activity["object"]["id"] for activity in actor.remote.activities("Create")}


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder: Path = tmp_path_factory.mktemp("raw")
    with FakeRemote("social") as social, FakeRemote("strange") as strange:
        with Instance("lyon", folder).migrated() as lyon:
            token = fill(lyon, LYON[:1])[CARDIOLOGIST.username]
            Commands(lyon).cli("peer", "allow", social.host, "--class", "social")
            bob, stranger = social.person("bob"), strange.person("eve")
            author = lyon.api("GET", "/api/v1/accounts/verify_credentials", token)
            inbox = f"{lyon.base_url}/inbox"
            assert social.run(bob.post(inbox, bob.follow(author["uri"]))).status == 202
            waiting = wait_for(lambda: lyon.api("GET", "/api/v1/follow_requests", token))
            path = f"/api/v1/follow_requests/{waiting[0]['id']}/authorize"
            lyon.api("POST", path, token)
            social.run(social.wait_for("Accept"))
            yield Scene(lyon, token, bob, stranger)


def test_a_social_peer_gets_what_is_public_and_what_its_people_follow(scene: Scene):
    public = scene.post("pour tous", visibility="public")
    followers = scene.post("pour mes abonnés", visibility="followers")

    wait_for(lambda: {public["uri"], followers["uri"]} <= _received(scene.bob))

    assert all(e.verified for e in scene.bob.remote.journal if e.method == "POST")


def test_a_social_peer_never_hears_of_a_post_to_doctors(scene: Scene):
    post = scene.post(SECRET, visibility="doctors")
    liked = scene.lyon.api("POST", f"/api/v1/statuses/{post['id']}/favourite", scene.token)
    answer = scene.post(f"{SECRET}, suite", in_reply_to_id=post["id"])
    edited = f"/api/v1/statuses/{post['id']}"
    scene.lyon.api("PUT", edited, scene.token, status=f"{SECRET}, corrigé")
    scene.lyon.api("DELETE", f"/api/v1/statuses/{answer['id']}", scene.token)
    scene.settle()

    said = json.dumps([entry.json for entry in scene.bob.remote.journal if entry.body])
    assert liked["favourited"]
    assert SECRET not in said
    assert post["uri"] not in said and answer["uri"] not in said


def test_a_social_peer_may_not_read_a_post_to_doctors(scene: Scene):
    post = scene.post(SECRET, visibility="doctors")

    for signer in (None, scene.bob):
        reply = scene.bob.remote.run(scene.bob.remote.get(post["uri"], actor=signer))
        assert reply.status == 404
        assert SECRET.encode() not in reply.body


def test_naming_somebody_of_a_social_peer_in_a_post_to_doctors_is_refused(scene: Scene):
    status, answer = scene.lyon.request(
        "POST",
        "/api/v1/statuses",
        token=scene.token,
        body={"status": f"@{scene.bob.handle} {SECRET}", "visibility": "doctors"},
    )

    assert status == 422
    assert scene.bob.handle in answer["error"]


def test_nothing_is_ever_dialled_at_a_host_that_nobody_listed(scene: Scene):
    handle = scene.stranger.handle.replace("@", "%40")
    path = f"/api/v2/search?q=%40{handle}&resolve=true"
    assert scene.lyon.request("GET", path, token=scene.token)[1].get("accounts", []) == []
    scene.post(f"@{scene.stranger.handle} bonjour", visibility="public")
    note = scene.bob.note(
        inReplyTo=f"{scene.stranger.uri}/posts/1",
        tag=[{"type": "Mention", "href": scene.stranger.uri, "name": "@eve"}],
    )
    inbox = f"{scene.lyon.base_url}/inbox"
    assert scene.bob.remote.run(scene.bob.post(inbox, scene.bob.create(note))).status == 202
    scene.settle()
    time.sleep(1.0)

    assert scene.stranger.remote.journal == []


def test_a_stranger_is_refused_before_anything_is_asked(scene: Scene):
    inbox = f"{scene.lyon.base_url}/inbox"
    public = scene.post("pour tous", visibility="public")

    remote = scene.stranger.remote
    posted = remote.run(scene.stranger.post(inbox, scene.stranger.create(scene.stranger.note())))
    read = remote.run(remote.get(public["uri"]))
    unsigned = remote.run(remote.get(public["uri"], signed=False))

    assert (posted.status, read.status, unsigned.status) == (403, 403, 401)
    assert remote.journal == []
