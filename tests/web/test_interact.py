"""Between instances: an address of elsewhere opened here, and the way from here to elsewhere."""

from __future__ import annotations

from urllib.parse import quote

import pytest

import factories
from fakes.remote import FakeRemote


async def test_a_known_person_or_post_is_shown_here(reader, database, alice, say):
    async with database.transaction() as session:
        bob = await factories.make_remote_actor(session, "bob", host="b.localhost:8002")
    post = await say(alice)

    for uri, path in (
        (bob.uri, f"/@{bob.handle}"),
        (f"acct:{bob.handle}", f"/@{bob.handle}"),
        (f"@{bob.handle}", f"/@{bob.handle}"),
        (post.uri, f"/@alice/{post.id}"),
    ):
        answer = await reader.get(f"/authorize_interaction?uri={quote(uri, safe='')}")
        assert answer.location == path


@pytest.mark.parametrize("uri", ["", "x", "acct:nobody@c.localhost:9", "javascript:alert(1)",
                                 "https://c.example/1", "@alice"])  # fmt: skip
async def test_what_cannot_be_had_is_said(reader, alice, uri):
    page = await reader.get(f"/authorize_interaction?uri={quote(uri, safe='')}")

    assert page.status == 404
    assert "Nothing can be had at this address" in page.text


async def test_what_the_reader_may_not_see_is_not_found(reader, alice, say):
    post = await say(alice, visibility="doctors")

    page = await reader.get(f"/authorize_interaction?uri={quote(post.uri, safe='')}")

    assert page.status == 404


async def test_a_stranger_signs_in_first(stranger):
    answer = await stranger.get("/authorize_interaction?uri=acct%3Abob%40b.example")

    assert answer.location.startswith("/auth/sign-in?next=%2Fauthorize_interaction")


class TestFromElsewhere:
    @pytest.fixture
    def app(self, talking_app):
        return talking_app

    @pytest.mark.parametrize("has_page", [True, False])
    async def test_a_visitor_is_shown_the_way_to_their_own_instance(
        self, stranger, alice, has_page
    ):
        with FakeRemote("home") as home:
            zoe = home.person("zoe")
            home.subscribe = f"{home.base_url}/go?uri={{uri}}" if has_page else None
            form = (await stranger.get("/@alice/follow-from")).forms["/@alice/follow-from"]

            page = await stranger.post("/@alice/follow-from", form | {"own": f"@{zoe.handle}"})

        way = f'href="http://{home.host}/go?uri=%40alice%40a.localhost%3A8001"'
        assert (page.status == 200) is (way in page.html) is has_page
        assert ("has no page for this" in page.text) is not has_page

    @pytest.mark.parametrize("own", ["", "zoe", "@zoe@", "a b@c.example", "@zoe@c.localhost:9"])
    async def test_what_leads_nowhere_is_said_and_kept(self, stranger, alice, own):
        page = await stranger.post("/@alice/follow-from", {"own": own})

        assert page.status == 422
        assert 'role="alert"' in page.html
        assert page.forms["/@alice/follow-from"]["own"] == own

    async def test_nobody_asks_for_handles_without_end(self, stranger, alice):
        answers = [await stranger.post("/@alice/follow-from", {"own": "x"}) for _ in range(11)]

        assert [answer.status for answer in answers] == [422] * 10 + [429]

    async def test_H20_a_form_of_another_site_asks_nobody(self, stranger, alice):
        page = await stranger.post(
            "/@alice/follow-from", {"own": "@zoe@c.example"}, Sec_Fetch_Site="cross-site"
        )

        assert page.status == 403
