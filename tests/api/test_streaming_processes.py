"""Streams of whole instances, as they are run: their logs, their stop, several processes."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from commands import Commands
from instances import Instance
from streams import AT, Socket


def address(instance, **query):
    parts = "&".join(f"{name}={value}" for name, value in query.items())
    return f"ws://127.0.0.1:{instance.port}{AT}?{parts}"


async def _post(instance, token, text):
    return await asyncio.to_thread(
        instance.api, "POST", "/api/v1/statuses", token, status=text, visibility="public"
    )


async def test_J12_a_token_in_the_address_is_in_no_log_and_a_stop_waits_for_no_stream(
    tmp_path: Path,
):
    instance = Instance("chu", tmp_path).migrated()
    with instance:
        token = await asyncio.to_thread(Commands(instance).account, "alice", "Dr Alice")
        with pytest.raises(InvalidStatus):
            async with connect(address(instance, access_token="invented-secret", stream="user")):
                pass
        async with connect(address(instance, access_token=token, stream="user")) as opened:
            said = await _post(instance, token, "Bonjour")
            told = await Socket(opened).next()
            began = time.monotonic()
            await asyncio.to_thread(instance.stop)

            assert await Socket(opened).closed() == 1001
    assert told.payload["id"] == said["id"]
    assert time.monotonic() - began < 5
    assert token not in instance.log
    assert "invented-secret" not in instance.log
    assert "Traceback" not in instance.log


async def test_what_one_process_writes_is_heard_at_all_others(tmp_path: Path, cluster):
    """Two serve, one works: whichever took the post, and whichever holds the socket."""
    url = await asyncio.to_thread(cluster.new_database, template="template1")
    instance = Instance("many", tmp_path, database_url=url, workers=2)
    await asyncio.to_thread(instance.start)
    try:
        token = await asyncio.to_thread(Commands(instance).account, "alice", "Dr Alice")
        async with AsyncExitStack() as stack:
            query = {"access_token": token, "stream": "user"}
            opened = [
                Socket(await stack.enter_async_context(connect(address(instance, **query))))
                for _ in range(12)
            ]
            for number in range(6):
                said = await _post(instance, token, f"n° {number}")
                told = [(await socket.next()).payload["id"] for socket in opened]
                assert told == [said["id"]] * len(opened)
    finally:
        await asyncio.to_thread(instance.stop)
    assert "Traceback" not in instance.log
