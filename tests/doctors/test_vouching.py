"""An authority's side: somebody of another host is vouched for, renewed, taken back."""

from __future__ import annotations

import orjson
import pytest
import pytest_asyncio
from sqlalchemy import select
from sqlmodel import col

from actors.queries import find_badges, find_extension, save_extension
from actors.remote import resolve_actor
from core.errors import InvalidInput
from doctors import queries
from doctors.credentials import check_actor
from doctors.models import IssuedCredential
from doctors.verification import verify, withdraw
from doctors.vouching import vouch
from factories import make_local_actor, make_peer, make_remote_actor
from fakes.proofs import is_proven
from federation.uris import local_uris
from moderation.models import AuditEntry
from register_files import NUMBER

REGISTER = "FR-RPPS"
HOSPITAL = "h.localhost:8009"


@pytest_asyncio.fixture
async def anne(issuing):
    """A doctor of the hospital, another host."""
    async with issuing.transaction() as session:
        await make_peer(session, HOSPITAL)
        actor = await make_remote_actor(session, "a.martin", host=HOSPITAL)
        actor.name = "Dr Alice Martin"
        return actor


async def _vouch(database, actor, **how):
    async with database.transaction() as session:
        values = {"register": REGISTER, "number": NUMBER, "decided_by": "the Order"} | how
        return await vouch(session, actor, **values)


async def test_the_credential_is_about_the_other_hosts_actor_and_proven_by_ours(
    issuing, anne, our_instance
):
    vouched = await _vouch(issuing, anne)

    document = orjson.loads(vouched.issued.document)
    subject = document["credentialSubject"]
    assert document["issuer"] == our_instance.uri
    assert (subject["id"], subject["register"], subject["name"]) == (
        anne.uri, REGISTER, "Alice Martin",
    )  # fmt: skip
    assert document["credentialStatus"]["statusListCredential"].startswith("http://a.localhost")
    method = document["proof"]["verificationMethod"]
    assert is_proven(document, method.partition("#")[2])


async def test_nothing_is_shown_of_them_before_they_show_it_themselves(issuing, anne):
    await _vouch(issuing, anne)

    async with issuing.read() as session:
        assert await find_badges(session, [anne.id]) == {}
        assert await find_extension(session, anne.id) == {}


async def test_it_is_recorded_who_decided(issuing, anne):
    vouched = await _vouch(issuing, anne)

    async with issuing.read() as session:
        statement = select(AuditEntry).where(col(AuditEntry.action) == "doctor.vouch")
        (line,) = await session.scalars(statement)
    assert (line.actor, line.subject) == ("the Order", f"a.martin@{HOSPITAL}")
    assert line.detail["verification"] == str(vouched.verification.id)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"name": "Dr Zoé Petit"}, "another person"),
        ({"type": "Group"}, "no person"),
        ({"inbox": ""}, "no person"),
        ({"host": "unknown.localhost"}, "no peer"),
    ],
)
async def test_who_is_another_person_or_cannot_be_told_is_not_vouched_for(
    issuing, anne, change, told
):
    for name, value in change.items():
        setattr(anne, name, value)

    with pytest.raises(InvalidInput, match=told):
        await _vouch(issuing, anne)

    async with issuing.read() as session:
        assert (await session.scalars(select(IssuedCredential))).all() == []


async def test_who_lives_here_is_verified_and_not_vouched_for(issuing):
    async with issuing.transaction() as session:
        alice = await make_local_actor(session, "alice")

    with pytest.raises(InvalidInput, match="lives here"):
        await _vouch(issuing, alice)


async def test_a_number_that_somebody_here_has_is_nobody_elses(issuing, anne):
    async with issuing.transaction() as session:
        alice = await make_local_actor(session, "alice")
        alice.name = "Dr Alice Martin"
        await verify(session, alice, register=REGISTER, number=NUMBER, decided_by="test")

    with pytest.raises(InvalidInput, match="already"):
        await _vouch(issuing, anne)


async def test_vouched_for_anew_the_first_credential_stays_until_its_end(issuing, anne):
    first = await _vouch(issuing, anne)
    second = await _vouch(issuing, anne)

    assert second.ended == ()
    assert first.issued.id != second.issued.id
    async with issuing.read() as session:
        issued = await queries.list_issued(session, anne.id)
    assert [one.revoked_at for one in issued] == [None, None]


@pytest_asyncio.fixture
async def shown(issuing, remote, client):
    """Somebody of a real other server, vouched for here, who shows it: (actor, credential)."""
    bob = remote.person("bob", name="Dr Alice Martin")
    actor = await resolve_actor(issuing, client, bob.uri)
    vouched = await _vouch(issuing, actor)
    uri = local_uris(issuing.settings).credential(vouched.issued.id)
    async with issuing.transaction() as session:
        await save_extension(session, actor.id, {"credentials": [uri]})
    return actor, uri


async def test_what_they_show_is_believed_here_without_a_request_to_ourselves(
    issuing, client, shown, our_instance
):
    actor, uri = shown

    await check_actor(issuing, client, actor.id)

    async with issuing.read() as session:
        badge = (await find_badges(session, [actor.id]))[actor.id]
        held = await queries.find_held(session, uri)
    assert (badge.issuer_uri, badge.is_doctor) == (our_instance.uri, True)
    assert held.problem is None


async def test_who_shows_what_was_given_to_another_gets_no_badge(issuing, client, shown, remote):
    _, uri = shown
    thief = remote.person("thief", credentials=[uri])
    actor = await resolve_actor(issuing, client, thief.uri)

    await check_actor(issuing, client, actor.id)

    async with issuing.read() as session:
        assert await find_badges(session, [actor.id]) == {}
        refused = await queries.find_held(session, uri)
    assert refused is not None
    assert "about another actor" in (refused.problem or "")


@pytest.mark.parametrize("path", ["/credentials/99", "/credentials/9999999999999999999", "/x"])
async def test_what_was_never_issued_here_gives_no_badge(issuing, client, shown, path):
    actor, _ = shown
    async with issuing.transaction() as session:
        value = {"credentials": [f"http://a.localhost:8001{path}"]}
        await save_extension(session, actor.id, value)

    await check_actor(issuing, client, actor.id)

    async with issuing.read() as session:
        assert await find_badges(session, [actor.id]) == {}


async def test_taken_back_the_badge_ends_here_at_once_whatever_list_is_held(
    issuing, client, shown
):
    actor, uri = shown
    await check_actor(issuing, client, actor.id)

    async with issuing.transaction() as session:
        ended = await withdraw(session, actor, decided_by="the Order", reason="struck off")
        at_once = await find_badges(session, [actor.id])
    await check_actor(issuing, client, actor.id)

    assert (ended, at_once) == ([uri], {})
    async with issuing.read() as session:
        assert await find_badges(session, [actor.id]) == {}
        assert (await find_extension(session, actor.id))["credentials"] == [uri]
