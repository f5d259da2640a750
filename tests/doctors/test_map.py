"""People on a map: gathered by town, placed, put together; and the shapes that they stand on."""

from __future__ import annotations

import csv
from dataclasses import replace

import pytest

from actors.models import Actor
from core.errors import NotFound
from doctors.map import (
    LARGEST_ZOOM,
    REACH,
    MapName,
    View,
    bubbles,
    gather,
    place_on,
    view_of,
)
from doctors.mapped import find_map_people, gather_people
from doctors.places import towns
from doctors.places.departments import DEPARTMENTS
from doctors.places.drawing import drawing_of
from doctors.places.outlines import area, cut, is_inside, label_point, path_of, simplified
from doctors.places.projection import apart, project
from doctors.places.towns import find_towns
from factories import make_local_actor
from federation.documents.practitioner import Place
from mapping import CONTACTS, DOCTORS, follow, make_colleague, say_town
from posts.visibility import viewer_of

FRANCE, WORLD = MapName


def place(name, country="FR", **changes):
    town = find_towns(name, country, 1)[0]
    return replace(
        Place(town.name, town.department, town.country, town.latitude, town.longitude, town.code),
        **changes,
    )


def test_people_of_one_town_are_gathered_the_most_first():
    found = gather({1: place("Nantes"), 2: place("Lyon"), 3: place("Lyon"), 4: None})

    assert [(town.name, town.people) for town in found.towns] == [
        ("Lyon", (2, 3)),
        ("Nantes", (1,)),
    ]
    assert found.nowhere == (4,)


def test_counts_are_by_department_in_france_and_by_country_everywhere():
    found = gather(
        {1: place("Lyon"), 2: place("Villeurbanne"), 3: place("Cayenne"), 4: place("Genève", "CH")}
    )

    assert found.departments == {"69": 2, "973": 1}
    assert found.countries == {"FR": 3, "CH": 1}
    assert len(found.on(FRANCE)) == 3 and len(found.on(WORLD)) == 4


def test_a_place_without_coordinates_is_counted_and_not_drawn():
    found = gather({1: Place("Trifouillis", department="69", country="FR")})

    assert found.departments == {"69": 1}
    assert place_on(drawing_of(FRANCE), found.towns[0]) is None
    assert bubbles(drawing_of(FRANCE), found.towns, 1) == ()


def test_a_place_takes_the_coordinates_of_others_in_the_town():
    bare = place("Lyon", latitude=None, longitude=None)

    assert gather({1: bare, 2: place("Lyon")}).towns[0].latitude == 45.7491


def test_coordinates_have_at_most_five_decimals():
    found = gather({1: place("Lyon", latitude=45.123456789, longitude=4.987654321)})

    assert (found.towns[0].latitude, found.towns[0].longitude) == (45.12346, 4.98765)


def test_neighbours_are_one_bubble_until_one_looks_closer():
    found = gather(
        {1: place("Lyon"), 2: place("Lyon"), 3: place("Villeurbanne"), 4: place("Lille")}
    )
    drawing = drawing_of(FRANCE)

    whole = bubbles(drawing, found.on(FRANCE), 1)
    close = bubbles(drawing, found.on(FRANCE), LARGEST_ZOOM)

    assert sorted(bubble.count for bubble in whole) == [1, 3]
    assert sorted(bubble.count for bubble in close) == [1, 1, 2]
    # It stands where most of its people are.
    lyon = place_on(drawing, found.towns[0])
    assert (whole[0].x, whole[0].y) == lyon


@pytest.mark.parametrize("zoom", [1, 4, LARGEST_ZOOM])
def test_bubbles_do_not_cover_one_another_and_lose_nobody(zoom):
    with towns._FILE.open(encoding="utf-8", newline="") as file:
        lines = [row for row in csv.reader(file) if row[3] == "FR"][::9]
    found = gather(
        {
            number: Place(row[0], row[2], "FR", float(row[4]), float(row[5]), row[1])
            for number, row in enumerate(lines)
        }
    )

    made = bubbles(drawing_of(FRANCE), found.on(FRANCE), zoom)

    assert sum(bubble.count for bubble in made) == len(lines)
    points = [(bubble.x, bubble.y) for bubble in made]
    nearest = min(apart(a, b) for i, a in enumerate(points) for b in points[:i])
    assert nearest >= REACH / zoom


def test_a_view_stays_within_the_map():
    drawing = drawing_of(FRANCE)

    assert View(1, -50, 9999).box(drawing) == (0, 0, drawing.width, drawing.height)
    left, top, width, height = View(4, 0, 0).box(drawing)
    assert (left, top) == (0, 0)
    assert (width, height) == (drawing.width / 4, drawing.height / 4)


def test_a_view_of_an_area_shows_all_of_it():
    drawing = drawing_of(FRANCE)
    for code in DEPARTMENTS:
        box = drawing.area_of(code).box
        view = view_of(drawing, box)
        left, top, width, height = view.box(drawing)
        assert left <= box[0] and box[2] <= left + width, code
        assert top <= box[1] and box[3] <= top + height, code
        assert view.meets(drawing, box)
    assert not View(8, 0, 0).meets(drawing, drawing.area_of("2A").box)


def test_every_department_is_drawn_and_is_named_inside_itself():
    drawing = drawing_of(FRANCE)

    assert {shape.code for shape in drawing.areas} == set(DEPARTMENTS)
    for shape in drawing.areas:
        left, top, right, bottom = shape.box
        assert left <= shape.x <= right and top <= shape.y <= bottom
        assert 0 <= left and right <= drawing.width and 0 <= top and bottom <= drawing.height
        assert shape.d.startswith("M") and shape.d.endswith("z")


def test_towns_stand_on_their_departments():
    drawing = drawing_of(FRANCE)
    places = {"Lyon": "69", "Bastia": "2B", "Saint-Pierre": "974", "Mamoudzou": "976",
              "Nouméa": "988", "Papeete": "987", "Strasbourg": "67"}  # fmt: skip
    for name, code in places.items():
        town = next(town for town in find_towns(name, "FR", 40) if town.department == code)
        x, y = drawing.place(town.latitude, town.longitude, code)
        left, top, right, bottom = drawing.area_of(code).box
        assert left - 3 <= x <= right + 3 and top - 3 <= y <= bottom + 3, name


def test_a_town_far_outside_its_frame_stands_at_the_edge():
    drawing = drawing_of(FRANCE)
    frame = next(frame for frame in drawing.frames if frame.codes == ("987",))

    x, y = drawing.place(-9.8, -139.0, "987")

    assert frame.x <= x <= frame.x + frame.width and frame.y <= y <= frame.y + frame.height


def test_the_world_has_its_countries_and_none_lies_across_the_map():
    drawing = drawing_of(WORLD)
    codes = {shape.code for shape in drawing.areas}

    assert {"FR", "CH", "BE", "CA", "DZ", "SN", "RU", "XK", "UA"} <= codes
    assert "AQ" not in codes
    # Fiji is on both sides of the date line, not a line from one to the other.
    assert ".5" not in drawing.area_of("FJ").d
    assert drawing.place(48.85, 2.35) == pytest.approx((505, 102), abs=12)


def test_the_middle_of_france_is_straight_and_the_poles_are_finite():
    assert project("conic", 46.5, 3) == pytest.approx((0, 0), abs=1e-6)
    x, y = project("conic", 47.5, 3)
    assert (x, y) == pytest.approx((0, -111.2), abs=0.3)
    assert all(abs(part) < 1e6 for part in project("conic", -90, 180))
    assert project("world", 0, 0) == (0, 0)


def test_neighbours_are_made_coarser_together():
    border = [(10.0, y / 10) for y in range(0, 101)]
    wavy = [(x + (0.2 if index % 2 else 0), y) for index, (x, y) in enumerate(border)]
    left = [(0.0, 0.0), *wavy, (0.0, 10.0)]
    right = [*reversed(wavy), (20.0, 0.0), (20.0, 10.0)]

    drawn = simplified({"left": [left], "right": [right]}, 0.5)

    shared = set(drawn["left"][0]) & set(drawn["right"][0])
    assert shared == {(10.0, 0.0), (10.0, 10.0)}
    assert area(drawn["left"][0]) == pytest.approx(100)
    assert len(drawn["left"][0]) == 4


def test_a_ring_is_cut_and_written_shortly():
    square = [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)]

    assert cut(square, 4, is_left=True) == [(0, 0), (4, 0), (4, 10), (0, 10)]
    assert path_of([square]) == "M0 0l10 0 0 10-10 0z"
    assert path_of([[(0, 0), (0.2, 0.1), (0.1, 0.3)]]) == ""
    point, room = label_point(square)
    assert is_inside(point, [square]) and room == pytest.approx(5, abs=0.3)


async def test_contacts_are_those_one_follows_and_those_who_follow(session):
    alice = await make_local_actor(session, "alice", doctor=True)
    carol, bob = await make_colleague(session, "carol"), await make_colleague(session, "bob")
    await follow(session, alice, bob)
    await follow(session, carol, alice)

    kinds = {of: (await find_map_people(session, alice.id, of)).ids
             for of in ("contacts", "following", "followers")}  # fmt: skip

    assert kinds == {"contacts": (bob.id, carol.id), "following": (bob.id,),
                     "followers": (carol.id,)}  # fmt: skip
    with pytest.raises(NotFound):
        await find_map_people(session, alice.id, "search")


async def test_who_may_read_a_place_sees_it_on_the_map(session):
    alice = await make_local_actor(session, "alice", doctor=True)
    dave = await make_local_actor(session, "dave")
    for_doctors = await make_colleague(session, "for-doctors")
    await say_town(session, for_doctors, "Lyon", audience=DOCTORS)
    for_contacts = await make_colleague(session, "for-contacts")
    await say_town(session, for_contacts, "Nantes", audience=CONTACTS)
    await follow(session, dave, for_contacts)
    ids = [for_doctors.id, for_contacts.id]

    async def seen(actor: Actor):
        found = await gather_people(session, ids, await viewer_of(session, actor.id))
        return {town.name for town in found.towns}

    assert await seen(alice) == {"Lyon"}
    assert await seen(dave) == {"Nantes"}


def test_a_town_whose_name_is_a_story_is_named_by_its_beginning():
    gathered = gather({1: Place("x" * 120, country="FR", latitude=45.0, longitude=4.0)})

    assert gathered.towns[0].name == "x" * 60
