"""A hospital, a care network and an authority, all real, and two servers that want in."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from cli.demo_data import LYON, PARIS, Person, write_register
from commands import Commands
from fakes.actor import FakeActor
from fakes.remote import FakeRemote
from instances import Instance, wait_for
from interop.hostile import TRICKS, Ring, play_all, serve
from rings import fill

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

CARDIOLOGIST, GENERALIST = LYON[:2]
DERMATOLOGIST = PARIS[0]
OFFERS = "/api/consilium/v1/credential-offers"


@dataclass
class World:
    """The three instances, who has a token where, and the two hostile servers.

    The hospital lists `liar` as clinical, by mistake, and `outsider` as social.
    """

    hospital: Instance
    network: Instance
    order: Instance
    liar: FakeRemote
    outsider: FakeRemote
    tokens: dict[str, str] = field(default_factory=dict)
    people: dict[str, FakeActor] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)

    @property
    def believers(self) -> tuple[Instance, Instance]:
        return self.hospital, self.network

    def handle(self, person: Person) -> str:
        return f"{person.username}@{self.hospital.host}"

    def api(self, person: Person, method: str, path: str, **body: object) -> Any:
        home = self.network if person in PARIS else self.hospital
        return home.api(method, path, self.tokens[person.username], **body)

    def reader(self, instance: Instance) -> Person:
        return DERMATOLOGIST if instance is self.network else CARDIOLOGIST

    def account(self, instance: Instance, handle: str) -> dict:
        """What a doctor of an instance is shown of somebody."""
        path = f"/api/v2/search?q=%40{handle.replace('@', '%40')}&resolve=true&type=accounts"
        found = self.api(self.reader(instance), "GET", path)["accounts"]
        assert found, f"{handle} was not found:\n{instance.log[-2000:]}"
        return found[0]

    def refused(self, instance: Instance, *more: str) -> list[dict]:
        return json.loads(Commands(instance).cli("doctor", "refused", "--json", *more))


def _rows(instance: Instance, statement: str, *values: str) -> list[tuple]:
    with sqlite3.connect(instance.folder / "consilium.db") as database:
        return database.execute(statement, values).fetchall()


def _allow(instance: Instance, host: str, peer_class: str, *more: str) -> None:
    Commands(instance).cli("peer", "allow", host, "--class", peer_class, *more)


def _start(stack: ExitStack, folder: Path) -> list[Instance]:
    instances = [Instance(name, folder).migrated() for name in ("lyon", "reseau", "ordre")]
    # Each waits for itself.
    with ThreadPoolExecutor(len(instances)) as starting:
        list(starting.map(Instance.start, instances))
    for instance in instances:
        stack.callback(instance.stop)
    return instances


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("world")
    with ExitStack() as stack:
        liar, outsider = (stack.enter_context(FakeRemote(name)) for name in ("liar", "outsider"))
        hospital, network, order = _start(stack, folder)
        made = World(hospital, network, order, liar, outsider)
        made.tokens |= fill(hospital, (CARDIOLOGIST,)) | fill(network, (DERMATOLOGIST,))
        made.tokens[GENERALIST.username] = Commands(hospital).account(
            GENERALIST.username, GENERALIST.name
        )
        register = folder / "register.txt"
        write_register(register, (GENERALIST,))
        Commands(order).cli("register", "import", str(register), "--register", "FR-RPPS")
        for here, there in ((hospital, network), (network, hospital)):
            _allow(here, there.host, "clinical")
            _allow(here, order.host, "clinical", "--authority", "--registers", "FR-RPPS")
            _allow(here, liar.host, "clinical")
            _allow(here, outsider.host, "social")
            _allow(order, here.host, "clinical")
        yield made


@pytest.fixture(scope="module")
def accepted(world: World) -> dict:
    """The Order vouched for a doctor of the hospital, who accepted: the offer as they see it."""
    Commands(world.order).cli(
        "doctor", "vouch", world.handle(GENERALIST), "--register", "FR-RPPS",
        "--number", GENERALIST.number,
    )  # fmt: skip
    (offer,) = wait_for(lambda: world.api(GENERALIST, "GET", OFFERS))
    assert world.account(world.hospital, GENERALIST.username)["roles"] == []
    return world.api(GENERALIST, "POST", f"{OFFERS}/{offer['id']}/accept")


@pytest.fixture(scope="module")
def tried(world: World, accepted: dict) -> World:
    """Every trick was played: each of the liar's people wrote to the doctors of both instances."""
    uri = accepted["credential"]["uri"]
    _, document = world.order.request("GET", uri.removeprefix(world.order.base_url))
    ring = Ring(
        authority=document["issuer"],
        status_list=document["credentialStatus"]["statusListCredential"],
        credential=uri,
    )
    world.people = play_all(world.liar, ring)
    world.people["outsider"] = world.outsider.person("outsider")
    serve(world.people["outsider"], 7)
    world.outsider.serve_status_list()
    for name, person in world.people.items():
        note = person.doctors_note(f"<p>Un avis de {name} ?</p>")
        world.notes[name] = note["id"]
        for instance in world.believers:
            inbox = f"{instance.base_url}/inbox"
            reply = world.liar.run(person.post(inbox, person.create(note)))
            assert reply.status == 202, reply
    for instance in world.believers:
        undone = "SELECT count(*) FROM inbox_activity WHERE due_at IS NOT NULL"
        wait_for(lambda: _rows(instance, undone) == [(0,)])  # noqa: B023
    return world


def test_an_order_vouches_for_a_doctor_of_a_hospital_and_all_who_trust_it_show_the_badge(
    world: World, accepted: dict
):
    assert accepted["state"] == "accepted"
    for instance in world.believers:
        wait_for(lambda: world.account(instance, world.handle(GENERALIST))["roles"])  # noqa: B023
    account = world.account(world.network, world.handle(GENERALIST))
    assert account["fields"][0]["verified_at"] is not None

    def known() -> dict | None:
        shown = Commands(world.order).run("doctor", "show", world.handle(GENERALIST), "--json")
        found = json.loads(shown.stdout) if shown.returncode == 0 else {}
        return found if found.get("verified") else None

    # Its own word is good for the Order itself, too.
    assert wait_for(known)["is_doctor"]


@pytest.mark.parametrize(
    ("handle", "told"),
    [("a.martin@unknown.localhost", "is no peer"), ("a.martin", "has no host")],
)
def test_an_order_vouches_for_nobody_who_could_not_be_told(world: World, handle: str, told: str):
    done = Commands(world.order).run(
        "doctor", "vouch", handle, "--register", "FR-RPPS", "--number", GENERALIST.number
    )

    assert (done.returncode, told in done.stderr) == (1, True)


def test_the_doctor_whom_the_order_vouches_for_writes_to_the_doctors_everywhere(
    world: World, accepted: dict
):
    post = world.api(
        GENERALIST, "POST", "/api/v1/statuses", status="QT long ?", visibility="doctors"
    )

    def copy() -> dict | None:
        shown = world.api(DERMATOLOGIST, "GET", "/api/consilium/v1/timelines/doctors")
        return next((one for one in shown if one["uri"] == post["uri"]), None)

    assert wait_for(copy)["account"]["roles"]


@pytest.mark.parametrize("name", TRICKS)
def test_nobody_becomes_a_doctor_by_a_trick(tried: World, name: str):
    person, trick = tried.people[name], TRICKS[name]

    for instance in tried.believers:
        account = tried.account(instance, person.handle)
        assert account["roles"] == []
        assert [one for one in account["fields"] if one["verified_at"]] == []
        assert [one["name"] for one in account["fields"]] == []
        assert _rows(instance, "SELECT id FROM post WHERE uri = ?", tried.notes[name]) == []
        said = [one["reason"] for one in tried.refused(instance) if one["handle"] == person.handle]
        assert len(said) == bool(trick.reason)
        assert all(trick.reason in reason for reason in said)
        posts = {one["sender"]: one["reason"] for one in tried.refused(instance, "--posts")}
        assert posts[person.uri] == f"{person.uri} has no valid doctor's badge here"


def test_an_honest_doctor_of_the_same_server_is_believed(tried: World):
    person = tried.people["honest"]

    for instance in tried.believers:
        assert tried.account(instance, person.handle)["roles"]
        stored = "SELECT visibility FROM post WHERE uri = ?"
        assert _rows(instance, stored, tried.notes["honest"]) == [("doctors",)]


def test_whatever_somebody_of_a_social_peer_shows_it_is_no_badge(tried: World):
    person = tried.people["outsider"]

    for instance in tried.believers:
        assert tried.account(instance, person.handle)["roles"] == []
        assert _rows(instance, "SELECT id FROM post WHERE uri = ?", tried.notes["outsider"]) == []
        credentials = {one["handle"]: one["reason"] for one in tried.refused(instance)}
        assert "is not a clinical peer" in credentials[person.handle]
        posts = {one["sender"]: one["reason"] for one in tried.refused(instance, "--posts")}
        assert "it does not write to the verified doctors" in posts[person.uri]
    assert tried.outsider.gets("/credentials") == []


def test_a_social_peer_is_given_nothing_that_is_for_the_doctors(tried: World):
    post = tried.api(
        CARDIOLOGIST, "POST", "/api/v1/statuses", status="Entre nous", visibility="doctors"
    )

    # The liar is listed as clinical: that it came there shows that all of it was sent.
    wait_for(lambda: post["uri"] in {one["object"]["id"] for one in _creates(tried.liar)})
    assert _creates(tried.outsider) == []
    for url in (post["uri"], f"{post['uri']}/replies"):
        reply = tried.outsider.run(tried.outsider.get(url))
        assert reply.status == 404


def _creates(remote: FakeRemote) -> list[dict]:
    return [one for one in remote.activities("Create") if isinstance(one["object"], dict)]


def test_who_is_no_authority_offers_nothing_to_a_doctor_of_another_host(tried: World):
    person = f"{tried.hospital.base_url}/users/{CARDIOLOGIST.username}"
    uri = f"{tried.liar.base_url}/credentials/7"
    offer = tried.liar.instance.activity("Offer", uri, to=[person])

    reply = tried.liar.run(tried.liar.instance.post(f"{person}/inbox", offer))

    assert reply.status == 202
    statement = "SELECT outcome, reason FROM inbox_activity WHERE key LIKE ?"
    (outcome, reason), = wait_for(
        lambda: [
            row for row in _rows(tried.hospital, statement, f"%{offer['id']}%") if row[0]
        ]
    )  # fmt: skip
    assert (outcome, "is no authority" in reason) == ("rejected", True)
    assert tried.api(CARDIOLOGIST, "GET", OFFERS) == []


def test_what_the_order_takes_back_is_gone_everywhere_within_seconds(tried: World):
    handle = tried.handle(GENERALIST)
    assert all(tried.account(instance, handle)["roles"] for instance in tried.believers)

    began = time.monotonic()
    Commands(tried.order).cli("doctor", "revoke", handle, "--reason", "struck off")

    for instance in tried.believers:
        wait_for(lambda: not tried.account(instance, handle)["roles"])  # noqa: B023
    print(f"gone everywhere after {time.monotonic() - began:.2f} s")
    assert tried.api(GENERALIST, "GET", OFFERS) == []
    sent = {"status": "Encore moi", "visibility": "doctors"}
    token = tried.tokens[GENERALIST.username]
    status, _ = tried.hospital.request("POST", "/api/v1/statuses", token=token, body=sent)
    assert status == 422
