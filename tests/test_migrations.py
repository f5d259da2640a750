"""The migrations make what the models say, on both databases, and run again without harm."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlmodel import SQLModel

from core.settings import Settings
from db.engine import make_engine
from db.schema import VERSIONS, database_revision, newest_revision
from db.search import is_no_search_table

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def empty_url(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if database_kind == "postgresql":
        return request.getfixturevalue("cluster").new_database(template="template1")
    return f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}"


def _migrate(url: str, folder: Path) -> None:
    environment = {
        "CONSILIUM_DATABASE_URL": url,
        "CONSILIUM_DATA_DIR": str(folder),
        "CONSILIUM_DEVELOPMENT": "true",
    }
    command = [sys.executable, "-m", "migrations.run"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, timeout=100)


async def _differences(url: str) -> list:
    engine = make_engine(url)

    # The tables of words are none of the models': tests/posts/test_search_index.py asks them.
    options = {"compare_type": True, "include_name": is_no_search_table}

    def compare(connection) -> list:
        context = MigrationContext.configure(connection, opts=options)
        return compare_metadata(context, SQLModel.metadata)

    async with engine.connect() as connection:
        found = await connection.run_sync(compare)
    await engine.dispose()
    return found


def test_migrations_make_the_tables_of_the_models(schema, empty_url: str, tmp_path: Path):
    settings = Settings(
        _env_file=None, database_url=empty_url, data_dir=tmp_path, development=True
    )
    assert asyncio.run(database_revision(settings)) is None

    _migrate(empty_url, tmp_path)
    _migrate(empty_url, tmp_path)

    assert asyncio.run(database_revision(settings)) == newest_revision()
    assert asyncio.run(_differences(empty_url)) == []


def test_migrations_are_numbered_without_gaps():
    numbers = sorted(int(path.name[:4]) for path in VERSIONS.glob("[0-9]*_*.py"))

    assert numbers == list(range(1, len(numbers) + 1))
