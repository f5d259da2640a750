"""Names of hospitals and faculties, compared as doctors write them."""

from __future__ import annotations

import pytest

from doctors.place_keys import place_key

HOSPITALS = {
    "chu lyon": ("CHU de Lyon", "C.H.U. Lyon", "C. H. U. de Lyon", "chu lyon",
                 "Centre Hospitalier Universitaire de Lyon",
                 "centre hospitalier régional universitaire de Lyon", "CHRU Lyon"),
    "edouard herriot": ("Hôpital Édouard-Herriot", "Hôp. Edouard Herriot", "EDOUARD HERRIOT"),
    "st antoine": ("Hôpital Saint-Antoine", "hopital St Antoine"),
    "aphp": ("AP-HP", "APHP", "A.P.-H.P.", "Assistance publique – Hôpitaux de Paris"),
    "hopital": ("Hôpital", "L’hôpital"),
}  # fmt: skip
FACULTIES = {
    "lyon est": ("Lyon-Est", "Faculté de médecine Lyon-Est", "Fac. Lyon Est",
                 "UFR de Médecine de Lyon Est"),
    "paris cite": ("Université Paris Cité", "Faculté de médecine, Université de Paris-Cité"),
    "faculte medecine": ("Faculté de médecine",),
}  # fmt: skip
NAMES = [
    (kind, key, name)
    for kind, places in (("post", HOSPITALS), ("faculty", FACULTIES))
    for key, names in places.items()
    for name in names
]


@pytest.mark.parametrize("kind, key, name", NAMES, ids=[name for _, _, name in NAMES])
def test_one_place_has_one_key_however_it_is_written(kind: str, key: str, name: str):
    assert place_key(name, kind) == key


@pytest.mark.parametrize(
    "one, other",
    [("CHU de Lyon", "CHU de Lille"), ("CH de Lyon", "CHU de Lyon"),
     ("Hôpital Saint-Antoine", "Hôpital Sainte-Anne"), ("CHU Lyon", "CHU Lyon Sud")],
)  # fmt: skip
def test_other_places_have_others(one: str, other: str):
    assert place_key(one, "post") != place_key(other, "post")


@pytest.mark.parametrize("name", ["", "…", "🏥", "d’", "北京协和医院", "مستشفى"])
def test_what_is_no_word_of_ours_does_no_harm(name: str):
    assert place_key(name, "post") == place_key(f" {name} ", "post")
