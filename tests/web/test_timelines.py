"""Home and the other timelines: what they show, what is older, what has come since."""

from __future__ import annotations

import html
import json
import re
from contextlib import contextmanager

import pytest
import pytest_asyncio
from sqlalchemy import event

import factories
from actors.follows import save_follow
from actors.models import Actor
from actors.suggestions import list_suggestions
from core.settings import PublicPages
from federation.documents.question import OptionDocument, PollDocument
from moderation.models import Filter, FilterAction, FilterKeyword
from notifications.notify import notify_mention
from posts.likes import save_like
from posts.models import Post
from posts.polls import save_poll
from posts.timelines import fan_out
from writing import boost

PART = {"Consilium-Part": "1"}


@pytest_asyncio.fixture
async def told(database, say):
    """Save a post as it comes to homes and lists: `await told(author, "<p>…</p>")`."""

    async def tell(author, html="<p>Bonjour</p>", visibility="public", **values):
        post = await say(author, html, visibility, **values)
        async with database.transaction() as session:
            row = await session.get_one(Post, post.id)
            await fan_out(session, row, await session.get_one(Actor, author.id))
        return post

    return tell


@pytest_asyncio.fixture
async def followed(database, alice, carol):
    """Alice, whom Carol, who reads, follows."""
    async with database.transaction() as session:
        await save_follow(session, carol, alice, uri=f"{carol.uri}#f", accepted=True)
    return alice


@pytest_asyncio.fixture
async def filter_of(database, carol):
    async def make(keyword, action, *contexts):
        async with database.transaction() as session:
            kept = Filter(actor_id=carol.id, title="Chat", contexts=contexts, action=action)
            session.add(kept)
            await session.flush()
            session.add(FilterKeyword(filter_id=kept.id, keyword=keyword))

    return make


async def test_a_strangers_front_page_says_what_this_place_is(stranger):
    page = await stranger.get("/")

    assert "Doctors among themselves" in page.text
    assert "timeline" not in page.html


async def test_a_members_front_page_is_their_home(reader, followed, say, told):
    await told(followed, "<p>Pour celles qui suivent</p>", "followers")
    await say(followed, "<p>Non distribué</p>")

    page = await reader.get("/")

    assert "Pour celles qui suivent" in page.text and "Non distribué" not in page.text
    assert '<a href="/" aria-current="page">Home</a>' in page.html
    assert '<a class="prompt sheet" href="/compose">' in page.html


async def test_home_pages_go_back_and_a_part_has_posts_alone(reader, followed, told):
    posts = [await told(followed, f"<p>Post {number}.</p>") for number in range(23)]

    page = await reader.get("/")
    older = f"/?max_id={posts[3].id}"
    assert f'href="{older}" rel="next"' in page.html
    assert "Post 3." in page.text and "Post 2." not in page.text
    second, part = await reader.get(older), await reader.get(older, **PART)

    for answer in (second, part):
        assert [f"Post {n}." in answer.text for n in (3, 2, 0)] == [False, True, True]
        assert 'rel="next"' not in answer.html
    assert "<html" in second.html and "data-live" not in second.html
    assert part.html.startswith("<div data-newest=")
    assert "<html" not in part.html and part.html.count("<article") == 3


async def test_what_has_come_since_is_a_part_too(reader, followed, told):
    posts = [await told(followed, f"<p>Post {number}.</p>") for number in range(3)]

    part = await reader.get(f"/?min_id={posts[0].id}", **PART)
    nothing = await reader.get(f"/?min_id={posts[2].id}", **PART)

    assert f'data-newest="{posts[2].id}"' in part.html
    assert part.text.index("Post 2.") < part.text.index("Post 1.")
    assert "Post 0." not in part.text and "paging" not in part.html
    assert f'<div data-newest="{posts[2].id}"></div>' in nothing.html


@pytest.mark.parametrize("query", ["max_id=x", "min_id=-1", f"min_id={2**63}"])
async def test_a_place_that_is_none_is_not_found(reader, query):
    assert (await reader.get(f"/?{query}")).status == 404


async def test_the_page_says_where_it_listens_and_how_to_count(reader, followed, told):
    post = await told(followed)

    page = await reader.get("/")
    french = await reader.get("/?lang=fr")

    assert f'data-live="home" data-path="/" data-newest="{post.id}"' in page.html
    words = words_of(page)
    assert words["forms"][words["of"][1]] == "%(n)d new post"
    assert words["forms"][words["of"][2]] == "%(n)d new posts"
    assert len(words["of"]) == len(words_of(french)["of"]) == 100
    assert '<div class="news" role="status"></div>' in page.html


def words_of(page):
    return json.loads(html.unescape(re.search(r'data-words="([^"]*)"', page.html)[1]))


async def test_on_the_first_day_colleagues_are_named(doctor, alice, database):
    async with database.transaction() as session:
        dora = await factories.make_local_actor(session, "dora", doctor=True)
        dora.discoverable = True

    page = await doctor.get("/")
    assert "Here you read what those say whom you follow" in page.text
    assert "Colleagues you may know" in page.text
    assert "works where you work · has your speciality" in page.text
    await doctor.act(f"/people/{dora.id}/follow", page)

    assert "Colleagues you may know" not in (await doctor.get("/")).text


@pytest.mark.parametrize("headers", [{}, PART], ids=["page", "part"])
async def test_who_is_not_wanted_is_suggested_no_more(doctor, alice, database, headers):
    async with database.transaction() as session:
        dora = await factories.make_local_actor(session, "dora", doctor=True)
        dora.discoverable = True
    path = f"/suggestions/{dora.id}/dismiss"
    form = (await doctor.get("/")).forms["#act"]

    assert (await doctor.post(path, {})).status == 403
    answer = await doctor.post(path, form, **headers)

    assert answer.location == (None if headers else "/")
    async with database.read() as session:
        assert await list_suggestions(session, alice.id, limit=9) == []


async def test_the_doctors_timeline_is_for_doctors(doctor, reader, stranger, alice, say):
    await say(alice, "<p>Entre médecins</p>", "doctors")

    assert "Entre médecins" in (await doctor.get("/timelines/doctors")).text
    page = await reader.get("/timelines/doctors")
    assert "Entre médecins" not in page.text
    assert "opens to you once your institution has verified you" in page.text
    sign_in = (await stranger.get("/timelines/doctors")).location
    assert sign_in == "/auth/sign-in?next=%2Ftimelines%2Fdoctors"


async def test_this_house_and_all_houses(reader, alice, say, database):
    async with database.transaction() as session:
        bob = await factories.make_remote_actor(session)
    await say(alice, "<p>De la maison</p>")
    await say(alice, "<p>Pour nous seuls</p>", "local")
    await say(bob, "<p>De Bob</p>")

    local = (await reader.get("/timelines/local")).text
    everywhere = (await reader.get("/timelines/federated")).text

    assert [words in local for words in SAID] == [True, True, False]
    assert [words in everywhere for words in SAID] == [True, False, True]


SAID = ("De la maison", "Pour nous seuls", "De Bob")


async def test_strangers_read_public_timelines_and_are_told_nothing_live(stranger, alice, say):
    await say(alice, "<p>Pour toutes</p>")

    page = await stranger.get("/timelines/local")

    assert "Pour toutes" in page.text and "Everywhere" in page.text
    assert "Home" not in page.text and "data-live" not in page.html
    assert page.acts == set()


class TestWherePostsAreNotShown:
    @pytest.fixture
    def shown(self):
        return PublicPages.PROFILES

    @pytest.mark.parametrize("name", ["local", "federated"])
    async def test_strangers_are_asked_to_sign_in(self, stranger, name):
        answer = await stranger.get(f"/timelines/{name}")

        assert answer.location == f"/auth/sign-in?next=%2Ftimelines%2F{name}"


async def test_a_hashtag_is_followed_and_followed_no_more(reader, alice, say):
    await say(alice, "<p>#ECG</p>", tags=["ecg"])
    page = await reader.get("/tags/ECG")
    assert 'data-live="tag:ecg"' in page.html

    answer = await reader.act("/tags/ECG/follow", page)
    assert answer.location == "/tags/ECG"
    assert "#ECG" in (await reader.get("/lists")).text

    part = await reader.post("/tags/ECG/unfollow", page.forms["#act"], **PART)
    assert "/tags/ECG/follow" in part.acts
    assert "#ECG" not in (await reader.get("/lists")).text


async def test_what_is_no_hashtag_cannot_be_followed(reader, stranger):
    page = await reader.get("/tags/a b")

    assert page.status == 200 and page.acts == set()
    assert (await reader.post("/tags/a b/follow", page.forms["#act"])).status == 404
    assert (await reader.post("/tags/ecg/follow", {})).status == 403
    answer = await stranger.post("/tags/ecg/follow", {"next": "/tags/ecg"})
    assert answer.location == "/auth/sign-in?next=%2Ftags%2Fecg"


@pytest.mark.parametrize(
    ("action", "in_home", "in_thread"),
    [
        (FilterAction.HIDE, "gone", "warned"),
        (FilterAction.WARN, "warned", "warned"),
        (FilterAction.BLUR, "shown", "shown"),
    ],
)
async def test_filters_count_where_they_are_meant(
    reader, followed, told, filter_of, action, in_home, in_thread
):
    post = await told(followed, "<p>Mon chat dort</p>")
    await filter_of("chat", action, "home", "thread")

    assert state_of(await reader.get("/")) == in_home
    assert state_of(await reader.get(f"/@alice/{post.id}")) == in_thread
    assert state_of(await reader.get("/timelines/local")) == "shown"
    assert state_of(await reader.get(f"/?max_id={post.id + 1}", **PART)) == in_home


def state_of(page):
    if "Mon chat dort" not in page.text:
        return "gone"
    return "warned" if "Behind your filter: Chat" in page.text else "shown"


@pytest.mark.parametrize(
    ("context", "path"), [("account", "/@alice"), ("notifications", "/notifications")]
)
async def test_filters_count_on_pages_of_people_and_in_notices(
    reader, alice, carol, say, database, filter_of, context, path
):
    post = await say(alice, "<p>Mon chat dort</p>")
    async with database.transaction() as session:
        await notify_mention(session, post, await session.get_one(Actor, alice.id), [carol.id])
    await filter_of("chat", FilterAction.HIDE, "home", "thread")
    assert state_of(await reader.get(path)) == "shown"

    await filter_of("dort", FilterAction.HIDE, context)

    assert state_of(await reader.get(path)) == "gone"


async def test_a_filter_may_hide_the_files_alone(reader, followed, told, filter_of):
    picture = {"url": "https://b.example/a.png", "media_type": "image/png", "description": "Un"}
    await told(followed, "<p>Mon chat dort</p>", attachments=[picture])
    await filter_of("chat", FilterAction.BLUR, "home")

    page = await reader.get("/")

    assert page.text.index("Mon chat dort") < page.text.index("Behind your filter: Chat")


async def test_what_a_reply_thread_hides_leaves_the_others(reader, alice, say, filter_of):
    root = await say(alice, "<p>Racine</p>")
    hidden = await say(alice, "<p>Mon chat</p>", parent=root)
    await say(alice, "<p>Plus bas</p>", parent=hidden)
    await filter_of("chat", FilterAction.HIDE, "thread")

    page = await reader.get(f"/@alice/{root.id}")

    assert "Mon chat" not in page.text and "Plus bas" in page.text


class World:
    """What Carol's home shows, more and more of it."""

    def __init__(self, database, carol, told):
        self.database, self.carol, self.told, self.count = database, carol, told, 0

    async def grow(self, more):
        for _ in range(more):
            self.count += 1
            await self._add_one(self.count)

    async def _add_one(self, number):
        async with self.database.transaction() as session:
            carol = await session.get_one(Actor, self.carol.id)
            other = await factories.make_remote_actor(session, f"p{number}", doctor=True)
            await save_follow(session, carol, other, uri=f"{carol.uri}/f/{number}", accepted=True)
            carol.following_count = 99
            kept = Filter(actor_id=carol.id, title=f"{number}", contexts=["home"])
            session.add(kept)
            await session.flush()
            session.add(FilterKeyword(filter_id=kept.id, keyword=f"never{number}"))
        quoted = await self.told(self.carol, "<p>cité</p>")
        post = await self.told(
            other, f"<p>Post {number}</p>", kind="Question", tags=["ecg", f"t{number}"],
            quote_uri=quoted.uri, quote_of_id=quoted.id, quote_state="accepted",
            attachments=[{"url": "https://b.localhost/a.png", "media_type": "image/png"}],
        )  # fmt: skip
        async with self.database.transaction() as session:
            row = await session.get_one(Post, post.id)
            poll = PollDocument(options=(OptionDocument("a", 1), OptionDocument("b", 2)))
            await save_poll(session, row, poll)
            await save_like(session, self.carol, row, f"{self.carol.uri}/l/{number}")
            passed = await boost(session, await session.get_one(Actor, self.carol.id), row)
            await fan_out(session, passed, self.carol)


@contextmanager
def counted(database):
    """Count the statements that a database is asked."""
    asked = []

    def note(_connection, _cursor, statement, *_):
        if re.match(r"\s*(SELECT|WITH|INSERT|UPDATE|DELETE)", statement):
            asked.append(statement)

    engines = [database.engine.sync_engine, database.direct_engine]
    heard = [engine for engine in engines if engine is not None]
    for engine in heard:
        event.listen(engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        for engine in heard:
            event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize("path", ["/", "/?min_id=1", "/timelines/federated", "/tags/ecg"])
async def test_a_timeline_costs_as_many_queries_for_one_post_as_for_forty(
    reader, database, carol, told, path
):
    world = World(database, carol, told)
    await world.grow(1)
    await reader.get(path)
    with counted(database) as for_one:
        first = await reader.get(path)
    await world.grow(13)
    with counted(database) as for_many:
        second = await reader.get(path)

    assert first.html.count("<article") < second.html.count("<article")
    assert "Carol" in second.text and second.html.count("<article") >= 14
    assert len(for_many) == len(for_one)
