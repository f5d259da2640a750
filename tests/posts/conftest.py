"""The people of the tests of posts, and how one follows another."""

from __future__ import annotations

import pytest_asyncio

from actors.follows import save_follow
from people import alice, bob, carol, dave  # noqa: F401


@pytest_asyncio.fixture
def follows(session):
    """Let somebody follow somebody, accepted unless `accepted=False`."""

    async def follow(follower, followee, **options):
        uri = f"{follower.uri}/follows/{followee.username}"
        options.setdefault("accepted", True)
        return await save_follow(session, follower, followee, uri=uri, **options)

    return follow
