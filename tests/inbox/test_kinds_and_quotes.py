"""Every kind of object is kept as what it is; quotes find what they quote, and ask first."""

from __future__ import annotations

import pytest

from actors.models import Actor
from fakes.actor import PUBLIC
from fakes.remote import path_of
from posts.ancestors import fetch_quote
from posts.models import Post, Visibility
from posts.quotes import QuoteState, find_quotes
from posts.visibility import viewer_of


async def _taken(house, alice: Actor, author, **note) -> Post:
    await house.follows(alice, await house.known(author))
    written = author.note(**note)
    await house.take(author, author.create(written))
    post = await house.post_at(written["id"])
    assert post is not None, await house.outcome()
    return post


async def _shown(house, viewer: Actor, post: Post) -> tuple[str, int | None]:
    async with house.database.read() as session:
        eyes = await viewer_of(session, viewer.id)
        post = await session.get_one(Post, post.id)
        quote = (await find_quotes(session, eyes, [post]))[post.id]
        return quote.state, quote.post.id if quote.post else None


async def test_an_event_keeps_its_times_and_place(house, alice, bob):
    post = await _taken(
        house,
        alice,
        bob,
        type="Event",
        name="Staff",
        startTime="2026-11-22T18:00:00Z",
        location={"type": "Place", "name": "Lyon"},
    )

    assert (post.kind, post.title) == ("Event", "Staff")
    assert post.details == {"starts_at": "2026-11-22T18:00:00Z", "place": "Lyon"}


async def test_an_event_that_moves_is_edited_and_a_repeated_one_is_not(house, alice, bob):
    post = await _taken(house, alice, bob, type="Event", startTime="2026-11-22T18:00:00Z")
    same = dict(bob.remote.documents[path_of(post.uri)])

    await house.take(bob, bob.activity("Update", same))
    assert (await house.post_at(post.uri)).edited_at is None

    await house.take(bob, bob.activity("Update", {**same, "startTime": "2026-11-23T18:00:00Z"}))
    moved = await house.post_at(post.uri)
    assert moved.edited_at is not None
    assert moved.details == {"starts_at": "2026-11-23T18:00:00Z"}


async def test_a_message_of_lemmy_is_for_whom_it_names_whatever_else_it_says(house, alice, bob):
    post = await _taken(house, alice, bob, type="ChatMessage", to=[alice.uri, PUBLIC], cc=[])

    assert (post.kind, post.visibility) == ("ChatMessage", Visibility.MENTIONED)


async def test_a_group_is_kept_as_the_audience_that_it_is(house, alice, bob):
    group = f"{bob.remote.base_url}/c/cardio"

    post = await _taken(house, alice, bob, audience=[PUBLIC, bob.followers, group])

    assert post.group_uri == group


async def test_where_the_replies_are_and_who_may_quote_is_kept(house, alice, bob):
    policy = {"canQuote": {"automaticApproval": [bob.followers]}}

    post = await _taken(house, alice, bob, interactionPolicy=policy)

    assert post.quote_policy == "followers"
    assert post.replies_uri is None


async def test_a_tombstone_for_a_post_deletes_nothing_but_what_it_names(house, alice, bob):
    post = await _taken(house, alice, bob)

    await house.take(bob, bob.activity("Delete", {"type": "Tombstone", "id": post.uri}))

    assert (await house.post_at(post.uri)).deleted_at is not None


async def test_a_quote_is_joined_to_what_is_here_and_to_what_comes_later(house, alice, bob):
    first = await _taken(house, alice, bob)
    later = bob.note("<p>quoted</p>")
    quotes_first = await _taken(house, alice, bob, quoteUrl=first.uri)
    waits = await _taken(house, alice, bob, quote=later["id"])
    assert quotes_first.quote_of_id == first.id
    assert waits.quote_of_id is None
    assert await _shown(house, alice, waits) == (QuoteState.PENDING, None)

    await house.take(bob, bob.create(later))

    joined, quoted = await house.post_at(waits.uri), await house.post_at(later["id"])
    assert joined.quote_of_id == quoted.id
    assert await _shown(house, alice, joined) == (QuoteState.ACCEPTED, quoted.id)


async def test_a_quote_by_its_page_is_joined_to_what_is_here(house, alice, bob):
    quoted = await _taken(house, alice, bob)
    page = quoted.url
    bob.remote.serve(bob.remote.documents[path_of(quoted.uri)], at=page)
    post = await _taken(house, alice, bob, quoteUrl=page)
    assert post.quote_of_id is None

    await fetch_quote(house.database, house.client, {"uri": page, "depth": 1})

    assert (await house.post_at(post.uri)).quote_of_id == quoted.id


@pytest.mark.parametrize(
    ("approved", "follows", "state"),
    [
        (None, False, QuoteState.ACCEPTED),
        # Who states a policy gives stamps: it alone proves nothing (FEP-044f).
        ([PUBLIC], False, QuoteState.PENDING),
        ("followers", True, QuoteState.PENDING),
        ([], True, QuoteState.PENDING),
    ],
)
async def test_without_a_stamp_a_quote_is_shown_where_nobody_knows_of_consent(
    house, remote, alice, bob, approved, follows, state
):
    carl = remote.person("carl")
    approved = [bob.followers] if approved == "followers" else approved
    policy = None if approved is None else {"canQuote": {"automaticApproval": approved}}
    quoted = await _taken(house, alice, bob, interactionPolicy=policy)
    if follows:
        await house.follows(await house.known(carl), await house.known(bob))

    post = await _taken(house, alice, carl, quote=quoted.uri)

    shown = quoted.id if state is QuoteState.ACCEPTED else None
    assert await _shown(house, alice, post) == (state, shown)


async def test_B42_an_approval_of_another_origin_approves_nothing(house, remote, alice, bob):
    carl = remote.person("carl")
    policy = {"canQuote": {"automaticApproval": []}}
    quoted = await _taken(house, alice, bob, interactionPolicy=policy)
    stamp = f"{carl.uri}/authorizations/1"

    post = await _taken(house, alice, carl, quote=quoted.uri, quoteAuthorization=stamp)

    assert await _shown(house, alice, post) == (QuoteState.PENDING, None)


async def test_what_a_reader_may_not_see_is_not_shown_in_a_quote(house, alice, bob):
    dave = await house.local("dave")
    hidden = await _taken(house, alice, bob, to=[bob.followers], cc=[])
    post = await _taken(house, alice, bob, quote=hidden.uri)

    assert await _shown(house, alice, post) == (QuoteState.ACCEPTED, hidden.id)
    # As if it were not here: that it is, and when it is deleted, is nothing for others to learn.
    assert await _shown(house, dave, post) == (QuoteState.PENDING, None)
    await house.take(bob, bob.activity("Delete", hidden.uri))
    assert await _shown(house, dave, post) == (QuoteState.PENDING, None)


async def test_a_quoted_post_that_is_deleted_is_not_shown(house, alice, bob):
    quoted = await _taken(house, alice, bob)
    post = await _taken(house, alice, bob, quote=quoted.uri)

    await house.take(bob, bob.activity("Delete", quoted.uri))

    assert await _shown(house, alice, post) == (QuoteState.DELETED, None)


async def test_our_posts_are_quoted_by_followers(house, alice, bob):
    ours = Post(uri="", author_id=alice.id, visibility=Visibility.PUBLIC)
    ours.uri = house.uris.post(alice.username, ours.id)
    async with house.database.transaction() as session:
        session.add(ours)
    before = await _taken(house, alice, bob, quote=ours.uri)
    assert (await _shown(house, alice, before))[0] == QuoteState.PENDING

    await house.follows(await house.known(bob), alice)
    after = await _taken(house, alice, bob, quote=ours.uri)

    assert await _shown(house, alice, after) == (QuoteState.ACCEPTED, ours.id)
    assert (await house.post_at(ours.uri)).quotes_count == 1
