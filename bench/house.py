"""An instance to measure: a real process on SQLite, its tables filled beforehand."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from actors.models import Actor
from core.settings import load_settings
from db.session import AsyncSession, Database
from factories import make_local_actor, make_user
from instances import Instance
from users.models import User
from users.tokens import issue_token

T = TypeVar("T")


def instance(folder: Path, name: str = "bench", **settings: str) -> Instance:
    """Return an instance that talks with everybody, not yet started; its tables are made."""
    made = Instance(name, folder, federation="open", **settings)
    made.cli("migrate")
    return made


def in_database(of: Instance, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
    """Do something in one transaction of an instance's database."""

    async def opened() -> T:
        settings = load_settings(
            _env_file=None,
            base_url=of.base_url,
            data_dir=of.folder,
            development=True,
            federation="open",
        )
        database = Database(settings)
        try:
            async with database.transaction() as session:
                return await work(session)
        finally:
            await database.close()

    return asyncio.run(opened())


async def make_person(session: AsyncSession, username: str) -> tuple[Actor, User, str]:
    """Insert a local doctor who can sign in; return the actor, the user and a bearer token."""
    actor = await make_local_actor(session, username, doctor=True)
    user = await make_user(session, actor)
    token = await issue_token(session, user=user, app=None, scopes="read write follow push")
    return actor, user, token
