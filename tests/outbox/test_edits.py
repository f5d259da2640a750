"""Update and Delete: written here, and told to who has the thing."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import orjson
import pytest
import pytest_asyncio
from sqlalchemy import select
from sqlmodel import col

from actors.follows import delete_follow, save_follow
from core import clock
from core.ids import new_id
from factories import (
    make_instance_actor,
    make_local_actor,
    make_peer,
    make_remote_actor,
)
from federation.documents.lenient import embed, read_document
from federation.proofs import verify_proof
from federation.vocabulary import AS_PUBLIC
from moderation.models import PeerClass
from notifications.models import Notification
from outbox.create import send_create
from outbox.delete import send_delete, send_delete_actor, send_delete_credential
from outbox.models import Delivery, OutboxActivity, Priority
from outbox.update import send_update, send_update_actor
from posts.likes import save_like
from posts.models import Visibility
from posts.queries import list_mentioned
from posts.save import mark_clinical
from posts.visibility import may_see, viewer_of
from writing import source_of

B, C, S = "b.localhost:8002", "c.localhost:8003", "s.localhost:8004"


@pytest_asyncio.fixture
async def ring(session):
    """Doctor alice, followed by bob of a clinical peer; chloe and sam of others know her."""
    await make_peer(session, B)
    await make_peer(session, C)
    await make_peer(session, S, peer_class=PeerClass.SOCIAL)
    people = {
        "alice": await make_local_actor(session, "alice", doctor=True),
        "dora": await make_local_actor(session, "dora", doctor=True),
        "bob": await make_remote_actor(session, "bob", host=B, doctor=True),
        "chloe": await make_remote_actor(session, "chloe", host=C, doctor=True),
        "sam": await make_remote_actor(session, "sam", host=S),
    }
    await save_follow(session, people["bob"], people["alice"], uri="x", accepted=True)
    return SimpleNamespace(**people)


@pytest.fixture
def deliver_all(claim, answer):
    """Everything that is owed arrives."""

    async def run() -> None:
        while held := await claim():
            for owed in held:
                await answer(owed, 202)

    return run


def _inbox(host: str) -> str:
    return f"http://{host}/inbox"


# Update


async def test_an_edit_is_told_with_the_new_text_and_when_it_was(session, sent, draft, ring):
    post = await send_create(session, ring.alice, draft("avant", Visibility.PUBLIC))

    await send_update(session, ring.alice, post, draft("après", Visibility.PUBLIC))

    ((inbox, activity),) = await sent("Update")
    assert inbox == _inbox(B)
    assert activity["object"]["content"] == "après"
    assert activity["object"]["updated"] == activity["published"]
    assert (activity["to"], activity["cc"]) == ([AS_PUBLIC], [ring.alice.followers_uri])
    key = activity["proof"]["verificationMethod"].partition("#")[2]
    verify_proof(embed(activity), key)
    verify_proof(embed(activity["object"]), key)


async def test_an_edit_that_changes_nothing_is_not_told(session, sent, draft, ring):
    post = await send_create(session, ring.alice, draft("pareil", Visibility.PUBLIC))

    await send_update(session, ring.alice, post, draft("pareil", Visibility.PUBLIC))

    assert await sent("Update") == []
    assert post.edited_at is None


async def test_the_create_says_the_new_text_from_then_on(session, sent, draft, ring):
    post = await send_create(session, ring.alice, draft("avant", Visibility.PUBLIC))

    await send_update(session, ring.alice, post, draft("après", Visibility.PUBLIC))

    ((_, create),) = await sent("Create")
    assert create["object"]["content"] == "après"
    source = read_document(await source_of(session, post.id))
    verify_proof(source, create["proof"]["verificationMethod"].partition("#")[2])


async def test_an_edit_of_a_public_post_reaches_who_ever_got_it(
    session, sent, draft, deliver_all, ring
):
    post = await send_create(session, ring.alice, draft("a", Visibility.PUBLIC))
    await deliver_all()
    await delete_follow(session, ring.bob.id, ring.alice.id)
    await save_like(session, ring.sam, post, "like")

    await send_update(session, ring.alice, post, draft("b", Visibility.PUBLIC))

    assert sorted(inbox for inbox, _ in await sent("Update")) == [_inbox(B), _inbox(S)]


async def test_an_edit_of_a_followers_post_does_not_reach_who_follows_no_more(
    session, sent, draft, deliver_all, ring
):
    post = await send_create(session, ring.alice, draft("a", Visibility.FOLLOWERS))
    await deliver_all()
    await delete_follow(session, ring.bob.id, ring.alice.id)

    await send_update(session, ring.alice, post, draft("b", Visibility.FOLLOWERS))

    assert await sent("Update") == []


async def test_an_edit_lets_nobody_into_a_private_message(session, sent, draft, ring):
    first = draft("@bob", Visibility.MENTIONED, mentioned=[ring.bob])
    post = await send_create(session, ring.alice, first)

    second = draft("@chloe", Visibility.MENTIONED, mentioned=[ring.chloe])
    await send_update(session, ring.alice, post, second)

    ((inbox, activity),) = await sent("Update")
    assert (inbox, activity["to"]) == (ring.bob.inbox, [ring.bob.uri])
    assert [tag["href"] for tag in activity["object"]["tag"]] == [ring.bob.uri]
    named = await list_mentioned(session, [post.id])
    assert [actor.id for actor in named[post.id]] == [ring.bob.id]


async def test_who_is_named_anew_in_a_public_post_is_told(session, sent, draft, ring):
    post = await send_create(session, ring.alice, draft("a", Visibility.PUBLIC))

    named = draft("@dora @chloe", Visibility.PUBLIC, mentioned=[ring.dora, ring.chloe])
    await send_update(session, ring.alice, post, named)

    assert sorted(inbox for inbox, _ in await sent("Update")) == [_inbox(B), _inbox(C)]
    notices = list(await session.scalars(select(Notification)))
    assert [notice.owner_id for notice in notices] == [ring.dora.id]


async def test_two_edits_are_two_updates_in_their_order(session, sent, draft, ring):
    post = await send_create(session, ring.alice, draft("a", Visibility.PUBLIC))
    await send_update(session, ring.alice, post, draft("b", Visibility.PUBLIC))
    clock.shift(timedelta(milliseconds=5))

    await send_update(session, ring.alice, post, draft("c", Visibility.PUBLIC))

    told = [activity["object"]["content"] for _, activity in await sent("Update")]
    assert told == ["b", "c"]


async def test_a_profile_goes_to_followers_hosts_and_clinical_peers(session, sent, ring):
    sue = await make_remote_actor(session, "sue", host=S)
    await save_follow(session, sue, ring.alice, uri="y", accepted=True)

    await send_update_actor(session, ring.alice)

    rows = await sent("Update")
    assert sorted(inbox for inbox, _ in rows) == [_inbox(B), _inbox(C), _inbox(S)]
    activity = rows[0][1]
    assert activity["object"]["id"] == ring.alice.uri
    assert activity["to"] == [AS_PUBLIC]
    verify_proof(embed(activity), activity["proof"]["verificationMethod"].partition("#")[2])


# Delete


async def test_a_delete_names_the_post_and_goes_to_who_got_it(
    session, sent, draft, deliver_all, ring
):
    post = await send_create(session, ring.alice, draft("a", Visibility.FOLLOWERS))
    await deliver_all()
    await delete_follow(session, ring.bob.id, ring.alice.id)

    await send_delete(session, ring.alice, post)

    ((inbox, activity),) = await sent()
    assert inbox == _inbox(B)
    assert (activity["type"], activity["object"]) == ("Delete", post.uri)
    assert activity["to"] == [ring.alice.followers_uri]
    assert "proof" in activity
    assert post.deleted_at is not None


async def test_K13_what_nobody_was_told_yet_is_never_told(session, sent, draft, ring):
    post = await send_create(session, ring.alice, draft("a", Visibility.PUBLIC))

    await send_delete(session, ring.alice, post)

    assert await sent() == []


async def test_who_got_it_is_told_and_who_did_not_is_not(session, sent, draft, claim, answer, ring):
    await save_follow(session, ring.chloe, ring.alice, uri="y", accepted=True)
    post = await send_create(session, ring.alice, draft("a", Visibility.PUBLIC))
    first, second = sorted(await claim(), key=lambda owed: owed.host)
    await answer(first, 202)
    await answer(second, None)
    untouched = await send_create(session, ring.alice, draft("b", Visibility.PUBLIC))

    await send_delete(session, ring.alice, post)

    # C did not answer: whether it has the post nobody knows.
    assert sorted(inbox for inbox, _ in await sent("Delete")) == [_inbox(B), _inbox(C)]
    waiting = [activity["object"]["id"] for _, activity in await sent("Create")]
    assert set(waiting) == {untouched.uri}


async def test_who_liked_or_passed_on_a_public_post_is_told(session, sent, draft, ring):
    post = await send_create(session, ring.alice, draft("a", Visibility.PUBLIC))
    await save_like(session, ring.sam, post, "like")

    await send_delete(session, ring.alice, post)

    assert [inbox for inbox, _ in await sent("Delete")] == [_inbox(S)]


async def test_a_social_host_that_got_a_post_before_it_became_clinical_is_told_too(
    session, sent, draft, deliver_all, ring
):
    await save_follow(session, ring.sam, ring.alice, uri="s", accepted=True)
    post = await send_create(session, ring.alice, draft("a", Visibility.PUBLIC))
    await deliver_all()
    late = await make_remote_actor(session, "late", host="t.localhost:8005")
    await make_peer(session, late.host, peer_class=PeerClass.SOCIAL)
    await save_follow(session, late, ring.alice, uri="t", accepted=True)
    await mark_clinical(session, post)

    await send_delete(session, ring.alice, post)

    assert sorted(inbox for inbox, _ in await sent("Delete")) == [_inbox(B), _inbox(S)]


async def test_a_deleted_posts_text_is_nowhere_any_more(session, draft, deliver_all, ring):
    post = await send_create(session, ring.alice, draft("secret", Visibility.PUBLIC))
    await deliver_all()
    await send_update(session, ring.alice, post, draft("secret 2", Visibility.PUBLIC))

    await send_delete(session, ring.alice, post)

    bodies = list(await session.scalars(select(col(OutboxActivity.body))))
    assert not [body for body in bodies if b"secret" in body]
    assert await source_of(session, post.id) is None


async def test_notices_of_a_deleted_post_go_with_it(session, draft, ring):
    named = draft("@dora", Visibility.PUBLIC, mentioned=[ring.dora])
    post = await send_create(session, ring.alice, named)

    await send_delete(session, ring.alice, post)

    assert list(await session.scalars(select(Notification))) == []


async def test_a_delete_is_tried_for_30_days(session, draft, deliver_all, ring):
    post = await send_create(session, ring.alice, draft("a", Visibility.PUBLIC))
    await deliver_all()

    await send_delete(session, ring.alice, post)

    delivery = await session.scalar(select(Delivery).where(col(Delivery.due_at).is_not(None)))
    assert delivery.expires_at - clock.now() > timedelta(days=29)


async def test_K09_a_deleted_person_withdraws_what_waits_and_signs_a_last_word(
    session, sent, draft, deliver_all, claim, ring
):
    await send_create(session, ring.alice, draft("a", Visibility.PUBLIC))
    await deliver_all()
    post = await send_create(session, ring.alice, draft("b", Visibility.PUBLIC))

    await send_delete_actor(session, ring.alice)

    rows = await sent()
    assert sorted(inbox for inbox, _ in rows) == [_inbox(B), _inbox(C)]
    assert {(a["type"], a["object"]) for _, a in rows} == {("Delete", ring.alice.uri)}
    assert not await may_see(session, await viewer_of(session, ring.alice.id), post)
    assert {owed.signer_id for owed in await claim()} == {ring.alice.id}


async def test_a_revoked_credential_is_told_to_every_clinical_peer_first_of_all(
    session, sent, draft, claim, ring
):
    issuer = await make_instance_actor(session)
    for number in range(5):
        await send_create(session, ring.alice, draft(str(number), Visibility.DOCTORS))
    uri = f"http://a.localhost:8001/credentials/{new_id()}"

    await send_delete_credential(session, uri, ring.alice)

    rows = await sent("Delete")
    assert sorted(inbox for inbox, _ in rows) == [_inbox(B), _inbox(C)]
    assert (rows[0][1]["actor"], rows[0][1]["object"]) == (issuer.uri, uri)
    assert "proof" in rows[0][1]
    held = await claim()
    assert {owed.type for owed in held if owed.host == B and owed.id == held[0].id} == {"Delete"}
    stored = await session.scalar(
        select(OutboxActivity).where(col(OutboxActivity.type) == "Delete")
    )
    assert stored.priority == Priority.REVOCATION
    assert orjson.loads(stored.body)["id"].startswith(f"{issuer.uri}/activities/")
