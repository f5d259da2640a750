"""What happened to one's own: in groups, read when seen; strangers wait."""

from __future__ import annotations

from pathlib import Path

import pytest

import factories
from actors.follows import save_follow
from actors.models import Actor
from notifications.models import Kind
from notifications.notify import (
    notify_boost,
    notify_follow,
    notify_follow_request,
    notify_like,
    notify_mention,
)
from posts.models import Mention
from users.markers import find_last_read
from users.queries import find_user_by_username

TEMPLATES = Path(__file__).resolve().parents[2] / "web" / "templates"


@pytest.fixture
def happen(database):
    """Let something happen: `await happen(notify_like, post, carol.id)`."""

    async def write(notify, *arguments):
        async with database.transaction() as session:
            return await notify(session, *arguments)

    return write


async def test_what_happened_stands_in_groups_with_names(doctor, alice, carol, say, happen):
    post = await say(alice, "<p>Un QT long</p>")
    await happen(notify_like, post, carol.id)
    await happen(notify_boost, post, carol.id)
    await happen(notify_follow, alice.id, carol.id)

    page = await doctor.get("/notifications")

    assert "Carol agrees with you" in page.text
    assert "Carol passes on what you wrote" in page.text
    assert "Carol follows you" in page.text
    assert "Un QT long" in page.text
    assert f"/people/{carol.id}/follow" in page.acts


async def test_several_people_are_one_line(doctor, database, alice, say, happen):
    post = await say(alice)
    async with database.transaction() as session:
        people = [await factories.make_local_actor(session, f"p{n}") for n in range(10)]
    for person in people:
        await happen(notify_like, post, person.id)

    page = await doctor.get("/notifications")

    assert page.html.count('class="notice ') == 1
    assert "and 9 others agree with you" in page.text


async def test_a_mention_is_shown_whole_and_by_itself(
    doctor, database, alice, carol, say, happen
):
    post = await say(carol, "<p>Votre avis ?</p>")
    async with database.transaction() as session:
        session.add(Mention(post_id=post.id, actor_id=alice.id))
    await happen(notify_mention, post, carol, [alice.id])

    for path in ("/notifications", "/notifications?show=mentions"):
        page = await doctor.get(path)
        assert "Carol answers you or names you" in page.text
        assert f'id="post-{post.id}"' in page.html
    assert (await doctor.get("/notifications?show=else")).status == 404


async def test_what_was_seen_is_read_on_every_page(doctor, database, alice, carol, happen):
    await happen(notify_follow, alice.id, carol.id)
    before = await doctor.get("/me")

    await doctor.get("/notifications")

    assert "(1) Me" in before.html and "1 unread" in before.text
    assert "(1)" not in (await doctor.get("/me")).html
    async with database.read() as session:
        user = await find_user_by_username(session, "alice")
        assert await find_last_read(session, user.id, "notifications")


async def test_a_request_is_answered_where_it_is_told(doctor, database, alice, carol, happen):
    async with database.transaction() as session:
        me, other = await session.get_one(Actor, alice.id), await session.get_one(Actor, carol.id)
        await save_follow(session, other, me, uri="https://x/1", accepted=False)
    await happen(notify_follow_request, alice.id, carol.id)
    page = await doctor.get("/notifications")

    answer = await doctor.act(f"/people/{carol.id}/accept", page)

    assert answer.location == "/notifications"


async def test_one_notice_is_forgotten_or_all(doctor, alice, carol, say, happen):
    post = await say(alice)
    await happen(notify_like, post, carol.id)
    await happen(notify_follow, alice.id, carol.id)
    page = await doctor.get("/notifications")
    form = page.forms["/notifications/dismiss"]
    key = page.html.partition('name="key" value="')[2].partition('"')[0]

    await doctor.post("/notifications/dismiss", form | {"key": key})
    once = await doctor.get("/notifications")
    await doctor.post("/notifications/dismiss", form | {"all": "yes"})

    assert "Carol follows you" not in once.text and "Carol agrees with you" in once.text
    assert "Nothing yet" in (await doctor.get("/notifications")).text


async def test_nobody_forgets_the_notices_of_another(doctor, reader, alice, carol, happen):
    await happen(notify_follow, alice.id, carol.id)
    key = (await doctor.get("/notifications")).html.partition('name="key" value="')[2]
    form = (await reader.get("/me")).forms["#act"]

    await reader.post("/notifications/dismiss", form | {"key": key.partition('"')[0], "all": "yes"})

    assert "Carol follows you" in (await doctor.get("/notifications")).text


class TestWhoWaits:
    @pytest.fixture
    def ask(self, database, alice, say):
        """Let a stranger of elsewhere write to Alice."""

        async def write():
            async with database.transaction() as session:
                zoe = await factories.make_remote_actor(session, "zoe", host="z.example")
            post = await say(zoe, "<p>Bonjour docteur</p>", "mentioned")
            async with database.transaction() as session:
                session.add(Mention(post_id=post.id, actor_id=alice.id))
                await session.flush()
                await notify_mention(session, post, zoe, [alice.id])

        return write

    @pytest.mark.parametrize(("act", "is_in"), [("accept", True), ("dismiss", False)])
    async def test_somebody_is_let_in_or_forgotten(self, doctor, ask, act, is_in):
        await ask()
        assert "1 person whom you do not know waits" in (await doctor.get("/notifications")).text
        page = await doctor.get("/notifications/requests")
        assert "Bonjour docteur" in page.text

        await doctor.post(
            "/notifications/requests", page.forms["/notifications/requests"] | {"act": act}
        )

        assert ("answers you or names you" in (await doctor.get("/notifications")).text) is is_in
        assert "Nobody waits" in (await doctor.get("/notifications/requests")).text

    async def test_nobody_decides_for_another(self, doctor, reader, ask):
        await ask()
        form = (await doctor.get("/notifications/requests")).forms["/notifications/requests"]
        own = (await reader.get("/me")).forms["#act"]

        answer = await reader.post("/notifications/requests", form | own | {"act": "accept"})

        assert answer.status == 404


@pytest.mark.parametrize("path", ["/notifications", "/notifications/requests"])
async def test_H20_strangers_and_other_sites_change_nothing(stranger, doctor, path):
    assert (await stranger.get(path)).location.startswith("/auth/sign-in")
    to = path if path.endswith("requests") else "/notifications/dismiss"
    assert (await stranger.post(to, {})).location.startswith("/auth/sign-in")
    assert (await doctor.post(to, {"all": "yes"})).status == 403


def test_every_kind_has_its_words_and_its_sign():
    template = (TEMPLATES / "notifications.html").read_text()

    for kind in Kind:
        assert f'"{kind.value}":' in template
        assert f'notice.kind == "{kind.value}"' in template
