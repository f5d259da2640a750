"""Lists: made, changed, filled, read and deleted."""

from __future__ import annotations

import pytest
import pytest_asyncio

from actors.follows import save_follow
from actors.lists import list_lists, list_members, make_list
from actors.models import Actor, RepliesPolicy
from posts.list_timelines import put_on_list
from posts.models import Post
from posts.timelines import fan_out


@pytest_asyncio.fixture
async def team(database, carol):
    """A list of Carol's, who reads."""
    async with database.transaction() as session:
        return await make_list(session, carol.id, "Garde de nuit")


@pytest_asyncio.fixture
async def followed(database, alice, carol):
    """Alice, whom Carol follows."""
    async with database.transaction() as session:
        await save_follow(session, carol, alice, uri=f"{carol.uri}#f", accepted=True)
    return alice


@pytest_asyncio.fixture
async def members(database):
    async def ask(found):
        async with database.read() as session:
            return [actor.username for _, actor in await list_members(session, found, None)]

    return ask


async def all_of(database, owner):
    async with database.read() as session:
        return await list_lists(session, owner.id)


async def test_a_list_is_made_and_leads_to_who_is_on_it(reader, carol, database):
    page = await reader.get("/lists")
    assert "Nobody learns that they are on it" in page.text

    answer = await reader.post("/lists", page.forms["/lists"] | {"title": " Cardiologie "})

    (made,) = await all_of(database, carol)
    assert answer.location == f"/lists/{made.id}/edit"
    assert made.title == "Cardiologie" and made.replies_policy is RepliesPolicy.LIST
    assert "Cardiologie" in (await reader.get("/lists")).text


@pytest.mark.parametrize("title", ["", "   ", "x" * 257])
async def test_a_list_needs_a_name(reader, carol, database, team, title):
    form = (await reader.get("/lists")).forms["/lists"]
    answer = await reader.post("/lists", form | {"title": title})
    assert answer.status == 422 and "The list was not made" in answer.text
    assert answer.forms["/lists"]["title"] == title

    edit = f"/lists/{team.id}/edit"
    form = (await reader.get(edit)).forms[edit] | {"exclusive": "yes"}
    answer = await reader.post(edit, form | {"title": title})

    assert answer.status == 422 and "Nothing was changed" in answer.text
    assert answer.forms[edit]["title"] == title and "exclusive" in answer.forms[edit]
    assert [one.title for one in await all_of(database, carol)] == ["Garde de nuit"]


async def test_what_a_list_shows_is_changed(reader, carol, database, team):
    edit = f"/lists/{team.id}/edit"
    page = await reader.get(edit)
    assert page.forms[edit]["replies"] == "list" and "exclusive" not in page.forms[edit]

    wanted = {"title": "Jour", "replies": "none", "exclusive": "yes"}
    answer = await reader.post(edit, page.forms[edit] | wanted)

    assert answer.location == f"/lists/{team.id}"
    (found,) = await all_of(database, carol)
    assert (found.title, found.replies_policy, found.exclusive) == (
        "Jour", RepliesPolicy.NONE, True,
    )  # fmt: skip
    again = (await reader.get(edit)).forms[edit]
    assert again["replies"] == "none" and again["exclusive"] == "yes"


async def test_an_unknown_wish_is_the_usual_one(reader, carol, database, team):
    edit = f"/lists/{team.id}/edit"
    form = (await reader.get(edit)).forms[edit]

    await reader.post(edit, form | {"replies": "everybody"})

    assert (await all_of(database, carol))[0].replies_policy is RepliesPolicy.LIST


async def test_one_finds_whom_one_follows_and_puts_them_on(reader, followed, team, members):
    edit = f"/lists/{team.id}/edit"
    page = await reader.get(f"{edit}?q=ali")
    add = f"/lists/{team.id}/people/{followed.id}/add"

    answer = await reader.act(add, page)
    assert answer.location == f"{edit}?q=ali"
    await reader.post(add, page.forms["#act"])

    assert await members(team) == ["alice"]
    page = await reader.get(f"{edit}?q=ali")
    assert "Nobody else whom you follow is called so." in page.text
    await reader.act(f"/lists/{team.id}/people/{followed.id}/remove", page)
    assert await members(team) == []


async def test_nobody_is_put_on_whom_one_does_not_follow(reader, alice, team, members):
    edit = f"/lists/{team.id}/edit"
    page = await reader.get(f"{edit}?q=ali")
    assert page.acts == set()

    form = page.forms["#act"]
    answer = await reader.post(f"/lists/{team.id}/people/{alice.id}/add", form)

    assert answer.status == 404 and await members(team) == []


async def test_a_list_shows_what_those_on_it_say(reader, followed, team, say, database):
    empty = await reader.get(f"/lists/{team.id}")
    assert "Nothing of those on this list yet." in empty.text
    async with database.transaction() as session:
        found = await session.merge(team)
        await put_on_list(session, found, [followed.id])
    post = await say(followed, "<p>Relève à huit heures</p>", "followers")
    async with database.transaction() as session:
        author = await session.get_one(Actor, followed.id)
        await fan_out(session, await session.get_one(Post, post.id), author)

    page = await reader.get(f"/lists/{team.id}")

    assert "Relève à huit heures" in page.text
    assert f'data-live="list:{team.id}"' in page.html


async def test_a_list_is_deleted(reader, carol, database, team):
    page = await reader.get(f"/lists/{team.id}/edit")
    delete = f"/lists/{team.id}/delete"

    answer = await reader.post(delete, page.forms[delete])

    assert answer.location == "/lists"
    assert await all_of(database, carol) == []


@pytest.mark.parametrize("path", ["", "/edit"])
async def test_others_lists_are_not_there(doctor, reader, team, path):
    assert (await reader.get(f"/lists/{team.id}{path}")).status == 200
    assert (await doctor.get(f"/lists/{team.id}{path}")).status == 404


@pytest.mark.parametrize("act", ["edit", "delete", "people/{}/add", "people/{}/remove"])
async def test_others_lists_are_not_changed(
    doctor, reader, alice, carol, team, database, act, members
):
    path = f"/lists/{team.id}/{act.format(alice.id)}"
    form = (await doctor.get("/lists")).forms["#act"]

    assert (await doctor.post(path, form | {"title": "Mien"})).status == 404
    assert [one.title for one in await all_of(database, carol)] == ["Garde de nuit"]
    assert await members(team) == []


@pytest.mark.parametrize("act", ["", "/edit", "/delete", "/people/{}/add"])
async def test_H20_each_form_carries_the_token_of_the_session(
    reader, stranger, followed, carol, team, database, members, act
):
    path = f"/lists/{team.id}{act.format(followed.id)}" if act else "/lists"

    assert (await reader.post(path, {"title": "Mien"})).status == 403
    answer = await stranger.post(path, {"next": "/lists"})

    assert answer.location == "/auth/sign-in?next=%2Flists"
    assert [one.title for one in await all_of(database, carol)] == ["Garde de nuit"]
    assert await members(team) == []


@pytest.mark.parametrize("path", ["/lists", "/lists/1", "/lists/1/edit"])
async def test_strangers_are_asked_to_sign_in(stranger, path):
    location = (await stranger.get(path)).location

    assert location == f"/auth/sign-in?next={path.replace('/', '%2F')}"
