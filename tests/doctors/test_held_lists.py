"""Status lists of others, read again: badges confirmed, taken away, or left as long as they may."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from actors.models import Badge
from checking import Checking
from core import clock
from core.clock import now, wire_time
from db.jobs import Job
from doctors import queries
from doctors.credentials import recheck_status
from doctors.held_lists import RENEWED_AFTER
from doctors.verification import verify
from factories import make_local_actor
from federation.client import Client
from federation.documents.credential import STATUS_LIST_BITS, encode_bits
from register_files import NUMBER
from workers.periodic import LISTS_EVERY


async def _recheck(checking: Checking) -> None:
    await recheck_status(checking.database, checking.client)


def _asked(checking: Checking) -> int:
    return len(checking.remote.gets("/credentials/status"))


def _serve(checking: Checking, *revoked: int, **changes: object) -> None:
    fresh = {**checking.status_list(*revoked), **changes}
    checking.remote.serve(checking.remote.instance.prove(fresh), at=checking.lists)


async def test_a_list_is_not_asked_for_again_within_its_time_to_live(checking: Checking):
    await checking.check()
    asked = _asked(checking)
    clock.shift(timedelta(minutes=12))

    await _recheck(checking)

    assert _asked(checking) == asked


async def test_a_revocation_that_nobody_told_us_of_is_seen_within_a_quarter_of_an_hour(
    checking: Checking,
):
    await checking.check()
    _serve(checking, 7)
    clock.shift(RENEWED_AFTER)

    await _recheck(checking)

    assert await checking.badge() is None
    # From the time at which the old list was read: until it is due, until the job looks, until it
    # is there.
    assert RENEWED_AFTER + LISTS_EVERY + timedelta(seconds=30) < timedelta(minutes=15)


async def test_a_fresh_list_lets_the_badge_count_longer(checking: Checking):
    await checking.check()
    before = await checking.badge()
    clock.shift(timedelta(hours=20))
    _serve(checking)

    await _recheck(checking)

    badge = await checking.badge()
    assert badge.valid_until - before.valid_until > timedelta(hours=19)
    assert now() - badge.status_checked_at < timedelta(minutes=1)


async def test_a_badge_never_counts_longer_than_its_credential(checking: Checking):
    checking.served["validUntil"] = wire_time(now() + timedelta(hours=30))
    await checking.check()
    clock.shift(timedelta(hours=20))
    _serve(checking)

    await _recheck(checking)

    assert (await checking.badge()).valid_until - now() < timedelta(hours=11)


async def test_a_bit_that_was_set_since_takes_the_badge(checking: Checking):
    await checking.check()
    clock.shift(timedelta(minutes=16))
    _serve(checking, 7)

    await _recheck(checking)

    await checking.refused("the status list says that it is revoked")
    _serve(checking)
    await checking.judge()
    await checking.refused("the status list says that it is revoked")


async def test_an_unreachable_list_counts_until_it_ends_and_not_a_moment_longer(
    checking: Checking,
):
    await checking.check()
    checking.remote.refuse()
    clock.shift(timedelta(hours=23))

    await _recheck(checking)
    late = await checking.badge()
    clock.shift(timedelta(hours=2))
    await _recheck(checking)
    too_late = await checking.badge()

    assert now() - late.status_checked_at > timedelta(hours=22)
    assert too_late is None
    checking.remote.accept()
    _serve(checking)
    await _recheck(checking)
    assert await checking.badge() is not None


async def test_a_list_that_became_too_short_for_a_credential_confirms_it_no_more(
    checking: Checking,
):
    index = STATUS_LIST_BITS + 8
    checking.served["credentialStatus"] |= {"statusListIndex": str(index)}
    longer = encode_bits(bytes(STATUS_LIST_BITS // 8 + 2))
    checking.list["credentialSubject"]["encodedList"] = longer
    await checking.check()
    assert await checking.badge() is not None
    clock.shift(timedelta(minutes=16))
    _serve(checking)

    await _recheck(checking)

    await checking.refused("beyond the list")


@pytest.mark.parametrize("wrong", ["proof", "issuer", "older", "purpose", "not a list"])
async def test_a_list_that_cannot_be_believed_changes_nothing(checking: Checking, wrong: str):
    await checking.check()
    before = await checking.badge()
    clock.shift(timedelta(minutes=16))
    instance = checking.remote.instance
    fresh = checking.status_list(7)
    if wrong == "proof":
        checking.remote.serve({**instance.prove(fresh), "validUntil": fresh["validFrom"]})
    elif wrong == "issuer":
        _serve(checking, 7, issuer=checking.bob.uri)
    elif wrong == "older":
        _serve(checking, 7, validFrom=wire_time(now() - timedelta(days=1)))
    elif wrong == "purpose":
        fresh["credentialSubject"]["statusPurpose"] = "message"
        checking.remote.serve(instance.prove(fresh))
    else:
        checking.remote.script("/credentials/status/1", body=b"[]")

    await _recheck(checking)

    badge = await checking.badge()
    assert badge.valid_until == before.valid_until
    assert badge.status_checked_at == before.status_checked_at


async def test_an_old_list_does_not_undo_a_revocation(checking: Checking):
    old = checking.remote.instance.prove(checking.list)
    await checking.check()
    clock.shift(timedelta(minutes=16))
    _serve(checking, 7)
    await _recheck(checking)
    clock.shift(timedelta(minutes=16))
    checking.remote.serve(old)

    await _recheck(checking)
    await checking.judge()

    assert await checking.badge() is None


async def test_what_was_found_wanting_is_checked_again_after_a_day(checking: Checking):
    checking.served = checking.credential(assurance="declared")
    await checking.check()
    await _recheck(checking)
    async with checking.database.transaction() as session:
        early = [job for job in await session.scalars(select(Job))
                 if job.due_at > now() - timedelta(seconds=5) and job.locked_until]  # fmt: skip
        for job in await session.scalars(select(Job)):
            await session.delete(job)
    clock.shift(timedelta(days=1, minutes=1))

    await _recheck(checking)

    async with checking.database.read() as session:
        jobs = list(await session.scalars(select(Job)))
    assert early == []
    assert [(job.kind, job.payload) for job in jobs] == [
        ("check credential", {"actor_id": checking.id})
    ]


async def test_our_own_badges_are_as_fresh_as_our_own_list(issuing, client: Client):
    async with issuing.transaction() as session:
        actor = await make_local_actor(session, "alice")
        actor.name = "Dr Alice Martin"
        await verify(session, actor, register="FR-RPPS", number=NUMBER, decided_by="test")
    clock.shift(timedelta(hours=13))

    await recheck_status(issuing, client)

    async with issuing.read() as session:
        badge = await session.get_one(Badge, actor.id)
        assert await queries.list_held(session, actor.id) == []
    assert now() - badge.status_checked_at < timedelta(minutes=1)
