"""People of a register found by name: as typed, turned round, particles aside, by the index."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from db.session import Database
from doctors.registers.entries import list_by_name
from doctors.registers.importing import import_register
from register_files import FR_RPPS, line

PEOPLE = (
    ("99900000003", "MARTIN", "Alice"),
    ("99900000011", "MARTIN-DUPONT", "Bastien"),
    ("99900000029", "MARTINEAU", "Zoé"),
    ("99900000037", "DE LA TOUR", "Éloïse"),
    ("99900000045", "ALICE", "Martine"),
    ("99900000052", "D'ŒUVRE", "Inès"),
)


@pytest.fixture
async def known(database: Database, register_file) -> Database:
    lines = [line(number, family=family, given=given) for number, family, given in PEOPLE]
    await import_register(database, register_file(*lines), FR_RPPS)
    return database


async def _found(database: Database, typed: str, code: str = "FR-RPPS", **more) -> list[str]:
    async with database.read() as session:
        entries = await list_by_name(session, code, typed, **more)
    return [entry.family_name for entry in entries]


@pytest.mark.parametrize(
    ("typed", "families"),
    [
        ("martin", ["MARTIN", "MARTIN-DUPONT", "MARTINEAU"]),
        ("Martin A", ["MARTIN"]),
        # As typed first: somebody may be called so the other way round.
        ("MARTIN Alice", ["MARTIN", "ALICE"]),
        ("Alice Martin", ["ALICE", "MARTIN"]),
        ("Dr Bastien Martin-Dupont", ["MARTIN-DUPONT"]),
        ("tour", ["DE LA TOUR"]),
        ("de la Tour Eloise", ["DE LA TOUR"]),
        ("oeuvre", ["D'ŒUVRE"]),
        ("Inès d’Œuvre", ["D'ŒUVRE"]),
        ("dupont", []),
        ("%", []),
        ("", []),
    ],
)
async def test_a_name_is_found_however_it_is_typed(known, typed, families):
    assert await _found(known, typed) == families


async def test_there_are_no_more_than_were_asked_for_in_order_of_names(known):
    assert await _found(known, "martin", limit=2) == ["MARTIN", "MARTIN-DUPONT"]


async def test_another_registers_people_are_not_found(known):
    assert await _found(known, "martin", code="GB-GMC") == []


async def test_the_index_is_used_on_both_databases(known, database_kind):
    asked = (
        "SELECT number FROM register_entry WHERE register_code = 'FR-RPPS' "
        "AND name_key >= 'martin' AND name_key < 'martio' ORDER BY name_key, number LIMIT 10"
    )
    async with known.read() as session:
        if database_kind == "postgresql":
            # Six rows are read faster without; what is asked is whether the index could serve.
            await session.execute(text("SET LOCAL enable_seqscan = off"))
            await session.execute(text("SET LOCAL enable_bitmapscan = off"))
        how = "EXPLAIN " if database_kind == "postgresql" else "EXPLAIN QUERY PLAN "
        plan = " ".join(str(row) for row in (await session.execute(text(how + asked))).all())

    assert "ix_register_entry_name" in plan
    assert "name_key" in plan
