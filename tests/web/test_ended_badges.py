"""A badge that ran out or was revoked shows on no page."""

from __future__ import annotations

import re

import pytest
import pytest_asyncio

from actors.follows import save_follow
from actors.models import Actor
from ending import ENDINGS, end_badge
from factories import make_local_actor
from notifications.notify import notify_mention
from posts.timelines import fan_out

# A badge as a page shows it: opened, or in a list of people.
_BADGE = re.compile(r'<details class="badge"|class="badge-sample"')


@pytest_asyncio.fixture
async def bruno(database):
    """Another verified doctor."""
    async with database.transaction() as session:
        return await make_local_actor(session, "bruno", doctor=True)


@pytest_asyncio.fixture
async def pages(database, alice, carol, say):
    """The pages on which carol meets alice, a verified doctor."""
    async with database.transaction() as session:
        uri = f"{carol.uri}#follows/1"
        await save_follow(session, carol, alice, uri=uri, accepted=True)
    own = await say(carol, "<p>Bonjour</p>")
    post = await say(alice, "<p>Un cas #ecg</p>", tags=["ecg"], parent=own)
    async with database.transaction() as session:
        author = await session.get_one(Actor, alice.id)
        await fan_out(session, post, author)
        await notify_mention(session, post, author, [carol.id])
    return {
        "/", "/@alice", f"/@alice/{post.id}", f"/@carol/{own.id}", "/notifications",
        "/search?q=alice", "/@carol/following", f"/compose?answer={post.id}", "/tags/ecg",
        "/compose/complete?q=%40ali",
    }  # fmt: skip


async def _shown(browser, paths) -> set[str]:
    found = set()
    for path in paths:
        page = await browser.get(path)
        assert page.status == 200, path
        if _BADGE.search(page.html):
            found.add(path)
    return found


@pytest.mark.parametrize("how", ENDINGS)
async def test_an_ended_badge_is_shown_on_no_page(database, alice, pages, reader, how):
    before = await _shown(reader, pages)

    await end_badge(database, alice, how)

    assert before == pages
    assert await _shown(reader, pages) == set()


@pytest.mark.parametrize("how", ENDINGS)
async def test_whose_badge_ended_does_not_read_what_is_for_doctors(
    database, alice, bruno, doctor, say, how
):
    await say(bruno, "<p>Un avis entre nous</p>", "doctors")
    before = await doctor.get("/timelines/doctors")

    await end_badge(database, alice, how)

    after = await doctor.get("/timelines/doctors")
    assert "entre nous" in before.html
    assert "entre nous" not in after.html
