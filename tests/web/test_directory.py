"""The page of the directory: one line, why somebody was found, narrower questions, the ring."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit

import pytest
import pytest_asyncio

from actors.models import Actor
from core.settings import Directory
from doctors import ring
from doctors.asked import read_question
from doctors.directory import Found, FoundDoctor
from doctors.models import DirectoryEntry
from doctors.ring import RingFound
from factories import make_local_actor, make_peer
from finding import DOCTORS, make_doctor
from mapping import follow


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
                session, "amal", town="Marseille", languages=["fr", "ar"], accepts_referrals=True,
                skills=["laser", "Ablation de FA"], specialities=["SM04"],
            ),
            "bela": await make_doctor(
                session, "bela", DOCTORS, town="Aubagne", languages=["fr"],
                skills=["ablation"], specialities=["SM04"],
            ),
            "cleo": await make_doctor(
                session, "cleo", town="Lyon", languages=["ar"], specialities=["SM15"]
            ),
        }  # fmt: skip


def hrefs(page):
    return [href.replace("&amp;", "&") for href in re.findall(r'href="([^"]+)"', page.html)]


def link_to(shown, **asked):
    """Return the link to exactly this question."""
    return next(
        href
        for href in hrefs(shown)
        if href.startswith("/directory?") and dict(parse_qsl(urlsplit(href).query)) == asked
    )


async def test_one_line_finds_and_says_why(doctor, found):
    page = await doctor.get("/directory?q=ablation, Marseille, arabe")

    assert page.status == 200
    assert "1 person found" in page.text and "Dr Amal" in page.text
    assert "Dr Bela" not in page.text
    assert "accepts referrals" in page.text and "French, Arabic" in page.text
    # What was asked for stands first.
    assert page.text.index("Ablation de FA") < page.text.index("laser")
    assert "within 50 km of Marseille (13)" in page.text


async def test_a_distance_and_a_habit_are_said_in_words(database, doctor, found):
    async with database.transaction() as session:
        entry = await session.get_one(DirectoryEntry, found["bela"].id)
        entry.answers_within_h, entry.habit = 20, 1

    page = await doctor.get("/directory?near=Marseille&speciality=SM04")

    assert "Aubagne · 15 km away" in page.text
    assert "usually answers within a day" in page.text


async def test_contacts_in_common_are_counted(database, alice, doctor, found):
    async with database.transaction() as session:
        me, amal = [await session.get_one(Actor, one.id) for one in (alice, found["amal"])]
        friend = await make_local_actor(session, "friend")
        await follow(session, me, friend)
        await follow(session, friend, amal)

    page = await doctor.get("/directory?q=amal")

    assert "1 contact in common" in page.text


async def test_who_is_no_doctor_reads_nothing_that_is_for_doctors(reader, found):
    page = await reader.get("/directory?speciality=SM04")

    assert "Dr Bela" in page.text
    assert "Aubagne" not in page.text.partition("Filters")[2].replace("Aubagne (", "")
    assert "Dr Bela" not in (await reader.get("/directory?near=Aubagne")).text


async def test_facets_lead_to_narrower_questions(doctor, found):
    page = await doctor.get("/directory?speciality=SM04")

    narrower = await doctor.get(link_to(page, speciality="SM04", language="ar"))

    assert "1 person found" in narrower.text and "Dr Amal" in narrower.text


async def test_what_narrows_can_be_taken_away(doctor, found):
    page = await doctor.get("/directory?q=ablation, Marseille, arabe")

    assert link_to(page, q="ablation, Marseille")
    assert link_to(page, q="ablation, arabe")
    wider = await doctor.get(link_to(page, q="ablation, Marseille"))
    assert "2 people found" in wider.text


async def test_the_form_keeps_what_was_asked(doctor, found):
    page = await doctor.get("/directory?q=laser&speciality=SM04&near=Lyon&km=100&language=ar")

    kept = page.forms["/directory"]
    assert (kept["q"], kept["speciality"], kept["near"]) == ("laser", "SM04", "Lyon")
    assert (kept["km"], kept["language"]) == ("100", "ar")


async def test_nothing_asked_teaches(doctor):
    page = await doctor.get("/directory")

    assert "never how many follow them" in page.text
    assert "found" not in page.text.partition("Filters")[2].partition("Who does")[0]


async def test_nobody_found_and_an_unknown_town_are_said(doctor, found):
    assert "Nobody here fits" in (await doctor.get("/directory?q=zzzz")).text
    assert "No town of this name" in (await doctor.get("/directory?near=Xyzzyville")).text


async def test_other_towns_of_the_name_are_offered(doctor, found):
    page = await doctor.get("/directory?near=Saint-Denis")

    assert "Other towns of this name:" in page.text
    assert link_to(page, near="Saint-Denis (93)")


async def test_further_pages_are_links(doctor, found, monkeypatch):
    monkeypatch.setattr("doctors.directory.PEOPLE_A_PAGE", 1)

    first = await doctor.get("/directory?language=ar")
    second = await doctor.get(link_to(first, language="ar", page="2"))

    assert "Dr Amal" in first.text and "Dr Cleo" in second.text


async def test_who_was_found_is_on_the_map_in_one_click(doctor, found):
    page = await doctor.get("/directory?language=ar")
    (link,) = {href for href in hrefs(page) if href.startswith("/directory/map")}

    shown = await doctor.get(link)

    assert shown.status == 200
    assert "2 people are on this map." in shown.text
    assert "/directory?language=ar" in hrefs(shown)


async def test_the_links_of_a_map_do_not_repeat_the_question(doctor, found):
    # Titles find everybody: only the address is longer.
    long = "docteur professeur " * 10
    short_way = await doctor.get("/directory/map?language=ar")
    long_way = await doctor.get(f"/directory/map?language=ar&q={long}&junk={'x' * 999}")

    short, longer = await doctor.get(short_way.location), await doctor.get(long_way.location)

    assert "2 people are on this map." in longer.text
    # In the link back to the directory, and where the page itself leads back to it.
    assert len(longer.html.encode()) < len(short.html.encode()) + 5 * len(long)
    assert len([href for href in hrefs(longer) if "docteur" in href]) == 1


async def test_a_map_of_what_is_no_question_is_no_page(doctor):
    for written in ("a", "gICA", "%C3%A9"):
        assert (await doctor.get(f"/directory/map/{written}")).status == 404


async def test_a_stranger_is_led_to_sign_in(stranger, found):
    for path in ("/directory?language=ar", "/directory/map?language=ar"):
        page = await stranger.get(path)
        assert page.status == 303 and page.location.startswith("/auth/sign-in")


@pytest.mark.parametrize("opens", [Directory.PUBLIC])
async def test_an_open_directory_shows_strangers_what_is_public(stranger, found):
    page = await stranger.get("/directory?q=ablation")

    assert "Dr Amal" in page.text and "Dr Bela" not in page.text
    assert "Ask the other instances" not in page.text


async def test_what_is_typed_is_never_markup(doctor, found):
    page = await doctor.get('/directory?q="><script>x</script>&skill=<b>&department="><i>')

    assert "<script>x" not in page.html and "<b>" not in page.html and '"><i>' not in page.html


async def test_without_peers_the_ring_is_not_offered(doctor, found):
    assert "Ask the other" not in (await doctor.get("/directory?language=ar")).text


@pytest.fixture
def ring_answers(found, monkeypatch):
    """Let the ring name cleo, and somebody who is still to be met."""

    async def answer(database, client, asked, reader):
        people = [FoundDoctor(found["cleo"].id)]
        return RingFound(Found(read_question(asked), people), asked=3, answered=2, coming=1)

    monkeypatch.setattr("web.pages.directory.ask_ring", answer)


async def test_the_ring_is_a_link_that_needs_no_script(database, doctor, ring_answers):
    async with database.transaction() as session:
        await make_peer(session, "b.localhost:8002")
    page = await doctor.get("/directory?speciality=SM04")
    assert "Ask the other instances" in page.text and "never who looks" in page.text

    link = next(href for href in hrefs(page) if "ring=1" in href)
    asked = await doctor.get(link.partition("#")[0])

    assert "2 of 3 instances answered." in asked.text
    assert "1 more person was named" in asked.text and "Dr Cleo" in asked.text


async def test_our_script_gets_the_rings_part_alone(doctor, ring_answers):
    part = await doctor.get("/directory?speciality=SM04&ring=1", Consilium_Part="1")

    assert part.html.lstrip().startswith("<section")
    assert "Dr Cleo" in part.text and "Dr Amal" not in part.text


async def test_whom_the_page_shows_already_is_not_shown_twice(doctor, ring_answers):
    page = await doctor.get("/directory?speciality=SM15&ring=1")

    assert page.html.count('<a class="person-name"') == 1 and "Dr Cleo" in page.text


async def test_who_asks_the_ring_too_often_is_told_so(doctor, alice, found):
    ring.QUESTIONS.reset()
    for _ in range(ring.QUESTIONS.limit * 2):
        ring.QUESTIONS.take(str(alice.id))

    page = await doctor.get("/directory?language=ar&ring=1")

    assert page.status == 200 and "asked too often" in page.text
    ring.QUESTIONS.reset()


async def test_the_directory_is_a_place_at_the_thumb_and_search_stays_at_hand(doctor):
    page = await doctor.get("/")

    at_thumb = re.findall(r'<li class="at-thumb[^"]*"><a[^>]*href="([^"]+)"', page.html)
    assert at_thumb == ["/", "/directory", "/compose", "/messages", "/me"]
    assert hrefs(page).count("/search") == 2
