"""Passwords: argon2id, two at a time, off the event loop."""

from __future__ import annotations

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from core.errors import InvalidInput

MIN_LENGTH = 10
MAX_LENGTH = 256
# 19 MiB, 2 rounds: OWASP's figures. The library's default takes 64 MiB a hash.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_TWO_AT_A_TIME = ThreadPoolExecutor(max_workers=2, thread_name_prefix="argon2")
_GENERATED_BYTES = 15


def make_password() -> str:
    """Return a random password of 20 characters."""
    return secrets.token_urlsafe(_GENERATED_BYTES)


async def hash_password(password: str) -> str:
    """Return the hash to store. Raises InvalidInput for a password of the wrong length."""
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        raise InvalidInput(f"a password has {MIN_LENGTH} to {MAX_LENGTH} characters")
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_TWO_AT_A_TIME, _HASHER.hash, password)


async def matches(password_hash: str | None, password: str) -> bool:
    """Check a password; without a hash the same time is spent, so that nobody learns who exists."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_TWO_AT_A_TIME, _matches, password_hash, password)


def _matches(password_hash: str | None, password: str) -> bool:
    if len(password) > MAX_LENGTH:
        password = password[: MAX_LENGTH + 1]
    if password_hash is None:
        _HASHER.hash(password)
        return False
    try:
        return _HASHER.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False
