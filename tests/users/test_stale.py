"""What is over is forgotten: what may still be of use is kept, and nothing is done in one go."""

from __future__ import annotations

from datetime import timedelta

import pytest
import pytest_asyncio
from sqlalchemy import func, select
from sqlmodel import SQLModel

from core import clock
from core.clock import now
from factories import make_local_actor, make_user
from notifications.models import PushSubscription
from users import stale
from users.models import (
    AccessToken,
    DeviceGrant,
    OAuthApp,
    OAuthCode,
    Purpose,
    RefreshToken,
    Ticket,
    WebSession,
)
from users.sessions import sign_in
from users.stale import delete_stale
from workers.periodic import Periodic

_HASHES = {
    AccessToken: "token_hash",
    DeviceGrant: "device_hash",
    OAuthCode: "code_hash",
    RefreshToken: "token_hash",
    WebSession: "session_hash",
    Ticket: "ticket_hash",
}
FOREVER = timedelta(days=200)


async def count(session, table) -> int:
    return await session.scalar(select(func.count()).select_from(table))


async def save(session, *rows: SQLModel) -> None:
    session.add_all(rows)
    await session.flush()


@pytest_asyncio.fixture
async def new(session):
    """Make rows of one person and one program, named by their hash; moments are days from now."""
    user = await make_user(session, await make_local_actor(session, "dora"))
    app = OAuthApp(client_id="app", client_secret_hash="", name="App", scopes="read")
    await save(session, app)
    whose = {"user_id": user.id, "app_id": app.id, "scopes": "read"}

    async def make(table, name="x", **values):
        moments = {
            key: now() + timedelta(days=value) if key.endswith("_at") else value
            for key, value in values.items()
        }
        row = table(**{_HASHES[table]: name}, **whose, **moments)
        await save(session, row)
        return row

    return make


@pytest.mark.parametrize(
    ("token", "refresh", "is_kept"),
    [
        ({}, None, True),
        ({"expires_at": 1}, None, True),
        ({"expires_at": -29}, None, True),
        ({"expires_at": -31}, None, False),
        ({"revoked_at": -29}, None, True),
        ({"revoked_at": -31}, None, False),
        ({"revoked_at": -31, "expires_at": 1}, None, False),
        ({"revoked_at": -1, "expires_at": -31}, None, False),
        ({"expires_at": -31}, {"expires_at": 1}, True),
        ({"expires_at": -31}, {"expires_at": 1, "used_at": -31}, False),
        ({"expires_at": -31}, {"expires_at": -1}, False),
        ({"expires_at": -31, "revoked_at": -31}, {"expires_at": 1}, False),
    ],
    ids=[
        "as ever",
        "not run out",
        "run out lately",
        "run out",
        "revoked lately",
        "revoked",
        "revoked before it ran out",
        "run out and revoked later",
        "to be refreshed",
        "refreshed by another",
        "too late to be refreshed",
        "revoked with its family",
    ],
)
async def test_a_token_is_kept_a_month_after_it_ended(session, new, token, refresh, is_kept):
    await new(AccessToken, family_id=7, **token)
    if refresh is not None:
        await new(RefreshToken, family_id=7, **refresh)

    await delete_stale(session)

    assert await count(session, AccessToken) == (1 if is_kept else 0)


async def test_of_the_rest_only_what_is_over_is_forgotten(session, new):
    grant = {"redirect_uri": "urn:x"}
    for days in (-1, 1):
        await new(WebSession, f"s{days}", csrf_token="", expires_at=days)
        await new(OAuthCode, f"c{days}", **grant, expires_at=days)
        await new(RefreshToken, f"r{days}", family_id=1, expires_at=days)
        await new(DeviceGrant, f"d{days}", user_code=f"{days}", expires_at=days)
        await new(Ticket, f"t{days}", purpose=Purpose.RESET_PASSWORD, expires_at=days)
    await new(OAuthCode, "used", **grant, expires_at=1, used_at=0)
    await new(RefreshToken, "used", family_id=1, expires_at=1, used_at=0)

    assert await delete_stale(session) == 6
    assert await delete_stale(session) == 0

    assert [await count(session, table) for table in _HASHES] == [0, 1, 1, 2, 1, 1]


async def test_no_more_than_a_slice_is_forgotten_at_once(session, new, monkeypatch):
    monkeypatch.setattr(stale, "FORGOTTEN_AT_ONCE", 2)
    for number in range(5):
        await new(AccessToken, f"{number}", revoked_at=-31)
        await new(WebSession, f"{number}", csrf_token="", expires_at=-1)
        await new(Ticket, f"{number}", purpose=Purpose.RESET_PASSWORD, expires_at=-1)

    assert [await delete_stale(session) for _ in range(4)] == [6, 6, 3, 0]


async def test_a_token_on_which_a_session_hangs_is_kept(session, new):
    token = await new(AccessToken, revoked_at=-31)
    await new(WebSession, csrf_token="", token_id=token.id, expires_at=1)

    assert await delete_stale(session) == 0


async def test_the_chore_forgets_all_that_is_over_with_what_hangs_on_it(
    database, monkeypatch
):
    monkeypatch.setattr(stale, "FORGOTTEN_AT_ONCE", 2)
    async with database.transaction() as session:
        user = await make_user(session, await make_local_actor(session, "dora"))
        for number in range(5):
            _, browser = await sign_in(session, user)
            woken = PushSubscription(
                user_id=user.id,
                token_id=browser.token_id,
                endpoint="https://push.example/x",
                p256dh="",
                auth="",
            )
            letter = Ticket(
                ticket_hash=f"{number}",
                user_id=user.id,
                purpose=Purpose.CHANGE_EMAIL,
                expires_at=now(),
            )
            await save(session, woken, letter)
    chores = Periodic(database, None)
    clock.shift(FOREVER)

    await chores.step()

    async with database.read() as session:
        for table in (*_HASHES, PushSubscription):
            assert await count(session, table) == 0
