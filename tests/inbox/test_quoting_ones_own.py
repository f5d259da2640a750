"""A stamp is only for a post of who asks for it: known here, embedded, or as its home shows it."""

from __future__ import annotations

import pytest

from asking_to_quote import ours, request_of, said
from core import clock
from core.clock import now
from fakes.actor import PUBLIC
from fakes.remote import path_of
from inbox.models import InboxActivity
from posts.models import QuoteApproval, Visibility
from posts.routes import post_routes
from posts.stamps import revoke_stamp

NOT_OWN = ("rejected", "nothing shows that the post that is to quote is the sender's own")


@pytest.fixture
def house(house):
    house.app.register_blueprint(post_routes(house.database, house.client))
    return house


@pytest.fixture
def carl(remote):
    """Somebody else of bob's host."""
    return remote.person("carl")


@pytest.mark.parametrize("shows", ["the post", "the post as bob's", "its id"])
async def test_somebody_elses_post_of_the_same_host_that_is_known_gets_no_stamp(
    house, alice, bob, carl, shows
):
    post = await ours(house, alice)
    note = carl.note(quote=post.uri, to=[PUBLIC, alice.uri])
    await house.take(carl, carl.create(note))
    await house.known(bob)
    instrument = {
        "the post": note,
        "the post as bob's": {**note, "attributedTo": bob.uri},
        "its id": note["id"],
    }[shows]

    async with house.nothing_changes():
        await house.take(bob, request_of(bob, post, instrument))

    assert await house.outcome() == NOT_OWN
    assert await house.all(QuoteApproval) == []


@pytest.mark.parametrize("shows", [True, False])
async def test_somebody_elses_post_of_the_same_host_that_is_not_known_gets_no_stamp(
    house, alice, bob, carl, shows
):
    post = await ours(house, alice)
    note = carl.note(quote=post.uri)
    await house.known(bob)

    async with house.nothing_changes():
        await house.take(bob, request_of(bob, post, note if shows else note["id"]))

    assert await house.outcome() == NOT_OWN
    assert await house.all(QuoteApproval) == []
    assert bob.remote.gets(path_of(note["id"]))


@pytest.mark.parametrize(
    "changes",
    [
        {"attributedTo": None},
        {"attributedTo": "CARL"},
        {"attributedTo": ["BOB", "CARL"]},
        {"type": "Person"},
        {"type": "Tombstone"},
    ],
    ids=["nobody", "another", "several", "no post", "deleted"],
)
async def test_what_is_fetched_must_be_a_post_by_the_sender_alone(
    house, alice, bob, carl, changes
):
    post = await ours(house, alice)
    names = {"BOB": bob.uri, "CARL": carl.uri}
    note = bob.note(quote=post.uri)
    for name, value in changes.items():
        many = value if isinstance(value, list) else [value]
        written = [names.get(one, one) for one in many]
        note[name] = written if isinstance(value, list) else written[0]
    await house.known(bob)

    async with house.nothing_changes():
        await house.take(bob, request_of(bob, post, note["id"]))

    assert await house.outcome() == NOT_OWN
    assert await house.all(QuoteApproval) == []


async def test_an_address_that_leads_to_a_post_of_another_id_gets_no_stamp(house, alice, bob):
    post = await ours(house, alice)
    note = bob.note(quote=post.uri)
    bob.remote.serve(note, at=note["url"])
    await house.known(bob)

    async with house.nothing_changes():
        await house.take(bob, request_of(bob, post, note["url"]))

    assert await house.outcome() == NOT_OWN


async def test_an_embedded_post_of_the_senders_is_believed_and_not_fetched(house, alice, bob):
    post = await ours(house, alice)
    note = bob.note(quote=post.uri)
    bob.remote.remove(note["id"])

    await house.take(bob, request_of(bob, post, note))

    assert [answer["type"] for answer in await said(house)] == ["Accept"]
    assert bob.remote.gets(path_of(note["id"])) == []


async def test_an_embedded_post_that_does_not_say_whose_it_is_is_fetched(house, alice, bob):
    post = await ours(house, alice)
    note = bob.note(quote=post.uri)

    await house.take(bob, request_of(bob, post, {"type": "Note", "id": note["id"]}))

    assert [answer["type"] for answer in await said(house)] == ["Accept"]


async def test_a_post_that_is_known_is_not_fetched_to_be_let_quote(house, alice, bob):
    post = await ours(house, alice)
    note = bob.note(quote=post.uri, to=[PUBLIC, alice.uri])
    await house.take(bob, bob.create(note))

    await house.take(bob, request_of(bob, post, note["id"]))

    assert [answer["type"] for answer in await said(house)] == ["Accept"]
    assert bob.remote.gets(path_of(note["id"])) == []


@pytest.mark.parametrize("is_here", [True, False])
async def test_a_boost_is_no_post_that_quotes(house, alice, bob, carl, is_here):
    post = await ours(house, alice)
    boost = bob.activity("Announce", post.uri, to=[PUBLIC])
    if is_here:
        await house.take(bob, boost)
    bob.remote.serve(boost)

    await house.take(bob, request_of(bob, post, boost["id"]))

    assert await house.outcome() == NOT_OWN
    assert await house.all(QuoteApproval) == []


@pytest.mark.parametrize("status", [404, 410, 403])
async def test_what_its_home_does_not_show_gets_no_stamp(house, alice, bob, status):
    post = await ours(house, alice)
    note = bob.note(quote=post.uri)
    await house.known(bob)
    bob.remote.script(path_of(note["id"]), status=status)

    async with house.nothing_changes():
        await house.take(bob, request_of(bob, post, note["id"]))

    name, reason = await house.outcome()
    assert name == "rejected"
    assert note["id"] in reason
    assert await house.all(QuoteApproval) == []


async def test_who_asks_while_their_host_is_out_of_order_is_answered_later(house, alice, bob):
    post = await ours(house, alice)
    note = bob.note(quote=post.uri)
    bob.remote.script(path_of(note["id"]), status=503, times=1)

    await house.take(bob, request_of(bob, post, note["id"]))
    assert (await house.outcome())[0] is None
    assert await said(house) == []
    assert await house.all(QuoteApproval) == []
    clock.shift((await house.one(InboxActivity)).due_at - now())
    await house.process()

    assert await house.outcome() == ("handled", None)
    assert [answer["type"] for answer in await said(house)] == ["Accept"]


@pytest.mark.parametrize(("policy", "answers"), [("nobody", ["Reject"]), ("public", [])])
async def test_nothing_is_fetched_for_an_answer_that_is_known_without_it(
    house, alice, bob, policy, answers
):
    hidden = Visibility.FOLLOWERS if policy == "public" else Visibility.PUBLIC
    post = await ours(house, alice, hidden, policy=policy)
    note = bob.note(quote=post.uri)

    await house.take(bob, request_of(bob, post, note["id"]))

    assert [answer["type"] for answer in await said(house)] == answers
    assert bob.remote.gets(path_of(note["id"])) == []


async def claim(house, bob, post, note) -> str:
    """Have bob ask for somebody else's post as if it were his; return the stamp that he gets."""
    await house.take(bob, request_of(bob, post, {**note, "attributedTo": bob.uri}))
    return (await said(house))[-1]["result"]


async def test_a_stamp_that_was_lied_for_is_gone_once_the_post_is_here(house, alice, bob, carl):
    post = await ours(house, alice, policy="followers")
    await house.follows(await house.known(bob), alice)
    note = carl.note(quote=post.uri)

    stamp = await claim(house, bob, post, note)
    assert (await bob.get(stamp)).status == 200
    await house.do_jobs()

    assert (await bob.get(stamp)).status == 404
    assert await house.all(QuoteApproval) == []
    quoting = await house.post_at(note["id"])
    assert (quoting.quote_state, quoting.quote_authorization_uri) == ("pending", None)


@pytest.mark.parametrize("shows", [True, False])
async def test_who_wrote_a_post_gets_the_stamp_that_another_lied_for(
    house, alice, bob, carl, shows
):
    post = await ours(house, alice)
    note = carl.note(quote=post.uri)
    stamp = await claim(house, bob, post, note)

    await house.take(carl, request_of(carl, post, note if shows else note["id"]))

    accept = (await said(house))[-1]
    assert (accept["type"], accept["to"], accept["result"]) == ("Accept", [carl.uri], stamp)
    assert bob.remote.gets(path_of(note["id"]))
    await house.do_jobs()
    assert (await house.one(QuoteApproval)).quoting_actor_uri == carl.uri
    assert (await house.post_at(note["id"])).quote_authorization_uri == stamp


async def test_nobody_takes_a_stamp_over_by_saying_that_the_post_is_theirs(
    house, alice, bob, carl
):
    post = await ours(house, alice)
    note = carl.note(quote=post.uri)
    await house.take(carl, request_of(carl, post, note))
    await house.known(bob)

    async with house.nothing_changes():
        await house.take(bob, request_of(bob, post, {**note, "attributedTo": bob.uri}))

    assert await house.outcome() == NOT_OWN
    assert (await house.one(QuoteApproval)).quoting_actor_uri == carl.uri


async def test_a_stamp_that_was_taken_back_stays_so_whoever_had_it(house, alice, bob, carl):
    post = await ours(house, alice)
    note = carl.note(quote=post.uri)
    await claim(house, bob, post, note)
    async with house.database.transaction() as session:
        stamp = await session.get_one(QuoteApproval, (await house.one(QuoteApproval)).id)
        await revoke_stamp(session, stamp)

    await house.take(carl, request_of(carl, post, note))
    await house.do_jobs()

    assert (await said(house))[-1]["type"] == "Reject"
    assert (await house.one(QuoteApproval)).revoked_at is not None
