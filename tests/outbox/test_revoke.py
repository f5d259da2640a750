"""Revocation: the badge goes here at once, and everybody who trusted it hears of it first."""

from __future__ import annotations

import pytest
import pytest_asyncio

from actors.follows import save_follow
from actors.queries import find_badges
from core.clock import now
from doctors.verification import verify
from factories import (
    make_instance_actor,
    make_local_actor,
    make_peer,
    make_register_entry,
    make_remote_actor,
)
from moderation.models import PeerClass
from outbox.delete import send_delete_actor
from outbox.revoke import send_revocation

B, C, S = "b.localhost:8002", "c.localhost:8003", "s.localhost:8004"
NUMBER = "99900000003"


@pytest_asyncio.fixture
async def alice(session):
    """A doctor verified here, followed by somebody at a social peer; two clinical peers."""
    await make_instance_actor(session)
    for host, peer_class in (
        (B, PeerClass.CLINICAL),
        (C, PeerClass.CLINICAL),
        (S, PeerClass.SOCIAL),
    ):
        await make_peer(session, host, peer_class=peer_class)
    actor = await make_local_actor(session, "alice")
    actor.name = "Dr Alice Martin"
    await make_register_entry(session, NUMBER, "Alice", "Martin", specialities=["SM04"])
    await verify(session, actor, register="FR-RPPS", number=NUMBER, decided_by="test")
    sam = await make_remote_actor(session, "sam", host=S)
    await save_follow(session, sam, actor, uri="x", accepted=True)
    return actor


@pytest.fixture
def told(sent):
    """`await told()`: (type, host) of all that is owed, in the order in which it is sent."""

    async def read() -> list[tuple[str, str]]:
        return [
            (activity["type"], inbox.split("/")[2]) for inbox, activity in await sent()
        ]

    return read


async def test_a_revocation_takes_the_badge_and_tells_peers_then_followers(session, told, alice):
    assert alice.id in await find_badges(session, [alice.id])

    ended = await send_revocation(session, alice, decided_by="admin", reason="struck off")

    assert len(ended) == 1
    assert alice.id not in await find_badges(session, [alice.id])
    rows = await told()
    assert rows[:2] == [("Delete", B), ("Delete", C)]
    assert sorted(rows[2:]) == [("Update", B), ("Update", C), ("Update", S)]


async def test_the_profile_that_is_told_shows_no_badge_any_more(session, sent, alice):
    await send_revocation(session, alice, decided_by="admin", reason="struck off")

    profile = (await sent("Update"))[0][1]["object"]
    assert profile.get("credentials", []) == []
    assert profile.get("attachment", []) == []


async def test_both_go_before_everything_else_and_are_tried_for_30_days(session, claim, alice):
    await send_revocation(session, alice, decided_by="admin", reason="struck off")

    held = await claim()

    assert {owed.type for owed in held} == {"Delete", "Update"}
    assert all((owed.expires_at - now()).days >= 29 for owed in held)


async def test_a_deleted_doctors_credential_ends_too(session, told, alice):
    await send_delete_actor(session, alice)

    assert alice.id not in await find_badges(session, [alice.id])
    assert sorted(await told()) == sorted(
        [("Delete", B), ("Delete", B), ("Delete", C), ("Delete", C), ("Delete", S)]
    )
