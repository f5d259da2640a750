"""The map: whom it shows, to whom, how heavy it is, and that it needs no script."""

from __future__ import annotations

import csv
import gzip
import re
from itertools import cycle, islice

import pytest

from actors.lists import add_members, make_list
from actors.models import Actor
from doctors.places import towns as towns_module
from mapping import CONTACTS, DOCTORS, NOBODY, follow, make_colleague, make_contacts, say_town

MOST_BYTES = 80_000


@pytest.fixture
def contacts(database, alice):
    """Let alice follow colleagues in some towns."""

    async def make(*towns, audience=DOCTORS):
        async with database.transaction() as session:
            me = await session.get_one(Actor, alice.id)
            return await make_contacts(session, me, towns, audience=audience)

    return make


def hrefs(page):
    return [href.replace("&amp;", "&") for href in re.findall(r'href="([^"]+)"', page.html)]


def numbers(page):
    """Return what stands in the departments."""
    found = re.search(r'<g class="map-numbers">(.*?)</g>', page.html, re.DOTALL)
    return re.findall(r"<text[^>]*>(\d+)</text>", found[1])


def french_towns(count):
    with towns_module._FILE.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.reader(file) if row[3] == "FR"]
    rows.sort(key=lambda row: -int(row[6]))
    return [row[0] for row in rows[:count]]


async def test_a_stranger_is_led_to_sign_in(stranger):
    page = await stranger.get("/map?of=contacts")

    assert page.status == 303
    assert page.location.startswith("/auth/sign-in")


async def test_the_map_counts_contacts_by_department(doctor, contacts):
    await contacts("Lyon", "Lyon", "Villeurbanne", "Saint-Denis", "Nouméa")

    page = await doctor.get("/map?of=contacts")

    assert page.status == 200
    # Saint-Denis is Réunion's: the bigger one; overseas departments have frames of their own.
    assert sorted(numbers(page)) == ["1", "1", "3"]
    assert "5 people are on this map." in page.text
    assert "Rhône (69) 3 Lyon 2 Villeurbanne" in page.text
    assert "La Réunion (974) 1" in page.text
    assert "Nouvelle-Calédonie (988) 1" in page.text


async def test_a_department_leads_to_the_people_there(doctor, contacts):
    made = await contacts("Lyon", "Paris")
    page = await doctor.get("/map?of=contacts")
    link = next(href for href in hrefs(page) if "department=69" in href)

    there = await doctor.get(f"/map{link}")

    assert "Rhône (69) · 1 person" in there.text
    assert made[0].name in there.text
    assert made[1].name not in there.text
    # The map comes closer, and shows the town.
    assert 'data-zoom="1"' not in there.html.partition("map-buttons")[0]
    assert "<title>Lyon: 1</title>" in there.html


async def test_a_department_with_nobody_is_no_page(doctor, contacts):
    await contacts("Lyon")

    assert (await doctor.get("/map?of=contacts&department=75")).status == 404
    assert (await doctor.get("/map?of=contacts&town=75056")).status == 404


async def test_the_world_shows_countries_and_towns_abroad(doctor, contacts):
    await contacts("Lyon", ("Genève", "CH"), ("Montréal", "CA"), ("Bruxelles", "BE"))

    france = await doctor.get("/map?of=contacts&on=france")
    world = await doctor.get("/map?of=contacts&on=world")

    assert "3 people are elsewhere in the world." in france.text
    assert "4 people are on this map." in world.text
    assert "Switzerland 1 Genève" in world.text
    # Bubbles that would cover one another are one: Lyon, Geneva and Brussels.
    assert re.findall(r"<circle/><text>(\d+)</text>", world.html) == ["3"]


async def test_a_bubble_of_several_towns_leads_closer(doctor, contacts):
    await contacts(("Genève", "CH"), ("Lausanne", "CH"))
    page = await doctor.get("/map?of=contacts&on=world")
    link = next(href for href in hrefs(page) if "zoom=2" in href and "at=" in href)

    closer = await doctor.get(f"/map{link}")

    assert 'data-zoom="2"' in closer.html
    assert '<svg class="map-picture" viewBox="0 0 1000 433"' not in closer.html


async def test_who_only_has_contacts_abroad_sees_the_world_first(doctor, contacts):
    await contacts(("Genève", "CH"))

    page = await doctor.get("/map")

    assert 'class="map map-world"' in page.html


async def test_what_a_contact_does_not_tell_the_reader_is_not_on_the_map(
    doctor, reader, contacts, database, carol
):
    hidden = await contacts("Lyon", audience=NOBODY)
    async with database.transaction() as session:
        me = await session.get_one(Actor, carol.id)
        for_doctors = await make_colleague(session, "for-doctors")
        await say_town(session, for_doctors, "Lyon", audience=DOCTORS)
        for_contacts = await make_colleague(session, "for-contacts")
        await say_town(session, for_contacts, "Nantes", audience=CONTACTS)
        for other in (for_doctors, for_contacts):
            await follow(session, me, other)

    alices, carols = await doctor.get("/map"), await reader.get("/map")

    assert "None of these people tells you where they work." in alices.text
    assert hidden[0].name not in alices.text
    assert "Nantes" in carols.text
    assert "Lyon" not in carols.text
    assert "1 person is not on the map" in carols.text


async def test_nobody_to_show_says_what_to_do(doctor):
    page = await doctor.get("/map?of=followers")

    assert "Say where you work" in page.text
    assert '<svg class="map-picture"' not in page.html


async def test_a_list_has_its_map_and_nobody_elses(doctor, reader, contacts, database, alice):
    made = await contacts("Lyon", "Paris")
    async with database.transaction() as session:
        mine = await make_list(session, alice.id, "Cardio <sud>")
        await add_members(session, mine, [made[0].id])

    page = await doctor.get(f"/map?of=list:{mine.id}")

    assert "Cardio &lt;sud&gt; on the map" in page.html
    assert "1 person is on this map." in page.text
    assert (await reader.get(f"/map?of=list:{mine.id}")).status == 404
    assert f"/map?of=list:{mine.id}" in hrefs(await doctor.get(f"/lists/{mine.id}"))


@pytest.mark.parametrize("of", ["group:1", "list:", "list:x", "everybody", "list:-1"])
async def test_there_is_no_map_of_what_is_not_there(doctor, of):
    assert (await doctor.get(f"/map?of={of}")).status == 404


@pytest.mark.parametrize(
    "query",
    ["zoom=x", "zoom=99999", "at=1,2,3", "zoom=4&at=-1,a", "on=mars", "page=0", "zoom=%D9%A3"],
)
async def test_a_strange_address_still_shows_a_map(doctor, contacts, query):
    await contacts("Lyon")

    assert (await doctor.get(f"/map?{query}")).status == 200


async def test_whom_one_follows_is_on_the_map_in_one_click(doctor, alice, reader, contacts):
    await contacts("Lyon")

    mine = await doctor.get(f"/@{alice.username}/following")
    others = await reader.get(f"/@{alice.username}/following")

    assert "/map?of=following" in hrefs(mine)
    # It is a map of one's own contacts: on others' pages there is none.
    assert "/map?of=" not in others.html


async def test_whose_map_it_is_stays_in_the_links_and_nothing_else(doctor, contacts):
    await contacts("Lyon")

    page = await doctor.get(f"/map?of=following&utm={'x' * 900}&q=y")

    assert "?of=following&department=69" in hrefs(page)
    assert "?of=following&on=world" in hrefs(page)
    assert not any("xxx" in href for href in hrefs(page))


async def test_a_map_of_600_people_weighs_at_most_80_kb(doctor, contacts, database, alice):
    abroad = [("Genève", "CH"), ("Bruxelles", "BE"), ("Montréal", "CA"), ("Alger", "DZ"),
              ("London", "GB"), ("Berlin", "DE"), ("Madrid", "ES"), ("Rome", "IT")]  # fmt: skip
    made = await contacts(*islice(cycle(french_towns(480) + abroad), 600))
    async with database.transaction() as session:
        mine = await make_list(session, alice.id, "Cardiologues du sud-est")
        await add_members(session, mine, [one.id for one in made[:480]])

    asked = ("on=france", "department=75", "on=france&zoom=2", "on=world", "country=FR",
             "on=france&zoom=2&at=300,300", "on=france&zoom=4&at=500,300")  # fmt: skip
    pages = {
        (of, query): (await doctor.get(f"/map?of={of}&{query}")).html.encode()
        for query in asked
        for of in ("contacts", f"list:{mine.id}")
    }

    weights = {query: (len(html), len(gzip.compress(html, 6))) for query, html in pages.items()}
    assert max(size for size, _ in weights.values()) <= MOST_BYTES, weights


async def test_no_address_of_another_host_is_on_the_page(doctor, contacts):
    await contacts("Lyon", ("Genève", "CH"))

    for on in ("france", "world"):
        page = await doctor.get(f"/map?on={on}")
        picture = page.html[page.html.index('<svg class="map-picture"') :]
        picture = picture[: picture.index('<p class="hint map-said">')]
        assert "://" not in picture
        assert "style=" not in picture


async def test_coordinates_are_no_finer_than_a_town(doctor, contacts):
    await contacts("Lyon")

    page = await doctor.get("/map")

    # Units of the map are nearly kilometres; they are whole.
    places = re.findall(r'data-at="([^"]+)"', page.html)
    assert len(places) == 1
    assert re.fullmatch(r"\d+,\d+,1,69123", places[0])
