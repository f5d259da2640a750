"""The directory over the ring: whom we answer, whom we ask, and what a lying peer achieves."""

from __future__ import annotations

import json
import time
from contextlib import ExitStack
from datetime import timedelta

import pytest
import pytest_asyncio
from sqlalchemy import select

from actors.domain_blocks import save_domain_block
from actors.models import Actor
from actors.queries import find_actors
from core import clock
from core.settings import Switch
from db.jobs import Job
from doctors import ring
from doctors.asked import Asked
from doctors.practice import PracticeReader
from doctors.ring import ask_ring, read_answer
from doctors.ring_routes import A_MINUTE, MOST_IDS, PATH, ring_routes
from fakes.fixtures import know_our_keys, list_peer
from fakes.remote import FakeRemote
from federation.vocabulary import VERIFIED_DOCTORS
from finding import CONTACTS, DOCTORS, make_doctor
from moderation.models import AuditEntry, PeerClass
from users.limits import TooManyAttempts

HEART = "SM04"
AT = f"http://a.localhost:8001{PATH}"


@pytest.fixture(autouse=True)
def nobody_asked_yet(monkeypatch):
    """Nor is anybody in a hurry, however busy the machine is: a test that is says so."""
    ring.QUESTIONS.reset()
    monkeypatch.setattr(ring, "DEADLINE_S", 60.0)
    monkeypatch.setattr(ring, "ANSWERS_S", 30.0)


@pytest_asyncio.fixture
async def answering(database, client, doors, remote):
    """Our door, and doctors behind it."""
    doors.register_blueprint(ring_routes(database, client))
    async with database.transaction() as session:
        return {
            "amal": await make_doctor(
                session, "amal", DOCTORS, town="Lyon", languages=["ar"], skills=["ablation"]
            ),
            "bela": await make_doctor(session, "bela", languages=["ar"], found=False),
            "cleo": await make_doctor(session, "cleo", CONTACTS, languages=["ar"]),
            "dora": await make_doctor(
                session, "dora", languages=["ar"], host="c.localhost:8003"
            ),
        }


def begin_a_minute():
    """Let all that follows be counted in one window."""
    clock.shift(timedelta(seconds=60 - clock.now().second))


async def ask(remote, query="language=ar", **knobs):
    return await remote.get(f"{AT}?{query}", **knobs)


# What we answer


async def test_a_clinical_peer_gets_the_ids_of_those_here_who_let_themselves_be_found(
    answering, remote
):
    reply = await ask(remote)

    assert reply.status == 200
    assert reply.json == {"actors": [answering["amal"].uri]}


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("q=ablation,+Lyon", 1),
        ("speciality=SM04&near=Lyon&km=20", 1),
        ("near=Marseille&km=20", 0),
        ("skill=abla", 1),
        ("near=Nowheretown", 0),
        ("", 0),
        ("km=x&language=%00", 0),
    ],
)
async def test_the_questions_of_the_wire_are_understood(answering, remote, query, count):
    reply = await ask(remote, query)

    assert (reply.status, len(reply.json["actors"])) == (200, count)


async def test_no_more_than_twenty_are_named(database, answering, remote):
    async with database.transaction() as session:
        for number in range(MOST_IDS + 2):
            await make_doctor(session, f"many{number}", languages=["vi"])

    assert len((await ask(remote, "language=vi")).json["actors"]) == MOST_IDS


async def test_unsigned_is_401_and_wrongly_signed_too(answering, remote, bare_remote):
    other = bare_remote.person("x")

    assert (await ask(remote, signed=False)).status == 401
    assert (await ask(remote, key=other.key)).status == 401


async def test_a_person_of_a_clinical_peer_may_not_ask(answering, remote):
    assert (await ask(remote, actor=remote.person("bob"))).status == 403


async def test_a_social_peer_and_an_unknown_host_may_not_ask(database, doors, answering):
    with FakeRemote("s") as social, FakeRemote("u") as unknown:
        await list_peer(database, social, PeerClass.SOCIAL)
        for other in (social, unknown):
            other.mount(doors)
            assert (await ask(other)).status == 403


async def test_sixty_a_minute_then_429_with_a_time_to_wait(answering, remote):
    begin_a_minute()
    for _ in range(A_MINUTE):
        assert (await ask(remote)).status == 200

    reply = await ask(remote)

    assert reply.status == 429
    assert 1 <= int(reply.headers["retry-after"]) <= 60
    clock.shift(timedelta(minutes=1))
    assert (await ask(remote)).status == 200


async def test_an_instance_may_switch_its_answers_off(database, client, answering, remote):
    database.settings = database.settings.model_copy(update={"ring_directory": Switch.OFF})

    assert (await ask(remote)).status == 404


async def test_each_answer_is_audited_without_the_words(database, answering, remote):
    await ask(remote, "q=Madame+Dupont&language=ar&near=Lyon")
    await ask(remote, "q=arabe&near=Madame+Dupont")

    async with database.read() as session:
        entry, other = await session.scalars(select(AuditEntry).order_by(AuditEntry.id))
    assert "upont" not in json.dumps(other.detail)
    assert (entry.actor, entry.action) == (remote.host, "directory.ring")
    assert entry.detail["language"] == "ar" and entry.detail["words"] is True
    assert "upont" not in json.dumps(entry.detail) and entry.detail["near"] == "Lyon"


async def test_who_wants_nothing_of_a_host_is_not_named_to_it(database, answering, remote):
    async with database.transaction() as session:
        await save_domain_block(session, answering["amal"].id, remote.host)

    assert (await ask(remote)).json == {"actors": []}


# Whom we ask


ASKED = Asked(language="ar")


def doctor_of(remote, username="bob", *, index=7):
    """Let a remote have a doctor who lets themselves be found, with a credential."""
    bob = remote.person(username, discoverable=True)
    bob.credential(index=index)
    return bob


def answers(remote, *ids, **behaviour):
    """Let a remote answer with these ids."""
    body = behaviour.pop("body", {"actors": list(ids)})
    path = f"{remote.base_url}{PATH}?{ring._query(ASKED)}"
    remote.script(path, body=body, content_type="application/json", **behaviour)


async def looked(database, client, *, reader=1, asked=ASKED):
    found = await ask_ring(database, client, asked, PracticeReader(reader, is_doctor=True))
    async with database.read() as session:
        actors = await find_actors(session, found.found.actor_ids)
    return found, [actors[one].uri for one in found.found.actor_ids]


async def test_a_peers_doctor_is_met_judged_and_shown(database, client, remote):
    bob = doctor_of(remote)
    answers(remote, bob.uri)

    found, uris = await looked(database, client)

    assert (found.asked, found.answered, found.coming) == (1, 1, 0)
    assert uris == [bob.uri]


def says_to_doctors(fake, **practitioner):
    """Let somebody say something in a further document for the verified doctors."""
    uri = f"{fake.uri}/profile/doctors"
    fake.properties["profiles"] = [uri]
    fake.remote.serve(
        {
            "@context": ["https://www.w3.org/ns/activitystreams"], "id": uri, "type": "Profile",
            "attributedTo": fake.uri, "to": [VERIFIED_DOCTORS], "practitioner": practitioner,
        }
    )  # fmt: skip


async def test_what_a_stranger_says_counts_when_they_are_met(database, client, remote):
    bob = doctor_of(remote)
    bob.properties["practitioner"] = {"acceptsReferrals": True}
    place = {"type": "Place", "name": "Lyon", "latitude": 45.76, "longitude": 4.83}
    says_to_doctors(bob, place=place)
    answers(remote, bob.uri)
    asked = Asked(language="ar", accepts_referrals=True, latitude=45.76, longitude=4.83)

    found, uris = await looked(database, client, asked=asked)

    assert (uris, found.coming) == ([bob.uri], 0)
    assert found.found.people[0].distance_km == pytest.approx(0, abs=1)


async def test_who_is_met_while_what_they_say_to_doctors_is_silent_is_shown(
    database, client, remote
):
    bob = doctor_of(remote)
    says_to_doctors(bob, unit="USIC")
    remote.script(f"{bob.uri}/profile/doctors", status=503)
    answers(remote, bob.uri)

    assert (await looked(database, client))[1] == [bob.uri]


async def test_who_asks_is_not_sent(database, client, remote, our_instance):
    answers(remote)

    await looked(database, client)

    (asked,) = remote.gets(PATH)
    assert asked.verified and asked.signer.startswith(our_instance.uri)
    assert asked.path == f"{PATH}?language=ar"


async def test_without_a_badge_judged_here_nobody_is_shown(database, client, remote):
    fraud = remote.person("fraud", discoverable=True)
    answers(remote, fraud.uri)

    assert (await looked(database, client))[1] == []


async def test_who_does_not_let_themselves_be_found_is_not_shown(database, client, remote):
    shy = remote.person("shy")
    shy.credential()
    answers(remote, shy.uri)

    assert (await looked(database, client))[1] == []


async def test_a_lying_peer_names_nobody_of_other_hosts(database, client, remote):
    async with database.transaction() as session:
        dora = await make_doctor(session, "dora", host="c.localhost:8003")
        ours = await make_doctor(session, "ours")
    answers(remote, dora.uri, ours.uri, f"{remote.base_url}:1/users/x", 5, None, "javascript:1")

    found, uris = await looked(database, client)

    assert (uris, found.answered) == ([], 1)
    assert not any("c.localhost" in entry.path for entry in remote.gets())


def test_an_answer_has_at_most_twenty_ids_each_once():
    base = "https://b.example"
    ids = [f"{base}/users/{number}" for number in range(30)]

    assert read_answer({"actors": [ids[0], *ids]}, base) == ids[: MOST_IDS - 1]
    assert read_answer({"actors": "no"}, base) is None
    assert read_answer({}, base) is None


@pytest.mark.parametrize(
    "behaviour",
    [
        {"status": 500},
        {"status": 404},
        {"status": 429},
        {"body": b"no json"},
        {"body": {"items": []}},
        {"redirect": "/elsewhere"},
        {"drop": True},
    ],
    ids=lambda one: "-".join(f"{name}={str(value)[:12]}" for name, value in one.items()),
)
async def test_a_peer_that_fails_costs_only_its_own_answer(database, client, remote, behaviour):
    with FakeRemote("c") as other:
        await list_peer(database, other)
        await know_our_keys(database, other)
        bob = doctor_of(remote)
        answers(remote, bob.uri)
        answers(other, **behaviour)

        found, uris = await looked(database, client)

    assert (found.asked, found.answered, uris) == (2, 1, [bob.uri])


async def test_a_slow_peer_is_not_waited_for(database, client, remote, monkeypatch):
    monkeypatch.setattr(ring, "ANSWERS_S", 0.3)
    answers(remote, hang=True)
    began = time.monotonic()

    found, uris = await looked(database, client)

    assert time.monotonic() - began < ring.DEADLINE_S / 2
    assert (found.asked, found.answered, uris) == (1, 0, [])
    remote.release()


async def test_who_is_not_met_in_time_is_met_afterwards(database, client, remote, monkeypatch):
    bob = doctor_of(remote)
    answers(remote, bob.uri)
    monkeypatch.setattr(ring, "DEADLINE_S", 0.0)

    found, uris = await looked(database, client)

    assert (uris, found.coming) == ([], 1)
    async with database.read() as session:
        (job,) = await session.scalars(select(Job).where(Job.kind == "meet doctor"))
    await ring.meet_doctor(database, client, job.payload)
    assert (await looked(database, client))[1] == [bob.uri]


async def test_who_was_fetched_and_not_judged_yet_is_still_to_come(database, client, remote):
    bob = remote.person("bob", discoverable=True)
    remote.script(bob.credential(), status=503)
    answers(remote, bob.uri)

    for _ in ("first", "while the job is owed"):
        found, uris = await looked(database, client)

        assert (uris, found.coming) == ([], 1)


async def test_what_the_ring_is_not_asked_is_held_against_what_is_known(
    database, client, remote
):
    bob = doctor_of(remote)
    answers(remote, bob.uri)
    assert (await looked(database, client))[1] == [bob.uri]

    taking = Asked(language="ar", accepts_referrals=True)

    assert (await looked(database, client, asked=taking))[1] == []


async def test_only_clinical_peers_are_asked(database, client, our_instance):
    with ExitStack() as stack:
        others = [stack.enter_context(FakeRemote(name)) for name in ("s", "x")]
        for other, peer_class in zip(others, (PeerClass.SOCIAL, PeerClass.BLOCKED), strict=True):
            await list_peer(database, other, peer_class)

        found, _ = await looked(database, client)

        assert found.asked == 0
        assert not any(other.journal for other in others)


async def test_one_person_cannot_ask_without_end(database, client, remote):
    answers(remote)
    begin_a_minute()
    for _ in range(ring.QUESTIONS.limit):
        await looked(database, client)

    with pytest.raises(TooManyAttempts):
        await looked(database, client)
    await looked(database, client, reader=2)


async def test_strangers_never_ask_the_ring(database, client, remote):
    found = await ask_ring(database, client, ASKED, PracticeReader())

    assert found.asked == 0 and not remote.journal


async def test_two_houses_find_each_others_doctors(database, client, remote, answering):
    """What one of us answers, one of us understands: the same document on both sides."""
    said = (await ask(remote)).json

    assert read_answer(said, "http://a.localhost:8001") == [answering["amal"].uri]
    async with database.read() as session:
        assert await session.get(Actor, answering["amal"].id) is not None
