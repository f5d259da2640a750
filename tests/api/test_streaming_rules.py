"""Nobody hears live of what they could not read: the rules of timelines, asked at each event."""

from __future__ import annotations

from contextlib import AsyncExitStack

import pytest
import pytest_asyncio

from actors.follows import delete_follow
from db.bus import Event, emit
from pictures import encoded, picture
from posts.timelines import fan_out
from streams import Server, arrive
from uploading import uploaded
from writing import write


@pytest_asyncio.fixture
async def server(house):
    async with Server(house) as running:
        yield running


STREAMS = ("user", "public", "public:local")


async def hears_nothing_but(socket, said):
    """Tell that the next thing that comes, on each stream, is this one post."""
    told = [await socket.next() for _ in STREAMS]
    assert {one.payload["id"] for one in told} == {said["id"]}, told
    return await socket.quiet(0.1)


@pytest_asyncio.fixture
async def listening(server, house, alice, bruno, chloe):
    """Alice follows both, and listens to all that could bring her a post."""
    for one in (bruno, chloe):
        await house.follows(alice.actor, one.actor)
    async with server.socket(alice) as socket:
        for stream in STREAMS:
            await socket.subscribe(stream)
        yield socket


async def test_J04_after_a_block_nothing_of_the_author_is_told(listening, alice, bruno, chloe):
    await bruno.post(f"/api/v1/accounts/{alice.id}/block")

    for visibility in ("public", "unlisted", "followers", "doctors"):
        await bruno.say("Sans elle", visibility=visibility)
    last = await chloe.say("Pour tous")

    assert await hears_nothing_but(listening, last)


async def test_J04_who_is_removed_as_a_follower_hears_no_more(listening, alice, bruno, chloe):
    await bruno.post(f"/api/v1/accounts/{alice.id}/remove_from_followers")

    await bruno.say("Entre nous", visibility="followers")
    last = await chloe.say("Pour tous")

    assert await hears_nothing_but(listening, last)


async def test_J04_the_rule_is_asked_when_it_is_told_not_when_it_was_written(
    listening, house, alice, bruno, chloe
):
    async with house.database.transaction() as session:
        post = await write(session, bruno.actor, "followers")
        await fan_out(session, post, bruno.actor)
        session.info.pop("events")
        await delete_follow(session, alice.actor.id, bruno.actor.id)
    async with house.database.transaction() as session:
        emit(session, Event("post", post.id, bruno.actor.id))
    last = await chloe.say("Pour tous")

    assert await hears_nothing_but(listening, last)


async def test_J05_an_edit_and_a_deletion_reach_only_who_may_read_the_post(
    listening, house, alice, bruno, chloe
):
    private = await bruno.say("À Chloé seule @chloe", visibility="direct")
    await bruno.put(f"/api/v1/statuses/{private['id']}", status="À Chloé seule, vraiment @chloe")
    await bruno.delete(f"/api/v1/statuses/{private['id']}")
    stranger = await house.remote("eve")
    async with house.database.transaction() as session:
        for_others = await write(session, stranger, "followers")
        emit(session, Event("edited", for_others.id, stranger.id))
        emit(session, Event("deleted", 115))
    last = await chloe.say("Pour tous")

    assert await hears_nothing_but(listening, last)


async def test_J05_followers_hear_of_an_edit_and_a_deletion(server, house, alice, bruno, chloe):
    await house.follows(alice.actor, bruno.actor)
    said = await bruno.say("Pour mes abonnés", visibility="followers")
    async with server.socket(alice, "user") as hers, server.socket(chloe, "user") as others:
        await bruno.put(f"/api/v1/statuses/{said['id']}", status="Pour eux")
        await bruno.delete(f"/api/v1/statuses/{said['id']}")

        assert [(await hers.next()).event, (await hers.next()).event] == ["status.update", "delete"]
        assert await others.quiet()


@pytest.mark.parametrize(
    "turn_away",
    ["mute", "block"],
)
async def test_J06_who_is_turned_away_is_not_heard_nor_passed_on(
    listening, alice, bruno, chloe, turn_away
):
    said = await bruno.say("Avant")
    for _ in STREAMS:
        await listening.next()
    await alice.post(f"/api/v1/accounts/{bruno.id}/{turn_away}")

    await bruno.say("Encore moi @alice")
    await bruno.put(f"/api/v1/statuses/{said['id']}", status="Toujours moi")
    await chloe.post(f"/api/v1/statuses/{said['id']}/reblog")
    last = await chloe.say("Pour tous")

    assert await hears_nothing_but(listening, last)


async def test_J06_a_blocked_domain_is_not_heard(server, house, alice):
    bob, eve = await house.remote("bob"), await house.remote("eve", host="e.localhost:8005")
    await alice.post("/api/v1/domain_blocks", domain=bob.host)
    async with server.socket(alice, "public") as socket:
        await arrive(house, bob, "<p>Non</p>")
        heard = await arrive(house, eve, "<p>Oui</p>")

        assert (await socket.next()).payload["id"] == str(heard.id)
        assert await socket.quiet()


async def test_J06_filters_hide_in_their_context_and_are_reported_elsewhere(
    server, house, alice, bruno
):
    await house.follows(alice.actor, bruno.actor)
    await alice.post(
        "/api/v2/filters",
        title="Foot",
        context=["home"],
        filter_action="hide",
        keywords_attributes=[{"keyword": "football", "whole_word": True}],
    )
    async with server.socket(alice) as socket:
        await socket.subscribe("public")
        await socket.subscribe("user")
        said = await bruno.say("Du football !")

        told = await socket.next()

        assert await socket.quiet()
    assert (told.streams, told.payload["id"]) == (["public"], said["id"])
    assert [one["filter"]["title"] for one in told.payload["filtered"]] == ["Foot"]


async def test_J06_notices_of_whom_one_mutes_are_not_told(server, alice, bruno, chloe):
    await alice.post(f"/api/v1/accounts/{bruno.id}/mute")
    async with server.socket(alice, "user:notification") as socket:
        await bruno.say("Bonjour @alice")
        await chloe.say("Bonjour @alice")

        assert (await socket.next()).payload["account"]["id"] == chloe.id
        assert await socket.quiet()


async def test_J11_what_is_rolled_back_is_never_told(listening, house, bruno, chloe):
    with pytest.raises(ZeroDivisionError):
        async with house.database.transaction() as session:
            post = await write(session, bruno.actor)
            emit(session, Event("post", post.id, bruno.actor.id))
            raise ZeroDivisionError
    last = await chloe.say("Pour tous")

    assert await hears_nothing_but(listening, last)


@pytest.mark.parametrize("with_quote", [False, True])
async def test_everybody_is_told_what_they_would_read(
    server, house, alice, bruno, chloe, with_quote
):
    """Built once for many: it must be what each would get for themselves."""
    dora = await house.person("dora")
    eric, fanny = await house.person("eric"), await house.person("fanny")
    for one in (alice, dora, eric, fanny):
        await house.follows(one.actor, bruno.actor)
    quoted = await bruno.say("Cité")
    said = await bruno.say("Avant", **({"quoted_status_id": quoted["id"]} if with_quote else {}))
    await alice.post(f"/api/v1/statuses/{said['id']}/favourite")
    await dora.post(f"/api/v1/statuses/{said['id']}/bookmark")
    await eric.post(
        "/api/v2/filters",
        title="Après",
        context=["home"],
        keywords_attributes=[{"keyword": "après"}],
    )
    people = (alice, bruno, chloe, dora, eric, fanny)
    async with AsyncExitStack() as opened:
        sockets = [
            await opened.enter_async_context(server.socket(one, "public")) for one in people
        ]
        await bruno.put(f"/api/v1/statuses/{said['id']}", status="Après")

        for person, socket in zip(people, sockets, strict=True):
            told = await socket.next()
            read = await person.get(f"/api/v1/statuses/{said['id']}")
            assert told.payload == read


@pytest.mark.parametrize("visibility", ["followers", "doctors"])
@pytest.mark.parametrize("with_quote", [False, True])
async def test_F14_each_is_told_links_to_files_that_are_their_own(
    server, house, alice, bruno, chloe, visibility, with_quote
):
    dora = await house.person("dora", doctor=True)
    for one in (alice, dora):
        await house.follows(one.actor, bruno.actor)
    media = await uploaded(bruno, encoded(picture(), "JPEG"))
    said = await bruno.say("ECG", visibility=visibility, media_ids=[media["id"]])
    if with_quote:
        said = await bruno.say("Voir", visibility=visibility, quoted_status_id=said["id"])
    people = (alice, dora)
    async with AsyncExitStack() as opened:
        sockets = [await opened.enter_async_context(server.socket(one, "user")) for one in people]
        await bruno.put(f"/api/v1/statuses/{said['id']}", status="Après")

        for person, socket in zip(people, sockets, strict=True):
            shown = (await socket.next()).payload
            shown = shown["quote"]["quoted_status"] if with_quote else shown
            assert f"&v={person.id}&" in shown["media_attachments"][0]["url"]
