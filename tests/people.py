"""Fixtures: two doctors and somebody else who live here, and a doctor of another instance."""

from __future__ import annotations

import pytest_asyncio

from factories import make_local_actor, make_remote_actor


@pytest_asyncio.fixture
async def alice(session):
    """A verified doctor of this instance."""
    return await make_local_actor(session, "alice", doctor=True)


@pytest_asyncio.fixture
async def carol(session):
    """Another verified doctor of this instance."""
    return await make_local_actor(session, "carol", doctor=True)


@pytest_asyncio.fixture
async def dave(session):
    """Somebody of this instance who is no doctor."""
    return await make_local_actor(session, "dave")


@pytest_asyncio.fixture
async def bob(session):
    """A verified doctor of another instance."""
    return await make_remote_actor(session, "bob", doctor=True)
