"""What programs that nobody signed in read: Open Graph and oEmbed, of public posts only."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from core.settings import PublicPages

BASE = "http://a.localhost:8001"


def embed(author, post):
    return f"/oembed?url={quote(f'{BASE}/@{author.username}/{post.id}', safe='')}"


async def test_a_public_post_is_described(stranger, alice, say):
    post = await say(alice, "<p>Un <b>QT</b> long &amp; court</p>")

    html = (await stranger.get(f"/@alice/{post.id}")).html
    said = json.loads((await stranger.get(embed(alice, post))).html)

    assert '<meta property="og:description" content="Un QT long &amp; court">' in html
    assert f'<meta property="og:url" content="{BASE}/@alice/{post.id}">' in html
    assert (said["version"], said["type"]) == ("1.0", "link")
    assert (said["author_name"], said["author_url"]) == ("Dr Alice", f"{BASE}/@alice")


@pytest.mark.parametrize("visibility", ["unlisted", "doctors", "followers", "mentioned", "local"])
async def test_what_is_not_for_everybody_is_described_to_nobody(
    stranger, doctor, alice, say, visibility
):
    post = await say(alice, "<p>Entre nous</p>", visibility)

    assert "og:description" not in (await doctor.get(f"/@alice/{post.id}")).html
    for browser in (stranger, doctor):
        answer = await browser.get(embed(alice, post))
        assert answer.status == 404
        assert "Entre nous" not in answer.html


async def test_what_stands_behind_a_warning_stays_there(stranger, alice, say):
    post = await say(alice, "<p>Le contenu</p>", content_warning="Image opératoire")

    head = (await stranger.get(f"/@alice/{post.id}")).html.partition("</head>")[0]

    assert 'content="Image opératoire"' in head
    assert "Le contenu" not in head


@pytest.mark.parametrize(
    "url",
    ["", "https://evil.example/@alice/1", f"{BASE}/@alice", f"{BASE}/@alice/x", f"{BASE}/a/1/2"],
)
async def test_an_address_that_is_none_of_a_post_is_not_found(stranger, url):
    assert (await stranger.get(f"/oembed?url={quote(url, safe='')}")).status == 404


async def test_only_json_is_spoken(stranger, alice, say):
    post = await say(alice)

    assert (await stranger.get(f"{embed(alice, post)}&format=xml")).status == 501


class TestWhereStrangersReadNoPosts:
    @pytest.fixture
    def shown(self):
        return PublicPages.PROFILES

    async def test_nothing_is_described(self, stranger, doctor, alice, say):
        post = await say(alice)

        assert (await stranger.get(embed(alice, post))).status == 404
        assert "og:" not in (await doctor.get(f"/@alice/{post.id}")).html
