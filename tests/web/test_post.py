"""The page of a post: who may see it, its thread, its audience in words."""

from __future__ import annotations

import re

import pytest

from actors.follows import save_follow
from core.clock import now
from core.settings import PublicPages
from posts.boosts import save_boost
from posts.cards import key_of
from posts.models import LinkCard


def path_of(author, post):
    return f"/@{author.username}/{post.id}"


async def test_a_post_is_shown_with_author_audience_and_time(stranger, alice, say):
    post = await say(alice, "<p>Un <b>QT</b> long</p>", language="fr")

    page = await stranger.get(path_of(alice, post))

    assert page.status == 200
    assert "Dr Alice Verified doctor" in page.text
    assert "Who may read this: Everybody" in page.text
    assert '<div class="words" lang="fr" dir="auto">' in page.html
    assert "UTC" in page.text
    link = '<link rel="alternate" type="application/activity+json" '
    assert f'{link}href="{post.uri}">' in page.html


@pytest.mark.parametrize(
    ("visibility", "words"),
    [
        ("public", "Everybody"),
        ("unlisted", "Everybody, but in no public list"),
        ("doctors", "Verified doctors"),
        ("followers", "Followers of Dr Alice"),
        ("mentioned", "The people named in it"),
        ("local", "Members of a.localhost:8001"),
    ],
)
async def test_each_audience_has_its_words(doctor, alice, say, visibility, words):
    post = await say(alice, visibility=visibility)

    page = await doctor.get(path_of(alice, post))

    assert f"Who may read this: {words}" in page.text


async def test_what_is_clinical_says_so(doctor, alice, say):
    post = await say(alice, visibility="doctors", clinical=True)

    assert "Verified doctors · clinical" in (await doctor.get(path_of(alice, post))).text


@pytest.mark.parametrize("visibility", ["doctors", "followers", "mentioned", "local"])
async def test_to_a_stranger_the_hidden_and_the_absent_look_alike(
    stranger, alice, say, visibility
):
    post = await say(alice, visibility=visibility)

    hidden = await stranger.get(path_of(alice, post))
    absent = await stranger.get("/@alice/12345")
    of_nobody = await stranger.get("/@nobody/12345")

    assert hidden.location == f"/auth/sign-in?next=%2F%40alice%2F{post.id}"
    assert absent.location == "/auth/sign-in?next=%2F%40alice%2F12345"
    assert of_nobody.location == "/auth/sign-in?next=%2F%40nobody%2F12345"


async def test_to_a_member_the_hidden_and_the_absent_look_alike(reader, alice, say):
    post = await say(alice, visibility="doctors")

    hidden = await reader.get(path_of(alice, post))
    absent = await reader.get("/@alice/12345")

    assert hidden.status == absent.status == 404
    # A form's token is written anew in each page.
    one, other = (re.sub(r'"[\w=-]{112,}"', "", page.html) for page in (hidden, absent))
    assert one.replace(str(post.id), "12345") == other


async def test_a_follower_reads_what_is_for_followers(reader, alice, carol, say, database):
    post = await say(alice, "<p>Entre nous</p>", "followers")
    assert (await reader.get(path_of(alice, post))).status == 404

    async with database.transaction() as session:
        await save_follow(session, carol, alice, uri="http://a.localhost:8001/f/1", accepted=True)

    assert "Entre nous" in (await reader.get(path_of(alice, post))).text


async def test_a_thread_is_shown_around_a_post(stranger, alice, carol, say):
    root = await say(alice, "<p>La racine</p>")
    answer = await say(carol, "<p>La réponse</p>", parent=root)
    deeper = await say(alice, "<p>Une précision</p>", parent=answer)
    await say(carol, "<p>Merci</p>", parent=deeper)

    page = await stranger.get(path_of(carol, answer))

    places = [page.text.index(t) for t in ("La racine", "La réponse", "Une précision", "Merci")]
    assert places == sorted(places)
    assert 'aria-label="What it answers"' in page.html


async def test_deep_replies_are_folded(stranger, alice, say):
    post = root = await say(alice, "<p>0</p>")
    for number in range(1, 6):
        post = await say(alice, f"<p>{number}</p>", parent=post)

    page = await stranger.get(path_of(alice, root))

    assert "3 further replies" in page.text
    assert page.html.count("<article") == 6


async def test_only_visible_replies_are_shown(stranger, doctor, alice, say):
    root = await say(alice, "<p>La racine</p>")
    await say(alice, "<p>À part</p>", "doctors", parent=root)

    assert "À part" not in (await stranger.get(path_of(alice, root))).text
    assert "À part" in (await doctor.get(path_of(alice, root))).text


async def test_a_warning_is_shown_before_the_words(stranger, alice, say):
    post = await say(alice, "<p>Le texte</p>", content_warning="Image <opératoire>")

    page = await stranger.get(path_of(alice, post))

    assert '<summary><span dir="auto">Image &lt;opératoire&gt;</span></summary>' in page.html


async def test_pictures_are_described_and_not_loaded(stranger, alice, say):
    picture = {"url": "https://b.example/i.png", "description": "ECG <x>"}
    post = await say(alice, attachments=[picture])

    page = await stranger.get(path_of(alice, post))

    assert "ECG &lt;x&gt;" in page.html
    assert "b.example" not in page.html


async def test_a_boost_leads_to_what_was_said(stranger, alice, carol, say, database):
    post = await say(alice, "<p>À relayer</p>")
    async with database.transaction() as session:
        boost = await save_boost(
            session, carol, post, uri="http://a.localhost:8001/b/1", visibility=post.visibility,
            to=[], cc=[],
        )  # fmt: skip

    page = await stranger.get(f"/@carol/{boost.id}")
    list_of_carol = await stranger.get("/@carol")

    assert page.location == path_of(alice, post)
    assert "Passed on by Dr Carol" in list_of_carol.text
    assert "À relayer" in list_of_carol.text


async def test_a_post_has_one_address(stranger, alice, carol, say):
    post = await say(alice)

    assert (await stranger.get(f"/@carol/{post.id}")).location == path_of(alice, post)


async def test_a_program_is_sent_to_the_document(stranger, alice, say):
    post = await say(alice)

    page = await stranger.get(path_of(alice, post), Accept="application/activity+json")

    assert page.location == f"http://a.localhost:8001/users/alice/posts/{post.id}"


async def test_only_public_posts_of_who_asks_for_it_are_indexed(stranger, alice, say, database):
    async with database.transaction() as session:
        (await session.merge(alice)).indexable = True
    public, unlisted = await say(alice), await say(alice, visibility="unlisted")

    assert "X-Robots-Tag" not in (await stranger.get(path_of(alice, public))).headers
    assert "X-Robots-Tag" in (await stranger.get(path_of(alice, unlisted))).headers


async def test_an_edit_is_said(stranger, alice, say):
    post = await say(alice, edited_at=now())

    assert "edited just now" in (await stranger.get(path_of(alice, post))).text


@pytest.mark.parametrize("number", ["x", "0x1", "9" * 19, "1" * 40, "-1"])
async def test_what_is_no_id_is_not_found(stranger, alice, number):
    assert (await stranger.get(f"/@alice/{number}")).status == 404


async def test_a_tag_lists_what_was_said_under_it(stranger, alice, say):
    page = await stranger.get("/tags/cardiologie")

    assert page.status == 200
    assert "#cardiologie" in page.text


class TestProfilesOnly:
    @pytest.fixture
    def shown(self):
        return PublicPages.PROFILES

    async def test_a_stranger_signs_in_to_read_posts(self, stranger, alice, say):
        post = await say(alice)

        for path in (path_of(alice, post), "/@alice/12345", "/tags/x"):
            assert (await stranger.get(path)).location.startswith("/auth/sign-in?next=")


async def test_g17_a_linked_page_is_named_as_text_with_its_host(stranger, database, alice, say):
    url = "https://press.example/page"
    said = {"title": "QT <b>long</b>", "description": "<i>x</i>", "provider_name": "chu.example"}
    async with database.transaction() as session:
        session.add(LinkCard(key=key_of(url), url=url, fetched_at=now(), **said))
    post = await say(alice, f'<p><a href="{url}">lire</a></p>')

    page = await stranger.get(path_of(alice, post))

    assert "<bdi>QT &lt;b&gt;long&lt;/b&gt;</bdi></a> · press.example" in page.html
    assert "<i>x</i>" not in page.html and "chu.example" not in page.html
