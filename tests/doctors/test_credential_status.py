"""A badge needs a status list that is its issuer's, is proven, and has the bit clear (WIRE §5)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from checking import Checking
from core.clock import now, wire_time
from core.errors import FetchUnavailable
from db.session import Database
from fakes.fixtures import list_peer
from fakes.remote import FakeRemote


async def test_a_revoked_bit_takes_the_badge(checking: Checking):
    checking.list = checking.status_list(7)

    await checking.check()

    await checking.refused("the status list says that it is revoked")


async def test_another_ones_bit_does_not(checking: Checking):
    checking.list = checking.status_list(6, 8)

    await checking.check()

    assert await checking.badge() is not None


async def test_an_index_beyond_the_list_gives_no_badge(checking: Checking):
    checking.served["credentialStatus"]["statusListIndex"] = "131072"

    await checking.check()

    await checking.refused("beyond the list")


async def test_the_status_must_be_about_revocation(checking: Checking):
    checking.served["credentialStatus"]["statusPurpose"] = "suspension"

    await checking.check()

    await checking.refused("nothing about revocation")


async def test_the_list_must_be_about_revocation(checking: Checking):
    checking.list["credentialSubject"]["statusPurpose"] = "suspension"

    await checking.check()

    await checking.refused("the status list tells nothing about revocation")


async def test_the_list_must_be_the_issuers(checking: Checking):
    checking.list["issuer"] = checking.bob.uri

    await checking.check()

    await checking.refused("another issuer")


async def test_the_list_must_be_of_the_issuers_origin(checking: Checking, database: Database):
    with FakeRemote("c") as foreign:
        await list_peer(database, foreign)
        checking.lists = f"{foreign.base_url}/credentials/status/1"
        checking.served, checking.list = checking.credential(), None
        foreign.serve(checking.remote.instance.prove(checking.status_list()))

        await checking.check()

        await checking.refused("the status list is not of the issuer's origin")
        assert foreign.gets("/credentials") == []


async def test_the_list_must_be_the_one_that_is_named(checking: Checking):
    checking.list["id"] = f"{checking.remote.base_url}/credentials/status/2"

    await checking.check()

    await checking.refused("not at its own id")


async def test_the_lists_proof_must_be_valid(checking: Checking):
    proven = checking.remote.instance.prove(checking.list)
    clear = checking.status_list()["credentialSubject"]
    checking.remote.serve({**proven, "credentialSubject": {**clear, "ttl": 1}})
    checking.list = None

    await checking.check()

    await checking.refused("not by this key")


async def test_a_list_that_has_ended_counts_for_nothing(checking: Checking):
    checking.list["validUntil"] = wire_time(now() - timedelta(seconds=1))

    await checking.check()

    await checking.refused("the status list has expired")


async def test_a_list_that_cannot_be_reached_means_no_badge_yet_and_another_try(
    checking: Checking,
):
    checking.remote.script("/credentials/status/1", status=503)

    with pytest.raises(FetchUnavailable):
        await checking.check()
    first = await checking.badge()
    checking.remote.unscript("/credentials/status/1")
    await checking.judge()

    assert first is None
    assert await checking.badge() is not None


async def test_what_is_known_stays_while_the_issuer_does_not_answer(checking: Checking):
    await checking.check()
    checking.remote.script("/credentials/7", status=503)

    with pytest.raises(FetchUnavailable):
        await checking.judge()

    assert await checking.badge() is not None
