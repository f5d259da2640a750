"""Threads and what an author said, as far as a viewer may see them."""

from __future__ import annotations

import pytest

from actors.blocks import save_block
from db.paging import Page
from posts.models import Visibility
from posts.queries import list_posts_of
from posts.save import delete_post
from posts.threads import (
    ANCESTORS_FOR_STRANGERS,
    DEPTH_FOR_STRANGERS,
    DESCENDANTS_FOR_STRANGERS,
    list_ancestors,
    list_descendants,
    root_of,
)
from posts.visibility import ANONYMOUS, viewer_of
from writing import boost, write

PUBLIC, UNLISTED, DOCTORS, FOLLOWERS, MENTIONED, LOCAL = Visibility


async def test_a_thread_is_read_from_its_root_down_each_branch(session, alice, bob, carol):
    root = await write(session, alice)
    first = await write(session, bob, answers=root)
    second = await write(session, carol, answers=root)
    below_first = await write(session, alice, answers=first)
    below_second = await write(session, bob, answers=second)
    lowest = await write(session, carol, answers=below_first)

    assert await list_descendants(session, ANONYMOUS, root) == [
        first, below_first, lowest, second, below_second,
    ]  # fmt: skip
    assert await list_descendants(session, ANONYMOUS, first) == [below_first, lowest]
    assert await list_ancestors(session, ANONYMOUS, lowest) == [root, first, below_first]
    assert await list_ancestors(session, ANONYMOUS, root) == []
    assert await list_descendants(session, ANONYMOUS, lowest) == []
    assert await root_of(session, lowest) is root


async def test_what_one_may_not_see_is_left_out_and_what_hangs_on_it_is_not(
    session, alice, bob, carol, dave
):
    root = await write(session, alice)
    hidden = await write(session, bob, DOCTORS, answers=root)
    private = await write(session, carol, MENTIONED, mentioned=[alice], answers=root)
    gone = await write(session, bob, answers=root)
    below = await write(session, carol, answers=gone)
    await delete_post(session, gone)

    doctor, other = await viewer_of(session, carol.id), await viewer_of(session, dave.id)
    assert await list_descendants(session, doctor, root) == [hidden, private, below]
    assert await list_descendants(session, other, root) == [below]
    assert await list_ancestors(session, other, below) == [root]
    await save_block(session, carol, alice, uri="http://x/block")
    assert await list_ancestors(session, doctor, below) == []


async def test_strangers_get_the_beginning_of_a_thread(session, alice, carol):
    root = post = await write(session, alice)
    chain = [root]
    for _ in range(ANCESTORS_FOR_STRANGERS + 5):
        post = await write(session, alice, answers=post)
        chain.append(post)
    viewer = await viewer_of(session, carol.id)

    assert await list_ancestors(session, viewer, post) == chain[:-1]
    assert await list_ancestors(session, ANONYMOUS, post) == chain[5:-1]
    assert await list_descendants(session, viewer, root) == chain[1:]
    assert await list_descendants(session, ANONYMOUS, root) == chain[1 : DEPTH_FOR_STRANGERS + 1]

    for _ in range(DESCENDANTS_FOR_STRANGERS):
        await write(session, alice, answers=root)
    found = await list_descendants(session, ANONYMOUS, root)
    assert len(found) == DESCENDANTS_FOR_STRANGERS


@pytest.mark.parametrize("audience", [DOCTORS, FOLLOWERS, LOCAL, MENTIONED])
async def test_of_a_narrow_thread_strangers_see_nothing(session, alice, bob, audience):
    root = await write(session, alice, audience, mentioned=[bob])
    reply = await write(session, bob, PUBLIC, answers=root)

    assert await list_descendants(session, ANONYMOUS, root) == []
    assert await list_ancestors(session, ANONYMOUS, reply) == []


async def test_what_somebody_said(session, alice, bob, carol, dave):
    plain = await write(session, alice, tags=["Syncope"])
    other = await write(session, bob)
    continued = await write(session, alice, answers=plain)
    answer = await write(session, alice, answers=other)
    orphan = await write(session, alice, in_reply_to_uri="http://far/1")
    passed_on = await boost(session, alice, other)
    pictured = await write(session, alice, attachments=[{"url": "http://x"}], tags=["syncope"])
    doctors = await write(session, alice, DOCTORS)
    doctor, nobody = await viewer_of(session, carol.id), await viewer_of(session, dave.id)

    async def said(viewer=nobody, page=None, **options):
        return await list_posts_of(session, viewer, alice.id, page or Page(), **options)

    everything = [pictured, passed_on, orphan, answer, continued, plain]
    assert await said() == await said(ANONYMOUS) == everything
    assert await said(doctor) == [doctors, *everything]
    assert await said(with_replies=False) == [pictured, passed_on, continued, plain]
    assert await said(with_boosts=False) == [pictured, orphan, answer, continued, plain]
    assert await said(only_media=True) == [pictured]
    assert await said(tag="SYNCOPE") == [pictured, plain]
    assert await said(page=Page(limit=2, max_id=passed_on.id)) == [orphan, answer]
    await save_block(session, alice, dave, uri="http://x/block")
    assert await said() == []
