"""Documents that went wrong on their way: never a 5xx, never a surprise, always the same answer.

What work costs is counted, not timed; the deadline of 5 s trips only where something hangs.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from actors.remote import resolve_actor
from core.errors import PermanentError, ServerError
from corpus.house import ALICE, House, Stage
from corpus.mutations import documents, mutated
from corpus.world import World
from federation.documents.activity import read_activity
from federation.documents.actor import read_actor
from federation.documents.collection import read_collection
from federation.documents.credential import read_credential
from federation.documents.flag import read_flag
from federation.documents.lenient import Document, find_id, read_document
from federation.documents.note import read_note
from federation.documents.question import read_poll, read_vote
from federation.nodeinfo import find_application
from federation.proofs import find_proof, has_ld_signature
from posts.remote import resolve_post
from webfinger.document import read_webfinger

KINDS = ("actor", "object", "activity", "collection", "webfinger", "nodeinfo", "nodeinfo-index")
READERS: tuple[Callable[[Document], Any], ...] = (
    read_activity, read_actor, read_note, read_collection, read_credential, read_flag, read_vote,
    find_proof, has_ld_signature,
    lambda document: read_poll(document.json),
    lambda document: read_webfinger(document.json),
    lambda document: find_application(document.json),
)  # fmt: skip
# For each byte that came: more would be a loop over a loop.
CALLS_A_BYTE, CALLS_AT_LEAST = 6, 20_000
# What is read holds the document itself, and the object in it: twice each, as JSON and as bytes.
READ_A_BYTE, READ_AT_LEAST = 16, 200_000
MAX_FETCHES = 40
HANG = timedelta(seconds=5)
# MUTATIONS=50 looks fifty times as hard, for an hour in which nobody waits.
EFFORT = int(os.environ.get("MUTATIONS", "1"))
quiet = partial(
    settings,
    deadline=HANG,
    derandomize=os.environ.get("CI") == "true",
    # Making a failure smaller takes minutes: it is named by its seed, and becomes a test below.
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World() as made:
        made.settle()
        yield made


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def stage(
    schema: None, world: World, loop: asyncio.Runner, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    made = Stage(world, tmp_path_factory.mktemp("mutations"))
    loop.run(made.__aenter__())
    yield made
    loop.run(made.__aexit__())


def _read(body: bytes) -> list[str]:
    """What every reader makes of it, as text; only what is meant to be raised is caught."""
    try:
        document = read_document(body)
    except PermanentError as error:
        return [str(error)]
    found = []
    for read in READERS:
        try:
            found.append(repr(read(document)))
        except PermanentError as error:
            found.append(str(error))
    return found


class _Calls:
    """Counts the functions that are called meanwhile."""

    def __enter__(self) -> _Calls:
        self.count = 0
        sys.setprofile(self._note)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)

    def _note(self, _frame: object, event: str, _argument: object) -> None:
        self.count += event in ("call", "c_call")


def test_every_reader_reads_or_refuses_what_was_changed(world):
    written = mutated(documents(world, *KINDS))

    @quiet(max_examples=150 * EFFORT)
    @given(written)
    def check(body: bytes) -> None:
        with _Calls() as calls:
            found = _read(body)

        assert _read(body) == found
        assert calls.count <= CALLS_AT_LEAST + CALLS_A_BYTE * len(body)
        assert sum(map(len, found)) <= READ_AT_LEAST + READ_A_BYTE * len(body)

    check()


# What was found in this way, made small.
FOUND = {
    "a term of the context that means a list": {"@context": {"to": {"@id": [{}]}}},
    "an attachment whose type is an object": {"attachment": [{"type": {}, "href": "https://b/1"}]},
    "an author whose type is a list": {"attributedTo": [{"type": ["Person"], "id": ALICE}]},
    "a kind of text that is a list": {"content": "x", "mediaType": ["text/plain"]},
}


@pytest.mark.parametrize("name", FOUND)
def test_what_was_found_once_is_read_or_refused(name, world, loop, stage):
    uri = world.address("b", "/users/bob")
    note = {"id": f"{uri}/1", "type": "Note", "attributedTo": uri, "to": [ALICE], **FOUND[name]}
    create = {"id": f"{uri}/2", "type": "Create", "actor": uri, "object": note, "to": [ALICE]}

    _read(json.dumps(note).encode())
    loop.run(_deliver_twice(stage, json.dumps(create).encode()))


async def _deliver(house: House, body: bytes) -> tuple[int, str | None, dict[str, int]]:
    """Send it as its actor would, or as a stranger where it names none; return what it did."""
    try:
        uri = find_id(json.loads(body).get("actor")) or ""
    except (ValueError, AttributeError):
        uri = ""
    is_somebody = uri.isascii() and f".localhost:{house.world.port}/" in uri
    if not is_somebody:
        uri = house.world.address("stranger", "/users/somebody")
    sender = house.world.resident(uri)
    await house.follow(sender.uri)
    status, outcome, reason = await house.take(sender, body)
    assert status < 500, (status, reason)
    assert house.broken() == []
    return status, outcome, dict(house.counts())


async def _deliver_twice(stage: Stage, body: bytes) -> None:
    """The same bytes, in two houses that know nothing of each other, end in the same way."""
    async with stage.house() as house:
        first = await _deliver(house, body)
        assert len(house.world.gets()) <= MAX_FETCHES
    async with stage.house() as house:
        assert await _deliver(house, body) == first


def test_the_inbox_takes_or_refuses_what_was_changed(world, loop, stage):
    written = mutated(documents(world, "activity"))

    @quiet(max_examples=30 * EFFORT)
    @given(written)
    def check(body: bytes) -> None:
        loop.run(_deliver_twice(stage, body))

    check()


async def _fetch(stage: Stage, body: bytes, *, is_actor: bool) -> str:
    """Serve it at its own address, fetch it as one asks for it; return what is stored, or why not.

    Anything but an error of ours goes on to the test.
    """
    async with stage.house() as house:
        uri = house.world.address("b", "/thing")
        house.world.publish(uri, body)
        with suppress(ValueError):
            found = find_id(json.loads(body))
            if found and f".localhost:{house.world.port}/" in found and found.isascii():
                house.world.publish(uri := found, body)
        resolve = resolve_actor if is_actor else resolve_post
        try:
            await resolve(house.database, house.client, uri)
        except ServerError as error:
            return str(error)
        finally:
            assert len(house.world.gets()) <= MAX_FETCHES
        await house.work()
        assert house.broken() == []
        return repr(house.counts())


@pytest.mark.parametrize("kind", ["actor", "object"])
def test_what_was_changed_is_fetched_or_refused(world, loop, stage, kind):
    @quiet(max_examples=15 * EFFORT)
    @given(mutated(documents(world, kind)))
    def check(body: bytes) -> None:
        first = loop.run(_fetch(stage, body, is_actor=kind == "actor"))

        assert loop.run(_fetch(stage, body, is_actor=kind == "actor")) == first

    check()
