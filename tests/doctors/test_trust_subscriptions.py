"""Trust lists of others: believed as their issuer is, compared, applied by an administrator."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio
from sqlalchemy import select

from core.clock import now
from core.errors import InvalidInput, NotFound, Untrusted
from doctors import trust_subscriptions as trust
from factories import make_peer
from federation.documents.trust_list import TrustedIssuer, write_trust_list
from moderation.models import AuditEntry, PeerClass
from moderation.policy import class_of
from moderation.queries import find_peer

KEY = "z6MkeTG3bFFSLYVU7VqhgZxqr6YzpaGrQtFMh1uvqGy1vDnP"
OTHER = "z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"


def issuer(host="order.example", *, keys=(KEY,), registers=("FR-RPPS",), days=7):
    return TrustedIssuer(
        f"https://{host}/actor", tuple(registers), tuple(keys), now() + timedelta(days=days)
    )


@pytest.fixture
def uri(remote):
    return f"{remote.base_url}/trust-list"


@pytest.fixture
def serve(remote, uri):
    """Let the remote's list name some issuers; `by` signs it."""

    def write(*issuers, by=None, attributed=None, at=None):
        signer = by or remote.instance
        attributed = attributed or remote.instance.uri
        listed = write_trust_list(at or uri, by=attributed, issuers=issuers)
        remote.serve(signer.prove(listed), at=at or uri)

    return write


@pytest_asyncio.fixture
async def follow(database, client, remote):
    """Follow the remote's list; the remote is a clinical peer whose key is pinned."""

    async def go():
        return await trust.subscribe(database, client, remote.host, decided_by="root")

    return go


@pytest.fixture
def changes(database, remote):
    async def find():
        async with database.read() as session:
            known = await trust.get_subscription(session, remote.host)
            found = await trust.list_changes(session, known)
        return [(change.kind, change.host, change.why) for change in found]

    return find


@pytest.fixture
def apply(database, remote):
    async def go():
        async with database.transaction() as session:
            known = await trust.get_subscription(session, remote.host)
            seen = trust.mark_of(known)
            return await trust.apply_changes(session, known, seen=seen, decided_by="root")

    return go


async def peer_of(database, host):
    async with database.read() as session:
        return await find_peer(session, host)


async def test_what_a_list_says_waits_until_it_is_applied(
    database, serve, follow, changes, apply, remote
):
    serve(issuer(), issuer("care.example", registers=()))

    await follow()

    assert await changes() == [
        ("new", "care.example", ""),
        ("new", "order.example", ""),
    ]
    assert await peer_of(database, "order.example") is None

    done = await apply()

    assert (done.trusted, done.ended) == (["care.example", "order.example"], [])
    order, care = [await peer_of(database, f"{name}.example") for name in ("order", "care")]
    assert (order.peer_class, order.authority) == (PeerClass.CLINICAL, True)
    assert (order.registers, order.pinned_keys) == (["FR-RPPS"], [KEY])
    assert (care.peer_class, care.authority) == (PeerClass.CLINICAL, False)
    assert order.reason == f"trust list of {remote.host}"
    assert await changes() == []
    async with database.read() as session:
        actions = [entry.action for entry in await session.scalars(select(AuditEntry))]
    assert actions == ["trust-list.subscribe", "trust-list.apply"]


async def test_a_new_key_waits_and_who_is_gone_is_social_after_it_was_applied(
    database, client, serve, follow, changes, apply
):
    serve(issuer(), issuer("care.example"))
    await follow()
    await apply()
    serve(issuer(keys=[OTHER]))

    await trust.refresh_subscriptions(database, client)

    assert await changes() == [("gone", "care.example", ""), ("changed", "order.example", "")]
    assert (await peer_of(database, "order.example")).pinned_keys == [KEY]
    done = await apply()
    assert (done.trusted, done.ended) == (["order.example"], ["care.example"])
    assert (await peer_of(database, "order.example")).pinned_keys == [OTHER]
    async with database.read() as session:
        assert await class_of(session, "care.example") is PeerClass.SOCIAL


async def test_a_later_day_of_the_same_list_is_no_change(database, client, serve, follow, changes,
                                                         apply):  # fmt: skip
    serve(issuer(days=2))
    await follow()
    await apply()
    serve(issuer(days=7))
    await trust.refresh_subscriptions(database, client)
    assert await changes() == []


async def test_who_is_blocked_here_stays_blocked(database, serve, follow, changes, apply):
    async with database.transaction() as session:
        await make_peer(session, "order.example", peer_class=PeerClass.BLOCKED)
    serve(issuer())
    await follow()

    assert await changes() == [("left", "order.example", "blocked here")]
    assert (await apply()).trusted == []
    assert (await peer_of(database, "order.example")).peer_class is PeerClass.BLOCKED


async def test_who_is_blocked_by_a_pattern_stays_blocked(database, serve, follow, changes, apply):
    async with database.transaction() as session:
        await make_peer(session, "*.example", peer_class=PeerClass.BLOCKED)
    serve(issuer())
    await follow()

    assert await changes() == [("left", "order.example", "blocked here")]
    assert (await apply()).trusted == []
    assert await peer_of(database, "order.example") is None


async def test_what_is_pinned_here_is_shown_before_a_list_replaces_it(
    database, serve, follow, changes, remote
):
    async with database.transaction() as session:
        await make_peer(
            session, "order.example", actor_uri="https://order.example/actor", pinned_keys=[OTHER]
        )
    serve(issuer())
    known = await follow()

    async with database.read() as session:
        (change,) = await trust.list_changes(session, known)
    assert (change.kind, change.before["keys"], change.before["registers"]) == (
        "changed",
        [OTHER],
        [],
    )
    assert (change.after["keys"], change.after["registers"]) == ([KEY], ["FR-RPPS"])


async def test_what_changed_since_it_was_looked_at_is_not_applied(
    database, client, serve, follow, remote
):
    serve(issuer())
    seen = trust.mark_of(await follow())
    serve(issuer(), issuer("mallory.example"))
    await trust.refresh_subscriptions(database, client)

    async with database.transaction() as session:
        known = await trust.get_subscription(session, remote.host)
        with pytest.raises(InvalidInput, match="look again"):
            await trust.apply_changes(session, known, seen=seen, decided_by="root")

    assert await peer_of(database, "order.example") is None


async def test_a_host_with_another_instance_actor_is_trusted_on(
    database, client, serve, follow, apply
):
    moved = replace(issuer(), id="https://order.example/z-actor")
    serve(moved)
    await follow()
    await apply()
    serve(issuer())
    await trust.refresh_subscriptions(database, client)

    done = await apply()

    order = await peer_of(database, "order.example")
    assert (done.trusted, done.ended) == (["order.example"], [])
    assert (order.peer_class, order.actor_uri) == (PeerClass.CLINICAL, issuer().id)


async def test_who_was_trusted_by_hand_is_not_ended_by_a_list(
    database, client, serve, follow, apply
):
    serve(issuer())
    await follow()
    await apply()
    async with database.transaction() as session:
        (await find_peer(session, "order.example")).reason = "an agreement of our own"
    serve()
    await trust.refresh_subscriptions(database, client)
    assert (await apply()).ended == []
    assert (await peer_of(database, "order.example")).peer_class is PeerClass.CLINICAL


async def test_this_instance_and_the_list_s_own_are_not_taken_from_it(
    serve, follow, changes, remote
):
    serve(issuer("a.localhost:8001"), issuer(remote.host), issuer("late.example", days=-1),
          issuer("keyless.example", keys=[]), issuer("odd.example", keys=["no key"]))  # fmt: skip
    await follow()
    assert await changes() == []


async def test_registers_that_we_do_not_know_are_left_out(database, serve, follow, apply):
    serve(issuer(registers=["FR-RPPS", "XX-NONE"]))
    await follow()
    await apply()
    assert (await peer_of(database, "order.example")).registers == ["FR-RPPS"]


async def test_only_a_clinical_peer_s_list_is_followed(database, client, serve, remote):
    async with database.transaction() as session:
        (await find_peer(session, remote.host)).peer_class = PeerClass.SOCIAL
    serve(issuer())
    with pytest.raises(InvalidInput, match="no clinical peer"):
        await trust.subscribe(database, client, remote.host, decided_by="root")


async def test_a_list_signed_by_somebody_else_is_not_believed(serve, follow, remote):
    serve(issuer(), by=remote.person("mallory"))
    with pytest.raises(Untrusted):
        await follow()


async def test_a_list_that_was_changed_after_it_was_signed_is_not_believed(
    serve, follow, remote, uri
):
    listed = remote.instance.prove(
        write_trust_list(uri, by=remote.instance.uri, issuers=[issuer()])
    )
    listed["items"][0]["keys"] = [OTHER]
    remote.serve(listed, at=uri)
    with pytest.raises(Untrusted):
        await follow()


async def test_a_list_in_the_name_of_another_issuer_is_not_believed(serve, follow):
    serve(issuer(), attributed="https://elsewhere.example/actor")
    with pytest.raises(Untrusted):
        await follow()


async def test_a_list_that_cannot_be_read_keeps_what_it_had_and_says_why(
    database, client, serve, follow, changes, remote
):
    serve(issuer())
    await follow()
    remote.refuse()

    await trust.refresh_subscriptions(database, client)

    assert await changes() == [("new", "order.example", "")]
    async with database.read() as session:
        assert (await trust.get_subscription(session, remote.host)).problem


async def test_a_list_is_followed_no_more(database, serve, follow, apply, remote):
    serve(issuer())
    await follow()
    await apply()
    async with database.transaction() as session:
        await trust.unsubscribe(session, remote.host, decided_by="root")
    assert (await peer_of(database, "order.example")).peer_class is PeerClass.CLINICAL
    async with database.read() as session:
        with pytest.raises(NotFound):
            await trust.get_subscription(session, remote.host)
    with pytest.raises(NotFound):
        await apply()


async def test_nothing_waits_nothing_is_applied(serve, follow, apply):
    serve(issuer())
    await follow()
    await apply()
    with pytest.raises(InvalidInput, match="nothing waits"):
        await apply()
