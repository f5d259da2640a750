"""/api/consilium/v1: one's own way to the badge, and what verifiers read and decide."""

from __future__ import annotations

import pytest
import pytest_asyncio
from sqlalchemy import select

import factories
from actors.models import Actor
from claiming import PDF
from doctors.models import Claim, Evidence
from doctors.registers.importing import import_register
from register_files import FR_RPPS, NUMBER, line, write
from uploading import part
from users.verifiers import set_verifier

OWN, ALL = "/api/consilium/v1/claims", "/api/consilium/v1/verification/claims"
SAID = {
    "register": "FR-RPPS",
    "number": NUMBER,
    "profession": "10",
    "given_name": "Alice",
    "family_name": "Martin",
    "specialities": ["SM04"],
}


@pytest_asyncio.fixture
async def register(house, tmp_path):
    async with house.database.transaction() as session:
        await factories.make_instance_actor(session)
    file = write(tmp_path / "register.txt", line(kind="S", skill="SM04", workplace="CHU DE LYON"))
    await import_register(house.database, file, FR_RPPS)


@pytest_asyncio.fixture
async def nina(house, register):
    """Somebody without a badge, who goes by the register's name."""
    program = await house.person("nina")
    async with house.database.transaction() as session:
        actor = await session.get_one(Actor, program.actor.id)
        actor.name = "Dr Alice Martin"
    return program


@pytest_asyncio.fixture
async def vera(house, register):
    program = await house.person("vera")
    async with house.database.transaction() as session:
        await set_verifier(session, "vera", is_verifier=True, decided_by="test")
    return program


async def _send(program, claim, data=PDF, **fields):
    files = {"file": part(data, "x.pdf", "application/pdf")}
    return await program.ask(
        "POST", f"{OWN}/{claim['id']}/evidence", form={"name": "carte.pdf"} | fields, files=files
    )


async def test_a_doctor_claims_adds_evidence_and_reads_where_it_stands(house, nina):
    made = await nina.post(OWN, **SAID)
    sent = await _send(nina, made)
    shown = await nina.get(f"{OWN}/{made['id']}")
    listed = await nina.get(OWN)

    assert (made["state"], made["number"], made["warnings"]) == ("open", NUMBER, [])
    assert sent.status == 200
    assert (sent.json["name"], sent.json["media_type"]) == ("carte.pdf", "application/pdf")
    assert listed == [shown]
    assert [one["id"] for one in shown["evidence"]] == [sent.json["id"]]
    # Whoever is not who they say would learn from it what to write.
    assert not {"findings", "proposed", "highest", "account"} & shown.keys()


async def test_a_wrong_check_digit_is_a_warning_in_the_answer(nina):
    made = await nina.post(OWN, **SAID | {"number": "99900000095"})

    assert len(made["warnings"]) == 1
    assert "99900000095" in made["warnings"][0]


async def test_a_claim_is_withdrawn_by_its_owner_only(house, nina, chloe):
    made = await nina.post(OWN, **SAID)

    for method in ("GET", "DELETE"):
        assert (await chloe.ask(method, f"{OWN}/{made['id']}")).status == 404
    assert (await _send(chloe, made)).status == 404
    ended = await nina.delete(f"{OWN}/{made['id']}")

    assert ended["state"] == "withdrawn"
    assert (await nina.ask("DELETE", f"{OWN}/{made['id']}")).status == 422


@pytest.mark.parametrize(
    "said",
    [
        {},
        SAID | {"register": "XX"},
        SAID | {"number": "12"},
        SAID | {"profession": "99"},
        SAID | {"specialities": ["SM99"]},
        SAID | {"family_name": ""},
    ],
    ids=["nothing", "register", "number", "profession", "speciality", "name"],
)
async def test_what_cannot_be_claimed_is_refused_in_words(nina, said):
    reply = await nina.ask("POST", OWN, json=said)

    assert reply.status == 422
    assert reply.error
    assert await nina.get(OWN) == []


async def test_a_file_of_another_kind_or_none_is_refused(house, nina):
    made = await nina.post(OWN, **SAID)

    assert (await _send(nina, made, b"<svg/>")).status == 422
    assert (await nina.ask("POST", f"{OWN}/{made['id']}/evidence", json={})).status == 422
    async with house.database.read() as session:
        assert list(await session.scalars(select(Evidence))) == []


async def test_a_verifier_reads_what_fits_and_grants(nina, vera):
    made = await nina.post(OWN, **SAID)
    listed = await vera.page(ALL)
    (waiting,) = listed.json

    granted = await vera.post(
        f"{ALL}/{made['id']}/grant", reason="known here", assurance="register-match"
    )
    shown = await nina.get(f"{OWN}/{made['id']}")
    account = await nina.get("/api/v1/accounts/verify_credentials")

    assert (waiting["account"]["acct"], waiting["proposed"]) == ("nina", "register-match")
    assert {one["verdict"] for one in waiting["findings"]} == {"ok"}
    assert all(one["text"] for one in waiting["findings"])
    assert (granted["state"], granted["decided_by"]) == ("granted", "@vera")
    assert (shown["state"], shown["reason"]) == ("granted", "known here")
    assert account["fields"][0]["name"] == "Médecin vérifié"
    assert await vera.get(ALL) == []
    assert [one["id"] for one in await vera.get(ALL, **{"state[]": "granted"})] == [made["id"]]


async def test_a_verifier_refuses_with_a_reason_and_only_once(nina, vera):
    made = await nina.post(OWN, **SAID)
    path = f"{ALL}/{made['id']}/refuse"

    silent = await vera.ask("POST", path, json={})
    refused = await vera.post(path, reason="unreadable")
    again = await vera.ask("POST", path, json={"reason": "unreadable"})

    assert silent.status == 422
    assert (refused["state"], refused["reason"]) == ("refused", "unreadable")
    assert again.status == 422
    assert "refused already, by @vera" in again.error


@pytest.mark.parametrize("assurance", ["", "certain", "strong-auth"])
async def test_no_more_is_granted_than_there_is(nina, vera, assurance):
    made = await nina.post(OWN, **SAID)

    reply = await vera.ask(
        "POST", f"{ALL}/{made['id']}/grant", json={"reason": "x", "assurance": assurance}
    )

    assert reply.status == 422
    assert (await nina.get(f"{OWN}/{made['id']}"))["state"] == "open"


async def test_who_is_no_verifier_neither_reads_nor_decides(house, nina, chloe):
    made = await nina.post(OWN, **SAID)
    one = f"{ALL}/{made['id']}"
    sent = {"reason": "x", "assurance": "register-match"}

    replies = [
        await chloe.ask("GET", ALL),
        await chloe.ask("GET", one),
        await chloe.ask("POST", f"{one}/grant", json=sent),
        await chloe.ask("POST", f"{one}/refuse", json=sent),
    ]

    assert [reply.status for reply in replies] == [403] * 4
    async with house.database.read() as session:
        assert (await session.get_one(Claim, int(made["id"]))).state.value == "open"


async def test_a_verifier_does_not_decide_about_themselves(vera):
    made = await vera.post(OWN, **SAID)

    reply = await vera.ask("POST", f"{ALL}/{made['id']}/refuse", json={"reason": "x"})

    assert reply.status == 403


async def test_registers_professions_and_specialities_are_listed_to_choose_from(nina):
    registers = await nina.get("/api/consilium/v1/registers")
    choices = await nina.get("/api/consilium/v1/professions")

    assert registers[0]["code"] == "FR-RPPS"
    assert all(one["name"] and one["form"] for one in registers)
    assert {"code": "10-resident", "label": "Interne en médecine"} in choices["professions"]
    assert "SM04" in [one["code"] for one in choices["specialities"]]
