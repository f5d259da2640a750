"""What the institution tells everybody here."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core import clock
from core.errors import InvalidInput, NotFound
from notifications.announcements import MAX_KINDS, delete_announcement, save_announcement

LIST = "/api/v1/announcements"
EMOJIS = "👍 👎 ❤️ 🎉 🙏 😀 🩺 💉 🧠".split()


@pytest.fixture
def announce(database):
    async def save(text="Maintenance dimanche", **values):
        async with database.transaction() as session:
            return await save_announcement(session, text, decided_by="tests", **values)

    return save


def reaction(announcement, name):
    return f"{LIST}/{announcement.id}/reactions/{name}"


async def test_an_announcement_is_shown_with_its_links(alice, announce):
    saved = await announce("Voir https://chu.example/plan\n\n#Maintenance <b>")

    shown = (await alice.get(LIST))[0]

    assert shown["id"] == str(saved.id)
    assert '<a href="https://chu.example/plan"' in shown["content"]
    assert "&lt;b&gt;" in shown["content"] and "<b>" not in shown["content"]
    assert [tag["name"] for tag in shown["tags"]] == ["maintenance"]
    assert (shown["read"], shown["all_day"], shown["starts_at"]) == (False, False, None)


async def test_announcements_come_oldest_first_until_they_are_over(alice, announce):
    await announce("one", ends_at=clock.now() + timedelta(hours=1))
    await announce("two", starts_at=clock.now() + timedelta(days=1))
    assert [one["content"] for one in await alice.get(LIST)] == ["<p>one</p>", "<p>two</p>"]

    clock.shift(timedelta(hours=1))

    assert [one["content"] for one in await alice.get(LIST)] == ["<p>two</p>"]


async def test_who_has_read_one_is_remembered(alice, bruno, announce):
    saved = await announce()

    for _ in range(2):
        assert await alice.post(f"{LIST}/{saved.id}/dismiss") == {}

    assert [one["read"] for one in await alice.get(LIST)] == [True]
    assert [one["read"] for one in await bruno.get(LIST)] == [False]


async def test_emojis_are_counted(alice, bruno, announce):
    saved = await announce()
    for person in (alice, alice, bruno):
        await person.put(reaction(saved, "👍"))
    await bruno.put(reaction(saved, "🎉"))

    seen = (await alice.get(LIST))[0]["reactions"]

    assert seen == [
        {"name": "👍", "count": 2, "me": True},
        {"name": "🎉", "count": 1, "me": False},
    ]


async def test_an_emoji_is_taken_back(alice, bruno, announce):
    saved = await announce()
    await alice.put(reaction(saved, "👍"))
    await alice.delete(reaction(saved, "👍"))

    assert (await alice.get(LIST))[0]["reactions"] == []
    assert (await bruno.ask("DELETE", reaction(saved, "👍"))).status == 404


@pytest.mark.parametrize("name", ["word", ":blobcat:", "👍👍", "x" * 500])
async def test_what_is_no_emoji_is_refused(alice, announce, name):
    saved = await announce()

    reply = await alice.ask("PUT", reaction(saved, name))

    assert reply.status == 422
    assert reply.error == "Validation failed: Name is not a recognized emoji"


async def test_one_announcement_takes_so_many_kinds_of_emoji(alice, bruno, announce):
    saved = await announce()
    for emoji in EMOJIS[:MAX_KINDS]:
        await alice.put(reaction(saved, emoji))

    one_more = await alice.ask("PUT", reaction(saved, EMOJIS[MAX_KINDS]))

    assert one_more.status == 422
    await bruno.put(reaction(saved, EMOJIS[0]))


async def test_what_is_over_or_never_was_is_not_found(alice, announce, database):
    over = await announce(ends_at=clock.now() + timedelta(minutes=1))
    removed = await announce()
    async with database.transaction() as session:
        await delete_announcement(session, removed.id, decided_by="tests")
    clock.shift(timedelta(minutes=1))

    for number in (over.id, removed.id, 115, "x", "9" * 30):
        assert (await alice.ask("POST", f"{LIST}/{number}/dismiss")).status == 404
        assert (await alice.ask("PUT", f"{LIST}/{number}/reactions/👍")).status == 404


async def test_an_announcement_is_taken_back_with_what_hangs_on_it(alice, announce, database):
    saved = await announce()
    await alice.put(reaction(saved, "👍"))
    await alice.post(f"{LIST}/{saved.id}/dismiss")

    async with database.transaction() as session:
        await delete_announcement(session, saved.id, decided_by="tests")

    assert await alice.get(LIST) == []
    async with database.transaction() as session:
        with pytest.raises(NotFound):
            await delete_announcement(session, saved.id, decided_by="tests")


@pytest.mark.parametrize("text", ["", "  \n", "x" * 5001])
async def test_no_text_and_too_much_of_it_are_refused(announce, text):
    with pytest.raises(InvalidInput):
        await announce(text)


async def test_what_ends_before_it_starts_is_refused(announce):
    moment = clock.now()

    with pytest.raises(InvalidInput):
        await announce(starts_at=moment, ends_at=moment - timedelta(seconds=1))


async def test_nobodys_year_is_counted(alice):
    assert (await alice.ask("GET", "/api/v1/annual_reports/2026")).status == 404
