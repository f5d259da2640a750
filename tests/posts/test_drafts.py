"""Drafts: what is refused, whom a text names, and the audience rules of WIRE §2, §5 and §6."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import pytest_asyncio

from actors.blocks import save_block
from actors.follows import save_follow
from core.errors import InvalidInput, NotFound
from core.ids import new_id
from factories import (
    give_badge,
    make_local_actor,
    make_peer,
    make_remote_actor,
    make_user,
)
from fakes.fixtures import list_peer
from fakes.remote import FakeRemote
from moderation.models import PeerClass
from posts.documents import address
from posts.drafts import Draft, prepare_draft, prepare_edit
from posts.models import Post, Visibility
from posts.params import PostParams
from posts.save import save_post

B, S = "b.localhost:8002", "s.localhost:8003"


@pytest_asyncio.fixture
async def house(database, client):
    """Doctors alice and dora and nurse noa live here, bob at a clinical peer, sam at another."""
    async with database.transaction() as session:
        await make_peer(session, B)
        await make_peer(session, S, peer_class=PeerClass.SOCIAL)
        people = {
            "alice": await make_local_actor(session, "alice", doctor=True),
            "dora": await make_local_actor(session, "dora", doctor=True),
            "noa": await make_local_actor(session, "noa"),
            "bob": await make_remote_actor(session, "bob", host=B, doctor=True),
            "sam": await make_remote_actor(session, "sam", host=S),
        }
        users = {name: await make_user(session, people[name]) for name in ("alice", "dora", "noa")}
    return SimpleNamespace(database=database, client=client, users=users, **people)


@pytest.fixture
def write(house):
    """`await write(house.alice, "text", visibility=…)`: a draft of somebody here."""

    async def prepare(author, text: str, **options) -> Draft:
        user = house.users[author.username]
        return await prepare_draft(
            house.database, house.client, author, user, params=PostParams(text, **options)
        )

    return prepare


@pytest.fixture
def posted(house):
    """`await posted(house.bob, Visibility.DOCTORS)`: a post that is there already."""

    async def save(
        author, visibility: Visibility, *, parent: Post | None = None, named=(), **values
    ) -> Post:
        addressing = address(visibility, author, named)
        number = new_id()
        post = Post(
            id=number,
            uri=f"{author.uri}/posts/{number}",
            author_id=author.id,
            visibility=visibility,
            content="<p>…</p>",
            to_uris=list(addressing.to),
            cc_uris=list(addressing.cc),
            in_reply_to_id=parent.id if parent else None,
            **values,
        )
        async with house.database.transaction() as session:
            return await save_post(session, post, author=author, mentioned=named)

    return save


@pytest.fixture
def follows(house):
    async def save(follower, followee) -> None:
        async with house.database.transaction() as session:
            await save_follow(session, follower, followee, uri=str(new_id()), accepted=True)

    return save


# What is refused


@pytest.mark.parametrize("text", ["", "  \n ", "\x00"])
async def test_an_empty_text_is_refused_in_mastodons_words(house, write, text):
    with pytest.raises(InvalidInput, match="Validation failed: Text can't be blank"):
        await write(house.alice, text)


async def test_more_than_5000_characters_are_refused(house, write):
    assert (await write(house.alice, "é" * 5000)).text == "é" * 5000

    with pytest.raises(InvalidInput, match="Text character limit of 5000 exceeded"):
        await write(house.alice, "é" * 4999, spoiler_text="ab")


async def test_half_a_character_is_refused(house, write):
    with pytest.raises(InvalidInput):
        await write(house.alice, "a\ud800b")


async def test_an_unknown_audience_is_refused(house, write):
    with pytest.raises(InvalidInput, match="Visibility is not included in the list"):
        await write(house.alice, "x", visibility="everybody")


async def test_a_warning_without_text_is_the_text(house, write):
    draft = await write(house.alice, "", spoiler_text="rien")

    assert (draft.text, draft.content_warning) == ("rien", None)


async def test_who_names_more_than_50_accounts_is_refused(house, write):
    with pytest.raises(InvalidInput, match="more than 50 accounts"):
        await write(house.alice, " ".join(f"@u{number}" for number in range(51)))


# The audience of what answers nothing


@pytest.mark.parametrize(
    ("word", "doctors", "others"),
    [
        ("public", Visibility.PUBLIC, Visibility.PUBLIC),
        ("unlisted", Visibility.UNLISTED, Visibility.UNLISTED),
        ("direct", Visibility.MENTIONED, Visibility.MENTIONED),
        ("local", Visibility.LOCAL, Visibility.LOCAL),
        ("private", Visibility.DOCTORS, Visibility.FOLLOWERS),
        (None, Visibility.DOCTORS, Visibility.FOLLOWERS),
    ],
)
async def test_a_word_of_the_client_api_becomes_an_audience(house, write, word, doctors, others):
    assert (await write(house.alice, "x", visibility=word)).visibility is doctors
    assert (await write(house.noa, "x", visibility=word)).visibility is others


async def test_private_and_no_word_mean_what_the_user_has_set(house, write):
    user = house.users["alice"]
    user.private_means, user.default_audience = "followers", "unlisted"

    assert (await write(house.alice, "x", visibility="private")).visibility is (
        Visibility.FOLLOWERS
    )
    assert (await write(house.alice, "x")).visibility is Visibility.UNLISTED


async def test_who_is_no_doctor_cannot_write_to_the_doctors(house, write):
    with pytest.raises(InvalidInput, match="only verified doctors"):
        await write(house.noa, "x", visibility="doctors")


async def test_a_setting_from_before_a_badge_was_lost_does_not_refuse(house, write):
    house.users["noa"].default_audience = "doctors"

    assert (await write(house.noa, "x")).visibility is Visibility.FOLLOWERS


# The audience of a reply


async def test_a_hidden_parent_is_not_found(house, write, posted):
    hidden = await posted(house.alice, Visibility.MENTIONED)

    with pytest.raises(NotFound):
        await write(house.dora, "x", in_reply_to_id=hidden.id)
    with pytest.raises(NotFound):
        await write(house.dora, "x", in_reply_to_id=12345)


@pytest.mark.parametrize("word", ["public", "unlisted", "private", "local", None])
async def test_under_a_doctors_post_every_word_but_direct_means_doctors(
    house, write, posted, word
):
    parent = await posted(house.bob, Visibility.DOCTORS)

    draft = await write(house.alice, "x", visibility=word, in_reply_to_id=parent.id)

    assert draft.visibility is Visibility.DOCTORS
    assert draft.ring.id == parent.id


async def test_direct_under_a_doctors_post_reaches_its_author_alone(house, write, posted):
    parent = await posted(house.bob, Visibility.DOCTORS)

    draft = await write(house.alice, "x", visibility="direct", in_reply_to_id=parent.id)

    assert draft.visibility is Visibility.MENTIONED
    assert [actor.username for actor in draft.mentioned] == ["bob"]
    assert draft.ring is None


async def test_a_reply_in_somebodys_followers_thread_stays_in_that_ring(
    house, write, posted, follows
):
    await follows(house.alice, house.bob)
    root = await posted(house.bob, Visibility.FOLLOWERS)

    draft = await write(house.alice, "x", visibility="public", in_reply_to_id=root.id)

    assert draft.visibility is Visibility.FOLLOWERS
    assert (draft.ring.id, draft.ring_author.uri) == (root.id, house.bob.uri)
    assert [actor.username for actor in draft.mentioned] == ["bob"]


async def test_a_reply_to_a_reply_addresses_the_rings_first_author_too(
    house, write, posted, follows
):
    await follows(house.alice, house.bob)
    await follows(house.dora, house.bob)
    root = await posted(house.bob, Visibility.FOLLOWERS)
    number = new_id()
    middle = Post(
        id=number,
        uri=f"{house.dora.uri}/posts/{number}",
        author_id=house.dora.id,
        visibility=Visibility.FOLLOWERS,
        to_uris=[house.bob.followers_uri],
        cc_uris=[house.bob.uri],
        in_reply_to_id=root.id,
    )
    async with house.database.transaction() as session:
        await save_post(session, middle, author=house.dora, mentioned=[house.bob])

    draft = await write(house.alice, "x", in_reply_to_id=middle.id)

    assert draft.ring.id == root.id
    assert {actor.username for actor in draft.mentioned} == {"bob", "dora"}


async def test_who_is_outside_the_ring_is_not_addressed_by_a_reply_in_it(
    house, write, posted, follows
):
    await follows(house.alice, house.bob)
    root = await posted(house.bob, Visibility.FOLLOWERS)

    draft = await write(house.alice, "@noa regarde", in_reply_to_id=root.id)

    assert [actor.username for actor in draft.mentioned] == ["bob"]
    assert 'class="u-url mention"' in draft.html


async def test_a_local_post_is_answered_locally(house, write, posted):
    parent = await posted(house.dora, Visibility.LOCAL)

    draft = await write(house.alice, "x", visibility="public", in_reply_to_id=parent.id)

    assert draft.visibility is Visibility.LOCAL


async def test_a_reply_inherits_that_it_is_clinical(house, write, posted):
    parent = await posted(house.bob, Visibility.DOCTORS, clinical=True)

    draft = await write(house.alice, "x", visibility="direct", in_reply_to_id=parent.id)

    assert draft.clinical


# Whom a text names


async def test_mentions_and_tags_are_found_and_linked(house, write):
    draft = await write(house.alice, f"@bob@{B} @dora #QTlong @nobody", visibility="public")

    assert [actor.username for actor in draft.mentioned] == ["bob", "dora"]
    assert draft.tags == ("QTlong",)
    assert f'href="{house.bob.url}"' in draft.html
    assert "@nobody" in draft.html


async def test_an_unknown_handle_is_looked_up_at_its_host(house, database, write):
    with FakeRemote("c") as remote:
        await list_peer(database, remote)
        remote.person("chloe")

        draft = await write(house.alice, f"@chloe@{remote.host} ?", visibility="public")

    assert [actor.handle for actor in draft.mentioned] == [f"chloe@{remote.host}"]


async def test_a_handle_that_nobody_has_stays_text(house, database, write):
    with FakeRemote("c") as remote:
        await list_peer(database, remote)

        draft = await write(house.alice, f"@chloe@{remote.host} ?", visibility="public")

    assert draft.mentioned == ()
    assert "<a" not in draft.html


async def test_a_host_that_is_no_peer_stays_text_in_public(house, write):
    draft = await write(house.alice, "@x@unknown.localhost", visibility="public")

    assert draft.mentioned == ()


async def test_nobody_is_addressed_across_a_block(house, database, write):
    async with database.transaction() as session:
        await save_block(session, house.dora, house.alice, uri="x")

    assert (await write(house.alice, "@dora", visibility="public")).mentioned == ()


async def test_oneself_is_never_addressed(house, write):
    assert (await write(house.alice, "@alice", visibility="direct")).mentioned == ()


async def test_a_local_post_asks_no_other_host(house, write):
    draft = await write(house.alice, f"@bob@{B} @dora", visibility="local")

    assert [actor.username for actor in draft.mentioned] == ["dora"]


async def test_a_doctors_post_addresses_doctors_only(house, write):
    draft = await write(house.alice, f"@noa @dora @bob@{B}", visibility="doctors")

    assert [actor.username for actor in draft.mentioned] == ["dora", "bob"]


async def test_a_colleague_met_a_moment_ago_is_addressed_before_the_badge_is_checked(
    house, database, write
):
    async with database.transaction() as session:
        await make_remote_actor(session, "eva", host=B)
        nina = await make_remote_actor(session, "nina", host=B)
        await give_badge(session, nina, is_doctor=False)

    draft = await write(house.alice, f"@eva@{B} @nina@{B}", visibility="doctors")

    assert [actor.username for actor in draft.mentioned] == ["eva"]


@pytest.mark.parametrize("handle", [f"sam@{S}", "x@unknown.localhost"])
async def test_a_doctors_post_names_the_recipient_that_cannot_have_it(house, write, handle):
    with pytest.raises(InvalidInput, match=f"@{handle} cannot have this post"):
        await write(house.alice, f"@{handle}", visibility="doctors")


async def test_a_clinical_reply_names_the_recipient_that_cannot_have_it(house, write, posted):
    parent = await posted(house.bob, Visibility.PUBLIC, clinical=True)

    with pytest.raises(InvalidInput, match=f"@sam@{S} cannot have this post"):
        await write(house.alice, f"@sam@{S}", visibility="public", in_reply_to_id=parent.id)


async def test_a_reply_to_a_public_post_addresses_its_author(house, write, posted):
    parent = await posted(house.sam, Visibility.PUBLIC)

    draft = await write(house.alice, "x", visibility="public", in_reply_to_id=parent.id)

    assert [actor.username for actor in draft.mentioned] == ["sam"]


# The rest


async def test_a_warning_makes_a_post_sensitive_and_settings_count(house, write):
    user = house.users["alice"]
    user.default_language, user.default_sensitive = "fr", True

    assert (await write(house.alice, "x", sensitive=False, spoiler_text="y")).sensitive
    assert (await write(house.alice, "x")).sensitive
    assert not (await write(house.alice, "x", sensitive=False)).sensitive
    assert (await write(house.alice, "x")).language == "fr"
    assert (await write(house.alice, "x", language="pt-BR")).language == "pt-BR"
    assert (await write(house.alice, "x", language="<b>")).language == "fr"


async def test_an_edit_keeps_the_audience(house, posted):
    post = await posted(house.alice, Visibility.FOLLOWERS)

    draft = await prepare_edit(
        house.database,
        house.client,
        house.alice,
        house.users["alice"],
        post=post,
        params=PostParams("y"),
    )

    assert draft.visibility is Visibility.FOLLOWERS
