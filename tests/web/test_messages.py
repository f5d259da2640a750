"""Talks with named people, what one keeps, and what one agreed with: each for its reader alone."""

from __future__ import annotations

import pytest

from actors.models import Actor
from db.paging import Page
from outbox.like import send_like
from posts.bookmarks import save_bookmark
from posts.conversations import list_conversations, note_talk
from posts.models import Mention, Post
from posts.visibility import viewer_of


@pytest.fixture
def write_to(database, say):
    """Let somebody write to another: `await write_to(carol, alice, "<p>…</p>")`."""

    async def write(author, other, html="<p>Bonjour</p>"):
        post = await say(author, html, "mentioned")
        async with database.transaction() as session:
            post = await session.get_one(Post, post.id)
            session.add(Mention(post_id=post.id, actor_id=other.id))
            await session.flush()
            await note_talk(session, post)
        return post

    return write


async def talks_of(database, actor):
    async with database.read() as session:
        return await list_conversations(session, await viewer_of(session, actor.id), Page())


async def test_a_talk_is_listed_opened_and_read(doctor, database, alice, carol, write_to):
    post = await write_to(carol, alice, "<p>Un avis ?</p>")
    page = await doctor.get("/messages")
    ((row, _),) = await talks_of(database, alice)
    assert "Carol" in page.text and "Un avis ?" in page.text and "New:" in page.text

    opened = await doctor.get(f"/messages/{row.id}")

    assert opened.location == f"/@carol/{post.id}"
    assert "New:" not in (await doctor.get("/messages")).text


@pytest.mark.parametrize("act", ["unread", "forget"])
async def test_a_talk_is_kept_for_later_or_taken_from_the_list(
    doctor, database, alice, carol, write_to, act
):
    await write_to(carol, alice)
    ((row, _),) = await talks_of(database, alice)
    path = f"/messages/{row.id}"
    form = (await doctor.get("/messages")).forms[path]

    await doctor.post(path, form | {"act": act})

    text = (await doctor.get("/messages")).text
    assert ("No talk yet" in text) is (act == "forget")
    assert ("New:" in text) is (act == "unread")


async def test_a_talk_is_for_those_who_take_part(
    reader, doctor, stranger, database, alice, carol, write_to
):
    await write_to(alice, alice, "<p>À moi-même</p>")
    ((row, _),) = await talks_of(database, alice)
    form = (await reader.get("/me")).forms["#act"]

    assert "À moi-même" not in (await reader.get("/messages")).text
    assert (await reader.get(f"/messages/{row.id}")).status == 404
    assert (await reader.post(f"/messages/{row.id}", form | {"act": "forget"})).status == 404
    assert (await stranger.get("/messages")).location.startswith("/auth/sign-in")
    assert (await doctor.post(f"/messages/{row.id}", {"act": "forget"})).status == 403
    assert "À moi-même" in (await doctor.get("/messages")).text


async def test_what_is_kept_and_agreed_with_is_listed(reader, database, alice, carol, say):
    kept, liked = await say(alice, "<p>À garder</p>"), await say(alice, "<p>D’accord</p>")
    async with database.transaction() as session:
        me = await session.get_one(Actor, carol.id)
        await save_bookmark(session, carol.id, kept.id)
        await send_like(session, me, await session.get_one(Post, liked.id))

    bookmarks, favourites = await reader.get("/bookmarks"), await reader.get("/favourites")

    assert "À garder" in bookmarks.text and "D’accord" not in bookmarks.text
    assert "D’accord" in favourites.text and "À garder" not in favourites.text


@pytest.mark.parametrize("path", ["/bookmarks", "/favourites"])
async def test_a_list_of_ones_own_is_for_members_and_teaches_when_empty(stranger, doctor, path):
    assert (await stranger.get(path)).location == f"/auth/sign-in?next=%2F{path[1:]}"
    assert "Nothing" in (await doctor.get(path)).text
