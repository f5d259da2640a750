"""The main job between two real instances, as their doctors see it through the client API."""

from __future__ import annotations

import sqlite3
import time

import pytest

from instances import wait_for
from rings import CARDIOLOGIST, DERMATOLOGIST, GENERALIST, NURSE, PHYSICIAN, Ring

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def followed(ring: Ring) -> dict:
    """The dermatologist in Paris follows the cardiologist in Lyon; her account as seen in Paris."""
    return ring.follow(DERMATOLOGIST, CARDIOLOGIST)


def test_a_remote_doctor_has_her_badge_and_it_is_the_first_field(ring: Ring, followed: dict):
    def badged() -> dict | None:
        account = ring.api(DERMATOLOGIST, "GET", f"/api/v1/accounts/{followed['id']}")
        return account if account["roles"] else None

    account = wait_for(badged)

    assert account["fields"][0]["verified_at"] is not None
    assert "Cardiologie" in account["fields"][0]["value"]
    assert account["acct"] == ring.handle(CARDIOLOGIST)


def test_a_post_to_verified_doctors_is_read_by_a_follower_at_home(ring: Ring, followed: dict):
    began = time.monotonic()
    post = ring.post(CARDIOLOGIST, "QTc 510 sous escitalopram ?", visibility="private")

    copy = ring.wait_for_copy(DERMATOLOGIST, post)

    print(f"read after {time.monotonic() - began:.2f} s")
    assert post["consilium"]["audience"] == copy["consilium"]["audience"] == "doctors"
    assert post["visibility"] == copy["visibility"] == "private"
    assert "escitalopram" in copy["content"]
    assert copy["account"]["roles"]


def test_doctors_who_do_not_follow_read_it_among_doctors_and_others_never(
    ring: Ring, followed: dict
):
    post = ring.post(CARDIOLOGIST, "Pour tous les médecins", visibility="doctors")

    ring.wait_for_copy(PHYSICIAN, post, timeline="doctors")

    assert ring.copy(PHYSICIAN, post) is None
    assert ring.copy(NURSE, post) is None
    assert ring.status_of(NURSE, "GET", f"/api/v1/statuses/{post['id']}") == 404
    assert ring.copy(GENERALIST, post, timeline="doctors") is not None


def test_answers_thread_on_both_sides(ring: Ring, followed: dict):
    question = ring.post(CARDIOLOGIST, "Une question", visibility="doctors")
    copy = ring.wait_for_copy(DERMATOLOGIST, question)

    answer = ring.post(DERMATOLOGIST, "Une réponse", in_reply_to_id=copy["id"])

    def replies(person, post) -> list[str]:
        context = ring.api(person, "GET", f"/api/v1/statuses/{post['id']}/context")
        return [status["uri"] for status in context["descendants"]]

    assert answer["consilium"]["audience"] == "doctors"
    wait_for(lambda: answer["uri"] in replies(CARDIOLOGIST, question))
    assert answer["uri"] in replies(DERMATOLOGIST, copy)
    wait_for(
        lambda: any(
            note["type"] == "mention" and note["status"]["uri"] == answer["uri"]
            for note in ring.api(CARDIOLOGIST, "GET", "/api/v1/notifications")
        )
    )
    # The answer was delivered to the root's author; whom the root reached has it by forwarding.
    own = wait_for(lambda: ring.copy(PHYSICIAN, question, timeline="doctors"))
    wait_for(lambda: answer["uri"] in replies(PHYSICIAN, own))


def test_what_they_send_each_other_is_signed_by_rfc_9421_with_ed25519(ring: Ring, followed: dict):
    copy = ring.wait_for_copy(DERMATOLOGIST, ring.post(CARDIOLOGIST, "Signé", visibility="public"))
    ring.api(DERMATOLOGIST, "POST", f"/api/v1/statuses/{copy['id']}/favourite")
    ring.settle()

    for here, there in ((ring.lyon, ring.paris), (ring.paris, ring.lyon)):
        # Had one of them refused it, it would be noted that cavage is what it understands.
        with sqlite3.connect(here.folder / "consilium.db") as database:
            statement = "SELECT scheme FROM host_scheme WHERE host = ?"
            assert database.execute(statement, (there.host,)).fetchall() == [("ed25519",)]
            sent = "SELECT count(*) FROM delivery WHERE delivered_at IS NOT NULL AND host = ?"
            assert database.execute(sent, (there.host,)).fetchone()[0] > 0


def test_likes_and_boosts_are_counted_at_the_author(ring: Ring, followed: dict):
    post = ring.post(CARDIOLOGIST, "Publique", visibility="public")
    copy = ring.wait_for_copy(DERMATOLOGIST, post)

    def counts() -> tuple[int, int]:
        shown = ring.api(CARDIOLOGIST, "GET", f"/api/v1/statuses/{post['id']}")
        return shown["favourites_count"], shown["reblogs_count"]

    for action in ("favourite", "reblog"):
        ring.api(DERMATOLOGIST, "POST", f"/api/v1/statuses/{copy['id']}/{action}")
    wait_for(lambda: counts() == (1, 1))
    for action in ("unfavourite", "unreblog"):
        ring.api(DERMATOLOGIST, "POST", f"/api/v1/statuses/{copy['id']}/{action}")
    wait_for(lambda: counts() == (0, 0))


def test_edits_and_deletions_arrive(ring: Ring, followed: dict):
    post = ring.post(CARDIOLOGIST, "Première version", visibility="doctors")
    copy = ring.wait_for_copy(DERMATOLOGIST, post)

    ring.api(CARDIOLOGIST, "PUT", f"/api/v1/statuses/{post['id']}", status="Seconde version")

    def content() -> str:
        return ring.api(DERMATOLOGIST, "GET", f"/api/v1/statuses/{copy['id']}")["content"]

    wait_for(lambda: "Seconde" in content())
    ring.api(CARDIOLOGIST, "DELETE", f"/api/v1/statuses/{post['id']}")
    path = f"/api/v1/statuses/{copy['id']}"
    wait_for(lambda: ring.status_of(DERMATOLOGIST, "GET", path) == 404)


def test_a_direct_message_reaches_whom_it_names(ring: Ring, followed: dict):
    text = f"@{ring.handle(DERMATOLOGIST)} un mot en privé"
    post = ring.post(CARDIOLOGIST, text, visibility="direct")

    def received() -> dict | None:
        notes = ring.api(DERMATOLOGIST, "GET", "/api/v1/notifications?types[]=mention")
        return next((n["status"] for n in notes if n["status"]["uri"] == post["uri"]), None)

    copy = wait_for(received)

    assert copy["visibility"] == "direct"
    assert ring.status_of(PHYSICIAN, "GET", f"/api/v1/statuses/{copy['id']}") == 404


def test_who_unfollows_gets_no_more(ring: Ring):
    account = ring.follow(PHYSICIAN, CARDIOLOGIST)
    before = ring.post(CARDIOLOGIST, "Avant", visibility="public")
    ring.wait_for_copy(PHYSICIAN, before)

    ring.api(PHYSICIAN, "POST", f"/api/v1/accounts/{account['id']}/unfollow")
    after = ring.post(CARDIOLOGIST, "Après", visibility="public")
    ring.settle()

    assert ring.copy(PHYSICIAN, after) is None


def test_a_revoked_doctor_loses_badge_and_reading(ring: Ring, followed: dict):
    shown = ring.account(CARDIOLOGIST, PHYSICIAN)
    wait_for(lambda: ring.account(CARDIOLOGIST, PHYSICIAN)["roles"])

    began = time.monotonic()
    ring.paris.cli("doctor", "revoke", PHYSICIAN.username, "--reason", "left the hospital")

    path = f"/api/v1/accounts/{shown['id']}"
    wait_for(lambda: not ring.api(CARDIOLOGIST, "GET", path)["roles"])
    print(f"the badge was gone elsewhere after {time.monotonic() - began:.2f} s")
    post = ring.post(CARDIOLOGIST, "Encore une question", visibility="doctors")
    ring.wait_for_copy(DERMATOLOGIST, post)
    assert ring.api(PHYSICIAN, "GET", "/api/consilium/v1/timelines/doctors") == []
    assert ring.status_of(PHYSICIAN, "POST", "/api/v1/statuses", status="x",
                          visibility="doctors") == 422  # fmt: skip


def test_a_block_hides_and_stops(ring: Ring, followed: dict):
    author = ring.account(CARDIOLOGIST, DERMATOLOGIST)

    ring.api(CARDIOLOGIST, "POST", f"/api/v1/accounts/{author['id']}/block")

    wait_for(lambda: not ring.relationship(DERMATOLOGIST, followed)["following"])
    post = ring.post(CARDIOLOGIST, "Après le blocage", visibility="public")
    time.sleep(1.0)
    assert ring.copy(DERMATOLOGIST, post) is None
    ring.api(CARDIOLOGIST, "POST", f"/api/v1/accounts/{author['id']}/unblock")
