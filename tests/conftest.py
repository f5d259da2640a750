"""Fixtures: settings, a real database for each test (SQLite, and PostgreSQL with --postgres)."""

from __future__ import annotations

import importlib
import os
import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import create_engine
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel

from core import clock
from core.settings import Settings
from db.session import Database
from engines import spare_postgres
from postgres import Cluster, binaries
from speed import collect_less_garbage, long_files_first, spare_work

spare_work()

pytest_plugins = ["fakes.fixtures"]

ROOT = Path(__file__).resolve().parent.parent
ROOMS = tuple(path.parent.name for path in sorted(ROOT.glob("*/models.py")))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--postgres", action="store_true", help="run the tests on PostgreSQL too")
    parser.addoption("--only-postgres", action="store_true", help="... and on nothing else")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database_kind" not in metafunc.fixturenames:
        return
    kinds = [] if metafunc.config.getoption("--only-postgres") else ["sqlite"]
    if metafunc.config.getoption("--postgres") or not kinds:
        kinds.append("postgresql")
    metafunc.parametrize("database_kind", kinds)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--only-postgres"):
        spare_postgres(config, items)
    long_files_first(items)
    collect_less_garbage()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item):
    """In CI a skipped test is a failure: what nobody ran, nobody checked."""
    report = yield
    if report.skipped and os.environ.get("CI") == "true" and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped in CI: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def schema() -> None:
    for room in ROOMS:
        importlib.import_module(f"{room}.models")
    importlib.import_module("db.jobs")


@pytest.fixture(scope="session")
def empty_sqlite(schema: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with all tables, to be copied: making them anew costs 100 times more."""
    path = tmp_path_factory.mktemp("sqlite") / "empty.db"
    engine = create_engine(f"sqlite:///{path}")
    SQLModel.metadata.create_all(engine)
    engine.dispose()
    sqlite3.connect(path).execute("PRAGMA journal_mode=WAL").close()
    return path


@pytest.fixture(scope="session")
def cluster(schema: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    if binaries() is None:
        pytest.skip("PostgreSQL is not installed (sudo apt-get install postgresql)")
    with Cluster(tmp_path_factory.mktemp("postgres")) as running:
        yield running


@pytest.fixture
def database_url(
    database_kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[str]:
    if database_kind == "postgresql":
        running: Cluster = request.getfixturevalue("cluster")
        url = running.lend()
        yield url
        running.take_back(url)
        return
    path = tmp_path / "consilium.db"
    shutil.copy(request.getfixturevalue("empty_sqlite"), path)
    yield f"sqlite+aiosqlite:///{path}"


@pytest.fixture
def settings(usual_settings: Settings, database_url: str, tmp_path: Path) -> Settings:
    """An instance `a.localhost:8001` in development mode that talks to whom it has listed."""
    return usual_settings.model_copy(update={"database_url": database_url, "data_dir": tmp_path})


@pytest.fixture(scope="session")
def usual_settings() -> Settings:
    """What is the same for every test, checked once."""
    return Settings(
        _env_file=None,
        base_url="http://a.localhost:8001",
        development=True,
        allowed_networks="127.0.0.0/8",
        push_hosts="*",
        secret_key="a secret for tests only, long enough",
    )


@pytest_asyncio.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    opened = Database(settings)
    yield opened
    await opened.close()


@pytest_asyncio.fixture
async def session(database: Database) -> AsyncIterator[AsyncSession]:
    """One transaction for the whole test; on SQLite no other can write beside it."""
    async with database.transaction() as opened:
        yield opened


@pytest.fixture(autouse=True)
def real_time() -> Iterator[None]:
    yield
    clock.reset()
