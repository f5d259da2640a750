"""What one does about another person, by the buttons of a page."""

from __future__ import annotations

import pytest
import pytest_asyncio

import factories
from actors.blocks import find_block, save_block
from actors.follows import find_follow, save_follow
from actors.models import Actor
from actors.relationships import list_relationships
from web.pages.relations import ACTS


@pytest_asyncio.fixture
async def standing(database, alice, carol):
    """How Carol, who reads, stands to Alice."""

    async def ask():
        async with database.read() as session:
            return (await list_relationships(session, carol.id, [alice.id]))[0]

    return ask


def to(actor, act):
    return f"/people/{actor.id}/{act}"


async def test_a_reader_follows_and_stops_following(reader, alice, standing):
    page = await reader.get("/@alice")
    answer = await reader.act(to(alice, "follow"), page)
    assert answer.location == "/@alice"
    assert (await standing()).following

    page = await reader.get("/@alice")
    assert "Following" in page.text
    await reader.act(to(alice, "unfollow"), page)
    assert not (await standing()).following


@pytest.mark.parametrize(
    ("act", "undo", "wish"),
    [
        ("tell-me", "tell-me-not", "notifies"),
        ("show-boosts", "hide-boosts", "shows_boosts"),
    ],
)
async def test_a_follower_chooses_what_to_hear(reader, alice, standing, act, undo, wish):
    await reader.act(to(alice, "follow"), await reader.get("/@alice"))

    for name, wanted in ((undo, False), (act, True), (undo, False)):
        await reader.post(to(alice, name), (await reader.get("/me")).forms["#act"])
        assert getattr(await standing(), wish) is wanted


@pytest.mark.parametrize("act", ["mute", "mute-a-day", "mute-a-week"])
async def test_who_is_muted_is_so_for_as_long_as_was_said(reader, alice, standing, act):
    await reader.act(to(alice, act), await reader.get("/@alice"))

    relation = await standing()
    assert relation.muting
    assert (relation.muting_until is None) is (act == "mute")
    assert "Dr Alice" in (await reader.get("/mutes")).text
    await reader.act(to(alice, "unmute"), await reader.get("/mutes"))
    assert not (await standing()).muting


async def test_who_is_blocked_is_listed_and_let_in_again(reader, alice, standing):
    await reader.act(to(alice, "block"), await reader.get("/@alice"))
    assert (await standing()).blocking
    page = await reader.get("/blocks")

    await reader.act(to(alice, "unblock"), page)

    assert "Dr Alice" in page.text
    assert not (await standing()).blocking


async def test_who_asks_is_let_in_or_refused(reader, database, alice, carol, standing):
    async with database.transaction() as session:
        me, other = await session.get_one(Actor, carol.id), await session.get_one(Actor, alice.id)
        me.approves_followers = True
        await save_follow(session, other, me, uri="https://x.example/1", accepted=False)
    page = await reader.get("/follow-requests")
    assert {to(alice, "accept"), to(alice, "refuse")} <= page.acts

    await reader.act(to(alice, "accept"), page)

    assert (await standing()).followed_by
    assert "Nobody waits" in (await reader.get("/follow-requests")).text
    assert (await reader.post(to(alice, "refuse"), page.forms["#act"])).status == 404
    await reader.act(to(alice, "remove"), await reader.get("/@alice"))
    assert not (await standing()).followed_by


async def test_a_note_is_for_its_writer_alone(reader, stranger, doctor, alice, standing):
    path = to(alice, "note")
    form = (await reader.get("/@alice")).forms[path] | {"note": "Staff du mardi <b>"}

    await reader.post(path, form)

    assert (await standing()).note == "Staff du mardi <b>"
    assert "Staff du mardi &lt;b&gt;" in (await reader.get("/@alice")).html
    for other in (stranger, doctor):
        assert "Staff du mardi" not in (await other.get("/@alice")).html
    assert (await reader.post(path, form | {"note": "x" * 2001})).status == 422
    await reader.post(path, form | {"note": ""})
    assert (await standing()).note == ""


async def test_a_whole_instance_is_blocked_from_a_person_of_it(reader, database):
    async with database.transaction() as session:
        bob = await factories.make_remote_actor(session, "bob", host="b.localhost:8002")
    await reader.act(to(bob, "block-host"), await reader.get(f"/@{bob.handle}"))

    page = await reader.get("/domain-blocks")
    form = page.forms["/domain-blocks"]
    assert "b.localhost:8002" in page.text
    await reader.post("/domain-blocks", form | {"host": "b.localhost:8002", "act": "unblock"})
    assert "b.localhost:8002" not in (await reader.get("/domain-blocks")).text


async def test_what_is_no_name_of_an_instance_is_said_and_kept(reader):
    form = (await reader.get("/domain-blocks")).forms["/domain-blocks"]

    page = await reader.post("/domain-blocks", form | {"host": "no host", "act": "block"})

    assert page.status == 422
    assert page.forms["/domain-blocks"]["host"] == "no host"
    assert "is no name of an instance" in page.text


async def test_our_script_is_answered_with_the_buttons_alone(reader, alice):
    page = await reader.get("/@alice")

    part = await reader.post(to(alice, "follow"), page.forms["#act"], Consilium_Part="1")

    assert part.status == 200
    assert part.html.lstrip().startswith(f'<div class="person-acts row" id="acts-of-{alice.id}"')
    assert "<html" not in part.html


@pytest.mark.parametrize("act", [*ACTS, "note"])
async def test_H20_nothing_is_done_from_another_page(
    reader, stranger, alice, carol, database, act
):
    assert (await stranger.post(to(alice, act), {})).location.startswith("/auth/sign-in")
    assert (await reader.post(to(alice, act), {"csrf_token": "x" * 112})).status == 403

    async with database.read() as session:
        assert await find_follow(session, carol.id, alice.id) is None
        assert await find_block(session, carol.id, alice.id) is None


async def test_what_nobody_does_and_whom_nobody_knows_is_not_found(reader, alice, carol):
    form = (await reader.get("/me")).forms["#act"]

    assert (await reader.post(to(alice, "poke"), form)).status == 404
    assert (await reader.post("/people/12345/follow", form)).status == 404
    assert (await reader.post("/people/x/follow", form)).status == 404
    assert (await reader.post(to(carol, "follow"), form)).status == 403
    assert (await reader.post(to(alice, "block-host"), form)).status == 422
    assert (await reader.post(to(alice, "tell-me"), form)).status == 422


async def test_who_blocks_the_reader_offers_no_button(reader, database, alice, carol):
    async with database.transaction() as session:
        blocker = await session.get_one(Actor, alice.id)
        blocked = await session.get_one(Actor, carol.id)
        await save_block(session, blocker, blocked, uri="https://x.example/b")

    page = await reader.get("/@alice")

    assert to(alice, "follow") not in page.acts
