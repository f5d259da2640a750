"""Hashtags on a PostgreSQL that sorts as people do, `é` beside `e`; SQLite never does."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import SQLModel

from posts.tags import search_tags
from posts.visibility import ANONYMOUS
from writing import write


async def _make_french(server: str, url: str) -> None:
    engine = create_async_engine(server, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        name = url.rpartition("/")[2]
        locale = "LOCALE_PROVIDER icu ICU_LOCALE 'fr'"
        await connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0 {locale}"))
    await engine.dispose()
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.run_sync(SQLModel.metadata.create_all)
    await engine.dispose()


@pytest.fixture
def database_url(database_kind: str, database_url: str, request: pytest.FixtureRequest) -> str:
    if database_kind != "postgresql":
        return database_url
    cluster = request.getfixturevalue("cluster")
    url = cluster.url(f"french_{uuid4().hex[:8]}")
    asyncio.run(_make_french(cluster.url("postgres"), url))
    return url


async def test_hashtags_are_found_in_whatever_order_the_database_keeps_them(
    session, alice, monkeypatch
):
    monkeypatch.setattr("posts.tags.OF_LATE", 1)
    for tag in ("pericarde", "péricardite", "périnatal", "perlé", "œdème", "oedipe", "of", "zona"):
        await write(session, alice, tags=[tag])

    async def found(words: str) -> list[str]:
        return sorted(await search_tags(session, ANONYMOUS, words, 40))

    assert await found("peri") == ["pericarde", "péricardite", "périnatal"]
    assert await found("péri") == ["pericarde", "péricardite", "périnatal"]
    assert await found("pericardit") == ["péricardite"]
    assert await found("oed") == ["oedipe", "œdème"]
    assert await found("q") == []
