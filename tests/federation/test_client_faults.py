"""The outbound client against answers that are broken below HTTP; D11, D14, D16–D19, D36."""

from __future__ import annotations

import asyncio
import json
import time
import tracemalloc
import zlib
from functools import cache

import pytest

from core.errors import FetchFailed, FetchUnavailable, HostRefused, InvalidDocument, Withheld
from fakes.ports import listener, raw_server

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/activity+json\r\n"
DEADLINE_S = 0.6


def _note(port):
    return json.dumps({"id": f"http://b.localhost:{port}/x", "type": "Note"}).encode()


def _says(*parts, pause_s=0.0):
    async def answer(_reader, writer):
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause_s)

    return answer


@cache
def _bomb(bits):
    """64 MiB of nothing, packed by zlib in one of its forms."""
    packer = zlib.compressobj(1, zlib.DEFLATED, bits)
    block = bytes(1024 * 1024)
    return b"".join(packer.compress(block) for _ in range(64)) + packer.flush()


async def _fetch(client, port):
    return await client.fetch_document(f"http://b.localhost:{port}/x")


@pytest.mark.parametrize(
    ("length", "body"),
    [
        (b"1000", b'{"id": "x"}'),
        (b"5", b'{"id": "x"}'),
        (b"nonsense", b'{"id": "x"}'),
        (b"-1", b'{"id": "x"}'),
        (b"99999999999999999999", b'{"id": "x"}'),
    ],
)
async def test_d16_a_length_that_is_not_the_bodys(make, length, body):
    answer = _says(HEAD + b"content-length: " + length + b"\r\n\r\n" + body)
    async with raw_server(answer) as port:
        with pytest.raises((FetchUnavailable, FetchFailed, InvalidDocument)):
            await _fetch(make(total_s=DEADLINE_S), port)


async def test_d16_a_body_without_end_is_cut(make):
    sent = 0

    async def answer(_reader, writer):
        nonlocal sent
        writer.write(HEAD + b"connection: close\r\n\r\n")
        while not writer.is_closing() and sent < 64 * 1024 * 1024:
            writer.write(b" " * 65536)
            await writer.drain()
            sent += 65536

    async with raw_server(answer) as port:
        with pytest.raises(FetchFailed):
            await _fetch(make(), port)

    # What was read is 1 MiB; the rest lies in the buffers of the two sockets.
    assert sent < 16 * 1024 * 1024


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "gzip, gzip", "br", "zstd"])
async def test_d17_what_grows_a_thousandfold_takes_no_memory(make, encoding):
    bomb = _bomb(31 if "gzip" in encoding else 15)
    head = HEAD + f"content-encoding: {encoding}\r\ncontent-length: {len(bomb)}\r\n\r\n".encode()
    async with raw_server(_says(head + bomb)) as port:
        tracemalloc.start()
        try:
            with pytest.raises((FetchFailed, FetchUnavailable, InvalidDocument)):
                await _fetch(make(), port)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert peak < 16 * 1024 * 1024


@pytest.mark.parametrize(
    "answer",
    [
        _says(HEAD + b"content-length: 1000\r\n\r\n", *[b" "] * 200, pause_s=0.05),
        _says(b"HTTP/1.1 200 OK\r\n", *[b"x: y\r\n"] * 200, pause_s=0.05),
        _says(HEAD + b"content-length: 1000\r\n\r\n", pause_s=10),
        _says(b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 100_000 + b"\r\n{}"),
        _says(b"HTTP/1.1 200 OK\r\nx: " + b"y" * 1_000_000 + b"\r\n\r\n{}"),
        _says(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 100_000),
        _says(b"nonsense\r\n\r\n"),
        _says(b""),
    ],
    ids=["a byte at a time", "headers without end", "stalled", "100,000 headers", "a long header",
         "hints without end", "no HTTP", "nothing"],
)  # fmt: skip
async def test_d18_an_answer_that_does_not_end_costs_its_host_only(make, b, answer):
    note = b.person("bob").note()
    client = make(total_s=DEADLINE_S)
    async with raw_server(answer) as port:
        slow = asyncio.create_task(_fetch(client, port))
        started = time.monotonic()

        # Other hosts are asked meanwhile.
        assert (await client.fetch_document(note["id"])).id == note["id"]
        with pytest.raises((FetchUnavailable, FetchFailed, InvalidDocument)):
            await slow

    # Only a hang would take this long.
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("status", [204, 206, 304])
async def test_d19_a_status_that_nobody_asked_for(make, status):
    head = HEAD.replace(b"200 OK", str(status).encode() + b" Odd")
    async with raw_server(_says(head + b"content-length: 0\r\n\r\n")) as port:
        with pytest.raises(FetchFailed):
            await _fetch(make(), port)


async def test_a_plain_answer_of_such_a_socket_is_read(make):
    async def answer(_reader, writer):
        body = _note(writer.get_extra_info("sockname")[1])
        writer.write(HEAD + f"content-length: {len(body)}\r\n\r\n".encode() + body)

    async with raw_server(answer) as port:
        assert (await _fetch(make(), port)).type == "Note"


async def test_d11_of_a_public_and_a_private_address_the_public_one_is_dialled(make, b):
    note = b.person("bob").note()
    b.serve({**note, "id": f"http://b.example:{b.port}/n"}, at="/n")

    async def resolve(_host, _port):
        return ["10.0.0.1", "127.0.0.2", "::1", "127.0.0.1"]

    async with listener("127.0.0.2", b.port) as (_, connected):
        document = await make(resolve=resolve).fetch_document(f"http://b.example:{b.port}/n")

        assert document.id == f"http://b.example:{b.port}/n"
        assert connected == []


async def test_d14_what_stands_behind_a_number_sign_names_no_host(make, b):
    async with listener() as (port, connected):
        with pytest.raises((FetchFailed, InvalidDocument, HostRefused, Withheld)):
            await make().fetch_document(f"{b.base_url}/x\\@127.0.0.1:{port}/")
        note = b.person("bob").note()

        found = await make().fetch_document(f"{note['id']}#@127.0.0.1:{port}/")

        assert found.id == note["id"]
        assert connected == []


@pytest.mark.parametrize("status", [400, 401, 403])
async def test_d36_a_host_that_refuses_our_signature_is_asked_twice_at_most(make, b, status):
    b.script("/x", status=status)

    with pytest.raises((FetchFailed, Withheld)):
        await make().fetch_document(f"{b.base_url}/x")

    assert len(b.journal) <= 2
