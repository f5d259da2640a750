"""What anybody may fetch, unsigned: credentials, status lists, the trust list."""

from __future__ import annotations

import orjson
import pytest
import pytest_asyncio
from quart import Quart

from core.clock import now
from doctors import queries
from doctors.routes import doctor_routes
from doctors.verification import verify, withdraw
from factories import make_local_actor, make_peer
from fakes.proofs import is_proven
from federation.documents.lenient import read_document
from federation.documents.trust_list import read_trust_list
from moderation.models import PeerClass
from register_files import NUMBER


@pytest_asyncio.fixture
async def asked(issuing, client):
    app = Quart("doors")
    app.register_blueprint(doctor_routes(issuing, client))
    return app.test_client()


@pytest_asyncio.fixture
async def issued(issuing):
    async with issuing.transaction() as session:
        actor = await make_local_actor(session, "alice")
        actor.name = "Dr Alice Martin"
        await verify(session, actor, register="FR-RPPS", number=NUMBER, decided_by="test")
        return (await queries.list_issued(session, actor.id))[0]


async def test_a_credential_is_served_byte_for_byte(asked, issued):
    answer = await asked.get(f"/credentials/{issued.id}")

    assert answer.status_code == 200
    assert answer.content_type == "application/vc"
    assert await answer.get_data() == issued.document


async def test_who_reads_only_activities_gets_their_type(asked, issued):
    answer = await asked.get(
        f"/credentials/{issued.id}", headers={"accept": "application/activity+json"}
    )

    assert answer.content_type == "application/activity+json"
    assert await answer.get_data() == issued.document


async def test_a_revoked_one_is_gone_and_an_absent_one_not_there(issuing, asked, issued):
    async with issuing.transaction() as session:
        from actors.queries import get_actor

        actor = await get_actor(session, issued.actor_id)
        await withdraw(session, actor, decided_by="test", reason="left")

    assert (await asked.get(f"/credentials/{issued.id}")).status_code == 410
    for path in ("/credentials/1", f"/credentials/{2**70}", "/credentials/abc"):
        assert (await asked.get(path)).status_code == 404


async def test_the_status_list_is_served(asked, issued):
    answer = await asked.get("/credentials/status/1")

    assert answer.status_code == 200
    assert answer.content_type == "application/vc"
    assert (await asked.get("/credentials/status/2")).status_code == 404


async def test_the_trust_list_names_the_clinical_peers_that_are_pinned(issuing, asked):
    pinned = {"pinned_keys": ["z6MkOne"], "seen_keys": ["z6MkOne"]}
    async with issuing.transaction() as session:
        await make_peer(session, "b.localhost", actor_uri="http://b.localhost/actor", **pinned)
        await make_peer(
            session, "order.example", actor_uri="http://order.example/actor", authority=True,
            registers=["FR-RPPS"], **pinned,
        )  # fmt: skip
        await make_peer(session, "down.localhost")
        await make_peer(
            session, "changed.localhost", actor_uri="http://changed.localhost/actor",
            key_changed_at=now(), **pinned,
        )  # fmt: skip
        await make_peer(
            session, "s.localhost", actor_uri="http://s.localhost/actor",
            peer_class=PeerClass.SOCIAL, **pinned,
        )  # fmt: skip

    answer = await asked.get("/trust-list")

    body = await answer.get_data()
    json = orjson.loads(body)
    assert answer.content_type == "application/activity+json"
    assert json["attributedTo"] == "http://a.localhost:8001/actor"
    assert is_proven(json, json["proof"]["verificationMethod"].partition("#")[2])
    issuers = read_trust_list(read_document(body))
    assert [(one.id, one.registers, one.keys) for one in issuers] == [
        ("http://b.localhost/actor", (), ("z6MkOne",)),
        ("http://order.example/actor", ("FR-RPPS",), ("z6MkOne",)),
    ]
    assert all(one.valid_until > now() for one in issuers)


@pytest.mark.parametrize("path", ["/credentials/1", "/credentials/status/1", "/trust-list"])
async def test_only_get_is_answered(asked, path):
    assert (await asked.post(path)).status_code == 405
