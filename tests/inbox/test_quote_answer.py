"""Somebody here quotes somebody elsewhere: asked, answered, taken back; and stamps of others."""

from __future__ import annotations

import orjson
import pytest
import pytest_asyncio
from sqlmodel import col

from core.html import escape
from fakes.actor import AS, PUBLIC
from outbox.create import send_create
from outbox.models import Delivery, OutboxActivity
from posts.drafts import Draft
from posts.models import Post, PostEdit, Visibility


async def sent(house, kind: str) -> list[dict]:
    rows = await house.all(OutboxActivity, col(OutboxActivity.type) == kind)
    return [orjson.loads(row.body) for row in rows]


async def take_in(house, author, follower, **more) -> Post:
    """Let a post of somebody elsewhere come, whom somebody here follows."""
    await house.follows(follower, await house.known(author))
    note = author.note(**more)
    await house.take(author, author.create(note))
    return await house.post_at(note["id"])


def policy(*approved: str) -> dict:
    return {"interactionPolicy": {"canQuote": {"automaticApproval": list(approved)}}}


@pytest_asyncio.fixture
async def quoted(house, alice, bob) -> Post:
    """A post of bob's that everybody may quote."""
    return await take_in(house, bob, alice, **policy(PUBLIC))


@pytest_asyncio.fixture
async def quoting(house, alice, bob, quoted) -> Post:
    """Alice's quote of it; bob follows her."""
    await house.follows(await house.known(bob), alice)
    async with house.database.transaction() as session:
        draft = Draft(
            text="Voyez", html=escape("Voyez"), visibility=Visibility.PUBLIC, quoted=quoted
        )
        return await send_create(session, alice, draft)


async def state_of(house, post) -> tuple[str | None, str | None]:
    found = await house.post_at(post.uri)
    return found.quote_state, found.quote_authorization_uri


async def test_the_author_is_asked_with_the_whole_post(house, alice, bob, quoted, quoting):
    (asked,) = await sent(house, "QuoteRequest")
    (create,) = await sent(house, "Create")

    assert (asked["actor"], asked["object"], asked["to"]) == (alice.uri, quoted.uri, [bob.uri])
    note = asked["instrument"]
    assert note["id"] == create["object"]["id"] == quoting.uri
    assert {note[name] for name in ("quote", "quoteUri", "_misskey_quote")} == {quoted.uri}
    assert note["content"] == (
        f'<p class="quote-inline">RE: <a href="{quoted.uri}">{quoted.uri}</a></p>Voyez'
    )
    assert "quoteAuthorization" not in note
    assert await state_of(house, quoting) == ("pending", None)
    request = await house.one(OutboxActivity, col(OutboxActivity.type) == "QuoteRequest")
    delivery = await house.one(Delivery, col(Delivery.activity_id) == request.id)
    assert delivery.inbox == bob.inbox


async def test_what_is_for_followers_is_only_named_to_who_is_asked(house, alice, quoted):
    async with house.database.transaction() as session:
        draft = Draft(
            text="x", html=escape("x"), visibility=Visibility.FOLLOWERS, quoted=quoted
        )
        post = await send_create(session, alice, draft)

    assert (await sent(house, "QuoteRequest"))[0]["instrument"] == post.uri


def whole(request):
    return request


def by_id(request):
    return request["id"]


def named_anew(request):
    """Answer about it as software does that makes an id of its own."""
    return {**request, "id": f"{request['actor']}#asked", "instrument": request["instrument"]["id"]}


@pytest.mark.parametrize("answered", [whole, by_id, named_anew])
async def test_a_stamp_makes_the_quote_shown_and_is_told(house, bob, quoted, quoting, answered):
    (asked,) = await sent(house, "QuoteRequest")
    stamp = f"{bob.uri}/authorizations/1"

    for _ in range(2):
        await house.take(bob, bob.activity("Accept", answered(asked), result=stamp))

    assert await state_of(house, quoting) == ("accepted", stamp)
    (update,) = await sent(house, "Update")
    assert update["object"]["quoteAuthorization"] == stamp
    assert "updated" not in update["object"]
    assert (await house.post_at(quoted.uri)).quotes_count == 1


async def test_nobody_else_accepts(house, bob, victim, quoting):
    (asked,) = await sent(house, "QuoteRequest")
    await house.known(victim)

    async with house.nothing_changes():
        await house.take(
            victim, victim.activity("Accept", asked, result=f"{victim.uri}/authorizations/1")
        )
        await house.take(victim, victim.activity("Reject", asked))


@pytest.mark.parametrize("stamp", [None, "https://evil.example/authorizations/1", "nonsense", 7])
async def test_B42_a_stamp_of_another_origin_is_none(house, bob, quoting, stamp):
    (asked,) = await sent(house, "QuoteRequest")

    async with house.nothing_changes():
        await house.take(bob, bob.activity("Accept", asked, result=stamp))


async def test_after_a_no_the_post_quotes_nothing_for_others(house, bob, quoting):
    (asked,) = await sent(house, "QuoteRequest")

    await house.take(bob, bob.activity("Reject", asked))

    assert await state_of(house, quoting) == ("rejected", None)
    (update,) = await sent(house, "Update")
    assert not {"quote", "quoteUri", "_misskey_quote"} & set(update["object"])
    assert update["object"]["content"] == "Voyez"


async def test_a_consent_is_taken_back_by_who_gave_it(house, bob, victim, quoted, quoting):
    (asked,) = await sent(house, "QuoteRequest")
    stamp = f"{bob.uri}/authorizations/1"
    await house.take(bob, bob.activity("Accept", asked, result=stamp))
    await house.known(victim)

    await house.take(victim, victim.activity("Delete", stamp))
    assert await state_of(house, quoting) == ("accepted", stamp)
    await house.take(bob, bob.activity("Delete", stamp))

    assert await state_of(house, quoting) == ("revoked", None)
    assert "quote" not in (await sent(house, "Update"))[-1]["object"]
    assert (await house.post_at(quoted.uri)).quotes_count == 0


@pytest_asyncio.fixture
async def carl(remote):
    """Somebody who quotes bob, elsewhere too."""
    return remote.person("carl")


def serve_stamp(author, quoting_uri, quoted_uri, *, at=None, **changes):
    uri = at or f"{author.uri}/authorizations/7"
    written = {
        "@context": [AS],
        "id": uri,
        "type": "QuoteAuthorization",
        "attributedTo": author.uri,
        "interactingObject": quoting_uri,
        "interactionTarget": quoted_uri,
    }
    author.remote.serve(written | changes)
    return uri


async def test_a_quote_of_elsewhere_is_shown_when_its_stamp_is_right(
    house, alice, bob, carl, quoted
):
    note = carl.note(quote=quoted.uri)
    note["quoteAuthorization"] = serve_stamp(bob, note["id"], quoted.uri)
    await house.follows(alice, await house.known(carl))

    await house.take(carl, carl.create(note))
    assert (await house.post_at(note["id"])).quote_state == "pending"
    await house.do_jobs()

    assert (await house.post_at(note["id"])).quote_state == "accepted"
    assert (await house.post_at(quoted.uri)).quotes_count == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"interactingObject": "http://b.example/other"},
        {"interactionTarget": "http://b.example/other"},
        {"attributedTo": "http://b.example/users/other"},
        {"type": "Note"},
        {"interactingObject": None},
    ],
)
async def test_B42_a_stamp_about_something_else_proves_nothing(
    house, alice, bob, carl, quoted, changes
):
    note = carl.note(quote=quoted.uri)
    note["quoteAuthorization"] = serve_stamp(bob, note["id"], quoted.uri, **changes)
    await house.follows(alice, await house.known(carl))

    await house.take(carl, carl.create(note))
    await house.do_jobs()

    assert (await house.post_at(note["id"])).quote_state == "rejected"


async def test_B42_a_stamp_of_who_quotes_proves_nothing(house, alice, bob, victim, quoted):
    """The one who quotes says that the other agreed, in that one's name, on a host of their own."""
    note = victim.note(quote=quoted.uri)
    note["quoteAuthorization"] = serve_stamp(
        victim, note["id"], quoted.uri, attributedTo=bob.uri
    )
    await house.follows(alice, await house.known(victim))

    await house.take(victim, victim.create(note))
    await house.do_jobs()

    assert (await house.post_at(note["id"])).quote_state == "rejected"


async def test_a_stamp_that_comes_with_an_update_is_looked_at(house, alice, bob, carl, quoted):
    note = carl.note(quote=quoted.uri)
    await house.follows(alice, await house.known(carl))
    await house.take(carl, carl.create(note))
    await house.do_jobs()
    assert (await house.post_at(note["id"])).quote_state == "pending"

    note["quoteAuthorization"] = serve_stamp(bob, note["id"], quoted.uri)
    await house.take(carl, carl.activity("Update", note))
    await house.do_jobs()

    post = await house.post_at(note["id"])
    assert (post.quote_state, post.edited_at) == ("accepted", None)


async def test_a_quote_of_elsewhere_ends_when_its_stamp_is_deleted(
    house, alice, bob, carl, quoted
):
    note = carl.note(quote=quoted.uri)
    note["quoteAuthorization"] = stamp = serve_stamp(bob, note["id"], quoted.uri)
    await house.follows(alice, await house.known(carl))
    await house.take(carl, carl.create(note))
    await house.do_jobs()

    await house.take(bob, bob.activity("Delete", stamp))

    assert (await house.post_at(note["id"])).quote_state == "revoked"
    assert await sent(house, "Update") == []


async def test_an_edit_of_elsewhere_keeps_the_earlier_wording(house, alice, bob, quoted):
    earlier = {"content": quoted.content, "at": quoted.created_at}
    note = bob.note("<p>autre</p>", id=quoted.uri, **policy(PUBLIC))

    await house.take(bob, bob.activity("Update", note))

    kept = await house.one(PostEdit)
    assert (kept.post_id, kept.content, kept.created_at) == (
        quoted.id, earlier["content"], earlier["at"]
    )  # fmt: skip


async def test_nobody_elsewhere_is_asked_for_what_stays_here(house, alice, quoted):
    async with house.database.transaction() as session:
        draft = Draft(text="x", html=escape("x"), visibility=Visibility.LOCAL, quoted=quoted)
        await send_create(session, alice, draft)

    assert await sent(house, "QuoteRequest") == []
