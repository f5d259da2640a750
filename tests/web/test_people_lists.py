"""Who follows and is followed: shown as far as their owner wants."""

from __future__ import annotations

import pytest

import factories
from actors.follows import save_follow
from actors.models import Actor


@pytest.fixture
def let_follow(database, alice, carol):
    async def save():
        async with database.transaction() as session:
            follower = await session.get_one(Actor, carol.id)
            followee = await session.get_one(Actor, alice.id)
            await save_follow(session, follower, followee, uri="https://x/1", accepted=True)

    return save


async def test_a_person_has_a_list_of_each_kind(stranger, let_follow):
    await let_follow()

    assert "Carol" in (await stranger.get("/@alice/followers")).text
    assert "Dr Alice" in (await stranger.get("/@carol/following")).text
    assert "Nobody yet." in (await stranger.get("/@alice/following")).text


async def test_H27_who_keeps_it_to_themself_shows_it_to_nobody_else(
    stranger, reader, doctor, let_follow, database, alice
):
    await let_follow()
    async with database.transaction() as session:
        (await session.get_one(Actor, alice.id)).hides_network = True

    for browser in (stranger, reader):
        page = await browser.get("/@alice/followers")
        assert "keeps to themself" in page.text
        assert 'class="person-list"' not in page.html
        assert "/@alice/followers" not in (await browser.get("/@alice")).html
    assert 'class="person-list"' in (await doctor.get("/@alice/followers")).html


@pytest.mark.parametrize("path", ["/follow-requests", "/mutes", "/blocks", "/domain-blocks", "/me"])
async def test_what_is_ones_own_is_for_members(stranger, reader, path):
    answer = await stranger.get(path)

    assert answer.location == f"/auth/sign-in?next=%2F{path[1:]}"
    assert (await reader.get(path)).status == 200


async def test_a_long_list_has_further_pages(stranger, database, alice):
    async with database.transaction() as session:
        followee = await session.get_one(Actor, alice.id)
        for number in range(41):
            other = await factories.make_local_actor(session, f"p{number}")
            await save_follow(session, other, followee, uri=f"https://x/{number}", accepted=True)

    first = await stranger.get("/@alice/followers")
    onward = first.html.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0]
    second = await stranger.get(onward)

    assert first.html.count('class="person-name"') == 40
    assert second.html.count('class="person-name"') == 1
    assert 'rel="next"' not in second.html
