"""The directory: who finds whom, by what, in which order; and what strangers find."""

from __future__ import annotations

from datetime import timedelta

import pytest
import pytest_asyncio

from actors.blocks import save_block
from actors.domain_blocks import save_domain_block
from actors.models import Actor, Badge
from core.clock import now
from core.settings import Directory
from doctors import directory, directory_sql
from doctors.asked import Asked, asked_from, read_question
from doctors.directory import search
from doctors.directory_index import index_people, tidy_directory
from doctors.models import DirectoryEntry
from doctors.practice import PracticeReader
from factories import make_local_actor
from finding import CONTACTS, DOCTORS, NOBODY, find, make_doctor, names, say
from mapping import follow

HEART, SKIN = "SM04", "SM15"


@pytest_asyncio.fixture
async def house(database):
    """Doctors of some towns, and one who looks for them."""
    async with database.transaction() as session:
        made = {
            "me": await make_local_actor(session, "me", doctor=True),
            "amal": await make_doctor(
                session, "amal", town="Marseille", languages=["fr", "ar"],
                skills=["Ablation de FA"], specialities=[HEART], accepts_referrals=True,
            ),
            "bela": await make_doctor(
                session, "bela", town="Aubagne", languages=["fr"],
                skills=["ablations du nœud"], specialities=[HEART],
            ),
            "cleo": await make_doctor(
                session, "cleo", town="Lyon", languages=["fr", "ar"], hospital="Hôpital Édouard",
                skills=["laser"], specialities=[SKIN], accepts_referrals=True,
            ),
        }  # fmt: skip
    return made


async def test_one_line_finds_by_skill_town_and_language(database, house):
    assert await names(database, q="ablation, Marseille, arabe") == ["amal"]


async def test_a_line_is_understood_between_its_commas():
    question = read_question(Asked(q="ablation, Marseille, arabe"))

    assert dict(question.terms) == {"language": "ar"}
    assert question.town.name == "Marseille"
    assert [word.begins for word in question.words] == ["ablat"]


async def test_without_commas_a_town_is_a_word_like_others(database, house):
    assert await names(database, q="laser lyon") == ["cleo"]
    assert read_question(Asked(q="laser lyon")).town is None


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Ablations", ["amal", "bela"]),
        ("noeud", ["bela"]),
        ("edouard", ["cleo"]),
        ("cardiologue", ["amal", "bela"]),
        ("dermatology", ["cleo"]),
        ("Dr Cleo", ["cleo"]),
        ("cle", ["cleo"]),
        ("laser ablation", []),
        ("100%", []),
        ("'; --", []),
    ],
)
async def test_words_are_found_folded_begun_or_by_the_art(database, house, words, expected):
    assert await names(database, q=words) == expected


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"speciality": HEART}, ["amal", "bela"]),
        ({"speciality": HEART, "language": "ar"}, ["amal"]),
        ({"speciality": HEART, "department": "13"}, ["amal", "bela"]),
        ({"department": "69"}, ["cleo"]),
        ({"accepts_referrals": True}, ["amal", "cleo"]),
        ({"accepts_referrals": True, "language": "ar", "speciality": SKIN}, ["cleo"]),
        ({"skill": "ablation"}, ["amal", "bela"]),
        ({"skill": "Ablation de FA"}, ["amal"]),
        ({"profession": "10", "department": "69"}, ["cleo"]),
        ({"profession": "60"}, []),
        ({"speciality": "SM99"}, []),
    ],
)
async def test_filters_hold_together(database, house, asked, expected):
    assert await names(database, **asked) == expected


async def test_the_nearest_come_first_with_their_distance(database, house):
    found = await find(database, near="Marseille", km=400)

    assert await names(database, near="Marseille", km=400) == ["amal", "bela", "cleo"]
    assert [round(one.distance_km) for one in found.people] == [0, 15, 276]


async def test_beyond_the_kilometres_nobody_is_found(database, house):
    assert await names(database, near="Marseille", km=20) == ["amal", "bela"]
    assert await names(database, near="Marseille", km=10) == ["amal"]


async def test_coordinates_stand_for_a_town_that_is_not_in_the_list(database, house):
    assert await names(database, latitude=45.75, longitude=4.85, km=5, q="laser") == ["cleo"]


async def test_a_town_that_nobody_knows_finds_nobody_and_says_so(database, house):
    found = await find(database, q="ablation", near="Xyzzyville")

    assert found.question.is_unknown and not found.people


async def test_nothing_asked_finds_nobody(database, house):
    assert await names(database) == []
    assert await names(database, km=100) == []


async def test_what_is_for_doctors_finds_for_doctors_alone(database):
    async with database.transaction() as session:
        dora = await make_doctor(session, "dora", found=True, specialities=[HEART])
        await say(session, dora, DOCTORS, town="Lyon", languages=["ar"], skills=["laser"])
        await index_people(session, [dora.id])

    for asked in ({"language": "ar"}, {"near": "Lyon"}, {"q": "laser"}, {"department": "69"}):
        assert await names(database, **asked) == ["dora"]
        assert await names(database, is_doctor=False, **asked) == []
    assert await names(database, is_doctor=False, speciality=HEART) == ["dora"]
    assert await names(database, is_doctor=False, speciality=HEART, language="ar") == []


async def test_facets_count_nothing_that_the_seeker_may_not_read(database):
    async with database.transaction() as session:
        dora = await make_doctor(session, "dora", specialities=[HEART], languages=["fr"])
        await say(session, dora, DOCTORS, town="Lyon")
        await index_people(session, [dora.id])

    of_doctor = (await find(database, speciality=HEART)).facets
    of_others = (await find(database, is_doctor=False, speciality=HEART)).facets

    assert of_doctor == {"speciality": [(HEART, 1)], "language": [("fr", 1)],
                         "department": [("69", 1)]}  # fmt: skip
    assert of_others == {"speciality": [(HEART, 1)], "language": [("fr", 1)], "department": []}


async def test_what_is_for_contacts_or_nobody_finds_for_nobody(database):
    async with database.transaction() as session:
        eve = await make_doctor(session, "eve")
        me = await make_local_actor(session, "me", doctor=True)
        await follow(session, me, eve)
        await say(session, eve, CONTACTS, skills=["laser"])
        await say(session, eve, NOBODY, languages=["ar"])
        await index_people(session, [eve.id])

    assert await names(database, me.id, q="laser") == []
    assert await names(database, me.id, language="ar") == []


async def test_facets_count_what_those_have_who_were_found(database, house):
    facets = (await find(database, language="fr")).facets

    assert facets["speciality"] == [(HEART, 2), (SKIN, 1)]
    assert facets["language"] == [("fr", 3), ("ar", 2)]
    assert facets["department"] == [("13", 2), ("69", 1)]


async def test_who_answers_sooner_comes_first_then_who_knows_the_same_people(database, house):
    async with database.transaction() as session:
        friend = await make_local_actor(session, "friend")
        me, cleo = [await session.get_one(Actor, house[one].id) for one in ("me", "cleo")]
        await follow(session, me, friend)
        await follow(session, friend, cleo)

    assert await names(database, house["me"].id, q="") == []
    assert await names(database, house["me"].id, language="fr") == ["cleo", "amal", "bela"]
    async with database.transaction() as session:
        entry = await session.get_one(DirectoryEntry, house["bela"].id)
        entry.habit, entry.answers_within_h = 1, 20
    assert await names(database, house["me"].id, language="fr") == ["bela", "cleo", "amal"]
    found = await find(database, house["me"].id, language="fr")
    assert [one.shared_contacts for one in found.people] == [0, 1, 0]


async def test_popularity_changes_nothing(database, house):
    async with database.transaction() as session:
        bela = await session.get_one(Actor, house["bela"].id)
        bela.followers_count = 100_000

    assert await names(database, speciality=HEART) == ["amal", "bela"]


async def test_a_hidden_network_is_not_told_by_shared_contacts(database, house):
    async with database.transaction() as session:
        friend = await make_local_actor(session, "friend")
        me, cleo = [await session.get_one(Actor, house[one].id) for one in ("me", "cleo")]
        await follow(session, me, friend)
        await follow(session, friend, cleo)
        cleo.hides_network = True

    found = await find(database, house["me"].id, q="laser")

    assert [one.shared_contacts for one in found.people] == [0]


@pytest.mark.parametrize("is_mine", [True, False], ids=["mine", "theirs"])
async def test_who_blocks_or_is_blocked_is_not_found(database, house, is_mine):
    async with database.transaction() as session:
        me, amal = [await session.get_one(Actor, house[one].id) for one in ("me", "amal")]
        pair = (me, amal) if is_mine else (amal, me)
        await save_block(session, *pair, uri="http://a.localhost/block")

    assert await names(database, house["me"].id, speciality=HEART) == ["bela"]


async def test_who_is_of_a_blocked_domain_is_not_found_by_who_blocked_it(database, house):
    async with database.transaction() as session:
        await make_doctor(session, "dina", host="c.localhost:8003", specialities=[HEART])
        await save_domain_block(session, house["me"].id, "c.localhost:8003")

    assert await names(database, house["me"].id, speciality=HEART) == ["amal", "bela"]
    assert await names(database, house["cleo"].id, speciality=HEART) == ["amal", "bela", "dina"]


async def test_a_badge_that_ended_is_not_found_and_then_tidied_away(database, house):
    async with database.transaction() as session:
        badge = await session.get_one(Badge, house["amal"].id)
        badge.valid_until = now() - timedelta(seconds=1)

    assert await names(database, speciality=HEART) == ["bela"]
    assert await tidy_directory(database) == 1
    async with database.read() as session:
        assert await session.get(DirectoryEntry, house["amal"].id) is None


async def test_who_is_suspended_a_moment_ago_is_not_shown(database, house):
    async with database.transaction() as session:
        amal = await session.get_one(Actor, house["amal"].id)
        amal.suspended_at = now()

    assert await names(database, speciality=HEART) == ["bela"]


async def test_strangers_find_nobody_unless_the_instance_says_so(database, house):
    nobody = PracticeReader()
    asked = Asked(speciality=HEART)

    async with database.read() as session:
        assert not (await search(session, asked, nobody)).people
    database.settings = open_settings = database.settings.model_copy(
        update={"directory": Directory.PUBLIC}
    )
    async with database.read() as session:
        session.info["settings"] = open_settings
        assert len((await search(session, asked, nobody)).people) == 2


async def test_pages_follow_each_other(database, monkeypatch):
    monkeypatch.setattr(directory, "PEOPLE_A_PAGE", 2)
    async with database.transaction() as session:
        for name in ("a", "b", "c"):
            await make_doctor(session, f"doctor{name}", languages=["fr"])

    first = await find(database, language="fr")
    assert first.has_next and first.total == 3
    assert await names(database, language="fr", page=2) == ["doctorc"]
    assert await names(database, language="fr", page=3) == []


async def test_of_very_many_the_best_are_compared_and_it_is_said(database, house, monkeypatch):
    monkeypatch.setattr(directory, "SCANNED", 1)
    monkeypatch.setattr(directory_sql, "SCANNED", 2)
    monkeypatch.setattr(directory, "PEOPLE_A_PAGE", 1)

    found = await find(database, language="fr")

    assert found.is_more and len(found.people) == 1


async def test_of_very_many_the_nearest_are_found(database, house, monkeypatch):
    monkeypatch.setattr(directory, "SCANNED", 1)

    assert await names(database, near="Lyon", km=50, language="fr") == ["cleo"]
    assert await names(database, near="Marseille", km=30, speciality=HEART) == ["amal", "bela"]
    assert await names(database, near="Marseille", km=400, language="fr") == [
        "amal", "bela", "cleo",
    ]  # fmt: skip


async def test_near_a_town_it_is_said_whether_all_were_compared(database, house, monkeypatch):
    assert not (await find(database, near="Marseille", km=30)).is_more

    monkeypatch.setattr(directory, "SCANNED", 1)
    assert (await find(database, near="Marseille", km=30)).is_more

    monkeypatch.setattr(directory, "SCANNED", 2)
    monkeypatch.setattr(directory, "PEOPLE_A_PAGE", 1)
    assert (await find(database, near="Marseille", km=400)).is_more


async def test_an_address_is_read_with_its_bounds_kept():
    asked = asked_from({"q": "x" * 999, "km": "99999", "page": "-3", "latitude": "nan",
                        "language": "<b>", "accepts_referrals": "1"})  # fmt: skip

    assert (len(asked.q), asked.km, asked.page, asked.language) == (200, 500, 1, "")
    assert asked.accepts_referrals and asked.latitude is None


async def test_contacts_in_common_decide_across_pages(database, house, monkeypatch):
    monkeypatch.setattr(directory, "PEOPLE_A_PAGE", 1)
    async with database.transaction() as session:
        friend = await make_local_actor(session, "friend")
        me, cleo = [await session.get_one(Actor, house[one].id) for one in ("me", "cleo")]
        await follow(session, me, friend)
        await follow(session, friend, cleo)
    me_id = house["me"].id

    pages = [await names(database, me_id, language="fr", page=page) for page in (1, 2, 3, 4)]

    assert pages == [["cleo"], ["amal"], ["bela"], []]


async def test_a_code_of_several_words_from_elsewhere_breaks_no_search(database):
    async with database.transaction() as session:
        await make_doctor(
            session, "bob", host="c.localhost:8003", specialities=["Heart and vessels", HEART]
        )

    found = await find(database, speciality=HEART)

    assert found.total == 1
    assert found.facets["speciality"] == [(HEART, 1)]


async def test_who_is_over_the_date_line_is_near(database):
    place = {"town": "Mata-Utu", "department": "986", "country": "FR", "code": "",
             "latitude": -13.28, "longitude": -179.9}  # fmt: skip
    async with database.transaction() as session:
        await make_doctor(session, "sela", place=place, languages=["fr"])

    async def near(longitude):
        return await names(database, latitude=-13.3, longitude=longitude, km=50, language="fr")

    assert await near(179.9) == await near(-179.8) == ["sela"]
    assert await near(179.0) == []


async def test_a_department_of_another_country_is_none_of_ours(database):
    place = {"town": "Liège", "department": "13", "country": "BE", "code": "",
             "latitude": 50.6, "longitude": 5.6}  # fmt: skip
    async with database.transaction() as session:
        await make_doctor(session, "bob", host="c.localhost:8003", place=place)

    assert await names(database, department="13") == []


@pytest.mark.parametrize("name", ["q", "skill", "speciality", "profession", "department", "near"])
async def test_a_sign_that_no_text_has_is_not_asked_of_the_database(database, house, name):
    given = asked_from({name: "x\x00zz", "language": "fr"})

    async with database.read() as session:
        found = await search(session, given, PracticeReader(house["me"].id, is_doctor=True))

    assert found.total == 0
