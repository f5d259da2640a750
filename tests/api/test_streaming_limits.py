"""What a hostile or slow client of a stream can do: nothing to others (J07, J08, J10)."""

from __future__ import annotations

import asyncio
import time

import pytest
import pytest_asyncio
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from api import stream_socket
from cli import connections
from streams import AT, Server, Socket

STORM = 300


@pytest_asyncio.fixture
async def server(house):
    async with Server(house) as running:
        yield running


async def test_J07_a_thousand_subscriptions_end_the_connection(server, alice, monkeypatch):
    monkeypatch.setattr(connections, "FRAMES_AT_ONCE", 5000)
    async with server.socket(alice) as socket:
        for number in range(1000):
            await socket.say("subscribe", "hashtag", tag=f"a{number}")

        assert await socket.closed() == 1008
    assert len(server.hub) == 0


async def test_J07_as_many_subscriptions_as_anybody_reads_are_kept(server, alice, bruno):
    async with server.socket(alice) as socket:
        for number in range(stream_socket.MAX_SUBSCRIPTIONS):
            await socket.say("subscribe", "hashtag", tag=f"a{number}")
        await socket.settle()
        await bruno.say("Le dernier #a99")

        assert (await socket.next()).streams == ["hashtag", "a99"]


async def test_J07_a_frame_of_ten_megabytes_ends_the_connection(server, alice):
    async with server.socket(alice) as socket:
        try:
            await socket.connection.send("x" * 10_000_000)
        except ConnectionClosed:
            pass

        assert await socket.closed() in {1006, 1009}


async def test_J07_endless_fragments_end_the_connection(server, alice):
    async def endless(part):
        while True:
            yield part
            await asyncio.sleep(0)

    for part in ("", "x"):
        async with server.socket(alice) as socket:
            with pytest.raises(ConnectionClosed) as caught:
                await asyncio.wait_for(socket.connection.send(endless(part)), 20)
            assert caught.value.rcvd is None or caught.value.rcvd.code in {1008, 1009}


async def test_J07_a_flood_of_pings_ends_the_connection(server, alice):
    async with server.socket(alice) as socket:
        with pytest.raises(ConnectionClosed):
            for _ in range(5000):
                await socket.connection.ping()
                await asyncio.sleep(0)
            await socket.connection.wait_closed()


async def test_J07_a_flood_of_messages_ends_the_connection(server, alice):
    async with server.socket(alice) as socket:
        with pytest.raises(ConnectionClosed):
            for _ in range(5000):
                await socket.connection.send("{}")
                await asyncio.sleep(0)
            await socket.connection.wait_closed()


async def test_J07_compression_is_not_offered(server, alice):
    headers = {"Authorization": f"Bearer {alice.bearer}"}
    async with connect(server.url(), additional_headers=headers, compression="deflate") as opened:
        assert "Sec-WebSocket-Extensions" not in opened.response.headers
        # A compressed frame all the same (RSV1): the connection ends.
        frame = b"\xc1\x84" + b"mask" + b"abcd"
        opened.transport.write(frame)

        assert await Socket(opened).closed() == 1002


@pytest.mark.parametrize("is_socket", [True, False])
async def test_J08_who_does_not_read_is_cut_off_and_harms_nobody(
    server, house, alice, bruno, caplog, is_socket
):
    await house.follows(alice.actor, bruno.actor)
    connections_before = len(server.server.server_state.connections)
    _, writer = await _deaf_client(server, bruno, is_socket=is_socket)
    await _until(lambda: len(server.hub) == 1)
    (deaf,) = server.hub._listeners
    (channel,) = deaf.channels
    async with server.socket(alice, "user") as reader:
        for number in range(400):
            # Far more than what the kernel keeps for a connection.
            deaf.tell(channel, "update", "x" * 100_000)
            if number % 50 == 0:
                said = await bruno.say("Pour qui lit")
                assert (await reader.next(timeout_s=2)).payload["id"] == said["id"]
            await asyncio.sleep(0)

        assert len(server.hub) == 1
        await _until(lambda: len(server.server.server_state.connections) <= connections_before + 2)
    writer.close()
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == []


async def _deaf_client(server, program, *, is_socket):
    """Open a stream by hand, and read nothing of it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=1024)
    lines = [
        f"GET {AT}{'?stream=user' if is_socket else '/user'} HTTP/1.1",
        f"Host: 127.0.0.1:{server.port}",
        f"Authorization: Bearer {program.bearer}",
    ]
    if is_socket:
        lines += [
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        ]
    writer.write("\r\n".join([*lines, "", ""]).encode())
    return reader, writer


async def test_J10_after_a_restart_all_are_let_in_and_health_answers(server, house):
    programs = [await house.person(f"p{number}") for number in range(10)]
    slowest = 0.0
    is_over = asyncio.Event()

    async def watch():
        nonlocal slowest
        while not is_over.is_set():
            # Of this thread's own time: how busy the machine is with other things says nothing.
            began = time.thread_time()
            async with server.http.get(f"{AT}/health") as answer:
                assert answer.status == 200
            slowest = max(slowest, time.thread_time() - began)
            await asyncio.sleep(0.02)

    async def come_back(program):
        reader, writer = await _deaf_client(server, program, is_socket=True)
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101")
        return writer

    watching = asyncio.create_task(watch())
    back = await asyncio.gather(*(come_back(programs[number % 10]) for number in range(STORM)))
    is_over.set()
    await watching

    assert slowest < 1
    await _until(lambda: len(server.hub) == STORM)
    for writer in back:
        writer.close()
    await _until(lambda: len(server.hub) == 0)


@pytest.mark.parametrize(
    "line",
    [
        b"GET %s?stream=\xff\xfe HTTP/1.1" % AT.encode(),
        b"GET %s?access_token=%%00%%ff HTTP/1.1" % AT.encode(),
        b"GET /api/v1/nothing HTTP/1.1",
        b"GET %s HTTP/1.1\r\nSec-WebSocket-Protocol: a\xff" % AT.encode(),
        b"GET %s HTTP/1.1\r\nSec-WebSocket-Version: 7" % AT.encode(),
    ],
)
async def test_J10_who_cannot_be_let_in_keeps_nobody_out(server, alice, line):
    for _ in range(3 * connections.ADMITTED_AT_ONCE):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        headers = b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        key = b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        writer.write(line + b"\r\nHost: a\r\n" + headers + key + b"\r\n")
        answer = await asyncio.wait_for(reader.read(), 8)
        assert answer == b"" or answer.startswith(b"HTTP/1.1 4"), answer
        writer.close()

    async with server.socket(alice, "user") as socket:
        await socket.settle()


async def test_a_stop_closes_every_stream_at_once(server, alice):
    async with server.socket(alice, "user") as socket, server.sse(alice, "/user") as stream:
        began = time.monotonic()
        await server.drain()

        assert await socket.closed() == 1001
        assert await stream.ended()
        assert time.monotonic() - began < 5


async def _until(question):
    for _ in range(500):
        if question():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it did not come to that")
