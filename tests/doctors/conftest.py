"""Fixtures of the doctors room: synthetic register files, an instance that can issue."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import pytest_asyncio

from actors.models import Actor
from checking import Checking
from db.session import Database
from doctors.registers.importing import import_register
from fakes.remote import FakeRemote
from federation.client import Client
from register_files import FR_RPPS, line, write


@pytest.fixture
def register_file(tmp_path: Path) -> Callable[..., Path]:
    """Return what writes a register's file of some lines, under a name of its own each time."""
    made: list[Path] = []

    def make(*lines: str) -> Path:
        made.append(tmp_path / f"register-{len(made)}.txt")
        return write(made[-1], *lines)

    return make


@pytest_asyncio.fixture
async def issuing(database: Database, our_instance: Actor, tmp_path: Path) -> Database:
    """An instance with its actor and a register of a cardiologist, a nurse and a student."""
    lines = (
        line(kind="S", skill="SM04", workplace="CHU DE LYON", town="Lyon", department="69"),
        line("99900000011", family="DURAND", given="Bastien", profession="60"),
        line("99900000029", family="PETIT", given="Zoé", category="E"),
    )
    await import_register(database, write(tmp_path / "register.txt", *lines), FR_RPPS)
    return database


@pytest_asyncio.fixture
async def checking(database: Database, client: Client, remote: FakeRemote) -> Checking:
    return Checking(database, client, remote)
