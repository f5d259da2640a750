"""Is the database at our schema? Answered without importing Alembic, as the server must."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import inspect, text
from sqlalchemy.ext.asyncio import AsyncConnection

from core.settings import Settings
from db.engine import make_engine

VERSIONS = Path(__file__).resolve().parent.parent / "migrations" / "versions"


def newest_revision() -> str | None:
    """Return the number of the newest migration (`0007`), from the names of the files."""
    numbers = sorted(path.name.split("_")[0] for path in VERSIONS.glob("[0-9]*_*.py"))
    return numbers[-1] if numbers else None


async def database_revision(settings: Settings) -> str | None:
    """Return the number of the last migration that the database has seen, None for an empty one."""
    engine = make_engine(settings.resolved_database_url)
    try:
        async with engine.connect() as connection:
            if not await connection.run_sync(lambda c: inspect(c).has_table("alembic_version")):
                return None
            return await _stored(connection)
    finally:
        await engine.dispose()


async def _stored(connection: AsyncConnection) -> str | None:
    found = await connection.execute(text("SELECT version_num FROM alembic_version"))
    return found.scalar_one_or_none()
