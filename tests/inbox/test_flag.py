"""Flag: complaints of other servers, in the spellings of all of them."""

from __future__ import annotations

import pytest
import pytest_asyncio

from moderation.models import Peer, Report
from moderation.queries import save_peer
from moderation.reports import close_report
from notifications.models import Notification
from posts.models import Post


@pytest_asyncio.fixture
async def post(house, alice) -> Post:
    post = Post(uri="", author_id=alice.id, visibility="public")
    post.uri = house.uris.post(alice.username, post.id)
    async with house.database.transaction() as session:
        session.add(post)
    return post


@pytest.fixture
def instance(remote):
    """Who complains: the other server itself, so that nobody learns which person did."""
    return remote.instance


async def test_mastodons_flag_is_a_report(house, remote, alice, instance, post):
    flag = instance.activity(
        "Flag", [alice.uri, post.uri], content="Publicité", to=[alice.uri], published=None
    )

    assert await house.take(instance, flag) == 202

    report = await house.one(Report)
    assert (report.target_id, report.post_ids) == (alice.id, [post.id])
    assert (report.comment, report.host, report.uri) == ("Publicité", remote.host, flag["id"])
    assert await house.all(Notification) == []


async def test_gotosocials_flag_has_no_audience_and_one_object(house, alice, instance):
    await house.take(instance, instance.activity("Flag", alice.uri, content="Spam"))

    assert (await house.one(Report)).target_id == alice.id


async def test_lemmys_flag_names_a_post_and_a_reason(house, alice, bob, post):
    await house.take(bob, bob.activity("Flag", post.uri, summary="Hors sujet"))

    report = await house.one(Report)
    assert (report.target_id, report.post_ids) == (alice.id, [post.id])
    assert report.comment == "Hors sujet"


@pytest.mark.parametrize("page", [False, True])
async def test_misskeys_flag_names_posts_in_its_text(house, alice, instance, post, page):
    url = house.uris.post_page("alice", post.id) if page else post.uri
    text = f"Note: {url}\n-----\nPas gentil."

    await house.take(instance, instance.activity("Flag", alice.uri, content=text))

    report = await house.one(Report)
    assert (report.post_ids, report.comment) == ([post.id], text)


async def test_posts_of_others_are_left_out_of_a_report(house, alice, bob, instance, post):
    dave = await house.local("dave")
    await house.follows(alice, await house.known(bob))
    note = bob.note()
    await house.take(bob, bob.create(note))
    theirs = await house.post_at(note["id"])
    # A post that came from elsewhere, under an address of ours.
    disguised = house.uris.post("alice", theirs.id)

    await house.take(instance, instance.activity("Flag", [dave.uri, post.uri, disguised]))

    report = await house.one(Report)
    assert (report.target_id, report.post_ids) == (dave.id, [])


async def test_what_is_about_nobody_here_is_no_report(house, alice, bob, instance):
    strangers = [
        [bob.uri], [f"{house.uris.base_url}/users/nobody"], [house.uris.post("alice", 1)],
        ["nonsense"], [{"type": "Note"}], [f"{house.uris.base_url}/users/alice/posts/{'9' * 19}"],
    ]  # fmt: skip

    async with house.nothing_changes():
        for objects in strangers:
            assert await house.take(instance, instance.activity("Flag", objects)) == 202


async def test_a_report_is_no_html(house, alice, instance):
    said = "<p>Voir <script>alert(1)</script><b>ici</b></p>"

    await house.take(instance, instance.activity("Flag", alice.uri, content=said))

    assert "<" not in (await house.one(Report)).comment


async def test_B39_a_flood_of_one_host_is_one_report(house, remote, alice, instance, post):
    bob = remote.person("bob")

    for number in range(12):
        sender = (instance, bob)[number % 2]
        objects = [alice.uri, post.uri] if number else [alice.uri]
        assert await house.take(sender, sender.activity("Flag", objects)) == 202

    report = await house.one(Report)
    assert (report.others, report.post_ids) == (11, [post.id])
    assert await house.all(Notification) == []


async def test_a_report_that_was_closed_does_not_take_new_ones_in(house, alice, instance):
    await house.take(instance, instance.activity("Flag", alice.uri))
    async with house.database.transaction() as session:
        first = await house.one(Report)
        await close_report(session, first.id, handled_by="admin")

    await house.take(instance, instance.activity("Flag", alice.uri))

    assert len(await house.all(Report)) == 2


async def test_reports_of_a_host_that_an_administrator_wants_none_of_are_dropped(
    house, remote, alice, instance
):
    await house.known(instance)
    async with house.database.transaction() as session:
        peer = await session.get_one(Peer, remote.host)
        peer.rejects_reports = True
        await save_peer(session, peer)

    async with house.nothing_changes():
        assert await house.take(instance, instance.activity("Flag", alice.uri)) == 202
