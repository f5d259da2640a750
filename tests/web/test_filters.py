"""Filters, made and changed by forms."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.clock import now
from moderation.filter_editing import list_filters

MADE = {"title": "Football", "words": "but\n penalty \n\nbut", "action": "hide",
        "ends": "week", "in-home": "yes", "in-thread": "yes"}  # fmt: skip


@pytest.fixture
def filters(database, alice):
    async def ask():
        async with database.read() as session:
            return await list_filters(session, alice.id)

    return ask


@pytest.fixture
def make(doctor):
    async def send(**values):
        form = (await doctor.get("/filters")).forms["/filters"]
        return await doctor.post(
            "/filters", {"csrf_token": form["csrf_token"]} | MADE | values
        )

    return send


async def test_a_filter_is_made(make, filters):
    answer = await make(whole_word="yes")

    (whole,) = await filters()
    assert answer.location == "/filters"
    assert (whole.filter.title, whole.filter.action) == ("Football", "hide")
    assert set(whole.filter.contexts) == {"home", "thread"}
    assert [one.keyword for one in whole.keywords] == ["but", "penalty"]
    assert all(one.whole_word for one in whole.keywords)
    assert timedelta(days=6) < whole.filter.expires_at - now() <= timedelta(days=7)


async def test_a_filter_is_changed_and_keeps_its_end(make, filters, doctor):
    await make()
    (before,) = await filters()
    path = f"/filters/{before.filter.id}"
    form = (await doctor.get(path)).forms[path]
    assert form["words"] == "but\npenalty" and form["ends"] == "keep"

    await doctor.post(path, form | {"words": "penalty\ncorner", "title": "Foot"})

    (after,) = await filters()
    assert after.filter.title == "Foot"
    assert sorted(one.keyword for one in after.keywords) == ["corner", "penalty"]
    assert after.filter.expires_at == before.filter.expires_at


async def test_a_filter_is_deleted(make, filters, doctor):
    await make()
    (whole,) = await filters()
    path = f"/filters/{whole.filter.id}"

    await doctor.post(path, (await doctor.get(path)).forms[path] | {"act": "delete"})

    assert await filters() == []


@pytest.mark.parametrize(
    "wrong",
    [{"title": ""}, {"title": "x" * 300}, {"action": "burn"}, {"words": "x" * 600},
     {"words": "\n".join(map(str, range(201)))}],
)  # fmt: skip
async def test_what_is_wrong_is_said_and_kept(make, filters, wrong):
    page = await make(**wrong)

    assert page.status == 422
    assert "Nothing was saved" in page.text
    assert page.forms["/filters"]["words"] == wrong.get("words", MADE["words"]).strip("\n")
    assert await filters() == []


async def test_nobody_sees_or_changes_the_filter_of_another(make, filters, reader):
    await make()
    (whole,) = await filters()
    path = f"/filters/{whole.filter.id}"
    form = (await reader.get("/filters")).forms["/filters"]

    assert (await reader.get(path)).status == 404
    assert (await reader.post(path, form | {"act": "delete"})).status == 404
    assert (await reader.post(path, form | MADE)).status == 404
    assert len(await filters()) == 1
