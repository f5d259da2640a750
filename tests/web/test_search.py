"""Search: by words, by handle, by address; nobody finds what they may not see."""

from __future__ import annotations

from urllib.parse import quote

import pytest

import factories
from actors.models import Actor


def asking(words, **more):
    return f"/search?q={quote(words, safe='')}" + "".join(f"&{k}={v}" for k, v in more.items())


async def test_people_posts_and_hashtags_are_found(reader, database, alice, say):
    async with database.transaction() as session:
        (await session.get_one(Actor, alice.id)).indexable = True
    await say(alice, "<p>Syncope à l’effort</p>", tags=["syncope"])

    everything = await reader.get(asking("syncope"))
    people = await reader.get(asking("alice", kind="people"))

    assert "Syncope à l’effort" in everything.text
    assert 'href="/tags/syncope"' in everything.html
    assert "Dr Alice" in people.text
    assert f"/people/{alice.id}/follow" in people.acts


@pytest.mark.parametrize("kind", ["posts", "tags"])
async def test_nobody_finds_what_they_may_not_see(reader, doctor, alice, say, kind):
    await say(alice, "<p>Syncope entre nous</p>", "doctors", tags=["syncope"])

    theirs = await reader.get(asking("syncope", kind=kind))
    own = await doctor.get(asking("from:me syncope", kind="posts"))

    assert "Nothing that you may see" in theirs.text
    assert "Syncope entre nous" in own.text


async def test_an_address_leads_to_its_page(reader, database, alice, say):
    post = await say(alice)
    async with database.transaction() as session:
        bob = await factories.make_remote_actor(session, "bob", host="b.localhost:8002")

    assert (await reader.get(asking(post.uri))).location == f"/@alice/{post.id}"
    assert (await reader.get(asking(bob.uri))).location == f"/@{bob.handle}"
    assert "Nothing that you may see" in (await reader.get(asking("https://c.example/1"))).text


async def test_a_whole_handle_comes_first(reader, database):
    async with database.transaction() as session:
        bob = await factories.make_remote_actor(session, "bob", host="b.localhost:8002")

    page = await reader.get(asking(f"@{bob.handle}"))

    assert f"/people/{bob.id}/follow" in page.acts


async def test_without_words_it_says_what_one_may_type(reader):
    page = await reader.get("/search")

    assert "What one may type" in page.text
    assert (await reader.get(asking("x" * 3000))).status == 200


@pytest.mark.parametrize(
    "words", ['<script>"', "a' OR 1=1 --", "*)(uid=*", '"', "-", "from:", "%_"]
)
async def test_H26_what_is_typed_is_a_text(reader, words):
    page = await reader.get(asking(words))

    assert page.status == 200
    assert "<script>" not in page.html.partition("<body")[2]
    assert page.forms["/search"]["q"] == words.strip()


async def test_strangers_do_not_search(stranger):
    assert (await stranger.get(asking("x"))).location.startswith("/auth/sign-in")
