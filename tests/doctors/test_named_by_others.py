"""Whom other instances named: held against what this seeker may know here."""

from __future__ import annotations

import pytest
import pytest_asyncio

from doctors import directory
from doctors.asked import Asked
from doctors.directory import of_people
from doctors.practice import PracticeReader
from finding import DOCTORS, make_doctor

ELSEWHERE = "c.localhost:8003"


@pytest_asyncio.fixture
async def named(database):
    """A doctor who says openly what she does in Lyon, and one who says it to doctors alone."""
    async with database.transaction() as session:
        said = {"languages": ["ar"], "skills": ["ablation de FA"], "town": "Lyon"}
        openly = await make_doctor(session, "openly", host=ELSEWHERE, **said)
        quietly = await make_doctor(session, "quietly", DOCTORS, host=ELSEWHERE, **said)
    return {openly.id: "openly", quietly.id: "quietly"}


async def shown(database, named, *, is_doctor, **asked):
    reader = PracticeReader(1, is_doctor=is_doctor)
    found = await database.look(
        lambda session: of_people(session, list(named), Asked(**asked), reader)
    )
    return [(named[one.actor_id], one.distance_km) for one in found.people]


QUESTIONS = [{"language": "ar"}, {"q": "ablation"}, {"skill": "ablation de FA"}, {"near": "Lyon"}]


@pytest.mark.parametrize("asked", QUESTIONS, ids=str)
async def test_who_is_no_doctor_is_shown_nobody_by_what_doctors_alone_may_read(
    database, named, asked
):
    to_doctor = await shown(database, named, is_doctor=True, **asked)
    to_others = await shown(database, named, is_doctor=False, **asked)

    assert {name for name, _ in to_doctor} == {"openly", "quietly"}
    assert {name for name, _ in to_others} == {"openly"}


async def test_how_far_away_somebody_is_is_not_told_to_who_may_not_know_where(database, named):
    asked = {"latitude": 45.7, "longitude": 4.8, "km": 500}

    assert [name for name, _ in await shown(database, named, is_doctor=False, **asked)] == [
        "openly"
    ]


async def test_whom_a_peer_names_though_they_are_far_away_is_not_shown(database, named):
    assert await shown(database, named, is_doctor=True, near="Lille", km=50) == []


async def test_of_very_many_who_are_named_the_first_are_shown(database, named, monkeypatch):
    monkeypatch.setattr(directory, "PEOPLE_OF_OTHERS", 1)

    assert len(await shown(database, named, is_doctor=True, language="ar")) == 1
