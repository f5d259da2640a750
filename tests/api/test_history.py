"""What a post said before it was edited, its files, and what is left of one that is deleted."""

from __future__ import annotations

import pytest

from pictures import encoded, picture
from posts import edits
from uploading import fetch, serve_files, uploaded

STATUSES = "/api/v1/statuses"


@pytest.fixture
def house(house):
    return serve_files(house)


async def picture_of(program, **fields):
    return await uploaded(program, encoded(picture(), "JPEG"), **fields)


async def history_of(program, said):
    return await program.get(f"{STATUSES}/{said['id']}/history")


async def test_all_wordings_are_shown_oldest_first(alice, bruno):
    said = await alice.say("Un", spoiler_text="Titre")

    (only,) = await history_of(bruno, said)
    assert (only["content"], only["created_at"]) == ("<p>Un</p>", said["created_at"])
    edited = [
        await alice.put(f"{STATUSES}/{said['id']}", status=text) for text in ("Deux", "Trois")
    ]

    history = await history_of(bruno, said)
    assert [one["content"] for one in history] == ["<p>Un</p>", "<p>Deux</p>", "<p>Trois</p>"]
    assert [one["spoiler_text"] for one in history] == ["Titre", "", ""]
    assert [one["sensitive"] for one in history] == [True, False, False]
    assert [one["created_at"] for one in history] == [
        said["created_at"], *(one["edited_at"] for one in edited)
    ]  # fmt: skip
    assert {one["account"]["id"] for one in history} == {alice.id}


async def test_an_edit_that_changes_nothing_is_no_wording(alice):
    said = await alice.say("Un")

    await alice.put(f"{STATUSES}/{said['id']}", status="Un")

    assert len(await history_of(alice, said)) == 1
    assert (await alice.get(f"{STATUSES}/{said['id']}"))["edited_at"] is None


async def test_the_options_of_a_poll_are_part_of_its_wording(alice):
    poll = {"options": ["oui", "non"], "expires_in": 600}
    said = await alice.say("Qui ?", poll=poll)

    await alice.put(f"{STATUSES}/{said['id']}", status="Quoi ?")

    titles = [[o["title"] for o in one["poll"]["options"]] for one in await history_of(alice, said)]
    assert titles == [["oui", "non"], ["oui", "non"]]


@pytest.mark.parametrize("name", ["history", "source", "context", "quotes", "favourited_by"])
async def test_H02_what_one_may_not_see_has_no_history(alice, chloe, name):
    said = await alice.say("entre nous", visibility="doctors")
    await alice.put(f"{STATUSES}/{said['id']}", status="entre nous deux")

    for post_id in (said["id"], "115"):
        reply = await chloe.ask("GET", f"{STATUSES}/{post_id}/{name}")
        assert (reply.status, reply.json) == (404, {"error": "Record not found"})


async def test_H02_nothing_is_translated_here(alice, chloe):
    said = await alice.say()

    for program, post_id in ((alice, said["id"]), (chloe, said["id"]), (alice, "115")):
        reply = await program.ask("POST", f"{STATUSES}/{post_id}/translate", json={"lang": "en"})
        assert (reply.status, reply.json) == (404, {"error": "Record not found"})


async def test_an_edit_changes_what_files_there_are_and_what_they_say(house, alice, bruno):
    first, second = await picture_of(alice), await picture_of(alice)
    said = await alice.say("Deux", media_ids=[first["id"], second["id"]])
    third = await picture_of(alice)

    edited = await alice.put(
        f"{STATUSES}/{said['id']}",
        status="Deux",
        media_ids=[third["id"], second["id"]],
        media_attributes=[{"id": second["id"], "description": "Une radio", "focus": "0.5,0"}],
    )

    assert [one["id"] for one in edited["media_attachments"]] == [third["id"], second["id"]]
    assert edited["media_attachments"][1]["description"] == "Une radio"
    assert edited["media_attachments"][1]["meta"]["focus"] == {"x": 0.5, "y": 0.0}
    # What was taken out is gone, from the history too: it may show a patient.
    gone = said["media_attachments"][0]
    assert (await fetch(house, gone["url"])).status_code == 404
    history = await history_of(bruno, said)
    assert [[file["id"] for file in one["media_attachments"]] for one in history] == [
        [second["id"]],
        [third["id"], second["id"]],
    ]
    assert history[0]["media_attachments"][0]["description"] is None


async def test_an_edit_that_says_nothing_of_files_keeps_them(house, alice):
    media = await picture_of(alice, description="Une radio")
    said = await alice.say("Un", media_ids=[media["id"]])

    edited = await alice.put(f"{STATUSES}/{said['id']}", status="Deux")

    assert [one["id"] for one in edited["media_attachments"]] == [media["id"]]
    without_text = await alice.put(f"{STATUSES}/{said['id']}", status="")
    assert without_text["content"] == ""
    none_left = await alice.ask("PUT", f"{STATUSES}/{said['id']}", json={"media_ids": []})
    assert none_left.status == 422


async def test_H12_files_of_others_and_of_other_posts_are_not_attached(house, alice, bruno):
    mine, theirs = await picture_of(alice), await picture_of(bruno)
    used = await alice.say("", media_ids=[mine["id"]])
    said = await alice.say("sans")

    for media in (mine, theirs):
        body = {"status": "x", "media_ids": [media["id"]]}
        assert (await alice.ask("POST", STATUSES, json=body)).status == 422
        assert (await alice.ask("PUT", f"{STATUSES}/{said['id']}", json=body)).status == 422
    shown = await alice.get(f"{STATUSES}/{used['id']}")
    assert [one["id"] for one in shown["media_attachments"]] == [mine["id"]]


async def test_what_is_deleted_can_be_written_anew_with_its_files(house, alice):
    media = await picture_of(alice)
    said = await alice.say("Brouilon", media_ids=[media["id"]])

    deleted = await alice.delete(f"{STATUSES}/{said['id']}")

    assert deleted["text"] == "Brouilon"
    assert [one["id"] for one in deleted["media_attachments"]] == [media["id"]]
    assert (await fetch(house, said["media_attachments"][0]["url"])).status_code == 404
    again = await alice.say("Brouillon", media_ids=[media["id"]])
    assert [one["id"] for one in again["media_attachments"]] == [media["id"]]


async def test_what_is_deleted_with_its_files_is_gone(house, alice):
    media = await picture_of(alice)
    said = await alice.say("Non", media_ids=[media["id"]])

    await alice.delete(f"{STATUSES}/{said['id']}?delete_media=true")

    assert (await alice.ask("GET", f"/api/v1/media/{media['id']}")).status == 404


async def test_a_post_has_one_thing_beside_its_text(house, alice):
    media = await picture_of(alice)
    poll = {"options": ["oui", "non"], "expires_in": 600}

    reply = await alice.ask(
        "POST", STATUSES, json={"status": "x", "poll": poll, "media_ids": [media["id"]]}
    )

    assert reply.status == 422


async def test_only_the_newest_wordings_are_kept(alice, monkeypatch):
    monkeypatch.setattr(edits, "MAX_KEPT", 2)
    said, other = await alice.say("0"), await alice.say("a")
    await alice.put(f"{STATUSES}/{other['id']}", status="b")

    for number in range(1, 5):
        await alice.put(f"{STATUSES}/{said['id']}", status=str(number))

    assert [one["content"] for one in await history_of(alice, said)] == [
        "<p>2</p>", "<p>3</p>", "<p>4</p>"
    ]  # fmt: skip
    assert len(await history_of(alice, other)) == 2
