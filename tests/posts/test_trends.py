"""Trends: from public posts of people who want to be discovered, by how many people talk."""

from __future__ import annotations

from datetime import timedelta

import pytest

from actors.blocks import save_mute
from core import clock
from core.clock import now
from core.ids import id_near
from factories import make_local_actor, make_peer, make_remote_actor
from moderation.models import PeerClass
from posts.cards import key_of
from posts.likes import save_like
from posts.models import LinkCard, Post, Visibility
from posts.save import delete_post, save_post
from posts.trends import (
    compute_trends,
    list_trending_links,
    list_trending_posts,
    list_trending_tags,
)
from posts.visibility import ANONYMOUS, viewer_of
from writing import write

PAGE = {"limit": 20, "offset": 0}
URL = "https://journal.example/a"
LINKED = f'<p><a href="{URL}">a</a></p>'


@pytest.fixture
def people(database):
    """Make doctors here who want to be discovered and found."""

    async def make(count=3, **values):
        async with database.transaction() as session:
            made = []
            for number in range(count):
                actor = await make_local_actor(session, f"p{number}", doctor=True)
                actor.discoverable = actor.indexable = True
                for name, value in values.items():
                    setattr(actor, name, value)
                made.append(actor)
            return made

    return make


@pytest.fixture
def say(database):
    async def say(author, *arguments, **options):
        async with database.transaction() as session:
            return await write(session, author, *arguments, **options)

    return say


@pytest.fixture
def like(database):
    async def like(post, *actors):
        async with database.transaction() as session:
            for actor in actors:
                await save_like(session, actor, post, f"{actor.uri}#{post.id}")

    return like


async def tags(database):
    await compute_trends(database)
    async with database.read() as session:
        return await list_trending_tags(session, **PAGE)


async def posts(database, viewer=ANONYMOUS):
    async with database.read() as session:
        found = await list_trending_posts(session, viewer, **PAGE)
        return [post.id for post in found]


async def test_a_hashtag_trends_by_how_many_people_use_it(database, people, say):
    first, second, third = await people()
    for author in (first, second, third):
        await say(author, tags=["ecg"])
    for author in (first, second):
        await say(author, tags=["Vaccin"])
    for _ in range(9):
        await say(first, tags=["alone"])

    assert await tags(database) == ["ecg", "vaccin"]


async def said_before(database, author, tag, *, days):
    written = now() - timedelta(days=days)
    post = Post(
        id=id_near(written), uri=f"{author.uri}/{tag}", author_id=author.id, content="x",
        visibility=Visibility.PUBLIC, created_at=written,
    )  # fmt: skip
    async with database.transaction() as session:
        await save_post(session, post, author=author, tags=[tag])


async def test_what_was_said_days_ago_counts_less_and_then_nothing(database, people, say):
    authors = await people(4)
    for days, tag, how_many in ((3, "old", 4), (8, "past", 4), (0, "new", 2)):
        for author in authors[:how_many]:
            await said_before(database, author, tag, days=days)

    assert await tags(database) == ["new", "old"]
    clock.shift(timedelta(days=7))
    assert await tags(database) == []


@pytest.mark.parametrize(
    "why", ["doctors", "unlisted", "clinical", "undiscovered", "suspended", "deleted"]
)
async def test_H07_what_is_not_public_or_of_people_not_to_be_shown_never_trends(
    database, people, say, like, why
):
    values = {"undiscovered": {"discoverable": False}, "suspended": {"suspended_at": now()}}
    authors = await people(3, **values.get(why, {}))
    audience = {"doctors": Visibility.DOCTORS, "unlisted": Visibility.UNLISTED}
    for author in authors:
        post = await say(
            author, audience.get(why, Visibility.PUBLIC), tags=["ecg"], content=LINKED,
            clinical=why == "clinical",
        )  # fmt: skip
        await like(post, *authors)
        if why == "deleted":
            async with database.transaction() as session:
                await delete_post(session, await session.merge(post))
    await fetched(database)

    assert await tags(database) == []
    assert await posts(database) == []
    async with database.read() as session:
        assert await list_trending_links(session, **PAGE) == []


@pytest.mark.parametrize(
    ("decision", "trends"),
    [
        ({}, True),
        ({"peer_class": PeerClass.SOCIAL}, True),
        ({"peer_class": PeerClass.BLOCKED}, False),
        ({"forces_warning": True}, False),
        ({"rejects_media": True}, False),
        ({"holds": True}, False),
    ],
)
async def test_restricted_hosts_make_no_trends(database, say, decision, trends):
    async with database.transaction() as session:
        await make_peer(session, **decision)
        authors = [await make_remote_actor(session, f"r{number}") for number in range(2)]
        for author in authors:
            author.discoverable = True
    for author in authors:
        await say(author, tags=["ecg"])

    assert await tags(database) == (["ecg"] if trends else [])


async def test_posts_trend_by_approval_and_not_for_who_does_not_want_them(
    database, people, say, like
):
    first, second, third = await people()
    loved = await say(first)
    liked = await say(second)
    for post in (await say(first, sensitive=True), await say(first, content_warning="x"),
                 await say(first, answers=loved)):  # fmt: skip
        await like(post, first, second, third)
    await like(await say(third), second)
    await like(loved, first, second, third)
    await like(liked, first, second)
    await compute_trends(database)

    assert await posts(database) == [loved.id, liked.id]
    async with database.transaction() as session:
        await save_mute(session, third, first)
        viewer = await viewer_of(session, third.id)
    assert await posts(database, viewer) == [liked.id]
    async with database.transaction() as session:
        await delete_post(session, await session.merge(liked))
        (await session.merge(first)).indexable = False
    # At once, before the next time that trends are computed.
    assert await posts(database) == []


async def fetched(database):
    async with database.transaction() as session:
        await session.merge(LinkCard(key=key_of(URL), url=URL, title="A", fetched_at=now()))


async def test_links_trend_once_their_preview_is_here(database, people, say):
    authors = await people(2)
    for author in authors:
        await say(author, content=LINKED)
        await say(author, content=LINKED)
    await compute_trends(database)

    async with database.read() as session:
        assert await list_trending_links(session, **PAGE) == []
    await fetched(database)
    async with database.read() as session:
        (link,) = await list_trending_links(session, **PAGE)

    assert (link.card.url, len(link.days)) == (URL, 7)
    assert (link.days[0].uses, link.days[0].people) == (4, 2)
    assert [day.uses for day in link.days[1:]] == [0] * 6


async def test_trends_are_computed_anew_each_time(database, people, say):
    authors = await people(2)
    said = [await say(author, tags=["ecg"]) for author in authors]
    assert await tags(database) == ["ecg"]

    async with database.transaction() as session:
        await delete_post(session, await session.merge(said[0]))

    assert await tags(database) == []
