"""Changing one's own second factor: with the password of now, and with a code of it (H14)."""

from __future__ import annotations

from core.errors import Forbidden
from db.session import AsyncSession, Database
from users import recovery_codes, second_factor
from users.accounts import get_user_by_username
from users.doors import PASSWORD_CHANGES, count
from users.models import User
from users.own_account import require_password
from users.second_step import count_try


class WrongCode(Forbidden):
    """What was given is no code of one's second factor, or was given before. Door: 403."""


async def prove(database: Database, user_id: int, password: str) -> None:
    """Make sure that it is the person who asks; raises WrongPassword, TooManyAttempts."""
    count(database.settings, PASSWORD_CHANGES, str(user_id))
    await require_password(database, user_id, password)


async def begin_factor(database: Database, user_id: int, *, password: str) -> None:
    """Make a secret for one's device. Raises WrongPassword, TooManyAttempts, InvalidInput."""
    await prove(database, user_id, password)
    async with database.transaction() as session:
        await second_factor.begin(session, user_id)


async def remake_codes(
    database: Database, user_id: int, *, password: str, code: str
) -> list[str]:
    """Make one's recovery codes anew and return them, readable this once.

    Raises WrongPassword, WrongCode, TooManyAttempts.
    """
    await prove(database, user_id, password)
    async with database.transaction() as session:
        await _take(session, user_id, code)
        return await recovery_codes.remake(session, user_id)


async def remove_factor(database: Database, user_id: int, *, password: str, code: str) -> None:
    """Be asked for the password alone from now on.

    Raises WrongPassword, WrongCode, TooManyAttempts.
    """
    await prove(database, user_id, password)
    async with database.transaction() as session:
        await _take(session, user_id, code)
        await second_factor.remove(session, user_id)


async def remove_factor_of(database: Database, username: str, *, decided_by: str) -> User:
    """Take the second factor of who has lost everything; they are told. Raises NotFound.

    Nothing happens to who has none.
    """
    user = await get_user_by_username(database, username)
    async with database.transaction() as session:
        await second_factor.remove(session, user.id, by=decided_by)
    return await get_user_by_username(database, username)


async def _take(session: AsyncSession, user_id: int, code: str) -> None:
    count_try(user_id)
    if not await second_factor.take_code(session, user_id, code):
        raise WrongCode("this is no code of the second factor")
