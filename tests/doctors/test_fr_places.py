"""Where a practice in France is, out of what a register's line says of it."""

from __future__ import annotations

import pytest

from doctors.registers.fr_places import Site, find_finess, read_site


@pytest.mark.parametrize(
    ("said", "site"),
    [
        ({"town": "Limoges", "town_code": "87085"}, Site("Limoges", "87", "87085")),
        # Of Paris, Lyon and Marseille it is the arrondissement, by whatever tells it.
        ({"town": "Paris", "town_code": "75108"}, Site("Paris", "75", "75108")),
        ({"town_code": "75056", "post_code": "75008"}, Site("", "75", "75108")),
        ({"town_code": "75056", "post_code": "75116"}, Site("", "75", "75116")),
        ({"town_code": "75056"}, Site("", "75", "75056")),
        ({"post_code": "13005"}, Site("", "13", "13205")),
        ({"post_code": "69437", "post_office": "69437 LYON CEDEX 03"}, Site("Lyon", "69", "69383")),
        ({"post_code": "75651", "post_office": "75651 PARIS CEDEX 13"},
         Site("Paris", "75", "75113")),
        ({"post_code": "92060", "post_office": "92060 PARIS LA DEFENSE CEDEX"},
         Site("Paris La Defense", "92", "")),
        ({"post_code": "13100", "town": "Aix-en-Provence"}, Site("Aix-en-Provence", "13", "")),
        # Departments of Corsica and overseas.
        ({"post_code": "20000"}, Site("", "2A", "")),
        ({"post_code": "20200"}, Site("", "2B", "")),
        ({"town_code": "2B033"}, Site("", "2B", "2B033")),
        ({"town_code": "97411", "post_code": "97400"}, Site("", "974", "97411")),
        ({"town_code": "98818"}, Site("", "988", "98818")),
        # Abroad, five digits are no post code of ours.
        ({"post_code": "75015", "town": "Bretten", "country": "99109"}, Site("Bretten", "", "")),
        ({"town_code": "99140", "post_office": "1000 LAUSANNE", "country": "99140"},
         Site("Lausanne", "", "")),
        ({"town_code": "rubbish", "post_code": "x"}, Site("", "", "")),
        ({}, Site("", "", "")),
    ],
)  # fmt: skip
def test_an_address_is_placed_as_far_as_it_tells(said, site):
    assert read_site(**said) == site


def test_what_the_register_says_itself_goes_before_what_is_derived():
    assert read_site(post_code="69003", department="38").department == "38"


def test_a_hospitals_number_is_taken_and_nothing_else():
    assert [find_finess(text) for text in ("990000002", "2A0000014", "F990000002", "")] == [
        "990000002", "2A0000014", "", "",
    ]  # fmt: skip
