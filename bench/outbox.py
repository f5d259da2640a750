"""What leaves: posts to followers on 200 hosts, each delivery signed and answered.

Once as to hosts of which nothing is known (RSA, draft-cavage-12), once as between peers that
announce RFC 9421 (Ed25519); and where the CPU of such a delivery goes.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from ipaddress import ip_network
from pathlib import Path

import aiohttp
from aiohttp import web

from actors.dialects import note_scheme
from actors.follows import save_follow
from bench.figures import Figure
from bench.house import in_database, instance, make_person
from bench.limits import Limits, bare_server
from core.clock import now
from db.session import AsyncSession
from factories import make_remote_actor
from federation.addresses import AddressGate
from federation.keys import generate_ed25519, generate_rsa
from federation.knocking import Scheme
from federation.resolver import resolve_with_system
from federation.signatures.cavage import sign_cavage
from federation.signatures.rfc9421 import sign_message
from federation.transport import Transport
from federation.vocabulary import ACTIVITY_JSON
from instances import Instance, free_port

HOSTS = 200
POSTS = 10
SIGNED = 2000
_BODY = b"x" * 2000


def run(folder: Path, limits: Limits) -> list[Figure]:
    """Measure the CPU of the server for each delivery, by either signature."""
    rsa = _deliver(folder, Scheme.CAVAGE)
    ed25519 = _deliver(folder, Scheme.ED25519)
    bare = asyncio.run(_bare_posts())
    by_rsa, by_ed25519 = _signing()
    return [
        Figure("CPU per delivery, RSA, draft-cavage-12", rsa, "ms", 0.45,
               limits.rsa_sign, "RSA signature"),
        Figure("CPU per delivery, Ed25519, RFC 9421", ed25519, "ms", 0.2,
               limits.ed25519_sign, "Ed25519 signature"),
        Figure("  of it: digest, headers and Ed25519 signature", by_ed25519, "ms", 0.2,
               limits.ed25519_sign, "Ed25519 signature"),
        Figure("  of it: the POST itself, by aiohttp", bare, "ms"),
        Figure("  of it: the rest, queue, policy and bookkeeping",
               max(ed25519 - by_ed25519 - bare, 0.0), "ms"),
        Figure("digest, headers and RSA signature, for comparison", by_rsa, "ms", None,
               limits.rsa_sign, "RSA signature"),
    ]  # fmt: skip


def _deliver(folder: Path, scheme: Scheme) -> float:
    """Return the milliseconds of CPU for each of many deliveries to hosts that read a scheme."""
    server, port = instance(folder, f"outbox-{scheme}"), free_port()
    token = in_database(server, lambda session: _fill(session, port, scheme))
    with server:
        used, took, first = asyncio.run(_measure(server, token, port, scheme))
    count = HOSTS * POSTS
    print(
        f"  {scheme}: {count / took:.0f} deliveries/s; "
        f"the first {first * 1000:.0f} ms after the 200"
    )
    return used * 1000 / count


async def _fill(session: AsyncSession, port: int, scheme: Scheme) -> str:
    author, _, token = await make_person(session, "author")
    for number in range(HOSTS):
        host = f"h{number}.localhost:{port}"
        fan = await make_remote_actor(session, "fan", host=host)
        await save_follow(session, fan, author, uri=f"{fan.uri}/f", accepted=True)
        await note_scheme(session, host, scheme)
    return token


async def _measure(
    server: Instance, token: str, port: int, scheme: Scheme
) -> tuple[float, float, float]:
    arrived, times = asyncio.Event(), []

    async def take(request: web.Request) -> web.Response:
        await request.read()
        assert ("signature-input" in request.headers) == (scheme is not Scheme.CAVAGE)
        times.append(time.perf_counter())
        if len(times) == HOSTS * POSTS:
            arrived.set()
        return web.Response(status=202)

    sink = web.Application()
    sink.router.add_route("POST", "/{rest:.*}", take)
    runner = web.AppRunner(sink)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    headers = {"authorization": f"Bearer {token}", "host": server.host}
    async with aiohttp.ClientSession() as http:
        before, began = server.cpu_s(), time.perf_counter()
        for number in range(POSTS):
            body = {"status": f"Post {number}", "visibility": "public"}
            url = f"{server.url}/api/v1/statuses"
            async with http.post(url, json=body, headers=headers) as answer:
                assert answer.status == 200, await answer.text()
            if number == 0:
                posted = time.perf_counter()
        async with asyncio.timeout(120):
            await arrived.wait()
        await asyncio.sleep(0.3)
    used = server.cpu_s() - before
    await runner.cleanup()
    return used, max(times) - began, min(times) - posted


async def _bare_posts() -> float:
    """Return the CPU of sending as much to as many hosts, with nothing signed or written down."""

    async def everybody(_host: str) -> bool:
        return True

    transport = Transport(
        gate=AddressGate(development=True, networks=(ip_network("127.0.0.0/8"),)),
        own_host="",
        may_talk_to=everybody,
        resolve=resolve_with_system,
        total_s=30.0,
    )
    turns, headers = asyncio.Semaphore(64), {"content-type": ACTIVITY_JSON}
    async with bare_server() as (port, _):

        async def once(number: int) -> None:
            url = f"http://h{number % HOSTS}.localhost:{port}/inbox"
            async with turns:
                await transport.check(url)
                await transport.request("POST", url, headers=headers, body=_BODY, limit=16384)

        began = time.process_time()
        await asyncio.gather(*(once(number) for number in range(HOSTS * POSTS)))
        used = time.process_time() - began
        await transport.close()
    return used * 1000 / (HOSTS * POSTS)


def _signing() -> tuple[float, float]:
    """Return the CPU of what a signed request's headers cost, by RSA and by Ed25519."""
    rsa, ed25519 = generate_rsa(), generate_ed25519()
    url, key_id = "https://b.example/inbox", "https://a.example/users/alice#main-key"
    more = {"body": _BODY, "headers": {"content-type": ACTIVITY_JSON}, "moment": now()}
    return (
        _cpu_of(lambda: sign_cavage("POST", url, key_id=key_id, private_pem=rsa.private, **more)),
        _cpu_of(
            lambda: sign_message("POST", url, key_id=key_id, private_key=ed25519.private, **more)
        ),
    )


def _cpu_of(work: Callable[[], object]) -> float:
    began = time.process_time()
    for _ in range(SIGNED):
        work()
    return (time.process_time() - began) * 1000 / SIGNED
