"""`/api/consilium/v1` is described by OpenAPI, whole and truly.

Besides, whatever any test of this folder is answered there is checked against the description.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

from jsonschema import Draft202012Validator

from actors.models import Actor
from api.consilium.described import BASE, DESCRIBED
from api.consilium.openapi import describe
from api.routes import TABLES
from authorities import Order
from careers import tell_career
from claiming import PDF
from consilium_schema import find_operation, pointed_at, problems
from doctors.credentials import check_actor
from doctors.offers import save_offer
from doctors.registers.importing import import_register
from doctors.ring_routes import PATH as RING_PATH
from doctors.ring_routes import ring_routes
from finding import make_doctor
from mapping import make_contacts
from register_files import FR_RPPS, NUMBER, line, write
from uploading import part
from users.verifiers import set_verifier

CLAIM = {
    "register": "FR-RPPS", "number": NUMBER, "profession": "10", "given_name": "Alice",
    "family_name": "Martin", "specialities": ["SM04"],
}  # fmt: skip
OPERATIONS = [
    (path, method, operation)
    for path, methods in describe()["paths"].items()
    for method, operation in methods.items()
]


def _in_braces(path):
    return re.sub(r"<(\w+)>", r"{\1}", path)


def _inside(value, key):
    """Return every value of a key, however deep."""
    if isinstance(value, list):
        return [found for part in value for found in _inside(part, key)]
    if not isinstance(value, dict):
        return []
    here = [value[key]] if key in value else []
    return here + [found for part in value.values() for found in _inside(part, key)]


async def test_it_is_for_everybody_and_says_where_it_is_served(house):
    reply = await house.stranger.ask("GET", f"{BASE}/openapi.json")

    assert reply.status == 200
    assert reply.json["openapi"] == "3.1.0"
    assert reply.json["servers"] == [{"url": "http://a.localhost:8001"}]
    assert reply.json["paths"] == describe()["paths"]


def test_no_route_is_missing_and_none_is_invented():
    served = {
        (route.method, route.path)
        for routes in TABLES.values()
        for route in routes
        if route.path.startswith(f"{BASE}/")
    }
    described = {(method.upper(), path) for path, method, _ in OPERATIONS}

    assert described == {(method, _in_braces(path)) for method, path in served} | {
        ("GET", RING_PATH)
    }
    assert {(method, f"{BASE}{path}") for method, path in DESCRIBED} == served


def test_every_operation_says_what_it_does_and_has_a_name_of_its_own():
    names = [operation["operationId"] for _, _, operation in OPERATIONS]

    assert len(names) == len(set(names))
    assert all(operation["summary"].endswith(".") for _, _, operation in OPERATIONS)


def test_the_page_for_people_lists_them_all():
    page = (Path(__file__).resolve().parents[2] / "docs" / "consilium-api.md").read_text()
    rows = [
        f"| `{method.upper()} {path.removeprefix(BASE)}` | {_who(operation)} | "
        f"{operation['summary']} |"
        for path, method, operation in OPERATIONS
    ]

    assert [line for line in page.splitlines() if line.startswith("| `")] == rows


def _who(operation):
    scopes = [f"`{one['oauth'][0]}`" for one in operation["security"] if "oauth" in one]
    return " or ".join(scopes) or operation["description"].removesuffix(".").partition(",")[0]


def test_every_schema_is_one_and_every_reference_leads_somewhere():
    document = describe()

    for schema in [*_inside(document, "schema"), *document["components"]["schemas"].values()]:
        Draft202012Validator.check_schema(schema)
    assert all(pointed_at(reference) for reference in _inside(document, "$ref"))
    assert json.loads(json.dumps(document)) == document


def test_every_hole_of_a_path_is_a_parameter():
    for path, _, operation in OPERATIONS:
        holes = {one["name"] for one in operation["parameters"] if one["in"] == "path"}
        assert holes == set(re.findall(r"{(\w+)}", path)), path


def test_a_wrong_answer_would_be_noticed():
    path = f"{BASE}/colleagues/115/dismiss"

    assert problems("POST", path, 200, {}) == []
    assert problems("POST", path, 200, {"dismissed": True})
    assert problems("GET", f"{BASE}/map", 200, {"total": 1})
    assert problems("GET", f"{BASE}/registers", 404, {"message": "gone"})
    assert problems("GET", f"{BASE}/registers", 418, {"error": "tea"})


@dataclass
class Walk:
    """Who calls what; each call must be answered with 200, and its answer be as described."""

    visited: set[tuple[str, str]] = field(default_factory=set)

    async def __call__(self, program, method, path, at="", **sent):
        """Call `at`, or `path` with its hole filled: `("…/claims/<id>", claim["id"])`."""
        address = BASE + re.sub(r"<\w+>", str(at), path, count=1)
        reply = await program.ask(method, address.replace("<emoji>", "👍"), **sent)
        assert reply.status == 200, (method, address, reply.json)
        self.visited.add((method, path))
        return reply.json


async def test_every_endpoint_answers_as_described(
    house, database, client, remote, tmp_path, alice, bruno
):
    walk = Walk()
    await _walk_to_the_badge(walk, house, tmp_path)
    await _walk_offers(walk, database, client, remote, await house.person("carla"))
    await _walk_practice(walk, alice, bruno)
    await _walk_people(walk, database, alice, bruno)
    status = await alice.say(visibility="doctors")
    for method in ("PUT", "DELETE"):
        await walk(alice, method, "/statuses/<id>/reactions/<emoji>", status["id"])
    assert await walk(alice, "GET", "/timelines/doctors")
    await walk(house.stranger, "GET", "/openapi.json")

    assert walk.visited == set(DESCRIBED)


async def _walk_to_the_badge(walk, house, tmp_path):
    file = write(tmp_path / "register.txt", line(kind="S", skill="SM04"))
    await import_register(house.database, file, FR_RPPS)
    nina, vera = await house.person("nina"), await house.person("vera")
    async with house.database.transaction() as session:
        await set_verifier(session, "vera", is_verifier=True, decided_by="test")
    assert await walk(nina, "GET", "/registers")
    assert (await walk(nina, "GET", "/professions"))["specialities"]
    for answer in ("withdrawn", "refuse", "grant"):
        made = await walk(nina, "POST", "/claims", json=CLAIM)
        sent = {"form": {"name": "a.pdf"}, "files": {"file": part(PDF, "a.pdf", "application/pdf")}}
        await walk(nina, "POST", "/claims/<id>/evidence", made["id"], **sent)
        assert (await walk(nina, "GET", "/claims/<id>", made["id"]))["evidence"]
        if answer == "withdrawn":
            await walk(nina, "DELETE", "/claims/<id>", made["id"])
            continue
        assert await walk(vera, "GET", "/verification/claims")
        assert (await walk(vera, "GET", "/verification/claims/<id>", made["id"]))["findings"]
        decision = {"reason": "seen", "assurance": "register-match"}
        path = f"/verification/claims/<id>/{answer}"
        await walk(vera, "POST", path, made["id"], json=decision)
    assert len(await walk(nina, "GET", "/claims")) == 3


async def _walk_offers(walk, database, client, remote, carla):
    order = Order(database, remote)
    await order.is_listed("FR-RPPS")
    uri = order.vouches_for(carla.actor.uri)
    async with database.transaction() as session:
        offer = await save_offer(
            session, carla.actor, uri=f"{uri}#offer", issuer_uri=order.instance.uri,
            credential_uri=uri,
        )  # fmt: skip
        number = offer.id
    await check_actor(database, client, carla.actor.id)
    assert await walk(carla, "GET", "/credential-offers")
    for answer in ("accept", "decline"):
        await walk(carla, "POST", f"/credential-offers/<offer_id>/{answer}", number)


async def _walk_practice(walk, alice, bruno):
    said = {
        "skills": ["ablation de FA"], "languages": ["fr"], "place": {"code": "69123"},
        "referral_contact": {"phone": "04 72 00 00 00"},
        "publications": {"works": [{"doi": "10.1000/182"}]},
        "career": [{"kind": "post", "place": "CHU de Lyon", "from": 2011}],
        "audiences": {"place": "public"}, "seeks_colleagues": True,
    }  # fmt: skip
    await walk(bruno, "PATCH", "/practice", json=said)
    assert (await walk(bruno, "GET", "/practice"))["career"]
    assert (await walk(alice, "GET", "/accounts/<id>/practice", bruno.id))["place"]
    assert (await walk(alice, "GET", "/accounts/<id>/fhir", bruno.id))["entry"]


async def _walk_people(walk, database, alice, bruno):
    async with database.transaction() as session:
        me, other = [await session.get_one(Actor, one.actor.id) for one in (alice, bruno)]
        await tell_career(session, me)
        await tell_career(session, other)
        await make_contacts(session, me, ["Lyon", ("Genève", "CH")])
        await make_doctor(session, "amal", town="Lyon", languages=["ar"], skills=["ablation"])
    assert (await walk(alice, "GET", "/map"))["towns"]
    found = await walk(alice, "GET", "/directory", query_string={"q": "ablation, Lyon", "ring": 1})
    assert found["accounts"] and found["facets"] and "ring" in found
    (colleague,) = await walk(alice, "GET", "/colleagues")
    await walk(alice, "POST", "/colleagues/<id>/dismiss", colleague["account"]["id"])


async def test_what_peers_are_told_of_the_directory_is_as_described(
    database, client, doors, remote
):
    doors.register_blueprint(ring_routes(database, client))
    async with database.transaction() as session:
        await make_doctor(session, "amal", town="Lyon", languages=["ar"])

    reply = await remote.get(f"http://a.localhost:8001{RING_PATH}?language=ar")

    assert reply.json["actors"]
    assert find_operation("GET", RING_PATH)["security"] == [{"httpSignature": []}]
    assert problems("GET", RING_PATH, reply.status, reply.json) == []
