"""Posts through the client API: written, shown, changed, deleted; with their audiences."""

from __future__ import annotations

import asyncio

import pytest

from posts.models import Post

STATUSES = "/api/v1/statuses"


async def test_a_post_is_shown_as_it_was_written(alice):
    said = await alice.say(
        "Bonjour @alice #DocTocToc", spoiler_text="ECG", sensitive=True, language="fr"
    )

    assert said["visibility"] == "public"
    assert (said["spoiler_text"], said["sensitive"], said["language"]) == ("ECG", True, "fr")
    assert [tag["name"] for tag in said["tags"]] == ["doctoctoc"]
    assert said["consilium"]["audience"] == "public"
    assert said["consilium"]["clinical"] is False
    assert said["account"]["id"] == alice.id
    assert said["favourited"] is said["reblogged"] is said["pinned"] is False
    assert said["uri"] == f"http://a.localhost:8001/users/alice/posts/{said['id']}"
    assert said["url"] == f"http://a.localhost:8001/@alice/{said['id']}"
    assert await alice.get(f"{STATUSES}/{said['id']}") == said


async def test_a_post_carries_its_author_s_badge(alice, chloe):
    badge = (await alice.say())["consilium"]["badge"]

    assert badge["is_doctor"] is True
    assert badge["issuer"] == "http://a.localhost:8001/actor"
    assert (badge["profession"], badge["specialities"]) == ("10", ["SM04"])
    assert badge["assurance"] == "register-match"
    assert badge["verified_as"] is badge["last_confirmed_at"] is None
    assert (await chloe.say())["consilium"]["badge"] is None


@pytest.mark.parametrize(
    ("word", "shown", "audience"),
    [
        ("public", "public", "public"),
        ("unlisted", "unlisted", "unlisted"),
        ("private", "private", "doctors"),
        ("doctors", "private", "doctors"),
        ("direct", "direct", "mentioned"),
        ("local", "private", "local"),
        (None, "private", "doctors"),
    ],
)
async def test_each_word_of_a_client_is_one_audience(alice, word, shown, audience):
    said = await alice.say(visibility=word)

    assert (said["visibility"], said["consilium"]["audience"]) == (shown, audience)


async def test_who_is_no_doctor_writes_to_followers_and_not_to_doctors(chloe):
    assert (await chloe.say(visibility="private"))["consilium"]["audience"] == "followers"

    reply = await chloe.ask("POST", STATUSES, json={"status": "a", "visibility": "doctors"})

    assert reply.status == 422
    assert "only verified doctors" in reply.error


async def test_a_reply_is_never_wider_than_its_parent(alice, bruno):
    question = await alice.say(visibility="doctors")

    answer = await bruno.say("Oui", in_reply_to_id=question["id"], visibility="public")

    assert answer["consilium"]["audience"] == "doctors"
    assert answer["in_reply_to_id"] == question["id"]
    assert answer["in_reply_to_account_id"] == alice.id


async def test_mentions_are_named(alice, bruno):
    said = await alice.say("@bruno que penses-tu ?", visibility="direct")

    assert said["mentions"] == [
        {
            "id": bruno.id,
            "username": "bruno",
            "acct": "bruno",
            "url": "http://a.localhost:8001/@bruno",
        }
    ]


async def test_H02_what_one_may_not_see_is_not_there(alice, chloe):
    said = await alice.say(visibility="doctors")

    for rest in ("", "/context", "/history", "/source", "/favourited_by", "/reblogged_by"):
        reply = await chloe.ask("GET", f"{STATUSES}/{said['id']}{rest}")
        assert (reply.status, reply.error) == (404, "Record not found")
    for action in ("favourite", "reblog", "unfavourite", "unreblog"):
        assert (await chloe.ask("POST", f"{STATUSES}/{said['id']}/{action}")).status == 404
    reply = await chloe.ask("POST", STATUSES, json={"status": "a", "in_reply_to_id": said["id"]})
    assert reply.status == 404
    assert await chloe.get(STATUSES, **{"id[]": said["id"]}) == []


async def test_several_posts_come_in_the_order_asked(alice):
    first, second = await alice.say(), await alice.say()

    found = await alice.get(STATUSES, **{"id[]": [second["id"], "999", first["id"]]})

    assert [status["id"] for status in found] == [second["id"], first["id"]]


async def test_a_thread_is_shown_around_a_post(alice, bruno):
    root = await alice.say("Question", visibility="doctors")
    answer = await bruno.say("Réponse", in_reply_to_id=root["id"])
    further = await alice.say("Merci", in_reply_to_id=answer["id"])

    context = await bruno.get(f"{STATUSES}/{answer['id']}/context")

    assert [status["id"] for status in context["ancestors"]] == [root["id"]]
    assert [status["id"] for status in context["descendants"]] == [further["id"]]
    assert (await alice.get(f"{STATUSES}/{root['id']}"))["replies_count"] == 1


async def test_H03_a_private_reply_is_absent_for_others(alice, bruno, chloe):
    root = await alice.say()
    await alice.say("@bruno entre nous", in_reply_to_id=root["id"], visibility="direct")

    seen = await chloe.get(f"{STATUSES}/{root['id']}/context")

    assert seen["descendants"] == []
    assert len((await bruno.get(f"{STATUSES}/{root['id']}/context"))["descendants"]) == 1


async def test_a_post_is_changed_and_keeps_its_audience(alice, bruno):
    said = await alice.say("Premier", visibility="doctors")

    edited = await alice.put(
        f"{STATUSES}/{said['id']}", status="Second", spoiler_text="Titre", visibility="public"
    )

    assert edited["content"] == "<p>Second</p>"
    assert (edited["spoiler_text"], edited["sensitive"]) == ("Titre", True)
    assert edited["consilium"]["audience"] == "doctors"
    assert edited["edited_at"]
    assert (await bruno.get(f"{STATUSES}/{said['id']}"))["content"] == "<p>Second</p>"
    history = await alice.get(f"{STATUSES}/{said['id']}/history")
    assert [version["content"] for version in history] == ["<p>Premier</p>", "<p>Second</p>"]
    source = await alice.get(f"{STATUSES}/{said['id']}/source")
    assert source == {"id": said["id"], "text": "Second", "spoiler_text": "Titre"}


async def test_a_deleted_post_gives_its_text_back_and_is_gone(database, alice, bruno):
    said = await alice.say("Bonjour @bruno")

    deleted = await alice.delete(f"{STATUSES}/{said['id']}")

    assert deleted["text"] == "Bonjour @bruno"
    assert (await alice.ask("GET", f"{STATUSES}/{said['id']}")).status == 404
    assert await bruno.get("/api/v1/notifications") == []
    assert (await alice.get("/api/v1/accounts/verify_credentials"))["statuses_count"] == 0
    async with database.read() as session:
        assert (await session.get_one(Post, int(said["id"]))).content == ""


async def test_the_post_of_another_is_neither_changed_nor_deleted(alice, bruno):
    said = await alice.say("Bonjour")

    changed = await bruno.ask("PUT", f"{STATUSES}/{said['id']}", json={"status": "Pirate"})
    deleted = await bruno.ask("DELETE", f"{STATUSES}/{said['id']}")

    assert (changed.status, deleted.status) == (404, 404)
    assert (await alice.get(f"{STATUSES}/{said['id']}"))["content"] == "<p>Bonjour</p>"


async def test_a_boost_is_deleted_like_a_post(alice, bruno):
    boost = await alice.post(f"{STATUSES}/{(await bruno.say())['id']}/reblog")

    await alice.delete(f"{STATUSES}/{boost['id']}")

    assert (await bruno.get(f"{STATUSES}/{boost['reblog']['id']}"))["reblogs_count"] == 0


async def test_H10_ten_posts_at_once_with_one_key_are_one(alice):
    async def send():
        headers = {"Idempotency-Key": "the same"}
        reply = await alice.ask("POST", STATUSES, json={"status": "Une fois"}, headers=headers)
        return reply.json["id"]

    ids = await asyncio.gather(*(send() for _ in range(10)))

    assert len(set(ids)) == 1
    assert len(await alice.get(f"/api/v1/accounts/{alice.id}/statuses")) == 1


async def test_H10_a_key_is_its_user_s_own(alice, bruno):
    headers = {"Idempotency-Key": "the same"}

    mine = await alice.ask("POST", STATUSES, json={"status": "A"}, headers=headers)
    again = await alice.ask("POST", STATUSES, json={"status": "other"}, headers=headers)
    theirs = await bruno.ask("POST", STATUSES, json={"status": "B"}, headers=headers)

    assert again.json["id"] == mine.json["id"]
    assert again.json["content"] == "<p>A</p>"
    assert theirs.json["id"] != mine.json["id"]


async def test_a_form_posts_as_well_as_json(alice):
    reply = await alice.ask("POST", STATUSES, form={"status": "Bonjour", "visibility": "public"})

    assert reply.json["content"] == "<p>Bonjour</p>"


async def test_a_post_to_followers_elsewhere_is_owed_once(house, alice):
    bob, eve = await house.remote("bob"), await house.remote("eve")
    for follower in (bob, eve):
        await house.follows(follower, alice.actor)
    await house.trust("b.localhost:8002")

    await alice.say()

    assert await house.owed() == [("Create", bob.shared_inbox)]


async def test_whom_a_post_for_doctors_cannot_reach_is_named(house, alice):
    await house.remote("bob", host="c.localhost:8003")

    reply = await alice.ask(
        "POST", STATUSES, json={"status": "@bob@c.localhost:8003 ?", "visibility": "doctors"}
    )

    assert reply.status == 422
    assert "@bob@c.localhost:8003" in reply.error
