"""Posts for later: listed, moved, taken back, dropped."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from core.clock import now
from filling import file_part, filled
from media.models import Media
from pictures import encoded, picture
from posts.models import Post, ScheduledPost


def in_days(days):
    return (now() + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M")


@pytest.fixture
def rows(database):
    async def find(kind):
        async with database.read() as session:
            return list(await session.scalars(select(kind)))

    return find


@pytest.fixture
async def waiting(doctor, rows):
    """A post of the doctor's with a file, for the day after tomorrow; returns where it is."""
    page = await doctor.get("/compose")
    png = {"file": file_part(encoded(picture(), "PNG"))}
    form = filled(page, text="Plus tard", warning="W", due=in_days(2), audience="public")
    page = await doctor.post("/compose/files", form, files=png)
    sent = await doctor.post("/compose", filled(page), files={})
    assert sent.location == "/scheduled"
    (row,) = await rows(ScheduledPost)
    return f"/scheduled/{row.id}"


async def act(browser, path, **values):
    page = await browser.get("/scheduled")
    return await browser.post(path, page.forms[path] | values)


async def test_what_waits_is_listed_with_its_moment_and_readers(doctor, waiting):
    page = await doctor.get("/scheduled")

    assert page.forms[waiting]["due"] == in_days(2)
    for words in ("Plus tard", "W", "Everybody", "1 file", "UTC"):
        assert words in page.text


async def test_a_list_of_nothing_says_how_one_begins(doctor):
    assert "Nothing waits" in (await doctor.get("/scheduled")).text


async def test_a_post_is_moved_to_another_moment(doctor, waiting, rows):
    sent = await act(doctor, waiting, act="move", due=in_days(3))

    (row,) = await rows(ScheduledPost)
    assert sent.location == "/scheduled"
    assert timedelta(days=2.9) < row.due_at - now() < timedelta(days=3.1)


@pytest.mark.parametrize(
    ("due", "said"),
    [
        ("2020-01-01T10:00", "too near"),
        ("x", "no moment"),
        ("2099-01-01T10:00", "more than a year"),
    ],
    ids=["past", "none", "far"],
)
async def test_a_moment_that_cannot_be_is_refused(doctor, waiting, rows, due, said):
    (before,) = await rows(ScheduledPost)
    page = await act(doctor, waiting, act="move", due=due)

    (after,) = await rows(ScheduledPost)
    assert page.status == 422
    assert said in page.text
    assert after.due_at == before.due_at


async def test_a_post_is_taken_back_into_the_composer_and_published(doctor, waiting, rows):
    page = await act(doctor, waiting, act="anew")
    form = page.forms["/compose"]
    assert await rows(ScheduledPost) == []
    assert "It is not published any more" in page.text
    assert (form["text"], form["warning"], form["audience"]) == ("Plus tard", "W", "public")

    sent = await doctor.post("/compose", filled(page), files={})

    (post,), (media,) = await rows(Post), await rows(Media)
    assert sent.location == f"/@alice/{post.id}"
    assert media.post_id == post.id


async def test_a_post_is_dropped(doctor, waiting, rows):
    sent = await act(doctor, waiting, act="drop")

    assert sent.location == "/scheduled"
    assert (await rows(ScheduledPost), await rows(Post)) == ([], [])


async def test_what_could_not_be_published_says_why(doctor, waiting, database):
    async with database.transaction() as session:
        row = (await session.scalars(select(ScheduledPost))).one()
        row.failed_at = now()
        row.error = "What it answers, or quotes, is not there any more"

    page = await doctor.get("/scheduled")

    assert "It could not be published at its moment." in page.text
    assert "What it answers or quotes is not there any more" in page.text


async def test_H12_anothers_post_is_not_there(doctor, reader, waiting, rows):
    token = (await reader.get("/compose")).forms["/compose"]["csrf_token"]
    for values in ({"act": "drop"}, {"act": "anew"}, {"act": "move", "due": in_days(3)}):
        sent = await reader.post(waiting, {"csrf_token": token} | values)
        assert sent.status == 404
    assert "Plus tard" not in (await reader.get("/scheduled")).text
    assert len(await rows(ScheduledPost)) == 1


async def test_H20_a_form_of_another_page_drops_nothing(doctor, stranger, waiting, rows):
    assert (await doctor.post(waiting, {"act": "drop", "csrf_token": "x"})).status == 403
    assert (await stranger.post(waiting, {"act": "drop"})).location == "/auth/sign-in"
    assert (await stranger.get("/scheduled")).location.startswith("/auth/sign-in")
    assert len(await rows(ScheduledPost)) == 1
