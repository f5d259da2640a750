"""The town that is meant by what somebody types."""

from __future__ import annotations

import time

import pytest

from doctors.places.towns import town_of
from doctors.town_choice import choose_town, place_of, where_is


@pytest.mark.parametrize(
    ("typed", "code"),
    [("lyon", "69123"), ("Paris", "75056"), ("Saint-Denis (93)", "93066"),
     ("saint denis, La Réunion", "97411"), ("Paris, US", "g4717560"), ("Genève", "g2660646"),
     ("Lyon, Rhône (69)", "69123")],
)  # fmt: skip
def test_one_town_is_meant(typed, code):
    choice = choose_town(typed)

    assert choice.town is not None and choice.town.code == code
    assert choice.among == ()


def test_among_several_of_one_name_one_chooses():
    choice = choose_town("Saint-Denis")

    assert choice.town is None
    assert {town.code for town in choice.among} == {"97411", "93066"}


def test_the_beginning_of_a_name_leads_to_a_choice_and_no_name_to_none():
    assert choose_town("Villeurb").town is None
    assert [town.name for town in choose_town("Villeurb").among] == ["Villeurbanne"]
    for typed in ("Xyzzyville", ""):
        assert (choose_town(typed).town, list(choose_town(typed).among)) == (None, [])


def test_where_a_town_is_and_what_is_kept_of_it():
    assert where_is("69", "FR", "fr") == "Rhône (69)"
    assert where_is("", "CH", "fr") == "Suisse"
    assert where_is("", "", "fr") == ""
    assert place_of(town_of("69123")) == {
        "town": "Lyon", "department": "69", "country": "FR", "code": "69123",
        "latitude": 45.7491, "longitude": 4.8479,
    }  # fmt: skip


@pytest.mark.parametrize("typed", ["a(" + " " * 1500 + ")x", "a," * 30_000, " " * 60_000 + "("])
def test_a_long_text_is_read_in_no_time(typed):
    began = time.process_time()

    assert choose_town(typed).town is None
    assert time.process_time() - began < 1
