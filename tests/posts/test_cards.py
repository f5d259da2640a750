"""Link previews: which link, for which posts, asked for once, and never by everybody at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
import pytest_asyncio
from sqlalchemy import func, select
from sqlmodel import col

from core import clock
from core.clock import now
from core.settings import FederationMode, Switch
from db.jobs import Job
from db.session import Database
from factories import make_local_actor, make_remote_actor
from posts import cards
from posts.cards import fetch_card, find_cards, find_link
from posts.models import LinkCard, Post, Visibility
from posts.save import delete_post, edit_post, mark_clinical
from workers.jobs import process_jobs
from writing import write

OURS = {"a.localhost:8001", "chu.example"}


def _a(url: str, **attributes: str) -> str:
    written = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return f'<a href="{url}"{written}>x</a>'


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("", None),
        ("<p>no link</p>", None),
        (_a("https://x.example/a?b=1&amp;c=2#d"), "https://x.example/a?b=1&c=2"),
        (_a("https://x.example/", rel="nofollow noopener noreferrer"), "https://x.example/"),
        (_a("https://b.example/@bob", **{"class": "u-url mention"}) + _a("https://x.example/1"),
         "https://x.example/1"),
        (_a("https://b.example/tags/x", **{"class": "mention hashtag"}, rel="tag nofollow"), None),
        (_a("https://b.example/tags/x", rel="tag nofollow noopener noreferrer"), None),
        (_a("https://a.localhost:8001/@alice/1"), None),
        (_a("http://a.localhost:8001/@alice/1") + _a("https://chu.example/x"), None),
        (_a("https://known.example/@carol"), None),
        ('<p class="quote-inline">RE: ' + _a("https://b.example/q") + "</p><p>"
         + _a("https://x.example/2") + "</p>", "https://x.example/2"),
        (_a("https://[bad") + _a("https://x.example/3"), "https://x.example/3"),
        ("<a>" * 50 + _a("https://x.example/4"), "https://x.example/4"),
    ],
)  # fmt: skip
def test_the_first_link_that_is_a_page(content, found):
    assert find_link(content, but_not={"https://known.example/@carol"}, hosts=OURS) == found


@pytest_asyncio.fixture
async def people(database, remote):
    """Somebody here, and somebody of the remote."""
    async with database.transaction() as session:
        alice = await make_local_actor(session, "alice")
        return alice, await make_remote_actor(session, "bob", host=remote.host)


async def _post(database, author, url, visibility=Visibility.PUBLIC, **values) -> Post:
    async with database.transaction() as session:
        content = f"<p>{_a(url)}</p>"
        return await write(session, author, visibility, content=content, **values)


async def _jobs(database) -> list[Job]:
    async with database.read() as session:
        named = select(Job).where(col(Job.kind) == "fetch card").order_by(col(Job.id))
        return list(await session.scalars(named))


async def _card(database, url: str) -> LinkCard | None:
    async with database.read() as session:
        return (await find_cards(session, [url])).get(url)


async def _work(database, client) -> None:
    clock.shift(timedelta(seconds=cards.WAIT_S))
    while await process_jobs(database, client):
        pass


@pytest.fixture
def page(remote):
    """A page of a peer."""
    text = "<title>QT long</title><meta name=description content='<b>Une revue</b>'>"
    remote.script("/page", body=text, content_type="text/html")
    return f"{remote.base_url}/page"


async def test_a_linked_page_is_fetched_once_whoever_links_to_it(
    database, client, remote, people, page
):
    for author in people * 2:
        post = await _post(database, author, page)
        assert post.card_url == page

    await _work(database, client)
    await _post(database, people[0], page)
    await _work(database, client)

    card = await _card(database, page)
    assert (card.title, card.description) == ("QT long", "<b>Une revue</b>")
    assert len(remote.gets("/page")) == 1
    assert await _jobs(database) == []


async def test_g17_those_who_got_it_from_elsewhere_do_not_ask_all_at_once(
    database, remote, people
):
    alice, bob = people
    for number in range(20):
        await _post(database, bob, f"{remote.base_url}/r{number}")
    waits = [(job.due_at - now()).total_seconds() for job in await _jobs(database)]
    for number in range(20):
        await _post(database, alice, f"{remote.base_url}/l{number}")
    ours = [(job.due_at - now()).total_seconds() for job in await _jobs(database)][20:]

    assert max(waits) <= cards.WAIT_S and max(waits) - min(waits) > cards.WAIT_S / 5
    assert max(ours) <= cards.WAIT_FOR_OURS_S


@pytest.mark.parametrize(
    "visibility",
    [Visibility.DOCTORS, Visibility.FOLLOWERS, Visibility.MENTIONED, Visibility.LOCAL],
)
async def test_g17_what_is_not_for_everybody_has_no_preview(database, people, page, visibility):
    post = await _post(database, people[0], page, visibility)

    assert post.card_url is None
    assert await _jobs(database) == []


async def test_what_is_clinical_has_no_preview(database, people, page):
    clinical = await _post(database, people[0], page, clinical=True)
    other = await _post(database, people[0], page)
    async with database.transaction() as session:
        found = await session.get_one(Post, other.id)
        await mark_clinical(session, found)

    assert clinical.card_url is None
    assert found.card_url is None


async def test_d35_a_host_that_nobody_listed_is_not_asked(database, client, people):
    post = await _post(database, people[0], "http://out.localhost:9/page")
    await _post(database, people[0], "http://out.localhost:9/page")

    assert post.card_url == "http://out.localhost:9/page"
    assert await _jobs(database) == []
    assert await _card(database, post.card_url) is None


async def test_among_everybody_any_host_is_asked(database, client, people):
    settings = database.settings.model_copy(update={"federation": FederationMode.OPEN})
    everywhere = Database(settings)

    await _post(everywhere, people[0], "https://press.example/page")

    assert len(await _jobs(database)) == 1
    await everywhere.close()


async def test_previews_can_be_switched_off(database, client, people, page):
    before = await _post(database, people[0], page)
    await _work(database, client)
    settings = database.settings.model_copy(update={"link_previews": Switch.OFF})
    without = Database(settings)

    post = await _post(without, people[0], page)

    assert post.card_url is None
    assert await _card(without, before.card_url) is None
    assert await _card(database, before.card_url) is not None
    await without.close()


async def test_a_page_that_fails_is_tried_again_tomorrow_and_three_times_in_all(
    database, client, remote, people
):
    remote.script("/gone", status=500)
    url = f"{remote.base_url}/gone"
    await _post(database, people[0], url)
    asked = []

    for _ in range(5):
        await _work(database, client)
        await _work(database, client)
        asked.append(len(remote.gets("/gone")))
        clock.shift(cards.TRY_AGAIN_AFTER)
    await _post(database, people[0], url)
    await _work(database, client)
    await _post(database, people[0], url)
    await _work(database, client)

    assert asked == [1, 2, 3, 3, 3]
    assert len(remote.gets("/gone")) == 4
    assert await _card(database, url) is None


async def test_an_edit_takes_another_link_and_a_deletion_none(database, people, page):
    post = await _post(database, people[0], page)

    async with database.transaction() as session:
        kept = await session.get_one(Post, post.id)
        kept.content = f"<p>{_a(page + '2')}</p>"
        await edit_post(session, kept)
        edited = kept.card_url
        await delete_post(session, kept)

    assert edited == page + "2"
    assert kept.card_url is None


async def test_what_was_never_asked_for_is_left(database, client):
    await fetch_card(database, client, {"key": "nothing"})

    async with database.read() as session:
        assert await session.scalar(select(func.count()).select_from(LinkCard)) == 0


async def test_a_picture_is_named_only_if_its_host_is_asked_for_files(
    database, client, remote, people
):
    shown = {"/mine": f"{remote.base_url}/1.png", "/theirs": "https://cdn.example/1.png",
             "/broken": "https://[bad/1.png"}  # fmt: skip
    for path, picture in shown.items():
        text = f"<title>x</title><meta property=og:image content='{picture}'>"
        remote.script(path, body=text, content_type="text/html")
        await _post(database, people[0], remote.base_url + path)

    await _work(database, client)

    cards = [await _card(database, remote.base_url + path) for path in shown]
    assert [card.image_url for card in cards] == [shown["/mine"], None, None]


async def test_a_card_that_no_post_names_is_forgotten_after_a_month(
    database, client, people, page
):
    kept = await _post(database, people[0], page)
    gone = await _post(database, people[0], page + "2")
    await _work(database, client)
    async with database.transaction() as session:
        await delete_post(session, await session.get_one(Post, gone.id))
    counts = []

    for passed in (timedelta(days=29), timedelta(days=2)):
        clock.shift(passed)
        async with database.transaction() as session:
            counts.append(await cards.forget_cards(session, timedelta(days=30)))

    assert counts == [0, 1]
    async with database.read() as session:
        assert list(await session.scalars(select(LinkCard.url))) == [kept.card_url]
