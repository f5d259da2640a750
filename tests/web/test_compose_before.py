"""Before a post is sent: how many will read it, and who and what could be named in it."""

from __future__ import annotations

import re

import pytest

import factories
from actors.follows import save_follow
from actors.models import Actor


def words_of(page, name):
    """Return what an element of a page says, by its id."""
    found = re.search(rf'<span[^>]* id="{name}">(.*?)</span>', page.html, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", found[1]).split()).replace(" ·", " ·")


# Who will read it


async def follow(database, followee, *followers):
    async with database.transaction() as session:
        followee = await session.get_one(Actor, followee.id)
        for one in followers:
            follower = await session.get_one(Actor, one.id)
            await save_follow(
                session, follower, followee, uri=f"{follower.uri}/f/{followee.id}", accepted=True
            )


async def test_the_composer_says_how_many_will_read_it(doctor, alice, carol, database):
    async with database.transaction() as session:
        bob = await factories.make_remote_actor(session)
        await factories.make_peer(session, bob.host)
        await factories.make_peer(session, "c.example")
        await factories.make_local_actor(session, "dora", doctor=True)
    await follow(database, alice, carol, bob)

    page = await doctor.get("/compose")

    assert words_of(page, "reach-followers") == "2 people on 2 instances"
    assert words_of(page, "now-followers") == "My followers · 2 people on 2 instances"
    assert words_of(page, "reach-public") == "on the web too · sent to 2 people on 2 instances"
    assert words_of(page, "reach-doctors") == "1 of this house · those of 2 linked houses"
    assert words_of(page, "reach-local") == "1 person, only here"
    assert words_of(page, "reach-mentioned") == "nobody yet: write @ and a name"


async def test_the_numbers_follow_the_names_in_the_text(doctor, carol, database):
    async with database.transaction() as session:
        bob = await factories.make_remote_actor(session)

    part = await doctor.get(
        f"/compose/reach?name=carol&name={bob.handle}&name=nobody%40far.example",
        Consilium_Part="1",
    )

    assert words_of(part, "reach-mentioned") == (
        f"1 person on 1 instance · cannot have it: @{bob.handle}"
    )
    assert "looked for when you publish: @nobody@far.example" in part.text
    assert "<html" not in part.html


async def test_the_numbers_of_an_answer_are_those_that_it_may_have(
    doctor, carol, alice, say, database
):
    asked = await say(carol, "<p>Un avis ?</p>", "followers")
    await follow(database, carol, alice)

    part = await doctor.get(f"/compose/reach?answer={asked.id}")

    assert set(re.findall(r'id="reach-(\w+)"', part.html)) == {"followers", "mentioned", "unknown"}
    assert words_of(part, "reach-followers") == "followers of Dr Carol · 1 person on 1 instance"


# Names and hashtags


async def test_names_are_proposed_with_badge_and_hospital(doctor, carol, alice, database):
    async with database.transaction() as session:
        bob = await factories.make_remote_actor(session, "carola", doctor=True)

    part = await doctor.get("/compose/complete?q=%40caro")

    assert re.findall(r'data-value="([^"]+)"', part.html) == [
        f"@{bob.handle}", f"@{carol.handle}"
    ]  # fmt: skip
    assert "Cardiology and vascular diseases · CHU · @carola@" in part.text
    assert 'role="listbox"' in part.html


async def test_hashtags_are_proposed(doctor, say, carol):
    await say(carol, "<p>#rythmologie</p>", tags=["rythmologie"])

    part = await doctor.get("/compose/complete?q=%23ryth")

    assert re.findall(r'data-value="([^"]+)"', part.html) == ["#rythmologie"]


@pytest.mark.parametrize("asked", ["", "@", "x", "#", "@%25", "%23%3Cb%3E"])
async def test_nothing_is_proposed_for_what_begins_nothing(doctor, asked):
    part = await doctor.get(f"/compose/complete?q={asked}")

    assert part.status == 200
    assert "data-value" not in part.html
