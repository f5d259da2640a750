"""Who may listen to what: tokens, scopes, lists; and that it ends when it may be no more."""

from __future__ import annotations

import json

import pytest
import pytest_asyncio
from sqlalchemy import delete, update
from websockets.exceptions import InvalidStatus

from api import errors, subscribing
from cli import connections
from core.clock import now
from notifications import stream as hub_module
from streams import Server
from users.accounts import set_password, suspend_user
from users.models import AccessToken
from users.sessions import sign_in

PATHS = ("/user", "/user/notification", "/public", "/public/local", "/public/remote", "/direct",
         "/hashtag?tag=a", "/hashtag/local?tag=a", "/list?list=1")  # fmt: skip


@pytest_asyncio.fixture
async def server(house):
    async with Server(house) as running:
        yield running


async def refused(server, program=None, stream=None, **options):
    """Try to open a socket; return the status and the error of the refusal."""
    with pytest.raises(InvalidStatus) as caught:
        async with server.socket(program, stream, **options):
            pass
    response = caught.value.response
    return response.status_code, json.loads(response.body)["error"]


async def test_J01_without_a_token_nothing_is_told(server, house):
    assert await refused(server) == (401, errors.INVALID_TOKEN)
    assert await refused(server, stream="public") == (401, errors.INVALID_TOKEN)
    for path in PATHS:
        async with server.http.get(f"/api/v1/streaming{path}") as answer:
            assert answer.status == 401, path


async def test_J01_an_invented_token_and_a_programs_own_open_nothing(server, house, alice):
    program = await house.program(None)
    house.stranger.bearer = "invented"

    assert await refused(server, house.stranger) == (401, errors.INVALID_TOKEN)
    assert await refused(server, program, "public") == (401, errors.INVALID_TOKEN)


@pytest.mark.parametrize(
    ("scopes", "stream", "path"),
    [
        ("read:notifications", "user", "/user"),
        ("read:notifications", "public", "/public"),
        ("read:notifications", "direct", "/direct"),
        ("read:statuses", "user:notification", "/user/notification"),
        ("write push", "user", "/user"),
    ],
)
async def test_J01_a_token_without_the_scope_is_refused(
    server, house, alice, scopes, stream, path
):
    program = await house.program(alice.person, scopes)
    headers = {"Authorization": f"Bearer {program.bearer}"}

    assert await refused(server, program, stream) == (403, errors.OUT_OF_SCOPE)
    async with server.http.get(f"/api/v1/streaming{path}", headers=headers) as answer:
        assert answer.status == 403


async def test_J01_a_scope_counts_for_what_is_subscribed_later_too(server, house, alice, bruno):
    program = await house.program(alice.person, "read:notifications")
    async with server.socket(program, "user:notification") as socket:
        await socket.say("subscribe", "user")

        assert await socket.raw() == {"error": errors.OUT_OF_SCOPE, "status": 403}
        await bruno.say("Bonjour @alice")
        assert (await socket.next()).event == "notification"


@pytest.mark.parametrize("strangers_see", ["posts"])
async def test_strangers_hear_public_posts_where_pages_are_open(server, house, alice):
    async with server.socket(stream="public") as socket:
        await socket.say("subscribe", "user")
        assert await socket.raw() == {"error": errors.NEEDS_USER, "status": 401}
        await alice.say("Entre nous", visibility="doctors")
        said = await alice.say("Pour tous")

        told = await socket.next()

    assert told.payload == await house.stranger.get(f"/api/v1/statuses/{said['id']}")


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"stream": "nonsense"}, 422),
        ({"stream": 5}, 422),
        ({"stream": ["user"]}, 422),
        ({"stream": None}, 422),
        ({}, 422),
        ({"stream": "list"}, 404),
        ({"stream": "list", "list": "115"}, 404),
        ({"stream": "list", "list": "9" * 30}, 404),
        ({"stream": "list", "list": True}, 404),
        ({"stream": "list", "list": {"id": 1}}, 404),
        ({"stream": "hashtag"}, 422),
        ({"stream": "hashtag", "tag": "  "}, 422),
        ({"stream": "hashtag", "tag": "a\x00b"}, 422),
        ({"stream": "hashtag", "tag": 7}, 422),
        ({"stream": "hashtag", "tag": "a" * 201}, 422),
    ],
)
async def test_J02_what_does_not_exist_is_refused(server, alice, asked, status):
    async with server.socket(alice) as socket:
        for kind in ("subscribe", "unsubscribe"):
            await socket.connection.send(json.dumps({"type": kind, **asked}))
            assert (await socket.raw())["status"] == status

        await socket.settle()


@pytest.mark.parametrize("said", ["", "{", "[]", "7", '"user"', "null", b"\xff\xfe", "\x00"])
async def test_words_that_are_none_are_answered_and_change_nothing(server, alice, said):
    async with server.socket(alice) as socket:
        await socket.connection.send(said)

        assert (await socket.raw())["status"] == 422
        await socket.settle()


async def test_J02_a_list_of_somebody_else_looks_like_none(server, alice, bruno):
    made = await bruno.post("/api/v1/lists", title="À moi")
    headers = {"Authorization": f"Bearer {alice.bearer}"}
    query = {"stream": "list", "list": made["id"]}

    assert await refused(server, alice, query=query) == (404, errors.NOT_FOUND)
    async with server.http.get(
        "/api/v1/streaming/list", params={"list": made["id"]}, headers=headers
    ) as answer:
        assert answer.status == 404
    async with server.socket(alice) as socket:
        await socket.say("subscribe", "list", list=made["id"])
        assert await socket.raw() == {"error": errors.NOT_FOUND, "status": 404}


async def _change_password(house, alice):
    await set_password(
        house.database, "alice", password="a new long password", decided_by="cli"
    )


async def _suspend(house, alice):
    await suspend_user(house.database, "alice", decided_by="cli")


async def _unheard(house, alice, statement):
    """Change her tokens as another program would that tells nobody."""
    mine = AccessToken.user_id == alice.person.user.id
    async with house.database.transaction() as session:
        await session.execute(statement.where(mine))


async def _revoke_unheard(house, alice):
    await _unheard(house, alice, update(AccessToken).values(revoked_at=now()))


async def _expire_unheard(house, alice):
    await _unheard(house, alice, update(AccessToken).values(expires_at=now()))


async def _renew_unheard(house, alice):
    await _unheard(house, alice, update(AccessToken).values(token_hash="another"))


async def _delete_unheard(house, alice):
    await _unheard(house, alice, delete(AccessToken))


@pytest.mark.parametrize("end", [_change_password, _suspend])
async def test_J03_what_ends_a_token_ends_its_streams_at_once(server, house, alice, bruno, end):
    async with server.socket(alice, "public") as socket, server.sse(alice, "/public") as stream:
        await end(house, alice)
        await bruno.say("Trop tard")

        assert await socket.closed(timeout_s=2) == 1008
        assert await stream.ended(timeout_s=2)
    assert len(server.hub) == 0


@pytest.mark.parametrize(
    "end", [_revoke_unheard, _delete_unheard, _expire_unheard, _renew_unheard]
)
async def test_J03_a_token_that_ended_unheard_hears_no_event_and_is_found(
    server, house, alice, bruno, end
):
    async with server.socket(alice, "public") as socket, server.sse(alice, "/public") as stream:
        await end(house, alice)
        await bruno.say("Trop tard")
        await server.hub.sweep(house.database)

        assert await socket.closed() == 1008
        assert await stream.ended()


async def test_J03_the_search_for_ended_tokens_is_made_often_enough(server, house, alice):
    assert hub_module.SWEEP_S + 1 <= 5
    async with server.socket(alice, "public") as socket:
        await _revoke_unheard(house, alice)

        assert await socket.closed(timeout_s=5) == 1008


async def test_J09_cookies_are_no_authentication(server, house, alice):
    async with house.database.transaction() as session:
        secret, _ = await sign_in(session, alice.person.user)
    names = ("session", "__Host-session")
    cookies = "; ".join(f"{name}={secret}" for name in names)
    headers = {"Cookie": cookies, "Origin": "http://evil.example"}

    assert await refused(server, stream="user", headers=headers) == (401, errors.INVALID_TOKEN)


async def test_a_token_may_come_in_the_query_or_as_subprotocol(server, alice, bruno):
    token, alice.bearer = alice.bearer, None
    # Some clients write the address with a slash at its end.
    url = server.url(access_token=token, stream="public").replace("?", "/?")
    async with server.socket(url=url) as by_query:
        async with server.socket(stream="public", subprotocols=[token]) as by_protocol:
            await bruno.say("Bonjour")

            assert (await by_query.next()).event == (await by_protocol.next()).event == "update"
            assert by_protocol.connection.subprotocol == token
        assert by_query.connection.subprotocol is None


async def test_a_person_has_so_many_connections(server, alice, bruno, monkeypatch):
    monkeypatch.setattr(subscribing, "MAX_CONNECTIONS", 2)
    async with server.socket(alice), server.sse(alice, "/user"):
        assert await refused(server, alice) == (429, "Too many open streams")
        async with server.socket(bruno):
            pass
    async with server.socket(alice, "public") as socket:
        await socket.settle()


async def test_J10_more_than_can_wait_are_told_to_come_back(server, alice, monkeypatch):
    monkeypatch.setattr(connections, "MAX_QUEUE", 0)

    with pytest.raises(InvalidStatus) as caught:
        async with server.socket(alice, "user"):
            pass

    assert caught.value.response.status_code == 503
    assert 5 <= int(caught.value.response.headers["Retry-After"]) <= 30
