"""What lists show, and what homes leave to them."""

from __future__ import annotations

import pytest
from sqlalchemy import event, select
from sqlmodel import col

from actors.blocks import save_block, save_mute
from actors.domain_blocks import save_domain_block
from actors.endorsements import list_endorsements, save_endorsement
from actors.follows import accept_follow, delete_follow, save_follow
from actors.lists import add_members, list_members, make_list
from actors.models import (
    AccountNote,
    ActorList,
    DomainBlock,
    Endorsement,
    ListMember,
    RepliesPolicy,
    SuggestionDismissal,
)
from actors.notes import save_note
from actors.suggestions import dismiss_suggestion
from core.errors import InvalidInput, NotFound
from db.paging import Page
from factories import make_local_actor, make_remote_actor
from moderation.filter_editing import FilterWishes, KeywordChange, save_filter
from moderation.models import Filter, FilterKeyword
from posts.erasure import erase_actor, owe_erasure
from posts.featured_tags import feature_tag
from posts.followed_tags import follow_tag
from posts.list_timelines import change_list, drop_list, put_on_list, take_off_list
from posts.models import FeaturedTag, FollowedTag, TimelineEntry, Visibility
from posts.timelines import clear_home, fan_out, fill_home, list_home, list_of_list
from posts.visibility import viewer_of
from writing import write

PUBLIC, UNLISTED, DOCTORS, FOLLOWERS, MENTIONED, LOCAL = Visibility


@pytest.fixture
def home(session):
    """Read somebody's home timeline."""

    async def read(owner, **page):
        return await list_home(session, await viewer_of(session, owner.id), Page(**page))

    return read


@pytest.fixture
def shown(session):
    """Read what a list shows its owner."""

    async def read(found, **page):
        viewer = await viewer_of(session, found.owner_id)
        return await list_of_list(session, viewer, found, Page(**page))

    return read


async def said(session, author, *arguments, **options):
    """Write a post and fan it out, as every door does."""
    post = await write(session, author, *arguments, **options)
    await fan_out(session, post, author)
    return post


async def test_a_list_shows_its_members_alone_and_home_shows_all(
    session, alice, bob, carol, dave, home, shown, follows
):
    for author in (alice, bob):
        await follows(carol, author)
    found = await make_list(session, carol.id, "Cardiologues")
    await put_on_list(session, found, [bob.id])

    from_bob, from_alice = await said(session, bob), await said(session, alice)

    assert await shown(found) == [from_bob]
    assert await home(carol) == [from_alice, from_bob]


async def test_who_comes_on_a_list_brings_their_newest_posts_and_takes_them_along(
    session, alice, bob, carol, home, shown, follows
):
    await follows(carol, bob)
    older = await said(session, bob)
    found = await make_list(session, carol.id, "l")

    await put_on_list(session, found, [bob.id])
    assert await shown(found) == [older]
    await take_off_list(session, found, [bob.id])

    assert await shown(found) == []
    assert await home(carol) == [older]


async def test_nobody_is_on_a_list_whom_its_owner_does_not_follow(
    session, alice, bob, carol, dave, follows
):
    await follows(carol, bob)
    await follows(carol, dave, accepted=False)
    found = await make_list(session, carol.id, "l")

    with pytest.raises(NotFound):
        await add_members(session, found, [bob.id, alice.id])
    assert await list_members(session, found, None) == []
    await add_members(session, found, [bob.id, carol.id, dave.id])

    on_it = [actor.id for _, actor in await list_members(session, found, None)]
    assert set(on_it) == {bob.id, carol.id, dave.id}
    with pytest.raises(InvalidInput, match="already been taken"):
        await add_members(session, found, [bob.id])


async def test_who_is_followed_no_more_leaves_lists_and_profile_with_what_they_said(
    session, bob, carol, shown, follows
):
    await follows(carol, bob)
    found = await make_list(session, carol.id, "l")
    await put_on_list(session, found, [bob.id])
    await save_endorsement(session, carol.id, bob.id)
    await said(session, bob)

    await delete_follow(session, carol.id, bob.id)
    await clear_home(session, carol.id, bob.id)

    assert await list_members(session, found, None) == []
    assert await list_endorsements(session, carol.id, Page()) == []
    assert (await session.scalars(select(TimelineEntry))).all() == []


async def test_H07_a_list_shows_nothing_of_whom_one_blocks_or_mutes(
    session, alice, bob, carol, shown, follows
):
    await follows(carol, bob)
    await follows(carol, alice)
    found = await make_list(session, carol.id, "l")
    await put_on_list(session, found, [bob.id, alice.id])
    await said(session, bob)
    of_alice = await said(session, alice)

    await save_mute(session, carol, bob)
    assert await shown(found) == [of_alice]
    await save_block(session, alice, carol, uri="http://a/block")

    assert await shown(found) == []


async def test_a_list_judges_again_on_reading(session, alice, carol, dave, shown, follows):
    """Dave is no doctor; carol is one: dave's list must not show what is for doctors."""
    await follows(dave, alice)
    found = await make_list(session, dave.id, "l")
    await put_on_list(session, found, [alice.id])
    hidden = await said(session, alice, DOCTORS)
    await session.merge(TimelineEntry(owner_id=found.id, post_id=hidden.id))
    await session.flush()

    assert await shown(found) == []


async def test_what_an_exclusive_list_shows_home_does_not(
    session, alice, bob, carol, home, shown, follows
):
    await follows(carol, bob)
    await follows(carol, alice)
    older = await said(session, bob)
    found = await make_list(session, carol.id, "l", exclusive=True)
    await put_on_list(session, found, [bob.id])

    newer, of_alice = await said(session, bob), await said(session, alice)

    assert await shown(found) == [newer, older]
    assert await home(carol) == [of_alice]


@pytest.mark.parametrize("how", ["not exclusive", "dropped", "taken off"])
async def test_what_was_kept_apart_comes_back_to_home(
    session, bob, carol, home, shown, follows, how
):
    await follows(carol, bob)
    found = await make_list(session, carol.id, "l", exclusive=True)
    await put_on_list(session, found, [bob.id])
    post = await said(session, bob)
    assert await home(carol) == []

    if how == "dropped":
        await drop_list(session, found)
    elif how == "taken off":
        await take_off_list(session, found, [bob.id])
    else:
        wishes = {"title": "l", "replies_policy": RepliesPolicy.LIST}
        await change_list(session, found, **wishes, exclusive=False)

    assert await home(carol) == [post]
    later = await said(session, bob)
    assert await home(carol) == [later, post]


async def test_what_two_exclusive_lists_show_comes_back_with_the_second(
    session, bob, carol, home, follows
):
    await follows(carol, bob)
    lists = [await make_list(session, carol.id, name, exclusive=True) for name in "ab"]
    for found in lists:
        await put_on_list(session, found, [bob.id])
    post = await said(session, bob)

    await drop_list(session, lists[0])
    assert await home(carol) == []
    await drop_list(session, lists[1])

    assert await home(carol) == [post]


async def test_one_s_own_posts_are_on_a_list_and_at_home_even_where_it_is_exclusive(
    session, carol, home, shown
):
    older = await said(session, carol)
    found = await make_list(session, carol.id, "l", exclusive=True)

    await put_on_list(session, found, [carol.id])
    newer = await said(session, carol)

    assert await shown(found) == await home(carol) == [newer, older]


@pytest.mark.parametrize(
    ("policy", "is_shown"),
    [
        (RepliesPolicy.NONE, {"owner", "oneself"}),
        (RepliesPolicy.LIST, {"owner", "oneself", "member"}),
        (RepliesPolicy.FOLLOWED, {"owner", "oneself", "member", "followed"}),
    ],
    ids=lambda value: value.value if isinstance(value, RepliesPolicy) else "",
)
async def test_answers_are_shown_by_the_list_s_policy(
    session, alice, bob, carol, dave, shown, follows, policy, is_shown
):
    for author in (alice, bob, dave):
        await follows(carol, author)
    found = await make_list(session, carol.id, "l", replies_policy=policy)
    await put_on_list(session, found, [bob.id, alice.id])
    roots = {
        "owner": await write(session, carol),
        "oneself": await write(session, bob),
        "member": await write(session, alice),
        "followed": await write(session, dave),
    }

    answers = {name: await said(session, bob, answers=root) for name, root in roots.items()}

    on_it = await shown(found)
    assert {name for name, answer in answers.items() if answer in on_it} == is_shown


async def test_a_list_fills_when_a_request_is_accepted(session, bob, carol, shown, follows):
    asked = await follows(carol, bob, accepted=False)
    found = await make_list(session, carol.id, "l")
    await put_on_list(session, found, [bob.id])
    post = await said(session, bob)
    assert await shown(found) == []

    await accept_follow(session, asked)
    await fill_home(session, carol.id, bob.id)

    assert await shown(found) == [post]


async def test_fanning_out_costs_the_same_for_any_number_of_lists_and_tags(
    session, alice, bob, carol, dave, follows
):
    engine = session.get_bind()

    async def count():
        post = await write(session, bob, tags=["a", "b"])
        seen = []
        event.listen(engine, "before_cursor_execute", lambda *a: seen.append(a[2]))
        owners = await fan_out(session, post, bob)
        return len(seen), len(owners)

    none, nobody = await count()
    for reader in (alice, carol, dave):
        await follows(reader, bob)
        for name in "abc":
            found = await make_list(session, reader.id, name)
            await put_on_list(session, found, [bob.id])
            await follow_tag(session, reader.id, name)
    many, timelines = await count()

    assert (nobody, timelines) == (0, 12)
    assert many == none == 1


async def test_a_list_s_entries_go_with_the_list(session, bob, carol, follows):
    await follows(carol, bob)
    found = await make_list(session, carol.id, "l")
    await put_on_list(session, found, [bob.id])
    await said(session, bob)

    await drop_list(session, found)

    left = select(col(TimelineEntry.owner_id)).where(col(TimelineEntry.owner_id) == found.id)
    assert (await session.scalars(left)).all() == []


async def test_of_who_is_gone_nothing_is_kept(database):
    async with database.transaction() as session:
        carol, bob = await make_local_actor(session, "carol"), await make_remote_actor(session)
        await save_follow(session, carol, bob, uri=f"{carol.uri}/f", accepted=True)
        found = await make_list(session, carol.id, "l")
        await put_on_list(session, found, [bob.id, carol.id])
        await said(session, carol)
        await save_domain_block(session, carol.id, "c.example")
        await save_note(session, carol.id, bob.id, "x")
        await save_endorsement(session, carol.id, bob.id)
        await dismiss_suggestion(session, carol.id, bob.id)
        await follow_tag(session, carol.id, "ecg")
        await feature_tag(session, carol.id, "ecg")
        wishes = FilterWishes(title="t", contexts=("home",))
        await save_filter(session, carol.id, wishes, [KeywordChange(keyword="x")])
        await owe_erasure(session, carol)

    await erase_actor(database, None, {"actor_id": carol.id})

    async with database.read() as reading:
        for table in (
            ActorList, ListMember, DomainBlock, AccountNote, Endorsement, SuggestionDismissal,
            FollowedTag, FeaturedTag, Filter, FilterKeyword, TimelineEntry,
        ):  # fmt: skip
            assert (await reading.scalars(select(table))).all() == [], table
