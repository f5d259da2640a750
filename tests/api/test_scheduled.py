"""Posts that are written later: kept, listed, moved, dropped, and written once."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from actors.models import Badge
from core.clock import now, reset, shift
from db.jobs import Job
from later import SCHEDULED, STATUSES, at, keep, pass_time, texts_of
from outbox.scheduled import publish_scheduled
from pictures import encoded, picture
from posts import scheduled
from posts.models import Post, ScheduledPost
from posts.scheduled import drop, hold_due
from uploading import serve_files, uploaded
from users.models import User
from waiting import until_it_waits


@pytest.fixture(autouse=True)
def clock():
    yield
    reset()


async def test_a_post_is_written_at_its_moment_and_not_before(house, alice, bruno):
    due = now() + timedelta(hours=1)
    poll = {"options": ["oui", "non"], "expires_in": 600}
    kept = await keep(
        alice, "@bruno un sondage", due=due.isoformat(), poll=poll, spoiler_text="Attention"
    )

    assert kept["scheduled_at"][:19] == due.isoformat()[:19]
    params = kept["params"]
    assert (params["text"], params["visibility"]) == ("@bruno un sondage", "public")
    assert params["poll"] == poll | {"multiple": False, "hide_totals": False}
    assert (params["spoiler_text"], params["sensitive"]) == ("Attention", True)
    await pass_time(house, minutes=50)
    assert await texts_of(alice) == []
    assert [one["id"] for one in await alice.get(SCHEDULED)] == [kept["id"]]
    await pass_time(house, minutes=11)

    (written,) = await alice.get(f"/api/v1/accounts/{alice.id}/statuses")
    assert [option["title"] for option in written["poll"]["options"]] == ["oui", "non"]
    assert written["spoiler_text"] == "Attention"
    assert len(await bruno.get("/api/v1/notifications")) == 1
    assert await alice.get(SCHEDULED) == []


@pytest.mark.parametrize(
    "due",
    [
        {"minutes": -1},
        {"minutes": 4},
        {"days": 400},
        "9999-12-31T23:59:59Z",
        "0001-01-01T00:00:00+23:59",
        "demain",
        "1e30",
        "2026-13-45",
    ],
    ids=str,
)
async def test_H11_a_moment_that_is_none_or_too_near_or_too_far(house, alice, due):
    sent = {"status": "x", "scheduled_at": at(**due) if isinstance(due, dict) else due}

    reply = await alice.ask("POST", STATUSES, json=sent)

    assert reply.status == 422
    assert reply.error.startswith("Validation failed: Scheduled at")
    assert await alice.get(SCHEDULED) == []
    assert await texts_of(alice) == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"status": ""}, 422),
        ({"status": "x", "in_reply_to_id": "115"}, 404),
        ({"status": "x", "quoted_status_id": "115"}, 404),
        ({"status": "x", "media_ids": ["115"]}, 422),
        ({"status": "x", "visibility": "everybody"}, 422),
    ],
)
async def test_what_could_not_be_posted_is_not_kept_for_later(alice, body, status):
    reply = await alice.ask("POST", STATUSES, json=body | {"scheduled_at": at(hours=1)})

    assert reply.status == status
    assert await alice.get(SCHEDULED) == []


async def test_it_is_written_once_however_often_the_job_runs(house, alice):
    kept = await keep(alice)
    shift(timedelta(hours=2))
    payload = {"id": int(kept["id"])}

    await asyncio.gather(*(publish_scheduled(house.database, None, payload) for _ in range(4)))

    assert await texts_of(alice) == ["<p>Plus tard</p>"]


async def test_a_crash_before_the_end_leaves_it_to_be_written(house, alice, monkeypatch):
    kept = await keep(alice)
    shift(timedelta(hours=2))

    async def crash(*_, **__):
        raise RuntimeError("the power went")

    with monkeypatch.context() as broken, pytest.raises(RuntimeError):
        broken.setattr("outbox.create.fan_out", crash)
        await publish_scheduled(house.database, None, {"id": int(kept["id"])})
    assert [one["id"] for one in await alice.get(SCHEDULED)] == [kept["id"]]
    assert await texts_of(alice) == []

    await pass_time(house)
    assert await texts_of(alice) == ["<p>Plus tard</p>"]


async def test_it_is_moved_both_ways_and_dropped(house, alice):
    first, second, third = [await keep(alice, text) for text in ("un", "deux", "trois")]

    sooner = await alice.put(f"{SCHEDULED}/{first['id']}", scheduled_at=at(minutes=10))
    await alice.put(f"{SCHEDULED}/{second['id']}", scheduled_at=at(hours=3))
    assert await alice.delete(f"{SCHEDULED}/{third['id']}") == {}

    assert sooner["id"] == first["id"]
    await pass_time(house, minutes=11)
    assert await texts_of(alice) == ["<p>un</p>"]
    await pass_time(house, hours=2)
    assert await texts_of(alice) == ["<p>un</p>"]
    await pass_time(house, hours=1)
    assert await texts_of(alice) == ["<p>deux</p>", "<p>un</p>"]
    refused = await alice.ask("PUT", f"{SCHEDULED}/{third['id']}", json={})
    assert refused.status == 404


async def test_scheduled_posts_are_paged(alice):
    ids = [(await keep(alice, str(number)))["id"] for number in range(3)][::-1]

    first = await alice.page(SCHEDULED, limit=2)
    second = await alice.page(first.links["next"])
    back = await alice.page(second.links["prev"])

    assert [one["id"] for one in first.json + second.json] == ids
    assert [one["id"] for one in back.json] == ids[:2]


async def test_the_scheduled_posts_of_others_are_not_there(alice, bruno):
    kept = await keep(alice)

    for method in ("GET", "PUT", "DELETE"):
        reply = await bruno.ask(method, f"{SCHEDULED}/{kept['id']}")
        assert (reply.status, reply.json) == (404, {"error": "Record not found"})
    assert await bruno.get(SCHEDULED) == []
    assert len(await alice.get(SCHEDULED)) == 1


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
@pytest.mark.parametrize("fields", [{}, {"scheduled_at": 5}], ids=["as it is", "moved"])
async def test_what_is_just_being_written_is_not_there_for_who_comes_later(
    house, alice, method, fields
):
    kept = await keep(alice)
    shift(timedelta(hours=2))
    sent = {name: at(hours=hours) for name, hours in fields.items()}

    async with house.database.transaction() as session:
        held = await hold_due(session, int(kept["id"]))
        await drop(session, held)
        asked = alice.ask(method, f"{SCHEDULED}/{kept['id']}", json=sent)
        late = asyncio.create_task(asked)
        await until_it_waits(house.database, late)

    reply = await late
    assert (reply.status, reply.json) == (404, {"error": "Record not found"})


async def test_what_is_just_being_written_is_still_read(house, alice):
    kept = await keep(alice)
    shift(timedelta(hours=2))
    # After this the token's use is noted, and reading writes nothing.
    await alice.get(SCHEDULED)

    async with house.database.transaction() as session:
        held = await hold_due(session, int(kept["id"]))
        await drop(session, held)
        assert (await alice.get(f"{SCHEDULED}/{kept['id']}"))["id"] == kept["id"]


async def test_there_is_an_end_to_them(house, alice, monkeypatch):
    monkeypatch.setattr(scheduled, "MAX_A_DAY", 2)
    monkeypatch.setattr(scheduled, "MAX_SCHEDULED", 3)
    day = (now() + timedelta(days=2)).replace(hour=12).isoformat()
    for _ in range(2):
        await keep(alice, due=day)

    that_day = await alice.ask("POST", STATUSES, json={"status": "x", "scheduled_at": day})
    await keep(alice, due=at(days=5))
    any_day = await alice.ask("POST", STATUSES, json={"status": "x", "scheduled_at": at(days=9)})

    assert (that_day.status, any_day.status) == (422, 422)
    assert that_day.error.endswith("for that day")
    assert any_day.error.endswith("scheduled posts")


async def test_a_file_waits_with_its_post_and_goes_nowhere_else(house, alice):
    serve_files(house)
    media_id = (await uploaded(alice, encoded(picture(), "JPEG")))["id"]

    kept = await keep(alice, "", media_ids=[media_id])
    assert [one["id"] for one in kept["media_attachments"]] == [media_id]
    assert kept["params"]["media_ids"] == [media_id]
    for fields in ({"status": "x"}, {"status": "x", "scheduled_at": at(days=3)}):
        other = await alice.ask("POST", STATUSES, json=fields | {"media_ids": [media_id]})
        assert (other.status, "already attached" in other.error) == (422, True)
    await pass_time(house, hours=2)

    (written,) = await alice.get(f"/api/v1/accounts/{alice.id}/statuses")
    assert [one["id"] for one in written["media_attachments"]] == [media_id]


async def test_what_has_become_impossible_stays_with_its_reason(house, alice, bruno):
    parent = await bruno.say()
    kept = await keep(alice, "@bruno oui", in_reply_to_id=parent["id"])
    await bruno.delete(f"{STATUSES}/{parent['id']}")

    await pass_time(house, hours=2)

    (failed,) = await alice.get(SCHEDULED)
    assert failed["id"] == kept["id"]
    assert failed["consilium"]["failed_at"]
    assert failed["consilium"]["error"]
    assert await texts_of(alice) == []
    async with house.database.read() as session:
        waiting = await session.scalars(select(Job).where(col(Job.kind) == "publish scheduled"))
        assert list(waiting) == []


async def test_who_is_no_doctor_any_more_does_not_write_wider(house, alice, bruno):
    await keep(alice, "entre nous", visibility=None)
    async with house.database.transaction() as session:
        await session.execute(update(Badge).values(valid_until=now() - timedelta(days=1)))

    await pass_time(house, hours=2)

    (failed,) = await alice.get(SCHEDULED)
    assert failed["consilium"]["audience"] == "doctors"
    assert "doctors" in failed["consilium"]["error"]
    async with house.database.read() as session:
        assert list(await session.scalars(select(Post))) == []


async def test_who_is_suspended_posts_nothing(house, alice):
    await keep(alice)
    async with house.database.transaction() as session:
        await session.execute(update(User).values(suspended_at=now()))

    await pass_time(house, hours=2)

    async with house.database.read() as session:
        assert list(await session.scalars(select(Post))) == []
        assert (await session.scalar(select(ScheduledPost))).failed_at is not None
