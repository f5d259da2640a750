"""Who may see what: each audience by each kind of viewer, threads, boosts, blocks (WIRE §6)."""

from __future__ import annotations

from datetime import timedelta

import pytest
import pytest_asyncio
from sqlalchemy import select
from sqlmodel import col

from actors.blocks import save_block
from actors.models import Actor
from actors.queries import mark_deleted
from core import clock
from core.clock import now
from core.errors import NotFound
from factories import give_badge, make_local_actor, make_remote_actor
from posts.eyes import eyes_of_locals, visible_to_eyes
from posts.models import Post, Visibility
from posts.queries import get_visible_post
from posts.save import delete_post
from posts.visibility import (
    ANONYMOUS,
    Viewer,
    clamp,
    may_see,
    narrowed,
    viewer_of,
    visible_to,
)
from writing import boost, write

PUBLIC, UNLISTED, DOCTORS, FOLLOWERS, MENTIONED, LOCAL = Visibility
EVERYBODY = {
    "stranger", "author", "doctor", "doctor who follows", "follower", "asker", "named",
    "named doctor", "lapsed doctor", "nurse", "local", "elsewhere", "doctor elsewhere",
    "follower elsewhere",
}  # fmt: skip
HERE = EVERYBODY - {"stranger", "elsewhere", "doctor elsewhere", "follower elsewhere"}
READERS = {
    PUBLIC: EVERYBODY,
    UNLISTED: EVERYBODY,
    DOCTORS: {"author", "doctor", "doctor who follows", "named doctor", "doctor elsewhere"},
    FOLLOWERS: {
        "author", "doctor who follows", "follower", "named", "named doctor", "follower elsewhere",
    },
    MENTIONED: {"author", "named", "named doctor"},
    LOCAL: HERE,
}  # fmt: skip


@pytest_asyncio.fixture
async def viewers(session, alice, follows):
    """One of each kind, as actors; `stranger` is nobody."""
    people = {"stranger": None, "author": alice}
    for kind in sorted(EVERYBODY - set(people)):
        name = "v_" + kind.replace(" ", "_")
        is_doctor = "doctor" in kind and "lapsed" not in kind
        make = make_remote_actor if "elsewhere" in kind else make_local_actor
        people[kind] = await make(session, name, doctor=is_doctor)
        if "follow" in kind:
            await follows(people[kind], alice)
    await follows(people["asker"], alice, accepted=False)
    await give_badge(session, people["lapsed doctor"], days=-1)
    await give_badge(session, people["nurse"], is_doctor=False)
    return people


async def readers(session, people, post):
    """The kinds who may see a post."""
    seen = set()
    for kind, actor in people.items():
        viewer = ANONYMOUS if actor is None else await viewer_of(session, actor.id)
        if await may_see(session, viewer, post):
            seen.add(kind)
    return seen


@pytest.mark.parametrize("audience", list(Visibility))
async def test_each_audience_is_read_by_whom_it_is_for(session, alice, viewers, audience):
    named = [viewers["named"], viewers["named doctor"]]

    post = await write(session, alice, audience, mentioned=named)

    assert await readers(session, viewers, post) == READERS[audience]


@pytest.mark.parametrize("audience", list(Visibility))
async def test_every_way_of_asking_gives_the_same_answer(session, alice, viewers, audience):
    post = await write(session, alice, audience, mentioned=[viewers["named"]])
    people = [actor for actor in viewers.values() if actor is not None and actor.is_local]

    eyes = eyes_of_locals(col(Actor.id), ("10",))
    at_once = select(col(Actor.id)).join(Post, visible_to_eyes(eyes)).where(Post.id == post.id)
    all_who_see = set(await session.scalars(at_once))

    for actor in people:
        viewer = await viewer_of(session, actor.id)
        listed = await session.scalars(select(col(Post.id)).where(visible_to(viewer)))
        answer = post.id in set(listed)
        assert (actor.id in all_who_see) is answer
        assert await may_see(session, viewer, post) is answer
        if answer:
            assert await get_visible_post(session, viewer, post.id) is post
        else:
            with pytest.raises(NotFound):
                await get_visible_post(session, viewer, post.id)


@pytest.mark.parametrize("audience", list(Visibility))
async def test_nobody_sees_what_is_deleted(session, alice, viewers, audience):
    post = await write(session, alice, audience, mentioned=[viewers["named"]])

    await delete_post(session, post)

    assert await readers(session, viewers, post) == set()


@pytest.mark.parametrize("audience", list(Visibility))
async def test_nobody_sees_what_a_suspended_actor_said(session, alice, viewers, audience):
    post = await write(session, alice, audience, mentioned=[viewers["named"]])

    alice.suspended_at = now()
    await session.flush()

    assert await readers(session, viewers, post) == set()


async def test_nobody_sees_what_a_deleted_actor_said(session, alice, viewers):
    post = await write(session, alice)

    await mark_deleted(session, alice)

    assert await readers(session, viewers, post) == set()


@pytest.mark.parametrize("audience", list(Visibility))
@pytest.mark.parametrize("direction", ["blocks", "is blocked"])
async def test_a_block_hides_in_both_directions(session, alice, viewers, audience, direction):
    blocked = viewers["named doctor"]
    post = await write(session, alice, audience, mentioned=[blocked, viewers["named"]])
    pair = (alice, blocked) if direction == "blocks" else (blocked, alice)

    await save_block(session, *pair, uri="http://x/block")

    expected = READERS[audience] - {"named doctor"}
    assert await readers(session, viewers, post) == expected


async def test_a_doctor_reads_until_the_badge_lapses(session, alice, carol):
    post = await write(session, alice, DOCTORS, mentioned=[carol])
    assert await may_see(session, await viewer_of(session, carol.id), post)

    clock.shift(timedelta(days=91))

    assert not await may_see(session, await viewer_of(session, carol.id), post)
    # One's own words stay one's own.
    assert await may_see(session, await viewer_of(session, alice.id), post)


async def test_an_added_profession_reads_what_is_written_here_only(
    session, settings, alice, bob, dave
):
    await give_badge(session, dave, is_doctor=False)
    ours, theirs = await write(session, alice, DOCTORS), await write(session, bob, DOCTORS)
    session.info["settings"] = settings.model_copy(update={"doctor_professions": ("10", "60")})

    viewer = await viewer_of(session, dave.id)

    assert viewer.is_colleague and not viewer.is_doctor
    assert await may_see(session, viewer, ours)
    assert not await may_see(session, viewer, theirs)


async def test_a_declared_profession_is_none(session, settings, dave):
    badge = await give_badge(session, dave, is_doctor=False)
    badge.assurance = "declared"
    await session.flush()
    session.info["settings"] = settings.model_copy(update={"doctor_professions": ("10", "60")})

    assert not (await viewer_of(session, dave.id)).is_colleague


async def test_nobody_is_a_stranger(session):
    assert await viewer_of(session, 1) == ANONYMOUS == Viewer()


# Boosts


@pytest.mark.parametrize("audience", [PUBLIC, UNLISTED, DOCTORS])
async def test_a_boost_is_seen_by_who_may_see_what_it_passes_on(
    session, alice, viewers, carol, audience
):
    passed_on = await boost(session, carol, await write(session, alice, audience))

    assert await readers(session, viewers, passed_on) == READERS[audience]


@pytest.mark.parametrize("audience", [FOLLOWERS, MENTIONED, LOCAL])
async def test_a_boost_of_anything_narrower_shows_it_to_its_author_only(
    session, alice, viewers, carol, audience
):
    post = await write(session, alice, audience, mentioned=[viewers["named"]])
    passed_on = await boost(session, carol, post)
    passed_on.visibility = PUBLIC
    await session.flush()

    assert await readers(session, viewers, passed_on) == {"author"}


async def test_a_boost_goes_with_what_it_passes_on(session, alice, viewers, carol):
    post = await write(session, alice)
    passed_on = await boost(session, carol, post)
    post.deleted_at = now()
    await session.flush()

    assert await readers(session, viewers, passed_on) == set()


async def test_a_boost_of_somebody_blocked_is_hidden(session, alice, carol, dave):
    passed_on = await boost(session, carol, await write(session, alice))
    viewer = await viewer_of(session, dave.id)
    assert await may_see(session, viewer, passed_on)

    await save_block(session, dave, alice, uri="http://x/block")

    assert not await may_see(session, viewer, passed_on)


async def test_a_boost_of_somebody_suspended_is_hidden(session, alice, carol):
    passed_on = await boost(session, carol, await write(session, alice))
    alice.suspended_at = now()
    await session.flush()

    assert not await may_see(session, ANONYMOUS, passed_on)


# Replies


@pytest.mark.parametrize("asked", list(Visibility))
@pytest.mark.parametrize("audience", list(Visibility))
def test_a_reply_written_here_is_never_wider_than_its_parent(asked, audience):
    parent = Post(uri="http://x/1", author_id=1, visibility=audience)

    chosen = clamp(asked, parent)

    # The table of WIRE §6: everything but `direct` becomes the parent's audience.
    if asked is MENTIONED:
        assert chosen is MENTIONED
    elif audience is PUBLIC:
        assert chosen is asked
    elif audience is UNLISTED:
        assert chosen is (UNLISTED if asked is PUBLIC else asked)
    else:
        assert chosen is audience
    assert narrowed(chosen, parent) is chosen
    assert clamp(asked, None) is asked and narrowed(asked, None) is asked


@pytest.mark.parametrize("asked", list(Visibility))
@pytest.mark.parametrize("audience", list(Visibility))
async def test_who_reads_a_reply_belongs_to_both_audiences(
    session, alice, bob, viewers, follows, asked, audience
):
    for kind in ("follower", "named doctor", "local"):
        await follows(viewers[kind], bob)
    root = await write(session, alice, audience, mentioned=[viewers["named"]])
    alone = await write(session, bob, asked, mentioned=[viewers["named doctor"], alice])
    of_root, of_reply = (
        await readers(session, viewers, root),
        await readers(session, viewers, alone),
    )

    reply = await write(
        session, bob, asked, mentioned=[viewers["named doctor"], alice], answers=root
    )

    seen = await readers(session, viewers, reply)
    if asked is MENTIONED:
        assert seen == of_reply
    elif narrowed(asked, root) is not MENTIONED:
        assert seen == of_root & of_reply
    else:
        # Where the common part has no name, only those named remain.
        assert seen <= of_reply and seen <= READERS[MENTIONED] | {"author"}


async def test_a_reply_in_a_ring_reaches_whom_the_root_reached(
    session, alice, bob, carol, viewers, follows
):
    await follows(viewers["local"], bob)
    root = await write(session, alice, FOLLOWERS, mentioned=[viewers["named"]])
    first = await write(session, bob, FOLLOWERS, answers=root, ring=alice)
    second = await write(session, carol, FOLLOWERS, answers=first, ring=alice)

    expected = {"author", "named", "doctor who follows", "follower", "follower elsewhere"}
    assert await readers(session, viewers, first) == expected
    assert await readers(session, viewers, second) == expected
    assert (first.ring_id, second.ring_id) == (root.id, root.id)


async def test_a_ring_may_begin_in_the_middle_of_a_thread(
    session, alice, bob, carol, viewers, follows
):
    root = await write(session, carol)
    begins = await write(session, alice, FOLLOWERS, answers=root)
    inside = await write(session, bob, FOLLOWERS, answers=begins, ring=alice)

    expected = {"author", "doctor who follows", "follower", "follower elsewhere"}
    assert begins.ring_id is None and inside.ring_id == begins.id
    assert await readers(session, viewers, inside) == expected


async def test_a_reply_for_ones_own_followers_in_a_thread_for_doctors_is_for_both(
    session, alice, bob, carol, dave, follows
):
    await follows(carol, bob)
    await follows(dave, bob)
    root = await write(session, alice, DOCTORS)

    reply = await write(session, bob, FOLLOWERS, answers=root)

    assert await may_see(session, await viewer_of(session, carol.id), reply)
    assert not await may_see(session, await viewer_of(session, dave.id), reply)


async def test_what_answers_a_private_word_stays_between_those_named(session, alice, bob, carol):
    private = await write(session, alice, MENTIONED, mentioned=[bob])

    reply = await write(session, bob, PUBLIC, mentioned=[alice], answers=private)

    assert reply.visibility is MENTIONED
    assert await may_see(session, await viewer_of(session, alice.id), reply)
    assert not await may_see(session, await viewer_of(session, carol.id), reply)
    assert not await may_see(session, ANONYMOUS, reply)
