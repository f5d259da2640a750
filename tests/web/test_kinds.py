"""Every kind of post on a page: polls with a form, quotes in a card, events, films, files."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

import pytest_asyncio

from actors.blocks import save_block
from core.clock import now
from factories import make_remote_actor
from federation.documents.question import OptionDocument, PollDocument
from posts.models import Post, PostTag
from posts.polls import find_poll, save_poll


def path_of(actor, post):
    return f"/@{actor.username}/{post.id}"


@pytest_asyncio.fixture
async def ask(database, say):
    """`await ask(alice, is_multiple=True)`: a post with a poll of two options."""

    async def write(author, *, ends_in=timedelta(days=1), counts=(3, 1), **values) -> Post:
        post = await say(author, kind="Question")
        options = tuple(map(OptionDocument, ("Oui <1>", "Non"), counts))
        poll = PollDocument(options, ends_at=now() + ends_in, voters_count=4, **values)
        async with database.transaction() as session:
            await save_poll(session, await session.get_one(Post, post.id), poll)
        return post

    return write


async def test_a_stranger_sees_the_numbers_of_a_poll(stranger, alice, ask):
    post = await ask(alice)

    page = await stranger.get(path_of(alice, post))

    assert "Oui &lt;1&gt;" in page.html
    assert "75% · 3 votes" in page.text
    assert "4 people voted" in page.text
    assert "votes" not in "".join(page.forms)


async def test_a_reader_votes_with_a_form_and_then_sees_the_numbers(
    reader, alice, ask, database
):
    post = await ask(alice)
    path = path_of(alice, post)
    form = (await reader.get(path)).forms[f"{path}/votes"]

    answer = await reader.post(f"{path}/votes", form | {"choice": "1"})
    page = await reader.get(path)

    assert (answer.status, answer.location) == (303, path)
    assert f"{path}/votes" not in page.forms
    assert "your choice" in page.text
    async with database.read() as session:
        assert (await find_poll(session, post.id)).votes_count == 1


async def test_of_several_choices_each_has_a_box(reader, alice, ask, database):
    post = await ask(alice, is_multiple=True)
    path = path_of(alice, post)
    page = await reader.get(path)
    form = page.forms[f"{path}/votes"] | {"choice-0": "on", "choice-1": "on"}

    await reader.post(f"{path}/votes", form)

    assert page.html.count('type="checkbox"') == 2
    async with database.read() as session:
        assert (await find_poll(session, post.id)).votes_count == 2


async def test_a_vote_without_a_choice_changes_nothing(reader, alice, ask):
    post = await ask(alice)
    path = path_of(alice, post)
    form = (await reader.get(path)).forms[f"{path}/votes"]

    for choice in ({}, {"choice": "9"}, {"choice": "x"}):
        assert (await reader.post(f"{path}/votes", form | choice)).location == path
    assert f"{path}/votes" in (await reader.get(path)).forms


async def test_H20_a_vote_needs_the_form_of_this_session(reader, stranger, alice, ask):
    path = path_of(alice, await ask(alice))
    form = (await reader.get(path)).forms[f"{path}/votes"] | {"choice": "0"}

    foreign = await reader.post(f"{path}/votes", {"choice": "0"})
    late = await stranger.post(f"{path}/votes", form)

    assert foreign.status == 403
    assert (late.status, late.location) == (303, f"/auth/sign-in?{urlencode({'next': path})}")
    assert f"{path}/votes" in (await reader.get(path)).forms


async def test_a_poll_that_is_over_takes_no_vote(reader, alice, ask):
    post = await ask(alice, ends_in=-timedelta(minutes=1))

    page = await reader.get(path_of(alice, post))

    assert "the poll is over" in page.text
    assert not [action for action in page.forms if action.endswith("/votes")]


async def test_hidden_numbers_are_hidden(stranger, alice, ask):
    post = await ask(alice, counts=(None, None))

    page = await stranger.get(path_of(alice, post))

    assert "the numbers are shown when it is over" in page.text
    assert "%" not in page.text


async def test_a_quote_is_a_card_and_what_it_quotes_is_a_link(stranger, alice, say):
    first = await say(alice, "<p>le premier</p>")
    quoting = {"quote_state": "accepted"}
    second = await say(
        alice, "<p>le deuxième</p>", quote_uri=first.uri, quote_of_id=first.id, **quoting
    )
    third = await say(
        alice, "<p>le dernier</p>", quote_uri=second.uri, quote_of_id=second.id, **quoting
    )

    page = await stranger.get(path_of(alice, third))

    assert "le dernier" in page.text and "le deuxième" in page.text
    assert "le premier" not in page.text
    assert "It quotes another post" in page.text
    assert f'href="{path_of(alice, second)}"' in page.html


async def test_a_quote_that_is_not_shown_says_so(stranger, alice, say):
    post = await say(alice, quote_uri="https://b.example/1")

    assert "its author has not agreed" in (await stranger.get(path_of(alice, post))).text


async def test_a_quote_of_somebody_whom_the_reader_blocks_says_so(
    reader, alice, carol, say, database
):
    async with database.transaction() as session:
        bruno = await make_remote_actor(session, "bruno", host="b.example")
        await save_block(session, carol, bruno, uri="http://a.localhost:8001/block")
    quoted = await say(bruno, "<p>de Bruno</p>")
    post = await say(alice, quote_uri=quoted.uri, quote_of_id=quoted.id, quote_state="accepted")

    page = await reader.get(path_of(alice, post))

    assert "somebody whom you have blocked" in page.text
    assert "de Bruno" not in page.text


async def test_an_event_tells_when_and_where(stranger, alice, say):
    details = {
        "starts_at": "2026-11-22T18:00:00Z",
        "ends_at": "2026-11-22T19:00:00Z",
        "place": "Amphi <2>",
        "online_url": "https://visio.example/x",
        "join_mode": "restricted",
    }
    post = await say(alice, kind="Event", title="Staff", details=details)

    page = await stranger.get(path_of(alice, post))

    assert "Begins 22 November 2026, 18:00 UTC" in page.text
    assert "Amphi &lt;2&gt;" in page.html
    assert 'href="https://visio.example/x" rel="nofollow noopener noreferrer"' in page.html
    assert "on approval by the organiser" in page.text


async def test_files_of_a_host_that_is_not_asked_are_links_and_pictures_are_not(
    stranger, alice, say
):
    rows = [
        {"url": f"https://b.example/{n}", "media_type": kind, "description": kind}
        for n, kind in enumerate(["video/mp4", "audio/ogg", "application/pdf", "image/png"])
    ]
    rows.append({"url": "javascript:alert(1)", "media_type": "video/mp4"})
    post = await say(alice, attachments=rows)

    page = await stranger.get(path_of(alice, post))

    assert "Film · video/mp4 · Open at b.example" in page.text
    assert [n for n in range(4) if f'href="https://b.example/{n}"' in page.html] == [0, 1, 2]
    assert "javascript:" not in page.html


async def test_the_language_is_told_and_tags_that_stand_nowhere_are_listed(
    stranger, alice, say, database
):
    post = await say(alice, "<p>#QT</p>", language="fr", title="Titre", content_warning="ECG")
    async with database.transaction() as session:
        for name in ("QT", "Fa"):
            session.add(PostTag(tag=name.lower(), name=name, post_id=post.id))

    page = await stranger.get(path_of(alice, post))

    assert page.html.count('lang="fr"') >= 3
    assert '<a href="/tags/Fa" rel="tag">#Fa</a>' in page.html
    assert "/tags/QT" not in page.html
