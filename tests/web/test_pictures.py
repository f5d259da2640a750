"""Portraits, files and custom emojis on pages: all from here, each with its words."""

from __future__ import annotations

import re

import pytest
import pytest_asyncio

import factories
from actors.models import Actor
from core.clock import now
from moderation.models import PeerClass
from posts.cards import key_of
from posts.models import LinkCard

HOST = "b.localhost:8002"
THERE = f"http://{HOST}"
OURS = "0" * 40


@pytest_asyncio.fixture
async def bob(database):
    """Somebody of a peer, with pictures."""
    async with database.transaction() as session:
        await factories.make_peer(session, HOST, peer_class=PeerClass.SOCIAL)
        bob = await factories.make_remote_actor(
            session, "bob", host=HOST, avatar=f"{THERE}/a.png", header=f"{THERE}/h.png",
            emojis=[{"name": "blob", "url": f"{THERE}/blob.png"}],
        )  # fmt: skip
        bob.name, bob.summary = "Bob :blob: & co", "<p>:blob: :none:</p>"
    return bob


def path_of(actor, post):
    handle = actor.username if actor.is_local else actor.handle
    return f"/@{handle}/{post.id}"


def sources(page):
    return re.findall(r'(?:src|poster)="([^"]*)"', content_of(page))


def content_of(page):
    """Return what stands in the column of reading, without what is beside it."""
    return page.html.partition("<main")[2].partition("</main>")[0]


def file(kind, number=1, **values):
    return {"url": f"{THERE}/{number}", "media_type": kind, "description": ""} | values


async def test_a_person_has_a_portrait_and_letters_behind_it(reader, bob):
    page = await reader.get(f"/@bob@{HOST}")

    header, portrait, *emojis = sources(page)
    assert all(path.startswith("/media/proxy/") for path in (header, portrait, *emojis))
    assert len(emojis) == 2
    assert '<span>BC</span><img src="' in page.html
    assert 'Bob <img class="emoji"' in page.html and "&amp; co" in page.html
    assert 'alt=":blob:"' in page.html
    assert ":none:" in page.text


async def test_a_portrait_of_ours_is_where_it_is(database, stranger, alice, say):
    async with database.transaction() as session:
        kept = await session.get_one(Actor, alice.id)
        kept.avatar_url = f"http://a.localhost:8001/media/{OURS}.png"
    post = await say(alice)

    page = await stranger.get(path_of(alice, post))

    assert sources(page) == [f"/media/{OURS}.png"]


async def test_files_are_shown_with_their_words(reader, bob, say):
    post = await say(
        bob,
        attachments=[
            file("image/png", description='Un "tracé" <1>', width=640, height=480),
            file("image/png", 2),
            file("video/mp4", 3, description="Ablation"),
            file("audio/ogg", 4),
            file("application/pdf", 5, description="Protocole"),
        ],
    )

    page = await reader.get(path_of(bob, post))

    assert 'alt="Un &#34;tracé&#34; &lt;1&gt;" width="640" height="480"' in page.html
    assert 'alt="a picture without description"' in page.html
    assert page.html.count("<video ") == page.html.count("<audio ") == 1
    assert 'aria-label="Ablation"' in page.html and "autoplay" not in page.html
    assert f'href="{THERE}/5" rel="nofollow noopener noreferrer"' in page.html
    assert "File · Protocole · Open at" in page.text
    # The portrait of the author, the emoji in the name, and four files.
    assert len(sources(page)) == 6
    assert all(path.startswith("/media/proxy/") for path in sources(page))


async def test_files_of_ours_are_named_by_their_place(stranger, alice, say):
    row = {"media_id": 1, "kind": "gifv", "key": f"{OURS}.mp4", "preview_key": f"{OURS}.jpg",
           "media_type": "video/mp4", "description": "", "width": 10, "height": 20}  # fmt: skip
    post = await say(alice, attachments=[row])

    page = await stranger.get(path_of(alice, post))

    assert sources(page) == [f"/media/{OURS}.mp4", f"/media/{OURS}.jpg"]


async def test_what_is_not_for_everybody_is_named_for_this_reader(doctor, alice, say):
    row = {"media_id": 1, "kind": "image", "key": f"{OURS}.png", "preview_key": None,
           "media_type": "image/png", "description": ""}  # fmt: skip
    post = await say(alice, "<p>…</p>", "doctors", attachments=[row, file("image/png")])

    page = await doctor.get(path_of(alice, post))

    (ours,) = sources(page)
    assert re.fullmatch(rf"/media/{OURS}\.png\?e=\d+&amp;p={post.id}&amp;v={alice.id}&amp;s=\w+",
                        ours)  # fmt: skip


@pytest.mark.parametrize(("warning", "count"), [(None, 1), ("ECG", 1)])
async def test_sensitive_files_are_opened_by_hand(reader, bob, say, warning, count):
    post = await say(
        bob, sensitive=True, content_warning=warning, attachments=[file("image/png")]
    )

    page = await reader.get(path_of(bob, post))

    before = page.html.partition('<figure class="file')[0]
    assert before.count('<details class="warned">') - before.count("</details>") == count


async def test_emojis_stand_between_tags_and_nowhere_else(reader, bob, say):
    html = '<p>:a: <a href="https://x.example/:a:">:a::a:</a> :b: :&amp;:</p>'
    emojis = [{"name": "a", "url": f'{THERE}/"><script>'}]
    post = await say(bob, html, emojis=emojis, title=":a: <b>", content_warning=":a:")

    page = await reader.get(path_of(bob, post))

    # One more is in the name.
    assert content_of(page).count('class="emoji"') == 6
    assert 'href="https://x.example/:a:"' in page.html
    assert "&lt;b&gt;" in page.html and "<script>" not in page.html
    assert ":b: :&amp;:" in page.html


async def test_a_linked_page_shows_its_picture(database, reader, bob, say):
    url = f"{THERE}/page"
    async with database.transaction() as session:
        session.add(LinkCard(key=key_of(url), url=url, title="QT", image_url=f"{THERE}/c.png",
                             fetched_at=now()))  # fmt: skip
    post = await say(bob, f'<p><a href="{url}">x</a></p>')

    page = await reader.get(path_of(bob, post))

    assert sum("/media/proxy/" in path for path in sources(page)) == 3
    assert '<img class="page-picture" src="/media/proxy/' in page.html
