"""A device that shows codes (TOTP), for tests: it learns the secret as people's devices do."""

from __future__ import annotations

from datetime import timedelta

import pyotp

from core import clock
from users import second_factor
from users.second_factor import STEP_S, current_step, pending_secret


def begin_a_step() -> None:
    """Move the clock to where a step has just begun: what is counted in steps then stays true."""
    past = clock.now().timestamp() % STEP_S
    clock.shift(timedelta(seconds=STEP_S - past + 1))


def later(steps: int = 1) -> None:
    """Let so many steps go by."""
    clock.shift(timedelta(seconds=STEP_S * steps))


def code_of(secret: str, steps: int = 0) -> str:
    """Return what a device shows now, or so many steps from now."""
    return pyotp.TOTP(secret).generate_otp(current_step() + steps)


def wrong_code(secret: str) -> str:
    """Return six digits that no step around now has."""
    near = {code_of(secret, steps) for steps in range(-3, 4)}
    return next(code for code in (f"{number:06}" for number in range(9)) if code not in near)


async def with_factor(database, user) -> tuple[str, list[str]]:
    """Give somebody a second factor; returns the secret and the recovery codes.

    The clock stands at the beginning of a step, whose code has not been used.
    """
    begin_a_step()
    async with database.transaction() as session:
        await second_factor.begin(session, user.id)
        user = await session.get_one(type(user), user.id)
        secret = pending_secret(database.settings.secret, user)
        codes = await second_factor.confirm(session, user.id, code_of(secret))
    assert secret is not None and codes is not None
    later(2)
    return secret, codes
