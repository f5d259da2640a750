"""Mastodon.py, unmodified, does the main job, and what else a doctor's script does."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from api_walk import tomorrow
from instances import PASSWORD
from peers.consent import fetch_code
from peers.environment import environment
from peers.steps import picture
from rings import CARDIOLOGIST, GENERALIST, NURSE

pytestmark = [pytest.mark.peers, pytest.mark.slow]
SCRIPT = Path(__file__).with_name("mastodon_py") / "call.py"
SCOPES = ["read", "write", "follow"]
OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"


class MastodonPy:
    """One doctor's program; `client` are the arguments with which Mastodon.py is made."""

    def __init__(self, python, base_url, **client):
        self._python, self._base_url, self._client = python, base_url, client
        self.bearer = client.get("access_token")

    def __getattr__(self, method):
        def call(**arguments):
            return self.call(method, **arguments)

        return call

    def call(self, method, **arguments):
        request = {
            "method": method,
            "arguments": arguments,
            "base_url": self._base_url,
            "client": self._client,
        }
        done = subprocess.run(
            [self._python, SCRIPT],
            input=json.dumps(request),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, f"{method}: {done.stderr[-2000:]}"
        return json.loads(done.stdout)


@pytest.fixture(scope="module")
def python():
    return environment("mastodon_py") / "python"


@pytest.fixture(scope="module")
def sign_in(python, hospital):
    """Sign a doctor in by the out-of-band code, as a script of theirs would."""

    def sign(person):
        nobody = MastodonPy(python, hospital.url)
        program = nobody.create_app(client_name="Script", scopes=SCOPES)
        stranger = MastodonPy(python, hospital.url, **program)
        address = stranger.auth_request_url(
            redirect_uris=OUT_OF_BAND, scopes=SCOPES, allow_http=True
        )
        code = fetch_code(address, name=person.username, password=PASSWORD)
        bearer = stranger.log_in(
            code=code, redirect_uri=OUT_OF_BAND, scopes=SCOPES, allow_http=True
        )
        assert isinstance(bearer, str), bearer
        return MastodonPy(python, hospital.url, access_token=bearer)

    return sign


def test_a_question_to_the_doctors_is_asked_answered_and_approved_of(hospital, sign_in):
    anne, ben = sign_in(CARDIOLOGIST), sign_in(GENERALIST)
    assert anne.account_verify_credentials()["username"] == CARDIOLOGIST.username

    found = ben.account_search(q=CARDIOLOGIST.username)[0]
    ben.account_follow(id=found["id"])
    for asking in anne.follow_requests():
        anne.follow_request_authorize(id=asking["id"])
    assert ben.account_relationships(id=[found["id"]])[0]["following"] is True

    question = anne.status_post(status="QT long chez une sportive ?", visibility="private")
    assert question["visibility"] == "private"
    assert question["consilium"]["audience"] == "doctors"
    read = ben.timeline_home()
    assert [status["id"] for status in read] == [question["id"]]
    assert read[0]["account"]["fields"][0]["verified_at"]

    answer = ben.status_post(
        status="Épreuve d'effort d'abord.", in_reply_to_id=question["id"]
    )
    assert answer["consilium"]["audience"] == "doctors"
    ben.status_favourite(id=question["id"])
    boost = ben.status_reblog(id=question["id"])
    assert boost["reblog"]["id"] == question["id"]

    context = anne.status_context(id=question["id"])
    assert [status["id"] for status in context["descendants"]] == [answer["id"]]
    seen = anne.status(id=question["id"])
    assert (seen["favourites_count"], seen["reblogs_count"], seen["replies_count"]) == (1, 1, 1)
    kinds = {notice["type"] for notice in anne.notifications()}
    assert {"mention", "favourite", "reblog"} <= kinds


def test_what_is_not_the_caller_s_is_not_there(hospital, sign_in):
    anne, carla = sign_in(CARDIOLOGIST), sign_in(NURSE)
    question = anne.status_post(status="Pour les médecins", visibility="private")

    hidden = carla.status(id=question["id"])

    assert hidden["error"] == "MastodonNotFoundError"


def test_an_edit_and_a_deletion(hospital, sign_in):
    anne = sign_in(CARDIOLOGIST)
    status = anne.status_post(status="Premier jet", visibility="public")

    edited = anne.status_update(id=status["id"], status="Second jet")
    assert "Second jet" in edited["content"]
    assert anne.status_source(id=status["id"])["text"] == "Second jet"
    assert anne.status_delete(id=status["id"])["text"] == "Second jet"

    assert anne.status(id=status["id"])["error"] == "MastodonNotFoundError"


def test_what_clients_ask_on_start_is_answered(hospital, sign_in):
    anne = sign_in(CARDIOLOGIST)

    assert anne.instance()["title"]
    assert anne.preferences()["posting:default:visibility"] == "private"
    assert anne.filters_v2() == []
    assert anne.lists() == []
    assert anne.custom_emojis() == []
    assert anne.markers_get(timeline=["home"]) == {}


def test_files_and_polls_are_posted_and_answered(hospital, sign_in, tmp_path):
    anne, ben = sign_in(CARDIOLOGIST), sign_in(GENERALIST)
    file = str(picture(tmp_path))

    media = anne.media_post(
        media_file=file, mime_type="image/png", description="ECG", synchronous=True
    )
    shown = anne.status_post(status="Tracé", visibility="public", media_ids=[media["id"]])
    poll = {"options": ["Oui", "Non"], "expires_in": 3600, "multiple": False, "hide_totals": False}
    asked = anne.status_post(status="Avis ?", visibility="public", poll=poll)
    voted = ben.poll_vote(id=asked["poll"]["id"], choices=[0])

    assert shown["media_attachments"][0]["description"] == "ECG"
    assert shown["media_attachments"][0]["blurhash"]
    assert voted["own_votes"] == [0]
    assert anne.poll(id=asked["poll"]["id"])["votes_count"] == 1


def test_what_happens_is_streamed_and_notified(hospital, sign_in):
    anne, ben = sign_in(CARDIOLOGIST), sign_in(GENERALIST)
    says = [{"status": f"@{CARDIOLOGIST.username} bonjour", "visibility": "direct"}]

    (_, posted), heard = anne.listen(colleague=ben.bearer, says=says)

    assert heard in (["notification", "mention"], ["update", posted])
    grouped = anne.grouped_notifications()
    assert grouped["notification_groups"][0]["type"] == "mention"
    assert anne.notifications_unread_count()["count"] >= 1
    assert [talk["last_status"]["id"] for talk in anne.conversations()] == [posted]


def test_what_is_filtered_listed_and_kept(hospital, sign_in):
    anne, ben = sign_in(CARDIOLOGIST), sign_in(GENERALIST)
    words = [{"keyword": "football", "whole_word": True}]

    filtering = anne.create_filter_v2(
        title="Sport", context=["home"], filter_action="warn", keywords_attributes=words
    )
    loud = ben.status_post(status="Le football", visibility="public")
    shelf = anne.list_create(title="Service")
    anne.status_bookmark(id=loud["id"])
    later = anne.status_post(status="Demain", scheduled_at=tomorrow())
    anne.tag_follow(hashtag="ecg")

    assert [one["filter"]["id"] for one in anne.status(id=loud["id"])["filtered"]] == [
        filtering["id"]
    ]
    assert [one["id"] for one in anne.lists()] == [shelf["id"]]
    assert [one["id"] for one in anne.bookmarks()] == [loud["id"]]
    assert [one["id"] for one in anne.scheduled_statuses()] == [later["id"]]
    assert [tag["name"] for tag in anne.followed_tags()] == ["ecg"]
    assert [one["id"] for one in anne.search_v2(q="football", result_type="statuses")[
        "statuses"
    ]] == [loud["id"]]
