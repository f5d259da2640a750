"""Who finds what: what they may see, and of others' public posts those meant to be found."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from actors.blocks import save_block, save_mute
from actors.domain_blocks import save_domain_block
from actors.queries import delete_badge
from core import clock
from core.clock import now
from core.ids import id_near
from db.indexing import index_one
from db.paging import Page
from db.search import SEARCH_TABLES
from factories import give_badge, make_local_actor
from federation.documents.question import OptionDocument, PollDocument
from posts.bookmarks import save_bookmark
from posts.likes import save_like
from posts.models import Post, Visibility
from posts.polls import save_poll
from posts.save import delete_post, edit_post, save_post
from posts.search import Bounds, search_posts
from posts.search_index import index_posts, index_slice
from posts.visibility import ANONYMOUS, viewer_of
from workers.jobs import process_jobs
from writing import boost, write

PUBLIC, UNLISTED, DOCTORS, FOLLOWERS, MENTIONED, LOCAL = Visibility
SAID = "<p>Une valve aortique</p>"


@pytest.fixture
def search(session):
    """Search as somebody; all of the first page."""

    async def search(who, words="valve", **bounds):
        viewer = await viewer_of(session, who.id)
        page = Page(**{k: bounds.pop(k) for k in ("limit", "max_id", "min_id") if k in bounds})
        return await search_posts(session, viewer, words, Bounds(page, **bounds))

    return search


@pytest.mark.parametrize("indexable", [True, False])
async def test_of_public_posts_of_strangers_only_indexable_ones_are_found(
    session, bob, carol, search, indexable
):
    bob.indexable = indexable
    post = await write(session, bob, content=SAID)

    assert await search(carol) == ([post] if indexable else [])
    assert await search_posts(session, ANONYMOUS, "valve", Bounds(Page())) == []


async def test_a_post_that_is_not_listed_is_found_by_nobody_who_does_not_know_it(
    session, bob, carol, search, follows
):
    bob.indexable = True
    post = await write(session, bob, UNLISTED, content=SAID)

    assert await search(carol) == []
    assert await search(bob) == [post]


@pytest.mark.parametrize("how", ["follows", "asks", "named", "likes", "keeps", "boosts"])
async def test_who_has_to_do_with_a_post_finds_it_all_the_same(
    session, bob, carol, search, follows, how
):
    mentioned = [carol] if how == "named" else []
    post = await write(session, bob, content=SAID, mentioned=mentioned)

    match how:
        case "follows":
            await follows(carol, bob)
        case "asks":
            await follows(carol, bob, accepted=False)
        case "likes":
            await save_like(session, carol, post, f"{carol.uri}#like")
        case "keeps":
            await save_bookmark(session, carol.id, post.id)
        case "boosts":
            await boost(session, carol, post)

    assert await search(carol) == ([] if how == "asks" else [post])


@pytest.mark.parametrize("audience", [DOCTORS, FOLLOWERS, MENTIONED, LOCAL])
async def test_H04_what_is_for_few_is_found_by_exactly_those(
    session, alice, bob, carol, dave, search, follows, audience
):
    await follows(carol, alice)
    named = [carol] if audience is MENTIONED else []
    post = await write(session, alice, audience, content=SAID, mentioned=named)

    finders = {one.username for one in (alice, bob, carol, dave) if await search(one) == [post]}

    assert finders == {
        DOCTORS: {"alice", "bob", "carol"},
        FOLLOWERS: {"alice", "carol"},
        MENTIONED: {"alice", "carol"},
        LOCAL: {"alice", "carol", "dave"},
    }[audience]


@pytest.mark.parametrize("how", ["block", "blocked", "mute", "domain", "suspended", "unfollowed"])
async def test_H07_what_one_does_not_want_or_may_see_no_more_is_not_found(
    session, bob, carol, search, follows, how
):
    bob.indexable = how != "unfollowed"
    follow = await follows(carol, bob)
    audience = FOLLOWERS if how == "unfollowed" else PUBLIC
    post = await write(session, bob, audience, content=SAID)
    assert await search(carol) == [post]

    match how:
        case "block":
            await save_block(session, carol, bob, uri=f"{carol.uri}#b")
        case "blocked":
            await save_block(session, bob, carol, uri=f"{bob.uri}#b")
        case "mute":
            await save_mute(session, carol, bob)
        case "domain":
            await save_domain_block(session, carol.id, bob.domain)
        case "suspended":
            bob.suspended_at = now()
            await session.flush()
        case "unfollowed":
            await session.delete(follow)
            await session.flush()

    assert await search(carol) == []


async def test_who_is_a_doctor_no_more_finds_no_post_for_doctors(session, alice, carol, search):
    await write(session, alice, DOCTORS, content=SAID)
    assert len(await search(carol)) == 1

    clock.shift(timedelta(days=91))

    assert await search(carol) == []
    await delete_badge(session, carol.id)
    await give_badge(session, carol)
    assert len(await search(carol)) == 1


async def test_every_text_of_a_post_is_searched(session, alice, search):
    attachments = [{"media_type": "image/png", "description": "Un thorax"}]
    post = await write(
        session, alice, title="Le titre", content="<p>Un <b>corps</b></p>",
        content_warning="Du sang", attachments=attachments, tags=["SyndromeCoronaire"],
        kind="Question",
    )  # fmt: skip
    options = tuple(OptionDocument(title, None) for title in ("Oui", "Pontage"))
    await save_poll(session, post, PollDocument(options=options))

    for words in ("titre", "corps", "sang", "thorax", "syndromecoronaire", "coronaires", "pontage"):
        assert await search(alice, words) == [post], words
    # Not by what its HTML says, nor across the border of two texts.
    for words in ("b", "p", "Question", '"titre du sang"'):
        assert await search(alice, words) == [], words


async def test_an_edit_is_found_by_its_new_words_and_a_deleted_post_by_none(
    session, alice, search
):
    post = await write(session, alice, content=SAID)

    post.content = "<p>Une prothèse</p>"
    await edit_post(session, post)

    assert await search(alice, "valve") == []
    assert await search(alice, "prothese") == [post]
    await delete_post(session, post)
    assert await search(alice, "prothese") == []


async def test_a_boost_is_not_found_beside_what_it_passes_on(session, alice, search):
    post = await write(session, alice, content=SAID)
    await boost(session, alice, post)

    assert await search(alice) == [post]


@pytest.mark.parametrize(
    ("operator", "values"),
    [
        ("is:reply", {"in_reply_to_uri": "https://b.example/1"}),
        ("is:sensitive", {"sensitive": True}),
        ("is:quote", {"quote_uri": "https://b.example/1"}),
        ("has:poll", {"kind": "Question"}),
        ("has:media", {"attachments": [{"media_type": "application/pdf"}]}),
        ("has:image", {"attachments": [{"media_type": "image/png"}]}),
        ("has:video", {"attachments": [{"media_type": "video/mp4"}]}),
        ("has:audio", {"attachments": [{"media_type": "audio/ogg"}]}),
        ("has:link", {"content": '<p>valve <a href="https://b.example/a">a</a></p>'}),
        ("language:fr", {"language": "fr-CA"}),
        ("LANGUAGE:FR", {"language": "fr"}),
    ],
)
async def test_an_operator_narrows_and_its_opposite_leaves_the_rest(
    session, alice, search, operator, values
):
    plain = await write(session, alice, content=SAID)
    special = await write(session, alice, **({"content": SAID} | values))

    assert await search(alice, f"valve {operator}") == [special]
    assert await search(alice, operator) == [special]
    assert await search(alice, f"valve -{operator}") == [plain]


async def test_authors_are_named_by_handle_or_as_me(session, alice, bob, carol, search):
    alice.indexable = bob.indexable = True
    by_alice = await write(session, alice, content=SAID)
    by_bob = await write(session, bob, content=SAID)

    assert await search(carol, "valve from:alice") == [by_alice]
    assert await search(carol, "valve from:@alice@a.localhost:8001") == [by_alice]
    assert await search(carol, "from:@Bob@b.localhost:8002") == [by_bob]
    assert await search(carol, "valve -from:@alice") == [by_bob]
    assert await search(carol, "valve from:alice from:@bob@b.localhost:8002") == [by_bob, by_alice]
    assert await search(alice, "from:me") == [by_alice]
    for nobody in ("from:nobody", "from:@x@y@z", "from:@", "from:me"):
        assert await search(carol, f"valve {nobody}") == []
    assert await search(carol, author_id=alice.id) == [by_alice]
    assert await search(carol, author_id=1) == []


async def came_late(session, author, written):
    """Save what was written long ago, with an id of then."""
    post = Post(
        id=id_near(written), uri=f"{author.uri}/{written}", author_id=author.id,
        visibility=PUBLIC, content=SAID, created_at=written,
    )  # fmt: skip
    return await save_post(session, post, author=author)


async def test_dates_count_by_the_day_in_utc(session, alice, search):
    posts = {}
    for day in (9, 10, 11):
        written = datetime(2024, 3, day, 23, 30, tzinfo=UTC)
        posts[day] = await came_late(session, alice, written)
    fresh = await write(session, alice, content=SAID)

    assert await search(alice, "valve before:2024-03-10") == [posts[9]]
    assert await search(alice, "valve after:2024-03-10") == [fresh, posts[11]]
    assert await search(alice, "valve during:2024-03-10") == [posts[10]]
    assert len(await search(alice, "during:2024-03")) == 3
    assert len(await search(alice, "valve during:2024 after:2024-03-09")) == 2
    for odd in ("before:2024-02-30", "before:yesterday", "before:99999-01-01"):
        # No date, and so a word that nobody wrote.
        assert await search(alice, f"valve {odd}") == []
    assert await search(alice, "valve after:9998-12-31") == []
    assert len(await search(alice, "valve before:9998-12-31")) == 4
    assert await search(alice, "valve before:0001-01-01") == []


async def test_one_may_search_what_is_ones_own_or_what_is_public(session, alice, carol, search):
    alice.indexable = True
    liked = await write(session, alice, content=SAID)
    other = await write(session, alice, content=SAID)
    for_doctors = await write(session, alice, DOCTORS, content=SAID)
    await save_like(session, carol, liked, f"{carol.uri}#like")

    assert await search(carol, "valve in:library") == [liked]
    assert await search(carol, "in:library") == [liked]
    assert await search(carol, "valve in:public") == [other, liked]
    assert await search(carol, "valve in:all") == [for_doctors, other, liked]
    assert await search(carol, "valve in:nowhere") == []


async def test_pages_lead_through_all_that_is_found_both_ways(session, alice, search):
    posts = [await write(session, alice, content=SAID) for _ in range(7)][::-1]

    assert await search(alice, limit=3) == posts[:3]
    assert await search(alice, limit=3, offset=3) == posts[3:6]
    assert await search(alice, limit=3, max_id=posts[2].id) == posts[3:6]
    assert await search(alice, limit=3, min_id=posts[6].id) == posts[3:6]
    assert await search(alice, limit=3, min_id=posts[6].id, offset=3) == posts[0:3]
    assert await search(alice, offset=7) == []


async def test_what_one_may_find_is_reached_behind_much_that_one_may_not(
    session, alice, bob, carol, search, monkeypatch
):
    monkeypatch.setattr("posts.search.ROUNDS", (2, 3, 4))
    mine = await write(session, carol, content=SAID)
    for _ in range(7):
        await write(session, bob, FOLLOWERS, content=SAID)

    assert await search(carol) == [mine]
    for _ in range(2):
        await write(session, bob, FOLLOWERS, content=SAID)
    # So far and no further: words or an author lead on.
    assert await search(carol) == []
    assert await search(carol, "valve from:me") == [mine]


async def test_only_those_whom_one_follows_may_be_asked_for(session, alice, bob, carol, search,
                                                            follows):  # fmt: skip
    alice.indexable = bob.indexable = True
    await follows(carol, bob)
    await write(session, alice, content=SAID)
    post = await write(session, bob, content=SAID)

    assert await search(carol, only_followed=True) == [post]


async def test_posts_that_were_there_before_are_indexed_by_a_job_also_after_a_stop(
    database, monkeypatch
):
    monkeypatch.setattr("posts.search_index.A_SLICE", 2)
    monkeypatch.setattr("db.indexing.SLICES_A_TURN", 1)
    async with database.transaction() as session:
        alice = await make_local_actor(session, "alice")
        posts = [await write(session, alice, content=SAID, tags=["Coeur"]) for _ in range(5)]
        gone = await write(session, alice, content=SAID)
        await boost(session, alice, posts[0])
        await delete_post(session, gone)
        for name in SEARCH_TABLES:
            await session.execute(text(f"DELETE FROM {name}"))  # noqa: S608
        viewer = await viewer_of(session, alice.id)
    first = await index_one(database, index_slice, None)
    assert first.count == 2

    await index_posts(database, None, {"before": first.before})
    while await process_jobs(database, None):
        pass

    async with database.read() as session:
        found = await search_posts(session, viewer, "valve coeur", Bounds(Page()))
        assert [post.id for post in found] == [post.id for post in reversed(posts)]


async def test_an_old_post_has_its_place_in_the_past(session, alice, search):
    new = await write(session, alice, content=SAID)
    old = await came_late(session, alice, now() - timedelta(days=400))

    assert await search(alice) == [new, old]
