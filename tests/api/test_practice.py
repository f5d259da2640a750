"""What doctors say of their practice, through the client API."""

from __future__ import annotations

import pytest

from actors.follows import save_follow
from actors.models import Actor

OWN = "/api/consilium/v1/practice"
WHOLE = {
    "skills": ["ablation de FA"],
    "languages": ["fr", "ar"],
    "hospital": "CHU de Lyon",
    "place": {"code": "69123", "latitude": 1, "longitude": 1},
    "accepts_referrals": True,
    "referral_contact": {"phone": "04 72 00 00 00", "mssante": "a@chu.mssante.fr"},
    "publications": {"orcid": "0000-0002-1825-0097", "works": [{"doi": "10.1000/182"}]},
    "career": [
        {"kind": "faculty", "place": "Lyon-Est", "from": 1998, "to": 2004},
        {"kind": "post", "place": "CHU", "title": "PH", "from": 2011},
    ],
    "interests": "Aucun",
    "audiences": {"interests": "nobody", "career": "contacts"},
}


async def change(program, **fields):
    reply = await program.ask("PATCH", OWN, json=fields)
    assert reply.status == 200, reply.json
    return reply.json


def practice_of(person):
    return f"/api/consilium/v1/accounts/{person.id}/practice"


async def test_ones_own_practice_is_written_and_read_back(alice):
    changed = await change(alice, **WHOLE)

    assert changed == await alice.get(OWN)
    assert changed["skills"] == ["ablation de FA"] and changed["accepts_referrals"] is True
    assert (changed["place"]["town"], changed["place"]["latitude"]) == ("Lyon", 45.7491)
    assert changed["career"] == [
        {"kind": "faculty", "place": "Lyon-Est", "title": "", "from": 1998, "to": 2004},
        {"kind": "post", "place": "CHU", "title": "PH", "from": 2011, "to": None},
    ]
    assert changed["publications"]["works"] == [{"doi": "10.1000/182", "title": "", "year": None}]
    assert changed["audiences"]["interests"] == "nobody"
    assert changed["audiences"]["skills"] == "public"
    assert (changed["private"], changed["seeks_colleagues"]) == (False, False)


async def test_only_what_is_sent_is_changed(alice):
    await change(alice, **WHOLE)

    changed = await change(
        alice, hospital="HCL", skills=[], audiences={"languages": "doctors"}, private=True
    )

    assert (changed["hospital"], changed["skills"]) == ("HCL", [])
    assert (changed["languages"], changed["audiences"]["languages"]) == (["fr", "ar"], "doctors")
    assert len(changed["career"]) == 2 and changed["private"] is True
    assert await change(alice) == changed


async def test_others_read_what_is_for_them(alice, bruno, chloe):
    await change(bruno, **WHOLE, seeks_colleagues=True)
    doctor = await alice.get(practice_of(bruno))
    other = await chloe.get(practice_of(bruno))

    assert doctor["referral_contact"]["mssante"] == "a@chu.mssante.fr"
    assert (doctor["career"], doctor["interests"]) == ([], "")
    assert (other["skills"], other["referral_contact"]) == (["ablation de FA"], None)
    assert "audiences" not in doctor and "private" not in doctor


async def test_that_somebody_looks_for_colleagues_is_told_to_them_alone(alice, bruno):
    open_career = {"career": WHOLE["career"], "audiences": {"career": "public"}}
    own = await change(bruno, **open_career, seeks_colleagues=True)
    others = await alice.get(practice_of(bruno))

    assert own["seeks_colleagues"] is True
    assert len(others["career"]) == 2 and "seeks_colleagues" not in others


async def test_a_private_profile_is_bare_in_every_account_but_ones_own(
    house, database, alice, bruno
):
    async with database.transaction() as session:
        row = await session.get_one(Actor, bruno.actor.id)
        row.summary = "<p>Rythmologue</p>"
        row.fields = [{"name": "Site", "value": "x", "source": "x"}]
    await change(bruno, **WHOLE, private=True)

    account = await alice.get(f"/api/v1/accounts/{bruno.id}")
    own = await bruno.get("/api/v1/accounts/verify_credentials")
    before = await alice.get(practice_of(bruno))
    async with database.transaction() as session:
        await save_follow(session, alice.actor, bruno.actor, uri="x:1", accepted=True)
    after = await alice.get(practice_of(bruno))

    assert account["note"] == "" and "Site" not in [one["name"] for one in account["fields"]]
    assert own["note"] == "<p>Rythmologue</p>" and own["fields"][-1]["name"] == "Site"
    assert (before["note"], before["fields"], before["skills"]) == ("", [], [])
    assert after["note"] == "<p>Rythmologue</p>" and after["skills"] == ["ablation de FA"]
    assert after["fields"] == [{"name": "Site", "value": "x"}]


@pytest.mark.parametrize(
    "fields",
    [
        {"languages": ["xx"]},
        {"skills": ["Verified doctor"]},
        {"place": {"code": "nowhere"}},
        {"place": {"town": "Lyon"}},
        {"audiences": {"skills": "everybody"}},
        {"career": [{"kind": "post", "place": "CHU", "from": "2011", "to": "1999"}]},
        {"publications": {"orcid": "1"}},
    ],
    ids=lambda fields: "-".join(fields),
)
async def test_what_cannot_be_is_refused_and_nothing_is_changed(alice, fields):
    before = await alice.get(OWN)

    reply = await alice.ask("PATCH", OWN, json=fields | {"hospital": "CHU"})

    assert (reply.status, set(reply.json) - {"details"}) == (422, {"error"})
    assert await alice.get(OWN) == before


async def test_somebody_as_fhir(alice, bruno):
    await change(bruno, **WHOLE)

    reply = await alice.page(f"/api/consilium/v1/accounts/{bruno.id}/fhir")

    assert reply.headers["Content-Type"] == "application/fhir+json"
    kinds = [entry["resource"]["resourceType"] for entry in reply.json["entry"]]
    assert kinds == ["Practitioner", "PractitionerRole"]


@pytest.mark.parametrize("what", ["practice", "fhir"])
async def test_nobody_and_who_is_gone_have_none(alice, bruno, database, what):
    path = f"/api/consilium/v1/accounts/{bruno.id}/{what}"
    async with database.transaction() as session:
        from core.clock import now

        (await session.get_one(Actor, bruno.actor.id)).suspended_at = now()

    for asked in (path, f"/api/consilium/v1/accounts/1/{what}"):
        assert (await alice.ask("GET", asked)).status == 404
