"""Our posts as other servers read them, over the door itself (WIRE §3)."""

from __future__ import annotations

import pytest

from actors.blocks import save_block
from actors.follows import save_follow
from actors.models import Actor
from actors.remote import resolve_actor
from core.ids import new_id
from factories import make_local_actor
from fakes.fixtures import list_peer
from federation.uris import local_uris
from moderation.models import PeerClass
from posts.documents import address
from posts.models import Post, Visibility
from posts.save import delete_post, save_post

BASE = "http://a.localhost:8001"
_DIRECT = Visibility.MENTIONED


@pytest.fixture
def settings(settings, request):
    return settings.model_copy(update=getattr(request, "param", {}))


open_to_strangers = pytest.mark.parametrize("settings", [{"public_fetch": True}], indirect=True)


@pytest.fixture
async def alice(database, doors) -> Actor:
    async with database.transaction() as session:
        return await make_local_actor(session, "alice")


@pytest.fixture
def write(database, alice):
    """Write a post of Alice's."""

    async def write(visibility=Visibility.PUBLIC, *, mentioned=(), parent=None, **more) -> Post:
        uris = local_uris(database.settings)
        number = new_id()
        audience = address(visibility, alice, mentioned)
        post = Post(
            id=number,
            uri=uris.post("alice", number),
            url=uris.post_page("alice", number),
            author_id=alice.id,
            visibility=visibility,
            content="<p>Bonjour</p>",
            to_uris=list(audience.to),
            cc_uris=list(audience.cc),
            in_reply_to_id=parent.id if parent else None,
            context_uri=uris.context(parent.thread_id if parent else number),
            **more,
        )
        async with database.transaction() as session:
            return await save_post(session, post, author=alice, mentioned=mentioned)

    return write


@pytest.fixture
async def bob(database, client, remote):
    """Somebody on the remote, as stored here."""
    return await resolve_actor(database, client, remote.person("bob").uri)


async def _statuses(remote, post, **knobs):
    return [(await remote.get(post.uri + rest, **knobs)).status
            for rest in ("", "/replies", "/likes", "/shares")]  # fmt: skip


async def test_a_peer_gets_a_public_post(remote, write):
    post = await write()

    reply = await remote.get(post.uri)

    assert reply.status == 200
    assert (reply.json["id"], reply.json["type"]) == (post.uri, "Note")
    assert reply.json["content"] == "<p>Bonjour</p>"
    assert reply.json["replies"] == f"{post.uri}/replies"
    assert await _statuses(remote, post) == [200] * 4


async def test_H30_nothing_is_served_unsigned(remote, write):
    post = await write()

    assert await _statuses(remote, post, signed=False) == [401] * 4
    assert (await remote.get(post.context_uri, signed=False)).status == 401


@open_to_strangers
async def test_an_open_instance_serves_public_posts_unsigned_and_their_collections_signed(
    remote, write
):
    public, followers = await write(), await write(Visibility.FOLLOWERS)

    assert await _statuses(remote, public, signed=False) == [200, 401, 401, 401]
    hidden = await remote.get(followers.uri, signed=False)
    absent = await remote.get(f"{BASE}/users/alice/posts/1", signed=False)
    assert (hidden.status, hidden.body) == (absent.status, absent.body)
    assert hidden.status == 404


@pytest.mark.parametrize(
    ("peer_class", "visibility", "status"),
    [
        (PeerClass.SOCIAL, Visibility.PUBLIC, 200),
        (PeerClass.SOCIAL, Visibility.UNLISTED, 200),
        (PeerClass.SOCIAL, Visibility.DOCTORS, 404),
        (PeerClass.SOCIAL, Visibility.FOLLOWERS, 404),
        (PeerClass.SOCIAL, Visibility.MENTIONED, 404),
        (PeerClass.SOCIAL, Visibility.LOCAL, 404),
        (PeerClass.CLINICAL, Visibility.DOCTORS, 200),
        (PeerClass.CLINICAL, Visibility.FOLLOWERS, 404),
        (PeerClass.CLINICAL, Visibility.MENTIONED, 404),
        (PeerClass.CLINICAL, Visibility.LOCAL, 404),
        (PeerClass.BLOCKED, Visibility.PUBLIC, 403),
    ],
)
async def test_what_each_class_of_peer_may_have(
    database, remote, write, peer_class, visibility, status
):
    post = await write(visibility)
    await list_peer(database, remote, peer_class)

    assert await _statuses(remote, post) == [status] * 4


async def test_a_clinical_post_is_only_for_clinical_peers(database, remote, write):
    post = await write(clinical=True)
    assert (await remote.get(post.uri)).json["clinical"] is True

    await list_peer(database, remote, PeerClass.SOCIAL)
    assert await _statuses(remote, post) == [404] * 4


async def test_H30_a_followers_post_is_for_a_host_with_a_follower(
    database, remote, write, alice, bob
):
    post = await write(Visibility.FOLLOWERS)
    async with database.transaction() as session:
        await save_follow(session, bob, alice, uri=f"{bob.uri}#f")
    assert (await remote.get(post.uri)).status == 404

    async with database.transaction() as session:
        await save_follow(session, bob, alice, uri=f"{bob.uri}#f", accepted=True)
    assert (await remote.get(post.uri)).status == 200


async def test_a_direct_post_is_for_the_host_of_whom_it_names(remote, write, bob):
    to_bob, to_nobody = await write(_DIRECT, mentioned=[bob]), await write(_DIRECT)

    assert (await remote.get(to_bob.uri)).status == 200
    assert (await remote.get(to_nobody.uri)).status == 404


async def test_H31_who_is_blocked_gets_the_same_404_as_for_nothing(
    database, remote, write, alice, bob
):
    post = await write()
    async with database.transaction() as session:
        await save_block(session, alice, bob, uri=f"{alice.uri}#blocks/1")
    signer = remote.actors["/users/bob"]

    hidden = await signer.get(post.uri)
    absent = await signer.get(f"{BASE}/users/alice/posts/1")

    assert (hidden.status, hidden.body) == (absent.status, absent.body) == (404, hidden.body)
    assert (await remote.get(post.uri)).status == 200


async def test_a_deleted_post_is_a_tombstone_for_whom_it_was_meant(database, remote, write):
    public, doctors = await write(), await write(Visibility.DOCTORS)
    followers = await write(Visibility.FOLLOWERS)
    async with database.transaction() as session:
        for post in (public, doctors, followers):
            await delete_post(session, await session.get(Post, post.id))

    replies = [await remote.get(post.uri) for post in (public, doctors, followers)]

    assert [reply.status for reply in replies] == [410, 410, 404]
    assert replies[0].json["type"] == "Tombstone"
    assert replies[0].json["id"] == public.uri
    assert (await remote.get(f"{public.uri}/replies")).status == 404
    await list_peer(database, remote, PeerClass.SOCIAL)
    assert (await remote.get(public.uri)).status == 410
    assert (await remote.get(doctors.uri)).status == 404


async def test_H33_a_browser_is_sent_to_the_page(remote, write):
    post = await write()

    reply = await remote.get(post.uri, signed=False, sent={"accept": "text/html"})

    assert (reply.status, reply.headers["location"]) == (302, f"{BASE}/@alice/{post.id}")


@pytest.mark.parametrize("rest", ["x", "0", "-1", "99999999999999999999", "1.0", "%C2%B2"])
async def test_a_number_that_is_none_is_404(remote, alice, rest):
    post = f"/users/alice/posts/{rest}"
    for path in (post, f"{post}/likes", f"/contexts/{rest}"):
        assert (await remote.get(BASE + path)).status == 404


async def test_a_post_is_only_under_its_authors_name(database, remote, write):
    post = await write()
    async with database.transaction() as session:
        await make_local_actor(session, "carol")

    assert (await remote.get(f"{BASE}/users/carol/posts/{post.id}")).status == 404


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "DELETE"])
async def test_other_methods_are_405(doors, write, method):
    path = (await write()).uri.removeprefix(BASE)

    for rest in ("", "/replies", "/likes", "/shares"):
        answer = await doors.test_client().open(path + rest, method=method)
        assert answer.status_code == 405


async def test_replies_and_threads_hold_what_the_reader_may_have(remote, write, alice):
    root = await write()
    open_one = await write(parent=root)
    await write(Visibility.MENTIONED, parent=root)
    deeper = await write(parent=open_one)

    head = (await remote.get(f"{root.uri}/replies")).json
    replies = (await remote.get(head["first"])).json
    context = (await remote.get(root.context_uri)).json
    thread = (await remote.get(context["first"])).json

    assert "totalItems" not in head
    assert replies["orderedItems"] == [open_one.uri]
    assert thread["partOf"] == root.context_uri
    # FEP-7888 names an owner, FEP-f228 begins at the beginning.
    assert (context["type"], context["attributedTo"]) == ("OrderedCollection", alice.uri)
    assert "totalItems" not in context
    assert thread["orderedItems"] == [root.uri, open_one.uri, deeper.uri]


async def test_long_threads_are_paged(remote, write):
    root = await write()
    replies = [await write(parent=root) for _ in range(41)]

    first = (await remote.get(f"{root.uri}/replies?page=true")).json
    second = (await remote.get(first["next"])).json

    assert len(first["orderedItems"]) == 40
    assert second["orderedItems"] == [replies[0].uri]
    assert "next" not in second


async def test_a_threads_pages_go_on_from_its_beginning(remote, write):
    root = await write()
    replies = [await write(parent=root) for _ in range(61)]

    first = (await remote.get(f"{root.context_uri}?page=true")).json
    second = (await remote.get(first["next"])).json

    assert first["orderedItems"] == [root.uri, *(reply.uri for reply in replies[:59])]
    assert second["orderedItems"] == [reply.uri for reply in replies[59:]]
    assert second["id"] == first["next"]
    assert "next" not in second
    for number in ("x", "-1", "99999999999999999999"):
        answer = await remote.get(f"{root.context_uri}?page=true&min_id={number}")
        assert answer.status == 404


async def test_a_thread_whose_root_is_not_for_the_reader_is_absent(database, remote, write):
    root = await write(Visibility.DOCTORS)
    await list_peer(database, remote, PeerClass.SOCIAL)

    assert (await remote.get(root.context_uri)).status == 404
    assert (await remote.get(f"{BASE}/contexts/7")).status == 404


async def test_likes_and_shares_are_counted_not_listed(database, remote, write):
    post = await write()
    async with database.transaction() as session:
        stored = await session.get(Post, post.id)
        stored.likes_count, stored.boosts_count = 3, 2

    likes = (await remote.get(f"{post.uri}/likes")).json
    shares = (await remote.get(f"{post.uri}/shares")).json

    assert (likes["totalItems"], shares["totalItems"]) == (3, 2)
    assert "first" not in likes and "orderedItems" not in likes
