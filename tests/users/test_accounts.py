"""People who sign in: made, found, suspended, deleted (security.md I09, I11)."""

from __future__ import annotations

import pytest

from actors.models import Actor
from core.errors import InvalidInput, NotFound
from users import accounts
from users.limits import TooManyAttempts
from users.models import User
from users.sessions import find_session, sign_in
from users.tokens import find_token, issue_token

PASSWORD = "a long enough password"


@pytest.fixture(autouse=True)
def forget_attempts():
    yield
    accounts._attempts.reset()


async def make(database, username="dora", **changes):
    values = {"email": f"{username}@chu.example", "name": "Dr Dora", "password": PASSWORD}
    return await accounts.create_user(database, username=username, **values | changes)


async def sessions_and_tokens(database, user):
    async with database.transaction() as session:
        secret, _ = await sign_in(session, user)
        bearer = await issue_token(session, user=user, app=None, scopes="read")
    return secret, bearer


@pytest.mark.parametrize("name", ["dora", "DORA", "@dora", "dora@chu.example", "Dora@CHU.example "])
async def test_a_person_signs_in_by_username_or_address(database, name):
    made = await make(database)

    found = await accounts.authenticate_user(database, name, PASSWORD)

    assert found.id == made.id


@pytest.mark.parametrize(
    ("name", "password"),
    [("dora", "wrong"), ("nobody", PASSWORD), ("", ""), ("dora", ""), ("dora", "x" * 9999)],
)
async def test_H24_a_wrong_pair_is_nobody(database, name, password):
    await make(database)

    assert await accounts.authenticate_user(database, name, password) is None


async def test_a_name_and_an_address_are_given_once(database):
    await make(database)

    with pytest.raises(InvalidInput, match="taken"):
        await make(database, "Dora", email="other@chu.example")
    with pytest.raises(InvalidInput, match="has an account already"):
        await make(database, "other", email="DORA@chu.example")


@pytest.mark.parametrize(
    "changes",
    [
        {"email": "no address"},
        {"email": "a@b\n.example"},
        {"email": f"{'a' * 250}@chu.example"},
        {"password": "short"},
        {"password": "a" * 257},
        {"name": " "},
        {"username": "../root"},
        {"username": "admin"},
    ],
)
async def test_a_bad_account_is_not_made(database, changes):
    with pytest.raises(InvalidInput):
        await make(database, **changes)

    async with database.read() as session:
        assert await accounts.list_users(session) == []


async def test_I11_a_name_is_tried_25_times_an_hour(database, monkeypatch):
    for _ in range(25):
        accounts._attempts.require("dora")

    with pytest.raises(TooManyAttempts):
        await accounts.authenticate_user(database, "Dora", PASSWORD)


async def test_I09_a_new_password_signs_everybody_out(database):
    user = await make(database)
    secret, bearer = await sessions_and_tokens(database, user)

    await accounts.set_password(database, "dora", password="another password", decided_by="cli")

    async with database.read() as session:
        assert await find_session(session, secret) is None
        assert (await find_token(session, bearer)).token.revoked_at is not None
    assert await accounts.authenticate_user(database, "dora", PASSWORD) is None
    assert await accounts.authenticate_user(database, "dora", "another password")


async def test_a_suspended_person_is_signed_out_until_it_ends(database):
    user = await make(database)
    secret, _ = await sessions_and_tokens(database, user)

    await accounts.suspend_user(database, "dora", decided_by="cli")

    async with database.read() as session:
        assert await find_session(session, secret) is None
        assert (await session.get_one(Actor, user.actor_id)).suspended_at is not None
    assert await accounts.authenticate_user(database, "dora", PASSWORD) is None
    with pytest.raises(InvalidInput, match="suspended"):
        await accounts.get_user_who_may_sign_in(database, "dora")
    await accounts.resume_user(database, "dora", decided_by="cli")
    assert await accounts.authenticate_user(database, "dora", PASSWORD)


async def test_of_a_deleted_person_nothing_personal_stays_but_the_name_is_kept(database):
    user = await make(database)
    async with database.transaction() as session:
        await accounts.delete_user(session, "dora", decided_by="cli")

    async with database.read() as session:
        left = await session.get_one(User, user.id)
    assert "chu.example" not in left.email + left.email_key
    assert left.password_hash == ""
    assert not left.may_sign_in
    with pytest.raises(InvalidInput, match="taken"):
        await make(database)


async def test_a_deleted_account_is_not_brought_back(database):
    await make(database)
    async with database.transaction() as session:
        await accounts.delete_user(session, "dora", decided_by="cli")

    for change in (accounts.suspend_user, accounts.resume_user):
        with pytest.raises(NotFound, match="deleted"):
            await change(database, "dora", decided_by="cli")
    with pytest.raises(NotFound, match="deleted"):
        await accounts.set_password(database, "dora", password=PASSWORD, decided_by="cli")
    with pytest.raises(InvalidInput, match="deleted"):
        await accounts.get_user_who_may_sign_in(database, "dora")


async def test_an_unknown_account_is_not_found(database):
    with pytest.raises(NotFound):
        await accounts.get_user_by_username(database, "nobody")
