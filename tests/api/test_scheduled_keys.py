"""Keys of posts that are written later: the same key gives the same post, whatever it is by now."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.clock import shift
from later import SCHEDULED, STATUSES, at, pass_time, texts_of
from pictures import encoded, picture
from posts.idempotency import forget_keys
from uploading import serve_files, uploaded
from workers.periodic import KEEP_IDEMPOTENCY_KEYS

KEY = {"Idempotency-Key": "the same"}


async def with_key(program, sent):
    """Post with the key that is always the same; return the JSON."""
    reply = await program.ask("POST", STATUSES, json=sent, headers=KEY)
    assert reply.status == 200, reply.json
    return reply.json


async def forget_after(house, time):
    shift(time)
    async with house.database.transaction() as session:
        await forget_keys(session, KEEP_IDEMPOTENCY_KEYS)


async def test_H10_the_same_key_keeps_the_same_post(alice, bruno):
    headers = {"Idempotency-Key": "the same"}
    sent = {"status": "Une fois", "scheduled_at": at(hours=1)}

    mine = [await alice.ask("POST", STATUSES, json=sent, headers=headers) for _ in range(2)]
    theirs = await bruno.ask("POST", STATUSES, json=sent, headers=headers)

    assert mine[0].json["id"] == mine[1].json["id"] != theirs.json["id"]
    assert len(await alice.get(SCHEDULED)) == 1


async def test_H10_the_key_of_what_was_written_meanwhile_shows_the_post(house, alice):
    serve_files(house)
    media_id = (await uploaded(alice, encoded(picture(), "JPEG")))["id"]
    # Sent again word for word, after its moment: nothing of it would pass now.
    sent = {"status": "Une fois", "scheduled_at": at(hours=1), "media_ids": [media_id]}
    kept = await with_key(alice, sent)
    waiting = await with_key(alice, sent)
    await pass_time(house, hours=2)

    written = await with_key(alice, sent)
    again = await with_key(alice, sent | {"scheduled_at": at(hours=1), "media_ids": []})

    assert kept["id"] == waiting["id"]
    assert written["content"] == "<p>Une fois</p>"
    assert [one["id"] for one in written["media_attachments"]] == [media_id]
    assert written["id"] == again["id"] != kept["id"]
    await pass_time(house, hours=2)
    assert await texts_of(alice) == ["<p>Une fois</p>"]
    assert await alice.get(SCHEDULED) == []


@pytest.mark.parametrize("days", [1, 5])
async def test_a_key_is_good_as_long_as_its_post_waits_and_a_day_more(house, alice, days):
    sent = {"status": "Une fois", "scheduled_at": at(days=days, hours=1)}
    kept = await with_key(alice, sent)

    await forget_after(house, timedelta(days=days))
    waiting = await with_key(alice, sent)
    await pass_time(house, hours=2)
    await forget_after(house, timedelta(hours=23))
    written = await with_key(alice, sent)
    await forget_after(house, timedelta(hours=2))

    assert waiting["id"] == kept["id"]
    assert written["content"] == "<p>Une fois</p>"
    assert (await alice.ask("POST", STATUSES, json=sent, headers=KEY)).status == 422


@pytest.mark.parametrize("is_later", [True, False], ids=["later", "now"])
async def test_the_key_of_what_was_dropped_is_taken_anew_and_once(house, alice, is_later):
    first = await with_key(alice, {"status": "un", "scheduled_at": at(hours=1)})
    await alice.delete(f"{SCHEDULED}/{first['id']}")
    sent = {"status": "deux"} | ({"scheduled_at": at(hours=1)} if is_later else {})

    second, third = [await with_key(alice, sent) for _ in range(2)]

    assert second["id"] == third["id"] != first["id"]
    assert len(await alice.get(SCHEDULED)) == (1 if is_later else 0)
    await pass_time(house, hours=2)
    assert (await with_key(alice, sent))["content"] == "<p>deux</p>"
    assert await texts_of(alice) == ["<p>deux</p>"]


async def test_the_key_of_what_waits_writes_nothing_now(alice):
    kept = await with_key(alice, {"status": "plus tard", "scheduled_at": at(hours=1)})

    assert (await with_key(alice, {"status": "maintenant"}))["id"] == kept["id"]
    assert await texts_of(alice) == []


async def test_the_key_of_what_was_written_and_deleted_writes_nothing(house, alice):
    sent = {"status": "Une fois", "scheduled_at": at(hours=1)}
    await with_key(alice, sent)
    await pass_time(house, hours=2)
    written = await with_key(alice, sent)
    await alice.delete(f"{STATUSES}/{written['id']}")

    again = sent | {"scheduled_at": at(hours=1)}
    reply = await alice.ask("POST", STATUSES, json=again, headers=KEY)

    assert reply.status == 404
    assert await alice.get(SCHEDULED) == []


async def test_H10_the_key_of_a_post_with_files_gives_the_same_one(house, alice):
    serve_files(house)
    media_id = (await uploaded(alice, encoded(picture(), "JPEG")))["id"]

    ids = [(await with_key(alice, {"media_ids": [media_id]}))["id"] for _ in range(2)]

    assert ids[0] == ids[1]
