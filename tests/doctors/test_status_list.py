"""Our own status lists."""

from __future__ import annotations

from datetime import timedelta

import orjson
import pytest

from core import clock
from core.clock import now
from core.errors import NotFound
from doctors import queries, status_list
from doctors.status_list import StatusLists, set_bits, take_index
from doctors.verification import verify, withdraw
from factories import make_local_actor
from fakes.proofs import is_proven
from federation.documents.credential import read_status_list
from federation.documents.lenient import read_document
from register_files import NUMBER


async def _verified(session):
    actor = await make_local_actor(session, "alice")
    actor.name = "Dr Alice Martin"
    await verify(session, actor, register="FR-RPPS", number=NUMBER, decided_by="test")
    return actor


async def test_a_revoked_credentials_bit_is_set_at_once_and_no_other(issuing):
    lists = StatusLists()
    async with issuing.transaction() as session:
        alice = await _verified(session)
        index = (await queries.list_issued(session, alice.id))[0].status_index
        before = read_status_list(read_document(await lists.read(session, 1)))
        await withdraw(session, alice, decided_by="test", reason="left")
        body = await lists.read(session, 1)

    after = read_status_list(read_document(body))
    assert not before.is_set(index)
    assert after.is_set(index)
    assert sum(byte.bit_count() for byte in after.bits) == 1
    json = orjson.loads(body)
    assert is_proven(json, json["proof"]["verificationMethod"].partition("#")[2])
    assert json["issuer"] == "http://a.localhost:8001/actor"
    assert json["credentialSubject"]["ttl"] == 900_000
    assert len(after.bits) * 8 >= 131_072
    assert timedelta(hours=23) < after.valid_until - now() <= timedelta(days=1)


async def test_a_copy_is_kept_for_an_hour_when_nothing_changed(issuing):
    lists = StatusLists()
    async with issuing.transaction() as session:
        await _verified(session)
        first = await lists.read(session, 1)
        clock.shift(timedelta(minutes=30))
        second = await lists.read(session, 1)
        clock.shift(timedelta(minutes=31))
        third = await lists.read(session, 1)

    assert first is second
    assert third != first


async def test_a_list_that_was_never_begun_is_not_there(issuing):
    lists = StatusLists()
    async with issuing.transaction() as session:
        with pytest.raises(NotFound):
            await lists.read(session, 1)
        await _verified(session)
        for number in (0, 2, -1):
            with pytest.raises(NotFound):
                await lists.read(session, number)


async def test_a_list_that_is_full_enough_is_followed_by_another(issuing, monkeypatch):
    async with issuing.transaction() as session:
        assert (await take_index(session))[0] == 1
        await _verified(session)
        assert (await take_index(session))[0] == 1
        monkeypatch.setattr(status_list, "MOST_USED", 1)

        assert (await take_index(session))[0] == 2


async def test_an_index_is_never_given_twice(issuing, monkeypatch):
    async with issuing.transaction() as session:
        alice = await _verified(session)
        taken = (await queries.list_issued(session, alice.id))[0].status_index
        drawn = iter([taken, taken, 17 if taken != 17 else 18])
        monkeypatch.setattr(status_list.secrets, "randbelow", lambda bits: next(drawn))

        assert (await take_index(session))[1] != taken


def test_bits_are_counted_from_the_left():
    bits = set_bits((0, 9, 131_071))

    assert (bits[0], bits[1], bits[-1]) == (0x80, 0x40, 0x01)
