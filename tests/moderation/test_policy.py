"""The class of a host, as the policy sees it."""

from __future__ import annotations

import pytest

from core.clock import now
from core.settings import FederationMode
from db.session import Database
from factories import make_peer
from moderation.models import PeerClass
from moderation.policy import class_of, classes_of, may_talk_to
from moderation.queries import clinical_peers, delete_peer, list_peers


async def test_nobody_is_known_in_an_allowlist(session):
    assert await class_of(session, "b.localhost:8002") is PeerClass.UNKNOWN
    assert not await may_talk_to(session, "b.localhost:8002")


async def test_our_own_host_counts_as_clinical(session):
    found = await classes_of(session, ["", "a.localhost:8001"])

    assert set(found.values()) == {PeerClass.CLINICAL}


async def test_a_host_has_the_class_that_was_decided(session):
    await make_peer(session, "b.example", peer_class=PeerClass.CLINICAL)
    await make_peer(session, "c.example", peer_class=PeerClass.SOCIAL)

    found = await classes_of(session, ["b.example", "c.example", "d.example"])

    assert found == {
        "b.example": PeerClass.CLINICAL,
        "c.example": PeerClass.SOCIAL,
        "d.example": PeerClass.UNKNOWN,
    }


async def test_a_blocked_host_takes_its_subdomains_with_it(session):
    await make_peer(session, "bad.example", peer_class=PeerClass.BLOCKED)
    await make_peer(session, "x.bad.example", peer_class=PeerClass.CLINICAL)

    found = await classes_of(session, ["bad.example", "x.bad.example", "notbad.example"])

    assert found["x.bad.example"] is PeerClass.BLOCKED
    assert found["notbad.example"] is PeerClass.UNKNOWN
    assert not await may_talk_to(session, "x.bad.example")


async def test_an_unconfirmed_key_change_makes_a_clinical_peer_social(session):
    await make_peer(session, "b.example", key_changed_at=now())

    assert await class_of(session, "b.example") is PeerClass.SOCIAL
    assert await clinical_peers(session) == []


async def test_an_also_host_may_be_dialled_but_has_no_class_of_its_own(session):
    await make_peer(session, "social.b.example", also=["b.example"])

    assert await may_talk_to(session, "b.example")
    assert await class_of(session, "b.example") is PeerClass.UNKNOWN


async def test_the_also_hosts_of_a_blocked_peer_are_not_dialled(session):
    await make_peer(session, "s.b.example", also=["b.example"], peer_class=PeerClass.BLOCKED)

    assert not await may_talk_to(session, "b.example")


async def test_a_forgotten_decision_is_gone(session):
    await make_peer(session, "b.example")

    assert await delete_peer(session, "b.example")
    assert not await delete_peer(session, "b.example")
    assert await list_peers(session) == []


@pytest.fixture
def open_settings(settings):
    return settings.model_copy(update={"federation": FederationMode.OPEN})


async def test_unknown_hosts_are_social_in_open_mode(open_settings):
    database = Database(open_settings)
    async with database.transaction() as session:
        assert await class_of(session, "b.example") is PeerClass.SOCIAL
        await make_peer(session, "bad.example", peer_class=PeerClass.BLOCKED)
        assert await class_of(session, "bad.example") is PeerClass.BLOCKED
    await database.close()
