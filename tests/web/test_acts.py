"""What one does with a post, by the buttons below it."""

from __future__ import annotations

import pytest
import pytest_asyncio
from sqlalchemy import select

import factories
from actors.follows import save_follow
from actors.models import Actor
from core.ids import new_id
from notifications.models import Kind, Notification
from outbox.models import OutboxActivity
from posts.boosts import find_boost, save_boost
from posts.likes import Interactions, find_interactions
from posts.models import Post, Visibility
from posts.timelines import fan_out
from users.limits import Limit

PART = {"Consilium-Part": "1"}


@pytest_asyncio.fixture
async def mine(database, carol):
    """What Carol, who reads, did with a post."""

    async def ask(post):
        async with database.read() as session:
            done = await find_interactions(session, carol.id, [post.id])
        return {name for name in Interactions.__slots__ if post.id in getattr(done, name)}

    return ask


@pytest_asyncio.fixture
async def pass_on(database):
    async def boost(actor, post):
        async with database.transaction() as session:
            uri = f"{actor.uri}/activities/{new_id()}"
            return await save_boost(
                session, actor, await session.get_one(Post, post.id), uri=uri,
                visibility=post.visibility,
            )  # fmt: skip

    return boost


def of(post, act):
    return f"/posts/{post.id}/{act}"


@pytest.mark.parametrize(
    ("act", "done"),
    [("like", "liked"), ("boost", "boosted"), ("bookmark", "bookmarked"), ("mute", "muted")],
)
async def test_a_reader_does_something_and_takes_it_back(reader, alice, say, mine, act, done):
    post = await say(alice)
    path = f"/@alice/{post.id}"

    answer = await reader.act(of(post, act), await reader.get(path))

    assert answer.location == f"{path}#post-{post.id}"
    assert await mine(post) == {done}
    await reader.act(of(post, f"un{act}"), await reader.get(path))
    assert await mine(post) == set()


async def test_twice_is_once(reader, alice, say, mine, database):
    post = await say(alice)
    form = (await reader.get(f"/@alice/{post.id}")).forms["#act"]

    for act in ("like", "like", "boost", "boost", "unmute", "unbookmark"):
        assert (await reader.post(of(post, act), form)).status == 303

    assert await mine(post) == {"liked", "boosted"}
    async with database.read() as session:
        post = await session.get_one(Post, post.id)
        assert (post.likes_count, post.boosts_count) == (1, 1)
        told = list(await session.scalars(select(Notification.kind)))
    assert sorted(told) == sorted([Kind.BOOST, Kind.LIKE])


async def test_the_author_elsewhere_is_told(reader, database, say):
    async with database.transaction() as session:
        bob = await factories.make_remote_actor(session)
        await factories.make_peer(session)
    post = await say(bob)
    page = await reader.get(f"/@{bob.handle}/{post.id}")
    assert bob.host in page.text and f'href="{post.uri}" rel="nofollow' in page.html

    await reader.act(of(post, "like"), page)

    async with database.read() as session:
        assert list(await session.scalars(select(OutboxActivity.type))) == ["Like"]


async def test_to_our_script_the_buttons_alone_are_answered(reader, alice, say):
    post = await say(alice)
    page = await reader.get(f"/@alice/{post.id}")
    assert f'id="acts-{post.id}"' in page.html

    part = await reader.post(of(post, "like"), page.forms["#act"], **PART)

    assert part.status == 200
    assert part.html.strip().startswith(f'<div class="acts" id="acts-{post.id}">')
    assert of(post, "unlike") in part.acts and of(post, "like") not in part.acts
    assert 'aria-pressed="true"' in part.html and "<html" not in part.html


async def test_of_a_boost_what_it_passes_on_is_meant(
    reader, alice, carol, say, mine, pass_on, database
):
    post = await say(alice)
    async with database.transaction() as session:
        dora = await factories.make_local_actor(session, "dora")
        await save_follow(session, carol, dora, uri=f"{carol.uri}#f", accepted=True)
    boost = await pass_on(dora, post)
    async with database.transaction() as session:
        boost = await session.get_one(Post, boost.id)
        await fan_out(session, boost, await session.get_one(Actor, dora.id))
    page = await reader.get("/")

    answer = await reader.act(of(boost, "like"), page)

    assert answer.location == f"/#post-{boost.id}"
    assert "Passed on by Dr Dora" in page.text
    assert await mine(post) == {"liked"} and await mine(boost) == set()


async def test_what_one_takes_back_of_ones_own_page_is_gone(
    reader, alice, carol, say, pass_on, database
):
    post = await say(alice)
    boost = await pass_on(carol, post)
    page = await reader.get("/@carol")

    part = await reader.post(of(boost, "unboost"), page.forms["#act"], **PART)

    assert of(boost, "unboost") in page.acts
    assert (part.status, part.html) == (200, "")
    async with database.read() as session:
        assert await find_boost(session, carol.id, post.id) is None


@pytest.mark.parametrize(
    ("visibility", "who", "may"),
    [
        ("public", "reader", True),
        ("unlisted", "reader", True),
        ("local", "reader", False),
        ("doctors", "doctor", True),
    ],
)
async def test_only_what_may_be_passed_on_can_be(
    reader, doctor, alice, carol, say, visibility, who, may
):
    browser, author = (reader, alice) if who == "reader" else (doctor, carol)
    post = await say(author, visibility=visibility)

    page = await browser.get(f"/@{author.username}/{post.id}")

    assert (of(post, "boost") in page.acts) is may
    form = page.forms["#act"]
    assert (await browser.post(of(post, "boost"), form)).status == (303 if may else 403)


async def test_whether_one_may_quote_is_the_authors_to_say(reader, alice, carol, say, database):
    everybody = await say(alice, quote_policy="public")
    followers = await say(alice, quote_policy="followers")
    quote = "/compose?quote={}".format

    assert quote(everybody.id) in (await reader.get(f"/@alice/{everybody.id}")).html
    assert quote(followers.id) not in (await reader.get(f"/@alice/{followers.id}")).html

    async with database.transaction() as session:
        await save_follow(session, carol, alice, uri=f"{carol.uri}#f", accepted=True)
    assert quote(followers.id) in (await reader.get(f"/@alice/{followers.id}")).html


async def test_ones_own_post_is_pinned_and_unpinned(reader, carol, say, mine):
    post = await say(carol)
    page = await reader.get(f"/@carol/{post.id}")
    assert not [act for act in page.acts if act.startswith("/people/")]

    await reader.act(of(post, "pin"), page)
    assert await mine(post) == {"pinned"}

    await reader.act(of(post, "unpin"), await reader.get(f"/@carol/{post.id}"))
    assert await mine(post) == set()


@pytest.mark.parametrize("headers", [{}, PART], ids=["page", "part"])
async def test_of_too_many_pins_it_is_said_that_nothing_was_changed(
    reader, carol, say, mine, headers
):
    posts = [await say(carol) for _ in range(6)]
    form = (await reader.get("/@carol")).forms["#act"]
    for post in posts[:5]:
        await reader.post(of(post, "pin"), form)

    answer = await reader.post(of(posts[5], "pin"), form, **headers)

    assert answer.status == 422
    assert "Five posts are pinned already. Nothing was changed" in answer.text
    assert ("<html" in answer.html) is (headers == {})
    assert await mine(posts[5]) == set()


async def test_others_posts_and_those_for_named_people_are_not_pinned(reader, alice, carol, say):
    theirs, letter = await say(alice), await say(carol, visibility="mentioned")
    page = await reader.get(f"/@carol/{letter.id}")
    assert of(letter, "pin") not in page.acts

    for post in (theirs, letter):
        assert (await reader.post(of(post, "pin"), page.forms["#act"])).status == 422


async def test_without_script_one_is_asked_before_a_post_is_deleted(
    reader, carol, say, database
):
    post = await say(carol, "<p>À relire</p>")

    asked = await reader.act(of(post, "delete"), await reader.get("/@carol"))
    page = await reader.get(asked.location)
    assert "À relire" in page.text and "Delete this post?" in page.text
    assert (await reader.get("/@carol")).text.count("À relire") == 1
    answer = await reader.post(of(post, "delete"), page.forms[of(post, "delete")])

    assert answer.location == "/@carol"
    async with database.read() as session:
        assert (await session.get_one(Post, post.id)).deleted_at is not None


async def test_who_deletes_on_the_posts_own_page_comes_to_their_own(reader, carol, say):
    post = await say(carol)
    asked = await reader.act(of(post, "delete"), await reader.get(f"/@carol/{post.id}"))
    page = await reader.get(asked.location)

    answer = await reader.post(of(post, "delete"), page.forms[of(post, "delete")])

    assert answer.location == "/@carol"


async def test_our_script_has_asked_already(reader, carol, say):
    post = await say(carol)
    page = await reader.get("/@carol")
    assert "data-ask" in page.html

    part = await reader.post(of(post, "delete"), page.forms["#act"], **PART)

    assert (part.status, part.html) == (200, "")
    assert (await reader.get(f"/@carol/{post.id}")).status == 404


async def test_a_post_is_deleted_and_written_anew(reader, carol, alice, say, database):
    root = await say(alice)
    post = await say(
        carol, "<p>Une faute</p>", "unlisted", parent=root, source_text="Une faute",
        content_warning="Attention", language="fr",
    )  # fmt: skip
    rewrite = of(post, "rewrite")
    page = await reader.get(f"/@carol/{post.id}")
    assert f'href="{rewrite}?next=/%40carol/{post.id}"' in page.html
    asked = await reader.get(rewrite)
    assert "Delete this post and write it anew?" in asked.text

    answer = await reader.post(rewrite, asked.forms[rewrite])

    assert answer.status == 200
    assert "The post is deleted, and nothing is published yet" in answer.text
    typed = answer.forms["/compose"]
    assert (typed["text"], typed["warning"]) == ("Une faute", "Attention")
    assert typed["answer"] == str(root.id)
    assert (await reader.get(f"/@carol/{post.id}")).status == 404
    assert (await reader.post(rewrite, asked.forms[rewrite])).status == 404


async def test_nobody_deletes_what_is_not_theirs(reader, alice, say):
    post = await say(alice)
    page = await reader.get(f"/@alice/{post.id}")
    form = page.forms["#act"] | {"sure": "yes"}

    assert of(post, "delete") not in page.acts
    for act in ("delete", "rewrite"):
        assert (await reader.get(of(post, act))).status == 404
        assert (await reader.post(of(post, act), form)).status == 404
    assert (await reader.get(f"/@alice/{post.id}")).status == 200


async def test_too_many_deletions_wait(app, reader, alice, say, settings, database, monkeypatch):
    post = await say(alice)
    form = (await reader.get(f"/@alice/{post.id}")).forms["#act"]
    monkeypatch.setattr(Limit, "take", lambda limit, key: _refused(limit))

    assert (await reader.post(of(post, "unboost"), form)).status == 429
    assert (await reader.post(of(post, "unlike"), form)).status == 303


def _refused(limit):
    from core.clock import now
    from users.limits import Allowance

    return Allowance(limit.limit, 0, now(), False)


@pytest.mark.parametrize("act", ["like", "delete", "rewrite", "mute"])
async def test_a_strangers_press_leads_to_the_sign_in_and_back(stranger, alice, say, act):
    post = await say(alice)
    page = await stranger.get(f"/@alice/{post.id}")
    assert page.acts == set() and "acts-row" not in page.html

    answer = await stranger.post(of(post, act), {"next": f"/@alice/{post.id}"})

    assert answer.location == f"/auth/sign-in?next=%2F%40alice%2F{post.id}"


@pytest.mark.parametrize("act", ["like", "boost", "bookmark", "pin", "mute", "delete", "rewrite"])
async def test_H20_each_button_carries_the_token_of_the_session(reader, carol, say, mine, act):
    post = await say(carol)

    assert (await reader.post(of(post, act), {"sure": "yes"})).status == 403
    assert await mine(post) == set()
    assert (await reader.get(f"/@carol/{post.id}")).status == 200


async def test_what_one_may_not_see_cannot_be_acted_upon(reader, alice, say, mine):
    hidden = await say(alice, visibility="doctors")
    form = (await reader.get("/me")).forms["#act"] | {"sure": "yes"}

    for act in ("like", "boost", "bookmark", "mute", "delete"):
        assert (await reader.post(of(hidden, act), form)).status == 404
    assert (await reader.post("/posts/12345/like", form)).status == 404
    assert (await reader.post(f"/posts/{hidden.id}/applaud", form)).status == 404
    assert await mine(hidden) == set()


async def test_numbers_are_the_authors_and_never_on_what_is_clinical(
    reader, carol, say, database
):
    plain, clinical = await say(carol), await say(carol, clinical=True)
    async with database.transaction() as session:
        for post in (plain, clinical):
            row = await session.get_one(Post, post.id)
            row.likes_count, row.boosts_count = 3, 1

    assert "3 people agree · passed on 1 time" in (await reader.get(f"/@carol/{plain.id}")).text
    assert "agree ·" not in (await reader.get(f"/@carol/{clinical.id}")).text


async def test_numbers_of_others_are_not_shown(reader, alice, say, database):
    post = await say(alice)
    async with database.transaction() as session:
        (await session.get_one(Post, post.id)).likes_count = 3

    assert "3 people agree" not in (await reader.get(f"/@alice/{post.id}")).text


async def test_the_thread_says_who_can_read_it_and_how_to_answer(doctor, carol, say):
    post = await say(carol, visibility="doctors")
    assert post.visibility is Visibility.DOCTORS

    page = await doctor.get(f"/@carol/{post.id}")

    assert "Verified doctors of this house and of the linked ones, and nobody else." in page.text
    assert f'href="/compose?answer={post.id}"' in page.html
