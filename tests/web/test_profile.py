"""The page of a person: who may see it, and what it says."""

from __future__ import annotations

from datetime import timedelta

import pytest

import factories
from actors.models import Actor
from actors.profile import ActorChanges, change_profile
from actors.queries import find_badges
from core import clock
from core.html import sanitise, sanitise_line
from core.settings import PublicPages


@pytest.fixture
async def bob(database):
    async with database.transaction() as session:
        return await factories.make_remote_actor(session, "bob", doctor=True)


async def change(database, row, **values):
    async with database.transaction() as session:
        stored = await session.merge(row)
        for name, value in values.items():
            setattr(stored, name, value)


async def test_a_person_is_shown_name_first_with_the_badge_and_the_whole_handle(stranger, alice):
    page = await stranger.get("/@alice")

    assert page.status == 200
    assert "Dr Alice Verified doctor Who vouches a.localhost:8001" in page.text
    assert "Physician, Cardiology and vascular diseases" in page.text
    assert "found in the national register (FR-RPPS 99900000018)" in page.text
    assert "@alice@a.localhost:8001" in page.text
    assert page.text.index("Dr Alice Verified") < page.text.index("@alice@a.localhost")


async def test_a_badge_is_gone_when_it_has_run_out(stranger, alice):
    clock.shift(timedelta(days=91))

    assert "Verified" not in (await stranger.get("/@alice")).text


async def test_a_badge_says_when_its_issuer_does_not_answer(stranger, alice):
    clock.shift(timedelta(hours=13))

    assert "last confirmed 13 h ago" in (await stranger.get("/@alice")).text


async def test_a_badge_under_another_name_says_so(stranger, alice, database):
    await change(database, alice, name="Alicia Zorro")

    assert "Verified doctor · verified as Dr Alice" in (await stranger.get("/@alice")).text


async def test_titles_and_accents_make_no_other_name(stranger, alice, database):
    await change(database, alice, name="Pr. Alíce")

    assert "verified as" not in (await stranger.get("/@alice")).text


async def test_other_professions_have_badges_of_their_own(stranger, carol, database):
    async with database.transaction() as session:
        await factories.give_badge(session, carol, is_doctor=False)

    page = await stranger.get("/@carol")

    assert "Verified nurse" in page.text
    assert "Verified doctor" not in page.text


async def test_nobody_gets_a_badge_by_typing_one(stranger, carol, database):
    await change(
        database,
        carol,
        name="Dr Carol ✔ <details class=badge>",
        fields=[{"name": "<b>x", "value": sanitise("<b onclick=x>y</b>")}],
    )

    page = await stranger.get("/@carol")

    assert 'class="badge"' not in page.html
    assert "<details class=badge>" not in page.html
    assert "onclick" not in page.html


async def test_a_line_links_to_what_is_ones_own_and_a_post_does_not(
    stranger, reader, alice, bob, say, database
):
    link = '<a href="https://{}.example/" rel="me nofollow noopener noreferrer">'
    async with database.transaction() as session:
        actor = await session.get_one(Actor, alice.id)
        lines = ActorChanges(fields=(("Site", "https://alice.example/"),))
        await change_profile(session, actor, lines)
    row = {"name": "Site", "value": sanitise_line(link.format("bob") + "x</a>")}
    await change(database, bob, fields=[row])
    # A claim in a post would be one about whoever's page shows it.
    await say(alice, f"<p>{link.format('mallory')}x</a></p>")

    ours = await stranger.get("/@alice")
    theirs = await reader.get(f"/@{bob.handle}")

    assert link.format("alice") in ours.html
    assert "https://mallory.example/" in ours.html
    assert ours.html.count('rel="me ') == 1
    assert link.format("bob") in theirs.html


async def test_a_page_names_its_document(stranger, alice):
    page = await stranger.get("/@alice")

    link = '<link rel="alternate" type="application/activity+json" '
    assert f'{link}href="http://a.localhost:8001/users/alice">' in page.html


@pytest.mark.parametrize(
    "accept",
    [
        "application/activity+json",
        'application/ld+json; profile="https://www.w3.org/ns/activitystreams"',
        "application/activity+json, text/html;q=0.5",
    ],
)
async def test_a_program_is_sent_to_the_document(stranger, alice, accept):
    page = await stranger.get("/@alice", Accept=accept)

    assert (page.status, page.location) == (303, "http://a.localhost:8001/users/alice")


@pytest.mark.parametrize("accept", ["*/*", "text/html, application/activity+json", ""])
async def test_everybody_else_gets_the_page(stranger, alice, accept):
    assert (await stranger.get("/@alice", Accept=accept)).status == 200


@pytest.mark.parametrize("path", ["/@ALICE", "/@alice@a.localhost:8001", "/@alice/"])
async def test_a_person_has_one_address(stranger, alice, path):
    page = await stranger.get(path)

    assert page.location == "/@alice"


async def test_only_who_asks_for_it_is_indexed(stranger, alice, database):
    before = await stranger.get("/@alice")
    await change(database, alice, indexable=True)
    after = await stranger.get("/@alice")

    assert before.headers["X-Robots-Tag"] == "noindex, noarchive"
    assert "X-Robots-Tag" not in after.headers


@pytest.mark.parametrize("state", ["suspended_at", "deleted_at"])
async def test_who_is_gone_looks_like_nobody(stranger, alice, database, state):
    nobody = await stranger.get("/@nobody")
    await change(database, alice, **{state: clock.now()})
    gone = await stranger.get("/@alice")

    assert nobody.status == gone.status == 404
    assert nobody.html.replace("nobody", "alice") == gone.html


async def test_the_instance_actor_has_no_page(stranger, database):
    async with database.transaction() as session:
        actor = await factories.make_instance_actor(session)

    assert (await stranger.get(f"/@{actor.username}")).status == 404


async def test_posts_are_shown_as_far_as_one_may_see_them(stranger, reader, alice, say, app):
    await say(alice, "<p>Pour tous</p>")
    await say(alice, "<p>Pour la maison</p>", "local")
    await say(alice, "<p>Pour les médecins</p>", "doctors")

    to_stranger = (await stranger.get("/@alice")).text
    to_reader = (await reader.get("/@alice")).text

    assert "Pour tous" in to_stranger and "Pour la maison" not in to_stranger
    assert "Pour tous" in to_reader and "Pour la maison" in to_reader
    assert "Pour les médecins" not in to_reader


async def test_older_posts_are_a_page_away(stranger, alice, say):
    posts = [await say(alice, f"<p>Numéro {n:02}.</p>") for n in range(21)]

    first = await stranger.get("/@alice")
    second = await stranger.get(f"/@alice?max_id={posts[1].id}")

    assert "Numéro 20." in first.text and "Numéro 00." not in first.text
    assert f'href="/@alice?max_id={posts[1].id}"' in first.html
    assert "Numéro 00." in second.text and "Older posts" not in second.text


@pytest.mark.parametrize("number", ["x", "-1", "9" * 19, "%D9%A3", "1" * 30])
async def test_a_page_that_is_none_is_not_found(stranger, alice, number):
    assert (await stranger.get(f"/@alice?max_id={number}")).status == 404


async def test_people_of_other_hosts_are_shown_to_members_only(stranger, reader, bob):
    path = "/@bob@b.localhost:8002"

    sent = await stranger.get(path)
    page = await reader.get(path)

    assert sent.location == "/auth/sign-in?next=%2F%40bob%40b.localhost%3A8002"
    assert page.status == 200
    assert "Dr Bob Verified doctor" in page.text


async def test_nobody_is_looked_up_at_a_host_that_nobody_listed(reader):
    assert (await reader.get("/@someone@unlisted.example")).status == 404
    assert (await reader.get("/@someone@")).status == 404
    assert (await reader.get("/@a b@c d")).status == 404


async def test_a_picture_of_another_host_is_not_loaded(reader, bob, database):
    await change(database, bob, avatar_url="https://b.example/me.png")

    assert "b.example" not in (await reader.get("/@bob@b.localhost:8002")).html


class TestProfilesOnly:
    @pytest.fixture
    def shown(self):
        return PublicPages.PROFILES

    async def test_a_stranger_sees_the_person_and_no_post(self, stranger, alice, say):
        await say(alice, "<p>Pour tous</p>")

        page = await stranger.get("/@alice")

        assert "Dr Alice" in page.text
        assert "Pour tous" not in page.text
        assert "Posts are shown to people who are signed in" in page.text


class TestNothing:
    @pytest.fixture
    def shown(self):
        return PublicPages.OFF

    async def test_a_stranger_cannot_even_learn_who_is_here(self, stranger, alice):
        known = await stranger.get("/@alice")
        unknown = await stranger.get("/@nobody")

        assert known.status == unknown.status == 303
        assert known.location == "/auth/sign-in?next=%2F%40alice"
        assert unknown.location == "/auth/sign-in?next=%2F%40nobody"

    async def test_a_member_reads_as_ever(self, reader, alice):
        assert (await reader.get("/@alice")).status == 200


async def test_the_badge_that_counts_is_read_not_made(stranger, alice, database):
    async with database.transaction() as session:
        badge = (await find_badges(session, [alice.id]))[alice.id]
        await session.delete(badge)

    assert "Verified" not in (await stranger.get("/@alice")).text
