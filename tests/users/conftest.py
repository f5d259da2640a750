"""A person and a program, as rows; keys are not needed to sign in."""

from __future__ import annotations

from functools import partial

import pytest
import pytest_asyncio

from actors.models import Actor
from core.clock import now
from users.apps import OUT_OF_BAND, register_app
from users.models import User

CALLBACK = "https://client.example/callback"


async def save_user(database, username="alice", **values):
    async with database.transaction() as session:
        uri = f"http://a.localhost:8001/users/{username}"
        actor = Actor(uri=uri, username=username, username_key=username)
        session.add(actor)
        await session.flush()
        user = User(
            actor_id=actor.id,
            email=f"{username}@chu.example",
            email_key=f"{username}@chu.example",
            password_hash="",
            confirmed_at=now(),
            approved_at=now(),
            **values,
        )
        session.add(user)
    return user


async def save_app(database, scopes="read write follow push", name="Tusky"):
    """Return the app, with its secret readable as `app.secret`."""
    async with database.transaction() as session:
        app, secret = await register_app(
            session, name=name, redirect_uris=[CALLBACK, OUT_OF_BAND], scopes=scopes
        )
    object.__setattr__(app, "secret", secret)
    return app


@pytest.fixture
def new_app(database):
    return partial(save_app, database)


@pytest_asyncio.fixture
async def alice(database):
    return await save_user(database)


@pytest_asyncio.fixture
async def bruno(database):
    return await save_user(database, "bruno")


@pytest_asyncio.fixture
async def app(database):
    return await save_app(database)
