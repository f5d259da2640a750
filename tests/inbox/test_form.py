"""What comes in other forms than an inbox is for: methods, paths, sizes, and from nobody's peer."""

from __future__ import annotations

import pytest
from quart import Quart

from actors.routes import actor_routes
from api.entities.status import status
from core.html import MAX_CHARS
from fakes.remote import FakeRemote
from inbox.models import InboxActivity
from inbox.routes import inbox_routes
from outbox.routes import outbox_routes
from posts.models import Post
from posts.routes import post_routes
from posts.visibility import viewer_of

_ELSEWHERE = (
    "/users/../admin/inbox", "/users/%2e%2e/admin/inbox", "/users/..%2fadmin/inbox",
    "/users/%2e%2e%2f%2e%2e%2fetc%2fpasswd/inbox", "/users/alice/../../inbox/", "/users//inbox",
    "/users/alice%00/inbox", "/users/alice/inbox/x", "/inbox/", "/users/'%20OR%201=1--/inbox",
)  # fmt: skip
_FEDERATED = (
    "/users/alice", "/users/alice/outbox", "/users/alice/followers", "/users/alice/following",
    "/users/alice/featured", "/users/alice/posts/1", "/users/alice/posts/1/replies",
    "/users/alice/activities/1", "/contexts/1",
)  # fmt: skip


@pytest.mark.parametrize(
    "content",
    ["x" * 300_000, "<p>x</p>" * 60_000, "<b>" * 100_000, "&lt;" * 100_000],
    ids=["letters", "tags", "unclosed", "entities"],
)
async def test_C08_endless_content_is_cut_and_shown(house, alice, bob, content):
    await house.follows(alice, await house.known(bob))
    note = bob.note(content)

    assert await house.take(bob, bob.create(note)) == 202

    post = await house.post_at(note["id"])
    assert 0 < len(post.content) <= MAX_CHARS * 6
    assert post.id in await house.home(alice)
    async with house.database.read() as session:
        shown = await status(session, await viewer_of(session, alice.id), post)
    assert shown["content"] == post.content


async def test_C18_no_header_makes_another_method_a_post(house, alice):
    client = house.app.test_client()

    for header in ("x-http-method-override", "x-http-method", "x-method-override"):
        for method in ("GET", "HEAD"):
            answer = await client.open(
                "/inbox", method=method, headers={header: "POST"}, data=b"{}"
            )
            assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


async def test_C18_no_header_makes_a_post_something_else(house, alice, bob):
    more = [("x-http-method-override", "DELETE")]

    assert await house.take(bob, bob.follow(alice.uri), more=more) == 202
    assert (await house.outcome())[0] == "handled"


async def test_C19_other_paths_lead_nowhere(house, alice, bob):
    async with house.nothing_changes():
        for path in _ELSEWHERE:
            inbox = house.uris.base_url + path
            assert await house.take(bob, bob.follow(alice.uri), inbox=inbox) == 404, path

    assert await house.all(InboxActivity) == []


async def test_C20_an_instance_that_lists_nobody_federates_with_nobody(house, alice):
    async with house.database.transaction() as session:
        session.add(Post(id=1, uri=f"{alice.uri}/posts/1", author_id=alice.id, visibility="public"))
    with FakeRemote("out") as out:
        app = Quart("doors")
        app.extensions["consilium"] = {"database": house.database, "client": house.client}
        for routes in (actor_routes, post_routes, outbox_routes, inbox_routes):
            app.register_blueprint(routes(house.database, house.client))
        out.mount(app)
        eve = out.person("eve")

        for path in _FEDERATED:
            signed = (await eve.get(house.uris.base_url + path)).status
            unsigned = (await out.get(house.uris.base_url + path, signed=False)).status
            assert (signed, unsigned) in {(403, 401), (404, 404)}, path
        assert (await eve.post(house.inbox, eve.follow(alice.uri))).status == 403

        assert out.journal == []
