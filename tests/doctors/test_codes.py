from __future__ import annotations

from doctors.codes import profession_label, specialities_label, speciality_label


def test_codes_are_told_in_words():
    assert profession_label("10") == "Médecin"
    assert profession_label("10", "en") == "Physician"
    assert speciality_label("SM04") == "Cardiologie et Maladies vasculaires"
    assert speciality_label("SM04", "en") == "Cardiology and vascular diseases"
    assert specialities_label(["SM54", "SM59"]) == "Médecine générale, Médecine d'urgence"


def test_what_has_no_words_stays_a_code():
    assert profession_label("777") == "777"
    assert speciality_label("SM95", "en").startswith("Santé publique")
