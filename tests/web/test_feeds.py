"""Feeds: what is for everybody, for programs that nobody signed in."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from actors.models import Actor
from core.settings import PublicPages

ATOM = "{http://www.w3.org/2005/Atom}"
ADDRESSES = ["/@alice.rss", "/@alice.atom", "/tags/ecg.rss", "/tags/ecg.atom"]


@pytest.mark.parametrize("address", ADDRESSES)
async def test_a_feed_holds_what_is_for_everybody_and_nothing_else(
    stranger, doctor, alice, say, address
):
    for visibility in ("public", "unlisted", "doctors", "followers", "mentioned", "local"):
        html = f'<p>{visibility} <a href="https://a.example/tags/ecg" rel="tag">#ecg</a></p>'
        await say(alice, html, visibility, tags=["ecg"])

    for browser in (stranger, doctor):
        feed = await browser.get(address)
        text = "".join(ElementTree.fromstring(feed.html).itertext())
        assert feed.status == 200
        assert "public" in text
        assert not [word for word in ("doctors", "followers", "mentioned", "local ", "unlisted")
                    if f">{word}" in text]  # fmt: skip


@pytest.mark.parametrize("address", ["/@alice.rss", "/@alice.atom"])
async def test_a_text_in_a_feed_is_a_text(stranger, alice, say, database, address):
    async with database.transaction() as session:
        (await session.get_one(Actor, alice.id)).name = "Dr <Alice> & \x0bco"
    await say(alice, "<p>1 &lt; 2 &amp; ]]&gt;\x0c <script>alert(1)</script></p>")

    feed = await stranger.get(address)

    root = ElementTree.fromstring(feed.html)
    assert "Dr <Alice> & co" in "".join(root.itertext())
    assert "<script" not in "".join(root.itertext())


async def test_a_warning_stands_before_what_it_warns_of(stranger, alice, say):
    picture = {"url": "https://b.example/1.png", "media_type": "image/png"}
    await say(
        alice, "<p>Le contenu</p>", content_warning="Image opératoire", attachments=[picture]
    )

    feed = await stranger.get("/@alice.atom")

    assert "Image opératoire" in feed.html
    assert "Le contenu" not in feed.html
    assert "enclosure" not in feed.html


async def test_a_feed_names_itself_its_page_and_its_posts(stranger, alice, say):
    post = await say(alice)

    root = ElementTree.fromstring((await stranger.get("/@alice.atom")).html)

    links = {link.get("rel"): link.get("href") for link in root.findall(f"{ATOM}link")}
    assert links["self"] == "http://a.localhost:8001/@alice.atom"
    assert links["alternate"] == "http://a.localhost:8001/@alice"
    assert root.find(f"{ATOM}entry/{ATOM}id").text == post.uri


async def test_a_person_elsewhere_or_nobody_has_no_feed(stranger, doctor):
    for address in ("/@nobody.rss", "/@alice@b.example.rss", "/@alice.json"):
        assert (await doctor.get(address)).status == 404


async def test_a_page_names_its_feeds(stranger, alice, say):
    await say(alice)

    assert 'type="application/atom+xml" href="/@alice.atom"' in (await stranger.get("/@alice")).html
    assert 'href="/tags/ecg.atom"' in (await stranger.get("/tags/ecg")).html


class TestWhereStrangersReadNoPosts:
    @pytest.fixture
    def shown(self):
        return PublicPages.PROFILES

    @pytest.mark.parametrize("address", ADDRESSES)
    async def test_there_is_no_feed(self, stranger, doctor, alice, address):
        assert (await stranger.get(address)).status == 404
        assert (await doctor.get(address)).status == 404
        assert "application/atom" not in (await stranger.get("/@alice")).html
