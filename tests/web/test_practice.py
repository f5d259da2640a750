"""The form of one's practice, and what each reader of a page is shown of it."""

from __future__ import annotations

import time

import pytest

import factories
from actors.follows import save_follow
from actors.models import Actor
from doctors.models import FieldAudience, PracticeField
from doctors.practice import PracticeReader, read_practice, read_settings
from outbox.models import OutboxActivity
from outbox.practice import PracticeChanges, send_practice

PATH = "/settings/practice"
PUBLIC, DOCTORS, CONTACTS, NOBODY = FieldAudience
FIELDS = {
    "skills": (["ablation de FA", "<i>stimulation"], PUBLIC),
    "languages": (["fr", "ar"], PUBLIC),
    "hospital": ("CHU de Lyon", PUBLIC),
    "place": ({"town": "Lyon", "department": "69", "country": "FR", "code": "69123"}, DOCTORS),
    "accepts_referrals": (True, PUBLIC),
    "referral_contact": (
        {"phone": "04 72 00 00 00", "mssante": "a@chu.mssante.fr", "note": "Le matin"}, DOCTORS
    ),
    "publications": ({"works": [{"doi": "10.1000/182<x>", "title": "QT long"}]}, PUBLIC),
    "career": ([{"kind": "post", "place": "Croix-Rousse", "title": "PH", "from": 2011}], CONTACTS),
    "interests": ("Aucun lien", NOBODY),
}  # fmt: skip


async def say_practice(database, actor, fields=FIELDS, **wishes):
    async with database.transaction() as session:
        row = await session.get_one(Actor, actor.id)
        await send_practice(session, row, PracticeChanges(fields, **wishes))


async def practice_of(database, actor):
    async with database.read() as session:
        reader = PracticeReader(actor.id)
        return (await read_practice(session, [actor.id], reader))[actor.id]


async def filled(browser, **changes):
    form = (await browser.get(PATH)).forms[PATH]
    for name in [name for name, value in changes.items() if value is None]:
        form.pop(name, None)
    return form | {name.replace("_for", "-for"): text for name, text in changes.items() if text}


async def test_H20_the_form_is_for_its_member_alone(stranger, doctor):
    assert (await stranger.get(PATH)).location.startswith("/auth/sign-in")
    assert (await stranger.post(PATH, {})).location.startswith("/auth/sign-in")
    assert (await doctor.post(PATH, {"csrf_token": "x" * 112})).status == 403


async def test_what_is_typed_is_kept_each_part_with_its_readers(doctor, database, alice):
    form = await filled(
        doctor,
        skills="ablation de FA\n\nstimulation",
        languages="French, arabe; de",
        place="Lyon",
        accepts_referrals="yes",
        phone="04 72 00 00 00",
        works="https://doi.org/10.1000/182 QT long (2019)\n10.1000/183",
        interests="Aucun",
        interests_for="nobody",
    )
    form |= {"career-0-kind": "internship", "career-0-place": "HEH", "career-0-from": "2004"}
    form |= {"career-1-place": "CHU", "career-1-from": "2011", "career-for": "contacts"}

    answer = await doctor.post(PATH, form)

    assert answer.location == f"{PATH}?saved=1"
    said = await practice_of(database, alice)
    assert (said.skills, said.languages) == (
        ("ablation de FA", "stimulation"), ("fr", "ar", "de")
    )  # fmt: skip
    assert (said.place.town, said.place.code) == ("Lyon", "69123")
    assert [(work.doi, work.title, work.year) for work in said.publications.works] == [
        ("10.1000/182", "QT long", 2019), ("10.1000/183", "", None)
    ]  # fmt: skip
    assert [(step.kind, step.place, step.since) for step in said.career] == [
        ("internship", "HEH", 2004), ("post", "CHU", 2011)
    ]  # fmt: skip
    async with database.read() as session:
        kept = {
            name: (await session.get(PracticeField, (alice.id, name, audience))) is not None
            for name, audience in (("interests", NOBODY), ("career", CONTACTS), ("place", DOCTORS))
        }
    assert all(kept.values())


async def test_a_form_that_is_sent_as_it_was_shown_changes_nothing(
    doctor, database, alice, rows
):
    await say_practice(database, alice, FIELDS | {"place": (
        {"town": "Saint-Denis", "department": "974", "country": "FR", "code": "97411",
         "latitude": -20.8823, "longitude": 55.4504}, DOCTORS)})  # fmt: skip
    before, told = await practice_of(database, alice), len(await rows(OutboxActivity))

    answer = await doctor.post(PATH, await filled(doctor))

    assert answer.status == 303
    assert await practice_of(database, alice) == before
    assert len(await rows(OutboxActivity)) == told


async def test_an_emptied_row_goes(doctor, database, alice):
    await say_practice(database, alice)

    form = await filled(doctor) | {"career-0-place": "", "career-0-title": "", "career-0-from": ""}
    await doctor.post(PATH, form)

    assert (await practice_of(database, alice)).career == ()


WRONG = {
    "languages": ("elvish", "is no language known here"),
    "skills": ("Verified doctor", "Only the badge says"),
    "phone": ("call me", "is no telephone number"),
    "mssante": ("a@gmail.com", "is no MSSanté address"),
    "orcid": ("0000-0002-1825-0098", "is no ORCID iD"),
    "works": ("not a doi", "is no DOI"),
    "place": ("Xyzzyville", "No town here is called"),
    "skills-for": ("everybody", "Choose who reads this"),
}


@pytest.mark.parametrize(("name", "typed", "said"), [(k, *v) for k, v in WRONG.items()],
                         ids=list(WRONG))  # fmt: skip
async def test_what_cannot_be_is_said_beside_it_and_all_is_kept(
    doctor, database, alice, name, typed, said
):
    form = await filled(doctor, hospital="CHU <Lyon>") | {name: typed}

    page = await doctor.post(PATH, form)

    assert (page.status, said in page.text) == (422, True)
    assert page.forms[PATH]["hospital"] == "CHU <Lyon>"
    if not name.endswith("-for"):
        assert page.forms[PATH][name] == typed
    assert (await practice_of(database, alice)).is_empty


async def test_what_nobody_types_is_read_in_no_time(doctor, database, alice):
    works = "10.1/a x" + " " * 20_000 + "y"
    form = await filled(doctor, place="a(" + " " * 1200 + ")x", works=works)
    began = time.process_time()

    page = await doctor.post(PATH, form | {f"career-{'9' * 5000}-place": "CHU"})

    assert page.status == 422
    assert time.process_time() - began < 2


async def test_of_several_towns_with_one_name_one_is_chosen(doctor, database, alice):
    form = await filled(doctor, place="Saint-Denis")

    page = await doctor.post(PATH, form)
    again = await doctor.post(PATH, page.forms[PATH] | {"place-choice": "97411"})

    assert page.status == 422
    assert "Which town is meant" in page.text
    assert "La Réunion (974)" in page.text and "Seine-Saint-Denis (93)" in page.text
    assert again.status == 303
    place = (await practice_of(database, alice)).place
    assert (place.town, place.department, place.code) == ("Saint-Denis", "974", "97411")


async def test_a_profile_is_made_private_and_colleagues_are_sought(doctor, database, alice):
    await doctor.post(PATH, await filled(doctor, is_private="yes", seeks_colleagues="yes"))

    async with database.read() as session:
        settings = await read_settings(session, alice.id)
    assert (settings.is_private, settings.seeks_colleagues) == (True, True)
    await doctor.post(PATH, await filled(doctor, is_private=None))
    async with database.read() as session:
        assert not (await read_settings(session, alice.id)).is_private


async def test_the_form_keeps_the_readers_whom_a_private_profile_caps(doctor, database, alice):
    await say_practice(database, alice, is_private=True)

    await doctor.post(PATH, await filled(doctor, is_private=None))

    async with database.read() as session:
        assert await session.get(PracticeField, (alice.id, "skills", PUBLIC)) is not None


# The page


async def test_everybody_sees_what_is_for_everybody(stranger, alice, database):
    await say_practice(database, alice)

    page = await stranger.get("/@alice")

    assert "ablation de FA" in page.text and "&lt;i&gt;stimulation" in page.html
    assert "CHU de Lyon" in page.text and "French, Arabic" in page.text
    assert "Takes patients of colleagues" in page.text
    assert 'href="https://doi.org/10.1000/182%3Cx%3E"' in page.html
    for hidden in ("04 72", "mssante", "Rhône", "Croix-Rousse", "Aucun lien", "Read by"):
        assert hidden not in page.text
    assert "/@alice.vcf" in page.html and "/@alice/practitioner.json" in page.html


async def test_a_doctor_sees_how_a_patient_is_referred(app, database, doctor, carol):
    await say_practice(database, carol)

    page = await doctor.get("/@carol")

    assert 'href="tel:0472000000"' in page.html
    assert 'href="mailto:a@chu.mssante.fr"' in page.html
    assert "Lyon, Rhône (69)" in page.text and "Le matin" in page.text
    assert "Croix-Rousse" not in page.text


async def test_a_contact_sees_what_is_for_contacts_alone(reader, database, alice, carol):
    await say_practice(database, alice)
    async with database.transaction() as session:
        await save_follow(session, carol, alice, uri="x:1", accepted=True)

    page = await reader.get("/@alice")

    assert "Croix-Rousse · PH" in page.text and "since 2011" in page.text
    assert "mssante" not in page.text


async def test_ones_own_page_says_who_reads_each_part(doctor, database, alice):
    await say_practice(database, alice)

    page = await doctor.get("/@alice")

    assert "Aucun lien Read by Nobody but me" in page.text
    assert "CHU de Lyon Read by Everybody" in page.text
    assert "Read by My contacts" in page.text


async def test_who_has_said_nothing_is_led_to_the_form(doctor, alice):
    assert "Say what I do" in (await doctor.get("/@alice")).text


async def test_a_private_page_is_bare_but_for_contacts(
    stranger, reader, doctor, database, alice, carol
):
    async with database.transaction() as session:
        row = await session.get_one(Actor, alice.id)
        row.summary = "<p>Rythmologue</p>"
        row.fields = [{"name": "Site", "value": "lycee", "source": "lycee"}]
    await say_practice(database, alice, is_private=True)

    for browser in (stranger, reader):
        page = await browser.get("/@alice")
        assert "This profile is private" in page.text and "Verified doctor" in page.text
        for hidden in ("Rythmologue", "lycee", "ablation", "CHU de Lyon"):
            assert hidden not in page.text
    async with database.transaction() as session:
        await save_follow(session, carol, alice, uri="x:1", accepted=True)
    for browser in (reader, doctor):
        page = await browser.get("/@alice")
        assert "Rythmologue" in page.text and "lycee" in page.text and "ablation" in page.text
    assert "Your profile is private" in (await doctor.get("/@alice")).text


async def test_a_feed_of_a_private_person_says_nothing_of_them(stranger, database, alice):
    async with database.transaction() as session:
        (await session.get_one(Actor, alice.id)).summary = "<p>Rythmologue</p>"
    assert "Rythmologue" in (await stranger.get("/@alice.rss")).html

    await say_practice(database, alice, {}, is_private=True)

    assert "Rythmologue" not in (await stranger.get("/@alice.rss")).html


async def test_a_private_person_of_another_host_is_read_by_contacts(reader, database, carol):
    from doctors.practice_rows import replace_audience

    async with database.transaction() as session:
        bob = await factories.make_remote_actor(session, "bob")
        said = {"summary": "<p>Cardiologue</p>", "lines": [{"name": "Site", "value": "lycee"}]}
        await replace_audience(session, bob.id, CONTACTS, said)
    before = await reader.get(f"/@{bob.handle}")
    async with database.transaction() as session:
        await save_follow(session, carol, bob, uri="x:1", accepted=True)

    after = await reader.get(f"/@{bob.handle}")

    assert "Cardiologue" not in before.text
    assert "Cardiologue" in after.text and "lycee" in after.text


# What is taken along


async def test_a_card_says_what_its_reader_may_know(stranger, doctor, database, carol):
    await say_practice(database, carol)

    everybodys, doctors = await stranger.get("/@carol.vcf"), await doctor.get("/@carol.vcf")

    assert everybodys.headers["Content-Type"] == "text/vcard; charset=utf-8"
    assert everybodys.headers["Content-Disposition"] == 'attachment; filename="carol.vcf"'
    assert "FN:Dr Carol" in everybodys.html and "TEL" not in everybodys.html
    assert "tel:0472000000" in doctors.html


async def test_a_card_says_who_vouches(stranger, alice):
    card = (await stranger.get("/@alice.vcf")).html.replace("\r\n ", "")

    assert "NOTE:Verified doctor: a.localhost:8001 vouches until" in card


async def test_a_person_whose_name_ends_like_a_card_has_a_page(stranger, database):
    async with database.transaction() as session:
        await factories.make_local_actor(session, "dr.vcf")

    page = await stranger.get("/@dr.vcf")

    assert page.headers["Content-Type"].startswith("text/html")


async def test_fhir_resources_say_what_their_reader_may_know(stranger, doctor, database, carol):
    await say_practice(database, carol)

    everybodys = await stranger.get("/@carol/practitioner.json")
    doctors = await doctor.get("/@carol/practitioner.json")

    assert everybodys.headers["Content-Type"] == "application/fhir+json"
    assert "PractitionerRole" in everybodys.html and "telecom" not in everybodys.html
    assert "a@chu.mssante.fr" in doctors.html


@pytest.mark.parametrize("path", ["/@nobody.vcf", "/@nobody/practitioner.json"])
async def test_nobody_has_neither(stranger, path):
    assert (await stranger.get(path)).status == 404


async def test_who_blocks_somebody_shows_them_what_everybody_sees(doctor, database, alice, carol):
    from actors.blocks import save_block

    await say_practice(database, carol)
    async with database.transaction() as session:
        await save_block(session, carol, alice, uri="x:2")

    page = await doctor.get("/@carol")

    assert "mssante" not in page.text and "ablation" in page.text


