"""The directory through the client API: accounts, why they were found, facets, the ring."""

from __future__ import annotations

import pytest
import pytest_asyncio
from sqlalchemy import select

from core.settings import Directory
from doctors import ring
from doctors.asked import Asked, read_question
from doctors.directory import Found, FoundDoctor
from doctors.models import DirectoryEntry
from doctors.ring import RingFound
from finding import DOCTORS, make_doctor

PATH = "/api/consilium/v1/directory"
ARABIC = {"language": "ar"}


@pytest.fixture
def opens():
    """Who may look into the directory; a test says otherwise."""
    return Directory.MEMBERS


@pytest.fixture
def settings(settings, opens):
    return settings.model_copy(update={"directory": opens})


@pytest_asyncio.fixture
async def found(database):
    async with database.transaction() as session:
        return {
            "amal": await make_doctor(
                session, "amal", town="Lyon", languages=["fr", "ar"], skills=["ablation de FA"],
                accepts_referrals=True,
            ),
            "bela": await make_doctor(session, "bela", DOCTORS, town="Lyon", languages=["ar"]),
        }  # fmt: skip


def usernames(body):
    return [account["username"] for account in body["accounts"]]


async def test_a_doctor_finds_accounts_and_reads_why(alice, found):
    body = await alice.get(PATH, q="ablation, Lyon, arabe")

    assert usernames(body) == ["amal"]
    account = body["accounts"][0]
    assert account["fields"][0]["verified_at"]
    assert account["directory"] == {
        "skills": ["ablation de FA"],
        "languages": ["fr", "ar"],
        "town": "Lyon",
        "distance_km": 0,
        "accepts_referrals": True,
        "answers_within_h": None,
        "shared_contacts": 0,
    }
    assert (body["total"], body["more"], body["page"], body["town"]) == (1, False, 1, "Lyon")


async def test_how_soon_somebody_answers_is_told_as_a_bound(database, alice, found):
    async with database.transaction() as session:
        entry = await session.scalar(
            select(DirectoryEntry).order_by(DirectoryEntry.actor_id).limit(1)
        )
        entry.answers_within_h, entry.habit = 17, 1

    body = await alice.get(PATH, **ARABIC)

    told = [account["directory"]["answers_within_h"] for account in body["accounts"]]
    assert sorted(told, key=bool) == [None, 24]


async def test_facets_have_codes_labels_and_counts(alice, found):
    body = await alice.get(PATH, **ARABIC)

    assert usernames(body) == ["amal", "bela"]
    assert body["facets"]["language"][0] == {"code": "ar", "label": "arabe", "count": 2}
    assert body["facets"]["department"] == [{"code": "69", "label": "Rhône", "count": 2}]


async def test_a_member_who_is_no_doctor_finds_by_public_things_alone(house, found):
    carol = await house.person("carol")

    assert usernames(await carol.get(PATH, **ARABIC)) == ["amal"]
    assert usernames(await carol.get(PATH, near="Lyon")) == ["amal"]


async def test_nothing_asked_finds_nobody(alice, found):
    assert usernames(await alice.get(PATH)) == []


@pytest.mark.parametrize(
    "query", [{"km": "-1"}, {"page": "x"}, {"latitude": "inf"}, {"language": "'"}, {"q": "%00"}]
)
async def test_what_cannot_be_read_is_no_fault(alice, found, query):
    assert usernames(await alice.get(PATH, **query)) == []


async def test_strangers_are_refused(house, found):
    assert (await house.stranger.ask("GET", PATH)).status == 401


@pytest.mark.parametrize("opens", [Directory.PUBLIC])
async def test_strangers_find_public_things_where_the_instance_says_so(house, found):
    assert usernames(await house.stranger.get(PATH, **ARABIC)) == ["amal"]
    assert "ring" not in await house.stranger.get(PATH, **ARABIC, ring="true")


async def test_a_token_without_the_scope_is_refused(house, alice):
    narrow = await house.program(alice.person, "write")

    assert (await narrow.ask("GET", PATH)).status == 403


async def test_the_ring_is_asked_where_the_caller_says_so(alice, found, monkeypatch):
    asked = []

    async def answer(database, client, question, reader):
        asked.append((question, reader))
        people = [FoundDoctor(found["amal"].id)]
        return RingFound(Found(read_question(question), people), asked=3, answered=2, coming=1)

    monkeypatch.setattr("api.consilium.directory.ask_ring", answer)

    assert "ring" not in await alice.get(PATH, **ARABIC) and not asked
    body = (await alice.get(PATH, **ARABIC, ring="true"))["ring"]

    assert (body["asked"], body["answered"], body["coming"]) == (3, 2, 1)
    assert usernames(body) == ["amal"]
    assert asked[0][0] == Asked(language="ar") and asked[0][1].is_doctor


async def test_who_asks_the_ring_too_often_is_told_so(alice, found):
    ring.QUESTIONS.reset()
    for _ in range(ring.QUESTIONS.limit * 2):
        ring.QUESTIONS.take(alice.id)

    reply = await alice.ask("GET", PATH, query_string={**ARABIC, "ring": "true"})

    assert reply.status == 429
    ring.QUESTIONS.reset()
