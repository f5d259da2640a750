"""The class of a host, as the policy sees it."""

from __future__ import annotations

import pytest
from sqlalchemy import event

from core.clock import now
from core.settings import FederationMode
from db.session import Database
from factories import make_peer
from moderation.models import PeerClass
from moderation.patterns import names_of
from moderation.policy import (
    PeerPolicy,
    class_of,
    classes_of,
    may_take_media,
    may_talk_to,
    policies_of,
    policy_of,
    refused_media,
)
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


async def test_a_pattern_gives_every_host_below_its_class(session):
    await make_peer(session, "*.hospitals.example", peer_class=PeerClass.SOCIAL)

    found = await classes_of(
        session, ["a.hospitals.example", "b.a.hospitals.example:8443", "hospitals.example"]
    )

    assert found == {
        "a.hospitals.example": PeerClass.SOCIAL,
        "b.a.hospitals.example:8443": PeerClass.SOCIAL,
        "hospitals.example": PeerClass.UNKNOWN,
    }


async def test_a_block_beats_every_allow_whatever_is_more_exact(session):
    await make_peer(session, "*.spam.example", peer_class=PeerClass.BLOCKED)
    await make_peer(session, "x.spam.example", peer_class=PeerClass.CLINICAL)
    await make_peer(session, "*.x.spam.example", peer_class=PeerClass.SOCIAL)
    await make_peer(session, "spam.example", peer_class=PeerClass.SOCIAL)

    found = await classes_of(session, ["x.spam.example", "y.x.spam.example", "spam.example"])

    assert found == {
        "x.spam.example": PeerClass.BLOCKED,
        "y.x.spam.example": PeerClass.BLOCKED,
        "spam.example": PeerClass.SOCIAL,
    }
    assert await clinical_peers(session) == []


async def test_who_is_blocked_is_blocked_on_every_port(session):
    await make_peer(session, "bad.example", peer_class=PeerClass.BLOCKED)
    await make_peer(session, "good.example", peer_class=PeerClass.SOCIAL)

    assert await class_of(session, "x.bad.example:8443") is PeerClass.BLOCKED
    assert await class_of(session, "good.example:8443") is PeerClass.UNKNOWN


async def test_everybody_may_be_blocked_but_we_ourselves(session):
    await make_peer(session, "*", peer_class=PeerClass.BLOCKED)

    found = await classes_of(session, ["a.localhost:8001", "b.example"])

    assert found == {"a.localhost:8001": PeerClass.CLINICAL, "b.example": PeerClass.BLOCKED}


async def test_a_pattern_makes_nobody_clinical(session):
    await make_peer(session, "*.b.example", peer_class=PeerClass.CLINICAL)

    assert await class_of(session, "x.b.example") is PeerClass.SOCIAL
    assert await clinical_peers(session) == []


async def test_the_most_exact_decision_with_a_class_counts_alone(session):
    await make_peer(session, "*", peer_class=PeerClass.UNKNOWN, holds=True, rate=60)
    await make_peer(session, "*.b.example", peer_class=PeerClass.SOCIAL, rejects_media=True)
    await make_peer(session, "x.b.example", peer_class=PeerClass.SOCIAL, rejects_reports=True)

    found = await policies_of(session, ["x.b.example", "y.b.example", "z.example"])

    assert found == {
        "x.b.example": PeerPolicy(PeerClass.SOCIAL, rejects_reports=True),
        "y.b.example": PeerPolicy(PeerClass.SOCIAL, rejects_media=True),
        "z.example": PeerPolicy(PeerClass.UNKNOWN, holds=True, rate=60),
    }


async def test_a_decision_without_a_class_adds_to_the_next_less_exact_one(session):
    await make_peer(session, "*.b.example", peer_class=PeerClass.SOCIAL, holds=True, rate=60)
    await make_peer(
        session, "x.b.example", peer_class=PeerClass.UNKNOWN, forces_warning=True, rate=5
    )

    assert await policy_of(session, "x.b.example") == PeerPolicy(
        PeerClass.SOCIAL, forces_warning=True, holds=True, rate=5
    )


async def test_restrictions_go_down_to_subdomains_and_trust_does_not(session):
    await make_peer(session, "b.example", peer_class=PeerClass.SOCIAL, rejects_media=True)

    found = await policy_of(session, "x.b.example")

    assert found == PeerPolicy(PeerClass.UNKNOWN, rejects_media=True)


async def test_many_hosts_are_one_query_and_a_hostile_name_costs_little(session):
    engine, asked = session.get_bind(), []
    event.listen(engine, "before_cursor_execute", lambda *call: asked.append(call[2]))

    await policies_of(session, [f"h{number}.b.example" for number in range(500)])

    assert sum(statement.startswith("SELECT") for statement in asked) == 1
    assert len(names_of("a." * 1000 + "example")) < 50


async def test_the_also_hosts_of_a_peer_that_a_pattern_blocks_are_not_dialled(session):
    await make_peer(session, "s.b.example", also=["b.test"])
    await make_peer(session, "*.b.example", peer_class=PeerClass.BLOCKED)

    assert not await may_talk_to(session, "b.test")


def test_the_names_of_a_host_begin_with_itself_and_end_with_everybody():
    assert names_of("x.b.example:8443") == [
        "x.b.example:8443", "x.b.example",
        "*.b.example:8443", "*.b.example", "b.example:8443", "b.example",
        "*.example:8443", "*.example", "*",
    ]  # fmt: skip
    assert names_of("[::1]:80") == ["[::1]:80", "[::1]", "*"]
    assert names_of("[::1]") == ["[::1]", "*"]


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


class TestMedia:
    """From which hosts files are taken."""

    async def test_of_peers_and_their_hosts_for_media_and_of_nobody_else(self, session):
        await make_peer(session, "b.example", also=["files.b.example", "cdn.example"])
        await make_peer(session, "c.example", rejects_media=True)

        asked = ["b.example", "files.b.example", "cdn.example", "c.example", "x.b.example"]

        assert await refused_media(session, asked) == {"c.example", "x.b.example"}
        assert await may_take_media(session, "cdn.example")

    async def test_a_host_that_only_refused_peers_name_gives_nothing_either(self, session):
        await make_peer(session, "b.example", peer_class=PeerClass.BLOCKED, also=["cdn.example"])
        await make_peer(session, "c.example", rejects_media=True, also=["cdn.example", "2.example"])
        assert await refused_media(session, ["cdn.example"]) == {"cdn.example"}

        await make_peer(session, "d.example", also=["cdn.example"])

        assert await refused_media(session, ["cdn.example", "2.example"]) == {"2.example"}

    async def test_among_everybody_only_what_was_decided_against_is_left(self, database):
        settings = database.settings.model_copy(update={"federation": FederationMode.OPEN})
        everywhere = Database(settings)
        async with everywhere.transaction() as session:
            await make_peer(session, "b.example", peer_class=PeerClass.BLOCKED)
            await make_peer(session, "*.spam.example", peer_class=PeerClass.UNKNOWN,
                            rejects_media=True, also=["cdn.example"])  # fmt: skip
            asked = ["a.example", "x.b.example", "x.spam.example", "cdn.example"]

            refused = await refused_media(session, asked)

        assert refused == {"x.b.example", "x.spam.example", "cdn.example"}
        await everywhere.close()
