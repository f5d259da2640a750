"""Live events over the WebSocket and over server-sent events, as clients read them."""

from __future__ import annotations

import pytest
import pytest_asyncio

from notifications.announcements import delete_announcement, save_announcement
from streams import Server, arrive


@pytest_asyncio.fixture
async def server(house):
    async with Server(house) as running:
        yield running


async def test_what_somebody_followed_says_comes_to_home_at_once(server, house, alice, bruno):
    await house.follows(alice.actor, bruno.actor)
    async with server.socket(alice, "user") as socket:
        said = await bruno.say("Bonjour Alice")

        told = await socket.next()

    assert (told.streams, told.event) == (["user"], "update")
    assert told.payload["id"] == said["id"]
    assert told.payload == await alice.get(f"/api/v1/statuses/{said['id']}")


async def test_one_socket_carries_many_streams(server, alice, bruno):
    async with server.socket(alice) as socket:
        await socket.subscribe("public")
        await socket.subscribe("hashtag", tag="#DoctoctOc")
        said = await bruno.say("Une question #doctoctoc")

        told = [await socket.next(), await socket.next()]

    assert sorted(one.streams for one in told) == [["hashtag", "doctoctoc"], ["public"]]
    assert {one.payload["id"] for one in told} == {said["id"]}


async def test_what_is_unsubscribed_comes_no_more(server, alice, bruno):
    async with server.socket(alice, "public") as socket:
        await socket.subscribe("public:local")
        await socket.unsubscribe("public")
        await bruno.say("Bonjour")

        assert (await socket.next()).streams == ["public:local"]
        assert await socket.quiet()


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/user", {}),
        ("/public", {}),
        ("/public/local", {}),
        ("/hashtag", {"tag": "doctoctoc"}),
        ("/hashtag/local", {"tag": "DocToctoc"}),
    ],
)
async def test_server_sent_events_carry_one_stream(server, house, alice, bruno, path, query):
    await house.follows(alice.actor, bruno.actor)
    async with server.sse(alice, path, **query) as stream:
        said = await bruno.say("Bonjour #doctoctoc")

        told = await stream.next()

    assert stream.answer.content_type == "text/event-stream"
    assert stream.answer.headers["Access-Control-Allow-Origin"] == "*"
    assert (told.event, told.payload["id"]) == ("update", said["id"])


async def test_an_edit_is_told_with_the_new_wording(server, house, alice, bruno):
    await house.follows(alice.actor, bruno.actor)
    said = await bruno.say("Avant")
    await alice.post(f"/api/v1/statuses/{said['id']}/favourite")
    async with server.socket(alice, "user") as socket:
        await bruno.put(f"/api/v1/statuses/{said['id']}", status="Après")

        told = await socket.next()

    assert (told.event, told.payload["id"]) == ("status.update", said["id"])
    assert "Après" in told.payload["content"]
    assert told.payload["edited_at"] is not None
    assert told.payload["favourited"] is True


async def test_a_deleted_post_is_told_by_its_id(server, house, alice, bruno):
    await house.follows(alice.actor, bruno.actor)
    said = await bruno.say("Oublié #demain")
    async with server.socket(alice, "user") as home, server.socket(alice, "public") as public:
        async with server.socket(alice, query={"stream": "hashtag", "tag": "demain"}) as tag:
            await bruno.delete(f"/api/v1/statuses/{said['id']}")

            told = [await home.next(), await public.next(), await tag.next()]

    assert [(one.event, str(one.payload)) for one in told] == [("delete", said["id"])] * 3


async def test_a_boost_comes_and_goes(server, house, alice, bruno, chloe):
    await house.follows(alice.actor, bruno.actor)
    said = await chloe.say("À lire")
    async with server.socket(alice, "user") as home, server.socket(alice, "public") as public:
        passed_on = await bruno.post(f"/api/v1/statuses/{said['id']}/reblog")
        came = await home.next()
        await bruno.post(f"/api/v1/statuses/{said['id']}/unreblog")
        went = await home.next()

        assert await public.quiet()
    assert (came.payload["id"], came.payload["reblog"]["id"]) == (passed_on["id"], said["id"])
    assert (went.event, str(went.payload)) == ("delete", passed_on["id"])


async def test_a_notice_comes_as_the_notification_endpoint_shows_it(server, alice, bruno):
    async with server.socket(alice, "user") as home:
        async with server.socket(alice, "user:notification") as notices:
            await bruno.say("Bonjour @alice")

            told = [await home.next(), await notices.next()]

    listed = await alice.get("/api/v1/notifications")
    assert [(one.event, one.streams) for one in told] == [
        ("notification", ["user"]),
        ("notification", ["user:notification"]),
    ]
    assert told[0].payload == told[1].payload == listed[0]


async def test_without_the_scope_home_comes_without_notices(server, house, alice, bruno):
    await house.follows(alice.actor, bruno.actor)
    program = await house.program(alice.person, "read:statuses")
    async with server.socket(program, "user") as socket:
        await bruno.say("Bonjour @alice")

        assert (await socket.next()).event == "update"
        assert await socket.quiet()


@pytest.mark.parametrize(
    ("stream", "comes"),
    [
        ("public", {"here", "elsewhere"}),
        ("public:local", {"here", "for us"}),
        ("public:remote", {"elsewhere"}),
        ("public:media", set()),
        ("public:local:media", set()),
        ("public:remote:media", set()),
    ],
)
async def test_public_streams_show_what_their_timelines_show(
    server, house, alice, bruno, stream, comes
):
    bob = await house.remote()
    async with server.socket(alice, stream) as socket:
        await bruno.say("here")
        await bruno.say("for us", visibility="local")
        await bruno.say("hidden", visibility="unlisted")
        await bruno.say("for doctors", visibility="doctors")
        await arrive(house, bob, "<p>elsewhere</p>")

        told = {_words(await socket.next()) for _ in comes}

        assert await socket.quiet()
    assert told == comes


async def test_posts_with_media_come_to_the_media_streams(server, house, alice):
    bob = await house.remote()
    picture = {"type": "Image", "mediaType": "image/png", "url": "https://b.example/x.png"}
    async with server.socket(alice, "public:media") as socket:
        await arrive(house, bob, "<p>une radio</p>", attachments=[picture])

        assert _words(await socket.next()) == "une radio"


async def test_a_list_shows_its_people_and_home_leaves_out_an_exclusive_ones(
    server, house, alice, bruno, chloe
):
    for one in (bruno, chloe):
        await house.follows(alice.actor, one.actor)
    made = await alice.post("/api/v1/lists", title="Cardio", exclusive=True)
    await alice.post(f"/api/v1/lists/{made['id']}/accounts", account_ids=[bruno.id])
    async with server.socket(alice, "user") as home, server.socket(alice) as lists:
        await lists.subscribe("list", list=made["id"])
        await bruno.say("Dans la liste")
        await chloe.say("Hors de la liste")

        on_list, at_home = await lists.next(), await home.next()

        assert await lists.quiet()
    assert (on_list.streams, _words(on_list)) == (["list", made["id"]], "Dans la liste")
    assert _words(at_home) == "Hors de la liste"


async def test_talks_come_to_those_who_take_part(server, alice, bruno, chloe):
    async with server.socket(alice, "direct") as hers, server.socket(chloe, "direct") as others:
        said = await bruno.say("Un avis ? @alice", visibility="direct")

        told = await hers.next()

        assert await others.quiet()
    assert (told.streams, told.event) == (["direct"], "conversation")
    assert told.payload["last_status"]["id"] == said["id"]
    assert told.payload == (await alice.get("/api/v1/conversations"))[0]


async def test_changed_filters_are_told_to_their_owner(server, alice, bruno):
    async with server.socket(alice, "user") as mine, server.socket(bruno, "user") as others:
        await alice.post("/api/v2/filters", title="Non", context=["home"])

        told = await mine.next()

        assert await others.quiet()
    assert (told.event, told.payload) == ("filters_changed", None)


async def test_announcements_are_told_to_everybody_here(server, house, alice, bruno):
    async with server.socket(alice, "user") as hers, server.sse(bruno, "/user") as his:
        async with house.database.transaction() as session:
            made = await save_announcement(session, "Panne à 22 h", decided_by="cli")
        told, his_too = await hers.next(), await his.next()
        await bruno.put(f"/api/v1/announcements/{made.id}/reactions/👍")
        reaction = await hers.next()
        async with house.database.transaction() as session:
            await delete_announcement(session, made.id, decided_by="cli")
        gone = await hers.next()

    assert told.event == his_too.event == "announcement"
    assert told.payload == his_too.payload
    assert (told.payload["id"], told.payload["read"]) == (str(made.id), False)
    assert (reaction.event, reaction.payload) == (
        "announcement.reaction",
        {"name": "👍", "count": 1, "announcement_id": str(made.id)},
    )
    assert (gone.event, str(gone.payload)) == ("announcement.delete", str(made.id))


async def test_a_silent_stream_shows_that_it_is_alive(server, alice, monkeypatch):
    monkeypatch.setattr("api.streaming.HEARTBEAT_S", 0.05)
    async with server.sse(alice, "/user") as stream:
        assert (await stream.next()).event == ":thump"


async def test_asking_only_for_the_headers_of_a_stream_comes_to_an_end(server, alice):
    headers = {"Authorization": f"Bearer {alice.bearer}"}
    async with server.http.head("/api/v1/streaming/user", headers=headers) as answer:
        assert (answer.status, answer.content_type) == (200, "text/event-stream")
    assert len(server.hub) == 0


async def test_without_websocket_the_address_says_so(server, alice):
    assert (await alice.ask("GET", "/api/v1/streaming")).status == 400


async def test_health_answers_whoever_asks(server, house):
    async with server.http.get("/api/v1/streaming/health") as answer:
        assert (answer.status, await answer.text()) == (200, "OK")


def _words(told):
    assert told.event == "update"
    return told.payload["content"].removeprefix("<p>").removesuffix("</p>")
