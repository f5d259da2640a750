"""Decisions about peers: pinned, confirmed, taken back, and what follows for badges."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from checking import Checking
from core.errors import FetchUnavailable, InvalidInput, NotFound
from core.settings import Settings
from db.jobs import Job
from db.session import Database
from doctors.peers import (
    Decision,
    allow_peer,
    block_peer,
    confirm_peer,
    fingerprint,
    forget_peer,
)
from doctors.pinning import look_at_peer, peer_host, watch_peers
from fakes.remote import FakeRemote
from federation.addresses import AddressGate
from federation.client import Client
from moderation.models import AuditEntry, PeerClass
from moderation.policy import class_of
from moderation.queries import find_peer

CLINICAL, SOCIAL = PeerClass.CLINICAL, PeerClass.SOCIAL


@pytest.fixture
def open_client(database: Database) -> Client:
    """A client that talks to whom the command names, listed or not."""

    async def anybody(host: str) -> bool:
        return True

    return Client(
        gate=AddressGate.of(database.settings), own_host="a.localhost:8001", may_talk_to=anybody
    )


def _decision(host: str, peer_class: PeerClass = CLINICAL, **more: object) -> Decision:
    return Decision(host=host, peer_class=peer_class, decided_by="root", **more)


async def _allow(database, client, remote, peer_class=CLINICAL, **more):
    return await allow_peer(database, client, _decision(remote.host, peer_class, **more))


async def _peer(database: Database, host: str):
    async with database.read() as session:
        return await find_peer(session, host)


async def _jobs(database: Database) -> list[dict]:
    async with database.transaction() as session:
        jobs = list(await session.scalars(select(Job).where(Job.kind == "check credential")))
        for job in jobs:
            await session.delete(job)
        return [job.payload for job in jobs]


async def test_a_clinical_peer_is_pinned_when_it_is_listed(database, open_client, bare_remote):
    outcome = await _allow(database, open_client, bare_remote, reason="an agreement")

    peer = await _peer(database, bare_remote.host)
    assert peer.peer_class is CLINICAL
    assert peer.actor_uri == bare_remote.instance.uri
    assert peer.pinned_keys == peer.seen_keys == [bare_remote.instance.multibase]
    assert (peer.reason, outcome.silence) == ("an agreement", None)
    async with database.read() as session:
        audit = await session.scalar(select(AuditEntry))
        assert await class_of(session, bare_remote.host) is CLINICAL
    assert (audit.action, audit.subject) == ("peer.allow", bare_remote.host)
    assert audit.detail["keys"] == peer.pinned_keys


async def test_a_peer_that_is_down_is_listed_and_not_pinned_yet(
    database, open_client, bare_remote
):
    bare_remote.refuse()

    outcome = await _allow(database, open_client, bare_remote)

    peer = await _peer(database, bare_remote.host)
    assert (peer.peer_class, peer.actor_uri, peer.pinned_keys) == (CLINICAL, None, [])
    assert "no connection" in outcome.silence
    bare_remote.accept()
    await watch_peers(database, open_client)
    peer = await _peer(database, bare_remote.host)
    assert peer.pinned_keys == [bare_remote.instance.multibase]


async def test_a_server_without_an_instance_key_can_be_social_and_not_clinical(
    database, open_client, bare_remote
):
    bare_remote.instance.properties["assertionMethod"] = None

    with pytest.raises(InvalidInput, match="social, not clinical"):
        await _allow(database, open_client, bare_remote)
    assert await _peer(database, bare_remote.host) is None
    bare_remote.remove("/actor")
    with pytest.raises(InvalidInput, match="no instance to be trusted"):
        await _allow(database, open_client, bare_remote)
    await _allow(database, open_client, bare_remote, SOCIAL)

    assert (await _peer(database, bare_remote.host)).peer_class is SOCIAL


async def test_an_instance_actor_must_be_one_and_live_there(database, open_client, bare_remote):
    bare_remote.instance.kind = "Person"

    with pytest.raises(InvalidInput, match="no instance actor but a Person"):
        await _allow(database, open_client, bare_remote)
    with FakeRemote("c") as other:
        bare_remote.script("/actor", redirect=other.instance.uri)
        with pytest.raises(InvalidInput, match="no instance to be trusted"):
            await _allow(database, open_client, bare_remote)


async def test_the_instance_actor_is_found_where_nodeinfo_or_webfinger_says(
    database, open_client, bare_remote
):
    elsewhere = bare_remote.person("proxy", kind="Application")
    bare_remote.script(
        "/.well-known/nodeinfo", content_type="application/json",
        body={"links": [{"rel": "https://www.w3.org/ns/activitystreams#Application",
                         "href": elsewhere.uri}]},
    )  # fmt: skip

    facts = await look_at_peer(database, open_client, bare_remote.host)

    assert (facts.actor_uri, facts.keys) == (elsewhere.uri, (elsewhere.multibase,))


async def test_hosts_beside_it_are_proposed_and_taken_over_only_when_named(
    database, open_client
):
    with FakeRemote("b", domain="b.localhost") as remote:
        remote.instance.properties["icon"] = {"type": "Image", "url": "https://media.example/i.png"}

        first = await _allow(database, open_client, remote)
        second = await _allow(database, open_client, remote, also=("media.example",))

    assert "media.example" in first.facts.also
    assert first.peer.also == []
    assert second.peer.also == ["media.example"]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"peer_class": PeerClass.BLOCKED}, "social or clinical"),
        ({"peer_class": SOCIAL, "authority": True, "registers": ("FR-RPPS",)}, "clinical peer"),
        ({"authority": True}, "name them with --registers"),
        ({"registers": ("FR-RPPS",)}, "say --authority"),
        ({"authority": True, "registers": ("XX",)}, "known: FR-RPPS"),
    ],
)
async def test_a_decision_that_makes_no_sense_changes_nothing(
    database, open_client, bare_remote, more, message
):
    with pytest.raises(InvalidInput, match=message):
        await allow_peer(database, open_client, _decision(bare_remote.host, **more))

    assert await _peer(database, bare_remote.host) is None
    assert bare_remote.journal == []


async def test_allowing_again_does_not_confirm_a_changed_key(database, open_client, bare_remote):
    await _allow(database, open_client, bare_remote)
    pinned = bare_remote.instance.multibase
    bare_remote.instance.rotate_proof_key()

    await _allow(database, open_client, bare_remote)

    peer = await _peer(database, bare_remote.host)
    assert peer.pinned_keys == [pinned]
    assert peer.seen_keys == [bare_remote.instance.multibase]
    async with database.read() as session:
        assert await class_of(session, bare_remote.host) is SOCIAL


async def test_a_changed_key_is_noticed_takes_the_badges_and_is_confirmed(
    checking: Checking, database, client
):
    remote = checking.remote
    await checking.check()
    remote.instance.rotate_proof_key()

    await watch_peers(database, client)

    await checking.refused("key changed")
    async with database.read() as session:
        assert await class_of(session, remote.host) is SOCIAL
    await _jobs(database)
    with pytest.raises(InvalidInput, match="shows other keys"):
        await confirm_peer(database, client, remote.host, decided_by="root", key="z6MkOther")
    await confirm_peer(
        database, client, remote.host, decided_by="root", key=remote.instance.multibase
    )
    assert await _jobs(database) == [{"actor_id": checking.id}]
    await checking.check()
    assert await checking.badge() is not None


async def test_a_key_change_that_is_taken_back_still_waits_for_an_administrator(
    checking: Checking, database, client
):
    instance = checking.remote.instance
    old = instance.proof_key
    instance.rotate_proof_key()
    await watch_peers(database, client)
    instance.proof_key = old

    await watch_peers(database, client)

    peer = await _peer(database, checking.remote.host)
    assert peer.key_changed_at is not None
    assert peer.seen_keys == peer.pinned_keys


async def test_a_key_that_was_announced_beside_the_old_one_is_pinned(
    remote, database, client
):
    instance = remote.instance
    old = instance.document()["assertionMethod"]
    instance.rotate_proof_key()
    new = instance.document()["assertionMethod"]

    instance.properties["assertionMethod"] = [*old, *new]
    await watch_peers(database, client)
    instance.properties["assertionMethod"] = new
    await watch_peers(database, client)

    peer = await _peer(database, remote.host)
    assert peer.key_changed_at is None
    assert peer.pinned_keys == [instance.multibase]


async def test_blocking_takes_the_badges_at_once(checking: Checking, database):
    await checking.check()

    async with database.transaction() as session:
        await block_peer(session, checking.remote.host, decided_by="root", reason="spam")

    await checking.refused("the issuer's host is blocked")
    async with database.read() as session:
        assert await class_of(session, checking.remote.host) is PeerClass.BLOCKED


async def test_a_host_that_was_never_heard_of_can_be_blocked(database):
    async with database.transaction() as session:
        await block_peer(session, "spam.example", decided_by="root")

    assert (await _peer(database, "spam.example")).peer_class is PeerClass.BLOCKED


async def test_forgetting_takes_the_badges_and_the_decision(checking: Checking, database):
    await checking.check()

    async with database.transaction() as session:
        await forget_peer(session, checking.remote.host, decided_by="root")
        with pytest.raises(NotFound):
            await forget_peer(session, checking.remote.host, decided_by="root")

    await checking.refused("not listed any more")
    async with database.read() as session:
        assert await class_of(session, checking.remote.host) is PeerClass.UNKNOWN


async def test_a_step_down_to_social_takes_the_badges_and_back_up_has_them_checked(
    checking: Checking, database, client
):
    await checking.check()
    await _allow(database, client, checking.remote, SOCIAL)
    badge_as_social = await checking.badge()
    await _jobs(database)

    outcome = await _allow(database, client, checking.remote)

    assert badge_as_social is None
    assert outcome.checks == 1
    assert await _jobs(database) == [{"actor_id": checking.id}]
    await checking.judge()
    assert await checking.badge() is not None


async def test_confirming_needs_a_clinical_peer_that_answers(database, open_client, bare_remote):
    host = bare_remote.host
    with pytest.raises(NotFound):
        await confirm_peer(database, open_client, host, decided_by="root")
    await _allow(database, open_client, bare_remote, SOCIAL)
    with pytest.raises(InvalidInput, match="only a clinical peer"):
        await confirm_peer(database, open_client, host, decided_by="root")
    await _allow(database, open_client, bare_remote)
    bare_remote.refuse()
    with pytest.raises(FetchUnavailable):
        await confirm_peer(database, open_client, host, decided_by="root")


@pytest.mark.parametrize(
    ("typed", "host"),
    [
        ("B.localhost:8002", "b.localhost:8002"),
        ("http://b.localhost:8002/", "b.localhost:8002"),
        ("hôpital.example", "xn--hpital-ixa.example"),
        ("b.localhost:80", "b.localhost"),
    ],
)
def test_a_host_is_read_as_it_is_typed(settings: Settings, typed: str, host: str):
    assert peer_host(typed, settings) == host


@pytest.mark.parametrize("typed", ["", "a b", "a.localhost:8001", "b.example/path", "@alice@b.ex"])
def test_what_is_no_host_or_our_own_is_refused(settings: Settings, typed: str):
    with pytest.raises(InvalidInput):
        peer_host(typed, settings)


def test_a_fingerprint_can_be_read_out():
    assert len(fingerprint("z6MkOne").split()) == 8
    assert fingerprint("z6MkOne") != fingerprint("z6MkTwo")
