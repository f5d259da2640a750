"""What a doctor says about their practice: shapes, audiences, a private profile."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from actors.documents import actor_document
from actors.follows import save_follow
from core.clock import now
from core.errors import InvalidInput
from db.jobs import Job
from doctors.languages import find_language, language_label
from doctors.models import CareerSpan, FieldAudience
from doctors.practice import (
    Practice,
    PracticeReader,
    read_practice,
    read_settings,
    read_stated,
    save_practice,
    save_settings,
)
from factories import make_local_actor, make_remote_actor
from federation.documents.practitioner import CareerStep, Place, Work

PUBLIC, DOCTORS, CONTACTS, NOBODY = FieldAudience
LYON = {
    "town": "Lyon", "department": "69", "country": "FR", "latitude": 45.748461,
    "longitude": 4.8467111, "code": "69123",
}  # fmt: skip
WHOLE = {
    "subspecialities": (["rythmologie"], PUBLIC),
    "skills": (["ablation de FA", " ablation  de fa ", "stimulation"], PUBLIC),
    "languages": (["fr", "AR"], PUBLIC),
    "hospital": ("Hôpital de la Croix-Rousse", PUBLIC),
    "unit": ("Cardiologie", PUBLIC),
    "place": (LYON, DOCTORS),
    "accepts_referrals": (True, PUBLIC),
    "referral_contact": (
        {"phone": "+33 4 72 00 00 00", "mssante": "A.Martin@chu-lyon.mssante.fr", "note": "9-12 h"},
        DOCTORS,
    ),
    "publications": (
        {"orcid": "https://orcid.org/0000000218250097",
         "works": [{"doi": "https://doi.org/10.1000/182", "title": "FA", "year": 2019}]},
        PUBLIC,
    ),
    "career": (
        [{"kind": "faculty", "place": "Lyon-Est", "title": "", "from": 1998, "to": 2004},
         {"kind": "post", "place": "CHU de Lyon", "title": "PH", "from": "2011", "to": None}],
        CONTACTS,
    ),
    "interests": ("Aucun lien.\nDepuis toujours.", NOBODY),
}  # fmt: skip


async def _seen(session, doctor, actor_id=None, *, is_doctor=False) -> Practice:
    reader = PracticeReader(actor_id, is_doctor)
    return (await read_practice(session, [doctor.id], reader))[doctor.id]


async def test_what_is_saved_is_read_in_its_normal_form_by_its_owner(session):
    alice = await make_local_actor(session, "alice")

    await save_practice(session, alice, WHOLE)

    read = await _seen(session, alice, alice.id)
    assert read.skills == ("ablation de FA", "stimulation")
    assert read.languages == ("fr", "ar")
    assert read.place == Place("Lyon", "69", "FR", 45.74846, 4.84671, "69123")
    assert read.referral_contact.mssante == "a.martin@chu-lyon.mssante.fr"
    assert read.publications.orcid == "0000-0002-1825-0097"
    assert read.publications.works == (Work("10.1000/182", "FA", 2019),)
    assert read.career[1] == CareerStep("post", "CHU de Lyon", "PH", 2011, None)
    assert read.interests == "Aucun lien.\nDepuis toujours."
    assert read.accepts_referrals


async def test_each_reader_reads_what_is_for_them_and_nothing_else(session):
    alice = await make_local_actor(session, "alice")
    bob = await make_local_actor(session, "bob")
    await save_practice(session, alice, WHOLE)
    await save_follow(session, bob, alice, uri="x:1", accepted=True)

    stranger = await _seen(session, alice)
    colleague = await _seen(session, alice, is_doctor=True)
    contact = await _seen(session, alice, bob.id)
    both = await _seen(session, alice, bob.id, is_doctor=True)

    assert (stranger.hospital, stranger.place, stranger.career) == (
        "Hôpital de la Croix-Rousse", None, ()
    )  # fmt: skip
    assert not stranger.referral_contact
    assert (colleague.place is not None, len(colleague.career)) == (True, 0)
    assert (contact.place, len(contact.career)) == (None, 2)
    assert (both.place is not None, len(both.career)) == (True, 2)
    assert {one.interests for one in (stranger, colleague, contact, both)} == {""}


async def test_who_only_asked_to_follow_is_no_contact(session):
    alice, bob = await make_local_actor(session), await make_local_actor(session, "bob")
    await save_practice(session, alice, WHOLE)

    await save_follow(session, bob, alice, uri="x:1", accepted=False)

    assert (await _seen(session, alice, bob.id)).career == ()


async def test_a_private_profile_says_nothing_but_to_contacts_until_it_opens_again(session):
    alice, bob = await make_local_actor(session), await make_local_actor(session, "bob")
    await save_follow(session, bob, alice, uri="x:1", accepted=True)
    await save_practice(session, alice, WHOLE)

    await save_settings(session, alice, is_private=True)

    assert (await _seen(session, alice, is_doctor=True)).is_empty
    contact = await _seen(session, alice, bob.id)
    assert contact.place is not None and contact.skills and contact.interests == ""
    assert {one.audience for one in (await read_stated(session, [alice.id]))[alice.id]} == {
        CONTACTS, NOBODY
    }  # fmt: skip
    await save_settings(session, alice, is_private=False)
    assert (await _seen(session, alice)).skills


async def test_that_one_seeks_colleagues_is_known_to_who_reads_the_career(session):
    alice = await make_local_actor(session)
    await save_practice(session, alice, {"career": (WHOLE["career"][0], DOCTORS)})

    await save_settings(session, alice, seeks_colleagues=True)

    assert (await _seen(session, alice, is_doctor=True)).seeks_colleagues
    assert not (await _seen(session, alice)).seeks_colleagues
    assert (await read_settings(session, alice.id)).seeks_colleagues


async def test_fields_that_are_not_named_stay_and_empty_ones_go(session):
    alice = await make_local_actor(session)
    await save_practice(session, alice, WHOLE)

    await save_practice(session, alice, {"skills": ([], PUBLIC), "unit": ("USIC", DOCTORS)})

    read = await _seen(session, alice, is_doctor=True)
    assert (read.skills, read.unit, read.hospital) == ((), "USIC", "Hôpital de la Croix-Rousse")
    assert (await _seen(session, alice)).unit == ""


async def test_a_career_is_written_for_who_looks_for_colleagues(session):
    alice = await make_local_actor(session)
    await save_practice(session, alice, WHOLE)

    await save_practice(
        session, alice,
        {"career": ([{"kind": "internship", "place": " Hôpital  Édouard-Herriot", "from": 2004,
                      "to": 2008}], NOBODY)},
    )  # fmt: skip

    (span,) = (await session.scalars(select(CareerSpan))).all()
    assert (span.kind, span.place_key) == ("internship", "edouard herriot")
    assert (span.from_year, span.to_year) == (2004, 2008)


async def test_a_change_owes_a_new_look_at_the_directory(session):
    alice = await make_local_actor(session)

    await save_practice(session, alice, {"unit": ("USIC", PUBLIC)})

    (job,) = (await session.scalars(select(Job))).all()
    assert (job.kind, job.payload) == ("index doctor", {"actor_id": alice.id})


async def test_the_actor_says_what_is_for_everybody_and_names_the_documents_of_the_others(session):
    alice = await make_local_actor(session)

    await save_practice(session, alice, WHOLE)

    document = await actor_document(session, alice)
    assert document["practitioner"]["skills"] == ["ablation de FA", "stimulation"]
    assert document["practitioner"]["hospital"] == "Hôpital de la Croix-Rousse"
    assert not {"place", "career", "referralContact", "interests"} & document["practitioner"].keys()
    assert document["profiles"] == [
        f"{alice.uri}/profile/doctors", f"{alice.uri}/profile/contacts"
    ]  # fmt: skip


async def test_without_anything_for_them_there_is_no_document_for_doctors(session):
    alice = await make_local_actor(session)

    await save_practice(session, alice, {"unit": ("USIC", PUBLIC), "hospital": ("CHU", NOBODY)})

    assert "profiles" not in await actor_document(session, alice)


async def test_a_private_actor_is_almost_bare(session):
    alice = await make_local_actor(session, doctor=True)
    alice.summary, alice.header_url = "<p>Rythmologue</p>", "http://a/1.png"
    alice.fields = [{"name": "Site", "value": "x", "source": "x"}]
    await save_practice(session, alice, WHOLE)

    await save_settings(session, alice, is_private=True)

    document = await actor_document(session, alice)
    assert document["summary"] == ""
    assert [line["name"] for line in document["attachment"]] == ["Médecin vérifié"]
    assert not {"practitioner", "image"} & document.keys()
    assert document["profiles"] == [f"{alice.uri}/profile/contacts"]
    assert document["name"] == "Dr Alice" and document["publicKey"]


async def test_only_people_who_live_here_say_something_here(session):
    bob = await make_remote_actor(session)

    with pytest.raises(InvalidInput):
        await save_practice(session, bob, {"unit": ("USIC", PUBLIC)})
    with pytest.raises(InvalidInput):
        await save_settings(session, bob, is_private=True)


WRONG = {
    "unknown field": ("speciality", "SM04"),
    "a badge in a skill": ("skills", ["Médecin vérifié"]),
    "a badge's sign": ("hospital", "CHU ✅"),
    "too many skills": ("skills", [f"skill {n}" for n in range(31)]),
    "a long skill": ("skills", ["x" * 121]),
    "a list that is a text": ("skills", "ablation"),
    "an unknown language": ("languages", ["fr", "xx"]),
    "a flag that is a text": ("accepts_referrals", "yes"),
    "a place beyond the pole": ("place", LYON | {"latitude": 91}),
    "a place without a name that is one": ("place", LYON | {"country": "France"}),
    "a telephone of words": ("referral_contact", {"phone": "call me"}),
    "mail that is not secure": ("referral_contact", {"mssante": "a@gmail.com"}),
    "mail that only looks secure": ("referral_contact", {"mssante": "a@x.mssante.fr.evil.com"}),
    "a wrong ORCID check digit": ("publications", {"orcid": "0000-0002-1825-0098"}),
    "no DOI": ("publications", {"works": [{"doi": "https://example.org/article"}]}),
    "a year before there were any": ("publications", {"works": [{"doi": "10.1000/1", "year": 99}]}),
    "a career of another kind": ("career", [{"kind": "prison", "place": "x", "from": 2000}]),
    "a career without a year": ("career", [{"kind": "post", "place": "x"}]),
    "a career backwards": (
        "career", [{"kind": "post", "place": "x", "from": 2004, "to": 2001}]
    ),
    "a career in the far future": (
        "career", [{"kind": "post", "place": "x", "from": now().year + 2}]
    ),
    "interests without end": ("interests", "x" * 1001),
    "a control sign": ("unit", "USIC\x07"),
}  # fmt: skip


@pytest.mark.parametrize(("name", "value"), WRONG.values(), ids=WRONG.keys())
async def test_what_cannot_be_is_refused_in_one_line_and_nothing_is_changed(session, name, value):
    alice = await make_local_actor(session)
    await save_practice(session, alice, {"unit": ("Cardiologie", PUBLIC)})

    with pytest.raises(InvalidInput) as refused:
        await save_practice(session, alice, {"unit": ("USIC", PUBLIC), name: (value, PUBLIC)})

    assert "\n" not in str(refused.value) and "%(" not in str(refused.value)
    assert (await _seen(session, alice)).unit == "Cardiologie"


def test_a_check_sign_of_x_counts_as_ten():
    from doctors.practice_shapes import normal_orcid

    assert normal_orcid("publications", "0000-0002-1694-233x") == "0000-0002-1694-233X"


def test_languages_are_found_by_their_names_and_codes():
    assert [find_language(name) for name in ("arabe", "Arabic", " AR ", "elvish")] == [
        "ar", "ar", "ar", None
    ]  # fmt: skip
    assert (language_label("de", "fr"), language_label("de", "en")) == ("allemand", "German")
