"""Several credentials, withdrawn ones, those of others; what comes first and what comes later."""

from __future__ import annotations

import json
from datetime import timedelta

from actors.queries import find_badges, is_doctor
from actors.remote import resolve_actor
from checking import Checking
from core import clock
from db.paging import Page
from db.session import Database
from doctors.credentials import check_actor, drop_badge, forget_credential
from doctors.queries import list_refused
from fakes.proofs import credential
from moderation.queries import find_peer


async def test_of_two_credentials_the_doctors_counts_before_the_better_attested(
    checking: Checking,
):
    instance = checking.remote.instance
    second = f"{checking.remote.base_url}/credentials/8"
    nurse = credential(
        uri=second, issuer=instance.uri, subject=checking.bob.uri, status_list=checking.lists,
        index=8, profession="60", assurance="strong-auth",
    )  # fmt: skip
    checking.remote.serve(instance.prove(nurse))
    checking.bob.properties["credentials"] = [second, checking.uri]

    await checking.check()

    assert (await checking.badge()).credential_uri == checking.uri
    checking.list = checking.status_list(7)
    clock.shift(timedelta(minutes=16))
    await checking.check()
    assert (await checking.badge()).credential_uri == second


async def test_a_bad_credential_beside_a_good_one_does_no_harm(checking: Checking):
    checking.bob.properties["credentials"] = [
        f"{checking.remote.base_url}/credentials/404", "not a uri", checking.uri,
        f"{checking.remote.base_url}/{'x' * 1500}", f"{checking.remote.base_url}/{'é' * 1500}",
    ]  # fmt: skip

    await checking.check()

    assert (await checking.badge()).credential_uri == checking.uri


async def test_a_credential_that_is_not_shown_any_more_gives_no_badge(checking: Checking):
    await checking.check()
    checking.bob.properties["credentials"] = []
    clock.shift(timedelta(minutes=1))
    await resolve_actor(
        checking.database, checking.client, checking.bob.uri, max_age=timedelta(0)
    )

    await checking.judge()

    assert await checking.badge() is None
    assert await checking.problem() == "nothing is held"


async def test_a_credential_that_is_gone_gives_no_badge(checking: Checking):
    await checking.check()
    checking.remote.remove(checking.uri, gone=True)

    await checking.judge()

    await checking.refused("revoked by its issuer")


async def test_the_issuers_delete_takes_the_badge_at_once_and_for_good(
    checking: Checking, database: Database
):
    await checking.check()

    async with database.transaction() as session:
        forgotten = await forget_credential(
            session, checking.uri, by=checking.remote.instance.uri
        )
    at_once = await checking.badge()
    await checking.judge()

    assert forgotten
    assert at_once is None
    await checking.refused("revoked by its issuer")


async def test_another_actors_delete_of_a_credential_counts_for_nothing(
    checking: Checking, database: Database
):
    await checking.check()
    issuer = checking.remote.instance.uri
    robot = checking.remote.person("robot", kind="Application")

    async with database.transaction() as session:
        for uri, actor in (
            (checking.uri, "http://c.localhost/actor"),
            (checking.uri, robot.uri),
            ("no uri", issuer),
            (f"{checking.remote.base_url}/credentials/99", issuer),
        ):
            assert not await forget_credential(session, uri, by=actor)

    assert await checking.badge() is not None


async def test_who_shows_anothers_credential_does_the_other_no_harm(checking: Checking):
    await checking.check()
    thief = checking.remote.person("thief", credentials=[checking.uri])
    stranger = await resolve_actor(checking.database, checking.client, thief.uri)

    await check_actor(checking.database, checking.client, stranger.id)

    assert await checking.badge() is not None
    assert await checking.problem() is None
    async with checking.database.read() as session:
        assert await find_badges(session, [stranger.id]) == {}


async def test_administrators_read_who_showed_anothers_credential(checking: Checking):
    await checking.check()
    thief = checking.remote.person("thief", credentials=[checking.uri])
    stranger = await resolve_actor(checking.database, checking.client, thief.uri)

    for _ in range(2):
        await check_actor(checking.database, checking.client, stranger.id)

    async with checking.database.read() as session:
        (refused,) = await list_refused(session, Page())
    assert (refused.actor.id, refused.uri) == (stranger.id, checking.uri)
    assert refused.reason == "the credential is about another actor"


async def test_the_true_subject_takes_over_what_a_thief_showed_first(checking: Checking):
    instance = checking.remote.instance
    checking.remote.serve(instance.prove(checking.served))
    thief = checking.remote.person("thief", credentials=[checking.uri])
    stranger = await resolve_actor(checking.database, checking.client, thief.uri)
    checking.remote.serve(instance.prove(checking.list))
    await check_actor(checking.database, checking.client, stranger.id)
    assert await checking.problem() == "the credential is about another actor"

    await checking.check()

    assert await checking.badge() is not None
    assert await checking.problem() is None


async def test_a_dropped_badge_comes_back_only_by_a_check(checking: Checking, database: Database):
    await checking.check()
    async with database.transaction() as session:
        await drop_badge(session, checking.id, "an administrator's word")
    dropped = await checking.problem()

    await checking.judge()

    assert dropped == "an administrator's word"
    assert await checking.badge() is not None


async def test_a_clinical_peer_that_was_down_when_listed_is_pinned_at_first_contact(
    checking: Checking, database: Database
):
    async with database.transaction() as session:
        peer = await find_peer(session, checking.remote.host)
        peer.actor_uri, peer.pinned_keys, peer.seen_keys = None, [], []

    await checking.check()

    assert await checking.badge() is not None
    async with database.read() as session:
        peer = await find_peer(session, checking.remote.host)
    assert peer.actor_uri == checking.remote.instance.uri
    assert peer.pinned_keys == [checking.remote.instance.multibase]


async def test_who_lives_here_is_never_judged_by_what_is_fetched(
    checking: Checking, database: Database
):
    from factories import make_local_actor

    async with database.transaction() as session:
        alice = await make_local_actor(session, doctor=True)

    await check_actor(database, checking.client, alice.id)

    async with database.read() as session:
        assert await is_doctor(session, alice.id)


async def test_a_credential_of_the_wrong_content_type_is_not_read(checking: Checking):
    body = json.dumps(checking.remote.instance.prove(checking.served))
    checking.remote.script("/credentials/7", body=body, content_type="text/html")

    await checking.check()

    await checking.refused("not a credential")
    checking.remote.script("/credentials/7", body=body, content_type="application/vc")
    await checking.judge()
    assert await checking.badge() is not None


async def test_a_credential_that_is_another_s_from_now_on_ends_the_badge_of_the_first(
    checking: Checking, client
):
    await checking.check()
    carol = checking.remote.person("carol", credentials=[checking.uri])
    checking.served["credentialSubject"]["id"] = carol.uri
    checking.remote.serve(checking.remote.instance.prove(checking.served), at=checking.uri)
    other = await resolve_actor(checking.database, client, carol.uri)

    await check_actor(checking.database, client, other.id)

    async with checking.database.read() as session:
        assert (await find_badges(session, [other.id, checking.id])).keys() == {other.id}
