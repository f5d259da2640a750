"""The preview of what a post links to, as clients get it: a text, a picture, nothing to embed."""

from __future__ import annotations

import pytest

from core.clock import now
from posts.cards import key_of
from posts.models import LinkCard

PAGE = "https://press.example/page"


@pytest.fixture
def linked(house):
    """Let a page be known, with what it says of itself."""

    async def save(**values) -> None:
        async with house.database.transaction() as session:
            session.add(LinkCard(key=key_of(PAGE), url=PAGE, **values))

    return save


async def test_a_post_shows_what_it_links_to(house, alice, linked):
    await linked(
        title="QT <b>long</b>", description="…", author_name="A. Martin", language="fr",
        image_url="https://press.example/1.png", published_at=now(), fetched_at=now(),
    )  # fmt: skip

    posted = await alice.say(f"A lire : {PAGE}")

    card = posted["card"]
    assert (card["url"], card["title"], card["type"]) == (PAGE, "QT <b>long</b>", "link")
    assert (card["provider_name"], card["html"]) == ("press.example", "")
    assert card["image"].startswith("http://a.localhost:8001/media/proxy/")
    assert [author["name"] for author in card["authors"]] == ["A. Martin"]


async def test_a_page_that_is_not_here_yet_is_no_preview(house, alice, linked):
    await linked()

    posted = await alice.say(f"A lire : {PAGE}")

    assert posted["card"] is None


async def test_g17_a_post_for_some_has_none(house, alice, linked):
    await linked(title="QT long", fetched_at=now())

    posted = await alice.say(f"A lire : {PAGE}", visibility="private")

    assert posted["card"] is None
