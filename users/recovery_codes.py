"""Recovery codes: ten, each good once, for who has lost the device of their second factor.

What is kept is a keyed hash: a code is short enough to be typed, and found by nobody who has the
database without the instance's secret.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from functools import lru_cache

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import ColumnElement, delete, func, select, update
from sqlmodel import col

from core.clock import now
from db.session import AsyncSession, settings_of
from users.models import RecoveryCode

HOW_MANY = 10
# Without what looks alike on paper: 31^12 codes.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
LENGTH, GROUP = 12, 4
_PURPOSE = b"consilium recovery codes"


async def remake(session: AsyncSession, user_id: int) -> list[str]:
    """Make somebody's codes anew and return them as they are shown; those of before are void."""
    await forget(session, user_id)
    codes = ["".join(secrets.choice(LETTERS) for _ in range(LENGTH)) for _ in range(HOW_MANY)]
    secret = settings_of(session).secret
    session.add_all(
        RecoveryCode(code_hash=_hashed(secret, user_id, code), user_id=user_id) for code in codes
    )
    await session.flush()
    return [_spelled(code) for code in codes]


async def use(session: AsyncSession, user_id: int, code: str) -> bool:
    """Use a code up, given without spaces and hyphens; tell whether it was good."""
    wanted = _hashed(settings_of(session).secret, user_id, code)
    statement = (
        update(RecoveryCode)
        .where(col(RecoveryCode.code_hash) == wanted, *_unused(user_id))
        .values(used_at=now())
        .returning(col(RecoveryCode.code_hash))
    )
    return await session.scalar(statement) is not None


async def count_left(session: AsyncSession, user_id: int) -> int:
    """Return how many codes somebody has left."""
    statement = select(func.count()).select_from(RecoveryCode).where(*_unused(user_id))
    return await session.scalar(statement) or 0


async def forget(session: AsyncSession, user_id: int) -> None:
    """Void all codes of somebody."""
    await session.execute(delete(RecoveryCode).where(col(RecoveryCode.user_id) == user_id))


def _unused(user_id: int) -> tuple[ColumnElement[bool], ...]:
    return col(RecoveryCode.user_id) == user_id, col(RecoveryCode.used_at).is_(None)


def _spelled(code: str) -> str:
    return "-".join(code[start : start + GROUP] for start in range(0, LENGTH, GROUP))


@lru_cache(maxsize=8)
def _key(secret: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=_PURPOSE).derive(secret)


def _hashed(secret: bytes, user_id: int, code: str) -> str:
    return hmac.new(_key(secret), f"{user_id} {code}".encode(), hashlib.sha256).hexdigest()
