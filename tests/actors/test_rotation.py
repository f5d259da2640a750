"""A new key for the instance: announced, then used; what the old one signed goes on counting."""

from __future__ import annotations

from datetime import timedelta

import pytest

from actors.documents import actor_document
from actors.instance_actor import get_instance_actor
from actors.keyring import private_keys
from actors.rotation import (
    ANNOUNCED_FOR,
    PUBLISHED_FOR,
    announce_key,
    forget_retired_keys,
    list_issuer_keys,
    take_back_key,
    use_announced_key,
)
from core import clock
from core.errors import InvalidInput


@pytest.fixture
def published(database, our_instance):
    """Return what the instance actor's document says, and which key signs."""

    async def read():
        async with database.read() as session:
            actor = await get_instance_actor(session)
            document = await actor_document(session, actor)
            keys = await private_keys(session, actor)
        asserting = [key["publicKeyMultibase"] for key in document["assertionMethod"]]
        return asserting, document["authentication"], keys.ed25519_key_id

    return read


@pytest.fixture
def do(database, our_instance):
    async def go(work, **words):
        async with database.transaction() as session:
            return await work(session, decided_by="root", **words)

    return go


@pytest.fixture
def later(monkeypatch):
    """Let time pass."""

    def pass_by(span):
        moment = clock.now() + span
        for module in ("actors.rotation",):
            monkeypatch.setattr(f"{module}.now", lambda: moment)

    return pass_by


async def test_an_announced_key_is_published_and_does_not_sign(do, published):
    (old,), _, signing = await published()

    await do(announce_key)

    asserting, authenticating, still = await published()
    assert asserting[0] == old
    assert len(asserting) == len(authenticating) == 2
    assert still == signing


async def test_the_announced_key_signs_once_peers_had_time_to_see_it(do, published, later):
    (old,), _, _ = await published()
    await do(announce_key)
    with pytest.raises(InvalidInput, match="peers have until"):
        await do(use_announced_key)
    later(ANNOUNCED_FOR)

    await do(use_announced_key)

    asserting, authenticating, signing = await published()
    assert asserting == [old, signing.partition("#")[2]]
    assert authenticating == [signing]


async def test_it_can_be_used_early_by_who_says_so(do, published):
    await do(announce_key)
    (_, fresh), _, _ = await published()
    await do(use_announced_key, is_early=True)
    _, _, signing = await published()
    assert signing.endswith(f"#{fresh}")


async def test_a_retired_key_is_published_until_what_it_signed_has_ended(
    database, do, published, later
):
    await do(announce_key)
    await do(use_announced_key, is_early=True)
    async with database.transaction() as session:
        assert await forget_retired_keys(session) == 0
    later(PUBLISHED_FOR + timedelta(hours=1))
    async with database.transaction() as session:
        assert await forget_retired_keys(session) == 1
    asserting, _, signing = await published()
    assert asserting == [signing.partition("#")[2]]


async def test_one_key_is_announced_at_a_time_and_can_be_taken_back(do, published):
    before = await published()
    await do(announce_key)
    with pytest.raises(InvalidInput, match="announced already"):
        await do(announce_key)
    await do(take_back_key)
    assert await published() == before
    for nothing_there in (take_back_key, use_announced_key):
        with pytest.raises(InvalidInput):
            await do(nothing_there)


async def test_the_list_tells_which_is_which(database, do):
    await do(announce_key)
    async with database.read() as session:
        assert [key.state for key in await list_issuer_keys(session)] == ["signs", "announced"]
    await do(use_announced_key, is_early=True)
    async with database.read() as session:
        assert [key.state for key in await list_issuer_keys(session)] == ["retired", "signs"]
