"""What doctors say of their practice, and the directory, between two real instances."""

from __future__ import annotations

import sqlite3
from typing import Any
from urllib.parse import urlencode

import pytest

from cli.demo_data import Person
from commands import Commands
from doctors.places.towns import find_towns
from instances import Instance, wait_for
from rings import CARDIOLOGIST, DERMATOLOGIST, GENERALIST, NURSE, PHYSICIAN, Ring

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

# Somebody in Paris without a badge.
MEMBER = Person("v.ombrelais", "Violette", "Ombrelais", 301)
SKILL, LANGUAGE = "ablation de FA", "ar"
SOUGHT = {"skill": SKILL, "language": LANGUAGE, "near": "Vienne", "accepts_referrals": "1"}
IN_PARIS = {**SOUGHT, "near": "Paris"}
PUBLIC, DOCTORS, CONTACTS, NOBODY = "public", "doctors", "contacts", "nobody"
# What the cardiologist says to each of these.
SKILLS, UNIT, INTERESTS, _ = ONE_OF_EACH = ("skills", "unit", "interests", "subspecialities")


def say(ring: Ring, person: Person, **fields: tuple[Any, str]) -> None:
    """Let a doctor say fields of their practice, each to an audience."""
    values = {name: value for name, (value, _) in fields.items()}
    audiences = {name: audience for name, (_, audience) in fields.items()}
    ring.api(person, "PATCH", "/api/consilium/v1/practice", **values, audiences=audiences)


def what_is_sought(town: str, audience: str = PUBLIC) -> dict[str, tuple[Any, str]]:
    """What somebody says who does what is sought; their town to an audience."""
    # The one in France: its codes are numbers.
    code = next(one.code for one in find_towns(town) if one.code.isdigit())
    return {
        "skills": ([SKILL], PUBLIC),
        "languages": (["fr", LANGUAGE], PUBLIC),
        "accepts_referrals": (True, PUBLIC),
        "place": ({"code": code}, audience),
    }


def let_be_found(ring: Ring, person: Person, *, is_found: bool = True) -> None:
    ring.api(person, "PATCH", "/api/v1/accounts/update_credentials", discoverable=is_found)


def directory(ring: Ring, reader: Person, /, **asked: str) -> dict:
    return ring.api(reader, "GET", f"/api/consilium/v1/directory?{urlencode(asked)}")


def ask_ring(ring: Ring, reader: Person, **asked: str) -> list[dict]:
    """Return whom the other house names, once it answered in time and all of them are met."""

    def met() -> dict | None:
        answer = directory(ring, reader, ring="1", **asked)["ring"]
        return answer if answer["answered"] and not answer["coming"] else None

    # Who asks too often is refused.
    return wait_for(met, every_s=1.0)["accounts"]


def found(ring: Ring, reader: Person, **asked: str) -> list[str]:
    return [account["username"] for account in ask_ring(ring, reader, **asked)]


def require_refusal(ring: Ring, status: int) -> None:
    """Let Paris ask until it is refused; who only answers too late refuses nothing."""

    def refused() -> bool:
        answer = directory(ring, DERMATOLOGIST, ring="1", **SOUGHT)["ring"]
        assert answer == {"accounts": [], "asked": 1, "answered": 0, "coming": 0}
        return f"km=50: answered {status}" in ring.paris.log

    wait_for(refused, every_s=1.0)


def practice(ring: Ring, reader: Person) -> dict:
    """Return what somebody is shown of the cardiologist's practice."""
    account = ring.account(reader, CARDIOLOGIST)
    return ring.api(reader, "GET", f"/api/consilium/v1/accounts/{account['id']}/practice")


def seen(ring: Ring, reader: Person) -> set[str]:
    shown = practice(ring, reader)
    return {name for name in ONE_OF_EACH if shown[name]}


def wait_until_seen(ring: Ring, reader: Person, *names: str) -> None:
    wait_for(lambda: seen(ring, reader) == set(names))


def rows(instance: Instance, statement: str, *values: str) -> list[tuple]:
    with sqlite3.connect(instance.folder / "consilium.db") as database:
        return database.execute(statement, values).fetchall()


def list_paris(ring: Ring, peer_class: str) -> None:
    Commands(ring.lyon).cli("peer", "allow", ring.paris.host, "--class", peer_class)


@pytest.fixture(scope="module")
def told(ring: Ring) -> Ring:
    """The doctors in Lyon said all of this before Lyon dealt with Paris, which heard of nobody."""
    ring.tokens[MEMBER.username] = Commands(ring.paris).account(MEMBER.username, MEMBER.name)
    Commands(ring.lyon).cli("peer", "forget", ring.paris.host)
    say(
        ring, CARDIOLOGIST, **what_is_sought("Lyon"), unit=("Rythmologie", DOCTORS),
        interests=("le violoncelle", CONTACTS), subspecialities=(["pacemakers"], NOBODY),
    )  # fmt: skip
    say(ring, GENERALIST, **what_is_sought("Vienne", DOCTORS), unit=("Nuits", CONTACTS))
    say(ring, NURSE, **what_is_sought("Valence") | {"skills": (["hypnose"], CONTACTS)})
    for person in (CARDIOLOGIST, GENERALIST, NURSE):
        let_be_found(ring, person)
    wait_for(lambda: directory(ring, CARDIOLOGIST, language=LANGUAGE)["total"] == 3)
    list_paris(ring, "clinical")
    return ring


@pytest.fixture(scope="module")
def followed(told: Ring) -> dict:
    """The dermatologist in Paris is a contact of the cardiologist's: her account there."""
    return told.follow(DERMATOLOGIST, CARDIOLOGIST)


def test_doctors_of_whom_paris_never_heard_are_found_over_the_ring_the_nearest_first(told: Ring):
    people = "SELECT username FROM actor WHERE host = ? AND type = 'Person'"
    assert rows(told.paris, people, told.lyon.host) == []

    answer = directory(told, DERMATOLOGIST, ring="1", **SOUGHT)
    generalist, cardiologist = ask_ring(told, DERMATOLOGIST, **SOUGHT)

    assert answer["accounts"] == []
    # However slow the machine is, nobody of them is passed over in silence.
    at_once = answer["ring"]
    assert len(at_once["accounts"]) + at_once["coming"] == 2 * at_once["answered"]
    assert generalist["acct"] == told.handle(GENERALIST)
    assert cardiologist["acct"] == told.handle(CARDIOLOGIST)
    assert "Cardiologie" in cardiologist["fields"][0]["value"]
    # Where the one is, she says to doctors alone.
    assert generalist["directory"]["town"] == "Vienne"
    ways = [one["directory"]["distance_km"] for one in (generalist, cardiologist)]
    assert ways[0] == 0 < 20 < ways[1] < 35
    # From now on they are found without asking again.
    assert directory(told, DERMATOLOGIST, **SOUGHT)["total"] == 2


def test_who_is_farther_away_is_found_by_who_looks_farther(told: Ring):
    asked = {"language": LANGUAGE, "near": "Vienne"}

    assert NURSE.username not in found(told, DERMATOLOGIST, **asked, km="50")
    assert found(told, DERMATOLOGIST, **asked, km="100")[-1] == NURSE.username


def test_what_is_for_contacts_or_nobody_finds_no_one_and_never_crosses_the_ring(told: Ring):
    assert len(found(told, DERMATOLOGIST, language=LANGUAGE)) == 3
    for skill in ("hypnose", "pacemakers"):
        assert found(told, DERMATOLOGIST, skill=skill) == []
        assert found(told, DERMATOLOGIST, q=skill) == []

    audiences = rows(told.paris, "SELECT DISTINCT audience FROM practice_field ORDER BY 1")
    assert audiences == [(DOCTORS,), (PUBLIC,)]
    problems = rows(told.paris, "SELECT problem FROM profile_document WHERE uri LIKE '%/contacts'")
    assert ["404" in problem for (problem,) in problems] == [True] * 3


def test_who_does_not_let_themselves_be_found_is_found_by_nobody_until_they_do(told: Ring):
    say(told, PHYSICIAN, **what_is_sought("Paris"))
    assert found(told, CARDIOLOGIST, **IN_PARIS) == []

    let_be_found(told, PHYSICIAN)

    wait_for(lambda: found(told, CARDIOLOGIST, **IN_PARIS) == [PHYSICIAN.username], every_s=1.0)
    let_be_found(told, PHYSICIAN, is_found=False)
    wait_for(lambda: found(told, CARDIOLOGIST, **IN_PARIS) == [], every_s=1.0)


def test_strangers_look_for_nobody(told: Ring):
    path = f"/api/consilium/v1/directory?{urlencode({**SOUGHT, 'ring': '1'})}"

    assert told.paris.request("GET", path)[0] == 401


def test_in_paris_everybody_reads_what_is_for_them(told: Ring, followed: dict):
    wait_until_seen(told, DERMATOLOGIST, SKILLS, UNIT, INTERESTS)

    assert seen(told, PHYSICIAN) == {SKILLS, UNIT}
    assert seen(told, MEMBER) == {SKILLS}
    shown = practice(told, DERMATOLOGIST)
    assert (shown["unit"], shown["interests"]) == ("Rythmologie", "le violoncelle")
    assert set(ONE_OF_EACH) == {name for name in ONE_OF_EACH if practice(told, CARDIOLOGIST)[name]}


def test_a_contact_who_is_no_doctor_reads_what_is_for_contacts_alone(told: Ring, followed: dict):
    told.follow(MEMBER, CARDIOLOGIST)

    wait_until_seen(told, MEMBER, SKILLS, INTERESTS)


def test_what_paris_read_it_was_given_for_its_signature(told: Ring, followed: dict):
    wait_until_seen(told, DERMATOLOGIST, SKILLS, UNIT, INTERESTS)
    documents = "SELECT uri, audience, problem FROM profile_document WHERE uri LIKE ?"
    home = f"{told.lyon.base_url}/users/{CARDIOLOGIST.username}/profile"

    assert sorted(rows(told.paris, documents, f"{home}/%")) == [
        (f"{home}/contacts", CONTACTS, None),
        (f"{home}/doctors", DOCTORS, None),
    ]
    for audience in (DOCTORS, CONTACTS):
        path = f"{home}/{audience}".removeprefix(told.lyon.base_url)
        accepts = {"accept": "application/activity+json"}
        assert told.lyon.request("GET", path, headers=accepts)[0] == 401


def test_what_she_changes_arrives_and_what_she_takes_back_goes(told: Ring, followed: dict):
    say(told, CARDIOLOGIST, unit=("Soins intensifs", DOCTORS), hospital=("CHU", DOCTORS))
    wait_for(lambda: practice(told, PHYSICIAN)["unit"] == "Soins intensifs")

    say(told, CARDIOLOGIST, unit=("Réanimation", NOBODY))

    wait_until_seen(told, PHYSICIAN, SKILLS)
    assert practice(told, PHYSICIAN)["hospital"] == "CHU"
    assert UNIT not in seen(told, DERMATOLOGIST)
    say(told, CARDIOLOGIST, unit=("Rythmologie", DOCTORS))


def test_who_says_nothing_more_to_doctors_is_quoted_no_more(told: Ring, followed: dict):
    say(told, CARDIOLOGIST, unit=("Réanimation", DOCTORS), hospital=("CHU", DOCTORS))
    wait_for(lambda: practice(told, PHYSICIAN)["unit"] == "Réanimation")

    # Now the document is gone.
    say(told, CARDIOLOGIST, unit=("Rythmologie", NOBODY), hospital=(None, NOBODY))

    wait_until_seen(told, PHYSICIAN, SKILLS)
    assert practice(told, PHYSICIAN)["hospital"] == ""
    say(told, CARDIOLOGIST, unit=("Rythmologie", DOCTORS))
    wait_until_seen(told, PHYSICIAN, SKILLS, UNIT)


def test_a_private_profile_says_everything_to_contacts_alone(told: Ring, followed: dict):
    told.api(CARDIOLOGIST, "PATCH", "/api/consilium/v1/practice", private=True)

    wait_until_seen(told, PHYSICIAN)
    wait_until_seen(told, DERMATOLOGIST, SKILLS, UNIT, INTERESTS)
    told.api(CARDIOLOGIST, "PATCH", "/api/consilium/v1/practice", private=False)
    wait_until_seen(told, PHYSICIAN, SKILLS, UNIT)


def test_who_unfollows_reads_what_is_for_contacts_no_more(told: Ring, followed: dict):
    account = told.follow(PHYSICIAN, CARDIOLOGIST)
    wait_until_seen(told, PHYSICIAN, SKILLS, UNIT, INTERESTS)

    told.api(PHYSICIAN, "POST", f"/api/v1/accounts/{account['id']}/unfollow")

    assert seen(told, PHYSICIAN) == {SKILLS, UNIT}
    assert seen(told, DERMATOLOGIST) == {SKILLS, UNIT, INTERESTS}


def test_whom_she_removes_from_her_contacts_reads_it_no_more(told: Ring, followed: dict):
    wait_until_seen(told, DERMATOLOGIST, SKILLS, UNIT, INTERESTS)
    follower = told.account(CARDIOLOGIST, DERMATOLOGIST)

    told.api(CARDIOLOGIST, "POST", f"/api/v1/accounts/{follower['id']}/remove_from_followers")

    wait_until_seen(told, DERMATOLOGIST, SKILLS, UNIT)


def test_who_loses_the_badge_reads_what_is_for_doctors_no_more(told: Ring):
    wait_until_seen(told, PHYSICIAN, SKILLS, UNIT)

    Commands(told.paris).cli("doctor", "revoke", PHYSICIAN.username, "--reason", "left")

    wait_until_seen(told, PHYSICIAN, SKILLS)


def test_a_house_that_lyon_lists_as_social_is_told_nothing(told: Ring):
    assert found(told, DERMATOLOGIST, **SOUGHT) != []

    list_paris(told, "social")

    require_refusal(told, 403)
    list_paris(told, "clinical")
    assert found(told, DERMATOLOGIST, **SOUGHT) != []


def test_a_house_that_is_not_open_to_the_ring_answers_nobody(told: Ring):
    told.lyon.stop()
    told.lyon.environment["CONSILIUM_RING_DIRECTORY"] = "off"
    told.lyon.start()

    require_refusal(told, 404)
    # Its own people still ask the others.
    let_be_found(told, DERMATOLOGIST)
    say(told, DERMATOLOGIST, **what_is_sought("Paris"))
    wait_for(lambda: DERMATOLOGIST.username in found(told, CARDIOLOGIST, **IN_PARIS), every_s=1.0)
