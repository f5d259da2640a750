"""Alembic's door: the same migrations on SQLite (batch mode) and PostgreSQL."""

from __future__ import annotations

import asyncio
import importlib
from pathlib import Path

from alembic import context
from sqlalchemy import Connection
from sqlmodel import SQLModel

from core.settings import load_settings
from db.engine import make_engine
from db.search import is_no_search_table

for _models in sorted(Path(__file__).resolve().parent.parent.glob("*/models.py")):
    importlib.import_module(f"{_models.parent.name}.models")
importlib.import_module("db.jobs")


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        render_as_batch=True,
        transaction_per_migration=True,
        compare_type=True,
        include_name=is_no_search_table,
        user_module_prefix="sqlmodel.sql.sqltypes.",
    )
    with context.begin_transaction():
        context.run_migrations()


async def _migrate() -> None:
    url = context.config.get_main_option("sqlalchemy.url") or load_settings().resolved_database_url
    engine = make_engine(url)
    async with engine.connect() as connection:
        await connection.run_sync(_run)
        await connection.commit()
    await engine.dispose()


asyncio.run(_migrate())
