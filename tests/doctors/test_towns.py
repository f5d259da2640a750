"""Towns: found as people type them, by their codes, how far apart; read only when asked for."""

from __future__ import annotations

import csv
import json
import subprocess
import sys

import pytest

from doctors.places import towns
from doctors.places.countries import country_name
from doctors.places.departments import DEPARTMENTS, department_name, is_overseas
from doctors.places.towns import Town, distance_km, find_towns, search_key, town_of

LYON = Town("Lyon", "69", "FR", 45.7491, 4.8479, "69123")


def rows():
    with towns._FILE.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def names(text, **asked):
    return [town.name for town in find_towns(text, **asked)]


def test_a_town_is_found_by_its_whole_name_or_its_beginning():
    assert find_towns("Lyon")[0] == LYON
    assert find_towns("villeur")[0].name == "Villeurbanne"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("saint etienne", "Saint-Étienne"),
        ("ST-ETIENNE", "Saint-Étienne"),
        ("ste genevieve des bois", "Sainte-Geneviève-des-Bois"),
        ("evry", "Évry-Courcouronnes"),
        ("l’isle-adam", "L'Isle-Adam"),
        ("havre", "Le Havre"),
        ("La Rochelle", "La Rochelle"),
        ("rochelle", "La Rochelle"),
        ("Londres", "Londres"),
        ("geneve", "Genève"),
        ("München", "München"),
    ],
)
def test_a_town_is_found_as_people_type_it(typed, meant):
    assert names(typed)[0] == meant


def test_the_whole_name_comes_before_a_bigger_town_that_begins_so():
    # Saintes has 25,000 people, Saint-Étienne 170,000.
    assert names("saintes")[0] == "Saintes"
    assert names("saint-denis")[:2] == ["Saint-Denis", "Saint-Denis"]
    assert [town.department for town in find_towns("saint-denis")[:2]] == ["974", "93"]


def test_towns_can_be_of_one_country_and_only_so_many():
    assert {town.country for town in find_towns("ge", country="ch")} == {"CH"}
    assert len(find_towns("s", limit=3)) == 3
    assert find_towns("s", limit=0) == []


@pytest.mark.parametrize("text", ["", "  ", "%", "\x00", "🙂", "a" * 5000, "a,b\nc", "\U0010ffff"])
def test_what_is_no_name_finds_nothing(text):
    assert find_towns(text) == []


def test_a_town_with_several_names_is_found_once():
    found = find_towns("m", limit=40)

    assert len({town.code for town in found}) == len(found) == 40


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("69123", "Lyon"),
        ("75115", "Paris"),
        ("13201", "Marseille"),
        ("69381", "Lyon"),
        ("2A004", "Ajaccio"),
        ("98818", "Nouméa"),
        ("g2950159", "Berlin"),
    ],
)
def test_a_code_is_a_town(code, name):
    assert town_of(code).name == name


@pytest.mark.parametrize(
    "code", ["", "69", "00000", "Lyon", "g", ",", "69123,", "69,FR", "\n", "é"]
)
def test_what_is_no_code_is_no_town(code):
    assert town_of(code) is None


def test_every_line_of_the_file_is_found_again():
    # The file is searched by halving: one line out of order would hide others.
    keys = [search_key(row[0]) for row in rows()]
    assert keys == sorted(keys)
    for row in rows()[::997]:
        assert row[1] in {town.code for town in find_towns(row[0], limit=200)}, row
        assert town_of(row[1]).code == row[1]


def test_the_file_says_where_its_towns_are():
    for name, _, department, country, latitude, longitude, people in rows():
        assert name and len(country) == 2 and int(people) >= 2000
        assert -90 < float(latitude) < 90 and -180 <= float(longitude) <= 180
        assert len(latitude.partition(".")[2]) <= 4
        assert (department in DEPARTMENTS) == (country == "FR")


def test_each_department_has_a_town_in_it_but_the_smallest():
    found = {row[2] for row in rows()}

    assert set(DEPARTMENTS) - found == set()


def test_distances_are_over_the_globe():
    assert distance_km(45.7491, 4.8479, 48.8534, 2.3488) == pytest.approx(392, abs=3)
    assert distance_km(0, 179, 0, -179) == pytest.approx(222.4, abs=0.1)
    assert distance_km(10, 20, 10, 20) == 0
    assert distance_km(90, 0, -90, 0) == pytest.approx(20015, abs=1)


def test_departments_and_countries_have_names():
    assert department_name("2A") == "Corse-du-Sud"
    assert department_name("00") == "00"
    assert is_overseas("974") and not is_overseas("97"[:1] + "5")
    assert (country_name("CH", "fr"), country_name("CH", "en")) == ("Suisse", "Switzerland")
    assert (country_name("ZZZ", "fr"), country_name("CH", "xx")) == ("ZZZ", "Switzerland")


def test_nothing_is_read_until_a_town_is_asked_for():
    program = (
        "import json, sys\n"
        "from doctors.places import departments, drawing, towns\n"
        "before = towns._data.cache_info().currsize, drawing.drawing_of.cache_info().currsize\n"
        "towns.find_towns('lyon')\n"
        "print(json.dumps([before, towns._data.cache_info().currsize,\n"
        "    [n for n in sys.modules if n.startswith('doctors.places.build')]]))\n"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)

    assert json.loads(said.stdout) == [[0, 0], 1, []]
