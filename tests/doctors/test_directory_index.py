"""The directory's rows: written when a badge, a practice or an actor changes, and taken away."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import func, select

from actors.models import Actor, Badge
from actors.profile import ActorChanges, change_profile
from checking import Checking
from commands import Commands
from db.indexing import index_all
from db.jobs import Job
from doctors.badges import rebuild_badge
from doctors.credentials import drop_badge
from doctors.directory_index import index_people, index_slice
from doctors.directory_terms import cell_of, cells_within
from doctors.models import DirectoryEntry, DirectoryTerm
from doctors.practice import save_practice, save_settings
from factories import give_badge, make_local_actor
from finding import CONTACTS, DOCTORS, NOBODY, PUBLIC, make_doctor, names, say
from instances import Instance
from mapping import place_value
from posts.erasure import owe_erasure
from users.accounts import create_user, resume_user, suspend_user
from workers.jobs import process_jobs


async def terms(database, actor):
    """Return by what somebody is found: `kind term` → audience, pairs left out."""
    async with database.read() as session:
        wanted = select(DirectoryTerm).where(DirectoryTerm.actor_id == actor.id)
        rows = (await session.scalars(wanted)).all()
    return {f"{row.kind} {row.term}": row.audience for row in rows if row.kind != "pair"}


async def entries(database):
    async with database.read() as session:
        return {row.actor_id for row in await session.scalars(select(DirectoryEntry))}


async def is_owed(session, actor):
    key = f"index doctor {actor.id}"
    return await session.scalar(select(func.count()).where(Job.key == key)) == 1


async def test_somebody_is_found_by_badge_and_practice(database):
    async with database.transaction() as session:
        amal = await make_doctor(
            session, "amal", town="Lyon", languages=["ar"], skills=["Ablation de FA"],
            subspecialities=["Rythmologie"], unit="Unité 12", accepts_referrals=True,
        )  # fmt: skip

    found = await terms(database, amal)

    assert {
        "speciality SM04", "profession 10", "language ar", "department 69", "country FR",
        "referrals yes", "home here", "skill ablation de fa", "skill rythmologie",
        "word amal", "word ablation", "word rythmologie", "word lyon", "word unite", "word 12",
    } <= set(found)  # fmt: skip
    assert "word de" not in found
    assert set(found.values()) == {PUBLIC}


async def test_each_term_has_the_audience_of_what_it_comes_from(database):
    async with database.transaction() as session:
        amal = await make_doctor(session, "amal", skills=["laser"])
        await say(session, amal, DOCTORS, town="Lyon", skills=["laser", "greffe"])
        await say(session, amal, CONTACTS, hospital="Secret")
        await say(session, amal, NOBODY, unit="Personne")
        await index_people(session, [amal.id])

    found = await terms(database, amal)

    assert found["word laser"] is PUBLIC and found["word greffe"] is DOCTORS
    assert found["department 69"] is DOCTORS and found["speciality SM04"] is PUBLIC
    assert not {"word secret", "word personne"} & set(found)
    async with database.read() as session:
        entry = await session.get_one(DirectoryEntry, amal.id)
        pairs = select(DirectoryTerm).where(DirectoryTerm.kind == "pair")
        audiences = {row.term: row.audience for row in await session.scalars(pairs)}
    assert entry.place_audience is DOCTORS
    assert audiences["s:SM04|d:69"] is DOCTORS


async def test_a_private_profile_is_found_by_name_and_badge_alone(database):
    async with database.transaction() as session:
        amal = await make_doctor(session, "amal", skills=["laser"], languages=["ar"])
        await save_settings(session, amal, is_private=True)
        await index_people(session, [amal.id])

    found = await terms(database, amal)

    assert "word amal" in found and "speciality SM04" in found
    assert not {"word laser", "language ar"} & set(found)


@pytest.mark.parametrize("lacks", ["badge", "wish", "person"])
async def test_who_lacks_something_has_no_rows(database, lacks):
    async with database.transaction() as session:
        amal = await make_doctor(session, "amal", skills=["laser"])
        if lacks == "badge":
            await session.delete(await session.get_one(Badge, amal.id))
        elif lacks == "wish":
            amal.discoverable = False
        else:
            amal.type = "Service"
        await session.flush()
        await index_people(session, [amal.id])

    assert await terms(database, amal) == {} and await entries(database) == set()


async def test_indexing_twice_changes_nothing_and_forgets_no_habit(database):
    async with database.transaction() as session:
        amal = await make_doctor(session, "amal", skills=["laser"], town="Lyon")
        entry = await session.get_one(DirectoryEntry, amal.id)
        entry.answers_within_h, entry.habit = 5, 1
    before = await terms(database, amal)

    async with database.transaction() as session:
        await index_people(session, [amal.id])

    assert await terms(database, amal) == before
    async with database.read() as session:
        entry = await session.get_one(DirectoryEntry, amal.id)
    assert (entry.answers_within_h, entry.habit) == (5, 1)


async def test_a_badge_from_elsewhere_is_indexed_by_the_job(checking: Checking):
    checking.bob.properties["discoverable"] = True
    await checking.check()

    await process_jobs(checking.database, checking.client)

    assert await entries(checking.database) == {checking.id}
    async with checking.database.transaction() as session:
        await drop_badge(session, checking.id, "a test")
    await process_jobs(checking.database, checking.client)
    assert await entries(checking.database) == set()


async def test_what_is_owed_when_something_changes(database):
    async with database.transaction() as session:
        amal = await make_local_actor(session, "amal", doctor=True)
        bela = await make_local_actor(session, "bela", doctor=True)
        carl = await make_local_actor(session, "carl")
        assert not await is_owed(session, amal)

        await save_practice(session, amal, {"skills": (["laser"], PUBLIC)})
        await change_profile(session, bela, ActorChanges(discoverable=False))
        await rebuild_badge(session, carl.id)

        assert [await is_owed(session, one) for one in (amal, bela, carl)] == [True] * 3


async def test_what_changes_nothing_in_the_directory_owes_nothing(database):
    async with database.transaction() as session:
        amal = await make_local_actor(session, "amal", doctor=True)

        await change_profile(session, amal, ActorChanges(summary="Bonjour"))

        assert not await is_owed(session, amal)


async def test_who_is_suspended_leaves_and_comes_back(database, client):
    await create_user(
        database,
        username="amal",
        name="Dr Amal",
        email="amal@chu.example",
        password="a password long enough",
    )
    async with database.transaction() as session:
        actor = await session.scalar(select(Actor).where(Actor.username == "amal"))
        actor.discoverable = True
        await give_badge(session, actor)
        await index_people(session, [actor.id])
    assert await entries(database) == {actor.id}

    await suspend_user(database, "amal", decided_by="a test")
    await process_jobs(database, client)
    assert await entries(database) == set()

    await resume_user(database, "amal", decided_by="a test")
    await process_jobs(database, client)
    assert await entries(database) == {actor.id}


async def test_who_is_gone_is_gone_from_the_directory(database, client):
    async with database.transaction() as session:
        amal = await make_doctor(session, "amal", skills=["laser"])
        await owe_erasure(session, await session.get_one(Actor, amal.id))

    assert await names(database, q="laser") == []
    await process_jobs(database, client)
    assert await entries(database) == set() and await terms(database, amal) == {}


async def test_the_whole_is_written_anew_in_slices(database, monkeypatch):
    monkeypatch.setattr("doctors.directory_index.A_SLICE", 2)
    async with database.transaction() as session:
        made = [await make_doctor(session, f"doctor{number}") for number in range(5)]
        gone = await make_doctor(session, "gone")
        await session.delete(await session.get_one(Badge, gone.id))
        for row in await session.scalars(select(DirectoryTerm)):
            await session.delete(row)

    assert await index_all(database, index_slice) == 5

    assert await entries(database) == {one.id for one in made}
    assert "speciality SM04" in await terms(database, made[0])


@pytest.mark.slow
def test_the_command_writes_the_directory_anew(tmp_path: Path):
    commands = Commands(Instance("found", tmp_path).migrated())
    commands.cli("migrate")

    assert json.loads(commands.cli("directory", "rebuild", "--json")) == {
        "gone": 0, "found": 0, "habits": 0,
    }  # fmt: skip


def test_squares_lie_around_a_point_and_around_the_globe():
    lyon = place_value("Lyon")

    assert cell_of(lyon["latitude"], lyon["longitude"]) == "182,19"
    assert cells_within(45.75, 4.85, rows=1, columns=1)[0] == "183,19"
    assert len(set(cells_within(45.75, 4.85, rows=2, columns=1))) == 15
    # Fiji is on both sides of 180°.
    assert cell_of(-17, -179.9) in cells_within(-17, 179.9, rows=0, columns=1)
