"""This machine's bare limits: signatures, requests without a program behind them, inserts."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
import tempfile
import textwrap
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from federation.keys import (
    generate_ed25519,
    generate_rsa,
    sign_ed25519,
    sign_rsa,
    verify_with,
)
from instances import free_port

SIGNATURES = 400
REQUESTS = 3000
INSERTS = 300
_BARE_APP = textwrap.dedent(
    """
    import sys, uvicorn
    async def app(scope, receive, send):
        if scope["type"] != "http":
            return
        await receive()
        await send({"type": "http.response.start", "status": 202, "headers": []})
        await send({"type": "http.response.body", "body": b""})
    uvicorn.run(app, port=int(sys.argv[1]), loop="uvloop", http="httptools", lifespan="off",
                log_level="error", access_log=False)
    """
)


@dataclass(frozen=True, slots=True)
class Limits:
    """Milliseconds of CPU (or, for the insert, of waiting) that one of each costs here."""

    rsa_sign: float
    rsa_verify: float
    ed25519_sign: float
    request: float
    insert: float


async def measure() -> Limits:
    """Measure all of them; takes a few seconds."""
    sign, verify = _rsa()
    return Limits(sign, verify, _ed25519(), await _request(), _insert())


def _rsa() -> tuple[float, float]:
    key, message = generate_rsa(), b"x" * 200
    began = time.process_time()
    for _ in range(SIGNATURES):
        signature = sign_rsa(key.private, message)
    signed = time.process_time()
    for _ in range(SIGNATURES):
        verify_with(key.public, signature, message)
    verified = time.process_time()
    return (signed - began) * 1000 / SIGNATURES, (verified - signed) * 1000 / SIGNATURES


def _ed25519() -> float:
    key, message = generate_ed25519(), b"x" * 200
    began = time.process_time()
    for _ in range(SIGNATURES * 5):
        sign_ed25519(key.private, message)
    return (time.process_time() - began) * 1000 / (SIGNATURES * 5)


def cpu_of(pid: int) -> float:
    """Return the CPU seconds that a process has used."""
    parts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")


@asynccontextmanager
async def bare_server() -> AsyncIterator[tuple[int, int]]:
    """Run an empty program that answers 202 to everything; give its port and its process's id."""
    port = free_port()
    server = await asyncio.create_subprocess_exec(sys.executable, "-c", _BARE_APP, str(port))
    try:
        async with aiohttp.ClientSession() as http:
            for _ in range(100):
                try:
                    async with http.post(f"http://127.0.0.1:{port}/inbox", data=b"x"):
                        break
                except aiohttp.ClientError:
                    await asyncio.sleep(0.05)
        yield port, server.pid
    finally:
        server.terminate()
        await server.wait()


async def _request() -> float:
    async with bare_server() as (port, pid), aiohttp.ClientSession() as http:
        before = cpu_of(pid)
        turns = asyncio.Semaphore(32)

        async def once() -> None:
            url = f"http://127.0.0.1:{port}/inbox"
            async with turns, http.post(url, data=b"x" * 2000) as answer:
                await answer.read()

        await asyncio.gather(*(once() for _ in range(REQUESTS)))
        return (cpu_of(pid) - before) * 1000 / REQUESTS


def _insert() -> float:
    with tempfile.TemporaryDirectory() as folder:
        database = sqlite3.connect(Path(folder) / "bare.db", isolation_level=None)
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=FULL")
        database.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, body BLOB)")
        began = time.perf_counter()
        for number in range(INSERTS):
            database.execute("BEGIN IMMEDIATE")
            database.execute("INSERT INTO t VALUES (?, ?)", (number, b"x" * 2000))
            database.execute("COMMIT")
        took = time.perf_counter() - began
        database.close()
    return took * 1000 / INSERTS
