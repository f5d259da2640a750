"""A second factor: codes of six digits from a device of one's own (TOTP, RFC 6238), each good once.

The secret lies sealed in the row of its person: a copy of the database alone makes no codes. Until
the device has shown that it knows the secret, nothing is asked at the door; `User.totp_step` then
says when that was begun, and afterwards which step's code was taken last.
"""

from __future__ import annotations

import os
import unicodedata
from base64 import b64decode, b64encode
from datetime import timedelta
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import ColumnElement, update
from sqlmodel import col

from actors.models import Actor
from core.clock import now
from core.errors import InvalidInput
from core.logging import get_logger
from db.session import AsyncSession, settings_of
from moderation.audit import record
from users import queries, recovery_codes
from users.letters import Letter
from users.mailing import owe_letter
from users.models import Purpose, User
from users.secret import same
from users.tickets import end_tickets

log = get_logger(__name__)
STEP_S = 30
# A clock may be wrong by one step in either direction (I17).
DRIFT = 1
# How long a device may take from seeing the secret to its first code.
PENDING = timedelta(minutes=30)
_CODE_LENGTH = 6
_NONCE_BYTES = 12
_PURPOSE = b"consilium second factor"


async def begin(session: AsyncSession, user_id: int) -> None:
    """Make a secret for a person's device; one that was begun before is over.

    Raises InvalidInput for who has a second factor already.
    """
    import pyotp

    sealed = _seal(settings_of(session).secret, pyotp.random_base32(), user_id)
    # The first code may be that of the step just before.
    values = {"totp_secret": sealed, "totp_step": current_step() - DRIFT - 1}
    if not await _change(session, _is(user_id) & ~_HAS_FACTOR, **values):
        raise InvalidInput("this account has a second factor already")


def pending_secret(secret: bytes, user: User) -> str | None:
    """Return what a device is to be told, as base32, while it is waited for; `secret` is ours."""
    if user.has_second_factor or user.totp_secret is None or user.totp_step is None:
        return None
    begun = user.totp_step + DRIFT + 1
    if current_step() - begun >= PENDING.total_seconds() // STEP_S:
        return None
    return _unseal(secret, user)


def address_for_device(secret: str, *, username: str, place: str) -> str:
    """Return the `otpauth:` address by which a device learns a secret, and what it calls it."""
    import pyotp

    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=place)


async def confirm(session: AsyncSession, user_id: int, code: str) -> list[str] | None:
    """Ask for codes from now on, if the device shows the right one; None where it does not.

    Returns the recovery codes, readable this once.
    """
    user = await session.get_one(User, user_id)
    known = pending_secret(settings_of(session).secret, user)
    step = _find_step(known, code) if known is not None else None
    if step is None:
        return None
    is_still = _is(user_id) & ~_HAS_FACTOR & (col(User.totp_secret) == user.totp_secret)
    values = {"totp_step": step, "totp_confirmed_at": now()}
    if not await _change(session, is_still & _is_newer(step), **values):
        return None
    await _note(session, user, "account.second-factor-on", by=None)
    await owe_letter(session, Letter.SECOND_FACTOR_ON, user_id)
    return await recovery_codes.remake(session, user_id)


async def take_code(session: AsyncSession, user_id: int, code: str) -> bool:
    """Use up a code of the device, or a recovery code; tell whether it was good (I11).

    Neither it nor a code of an earlier step is good again.
    """
    user = await queries.find_user(session, user_id)
    if user is None or user.totp_secret is None or not user.has_second_factor:
        return False
    typed = clean(code)
    if len(typed) != _CODE_LENGTH:
        return await recovery_codes.use(session, user_id, typed)
    known = _unseal(settings_of(session).secret, user)
    step = _find_step(known, typed) if known is not None else None
    if step is None:
        return False
    is_still = _is(user_id) & _HAS_FACTOR & (col(User.totp_secret) == user.totp_secret)
    return await _change(session, is_still & _is_newer(step), totp_step=step)


async def remove(session: AsyncSession, user_id: int, *, by: str | None = None) -> bool:
    """Ask for the password alone from now on; tell whether there was more. The person is told.

    `by` is who decides, where it is not the person.
    """
    values = {"totp_secret": None, "totp_confirmed_at": None, "totp_step": None}
    if not await _change(session, _is(user_id) & _HAS_FACTOR, **values):
        return False
    await recovery_codes.forget(session, user_id)
    await end_tickets(session, user_id, [Purpose.SECOND_FACTOR])
    user = await session.get_one(User, user_id)
    await _note(session, user, "account.second-factor-off", by=by)
    await owe_letter(session, Letter.SECOND_FACTOR_OFF, user_id)
    return True


def clean(code: str) -> str:
    """Return a code as it was meant: without spaces and hyphens, in our letters and digits."""
    folded = unicodedata.normalize("NFKC", code[:100])
    return "".join(character for character in folded if character.isalnum()).lower()


def current_step() -> int:
    """Return the number of the half minute that it is, as devices count them."""
    return int(now().timestamp()) // STEP_S


def _find_step(secret: str, code: str) -> int | None:
    """Return which step's code this is, of those around now; of two the later."""
    import pyotp

    totp, middle, typed = pyotp.TOTP(secret), current_step(), clean(code)
    found = None
    for step in range(middle - DRIFT, middle + DRIFT + 1):
        if same(totp.generate_otp(step), typed):
            found = step
    return found


_HAS_FACTOR = col(User.totp_confirmed_at).is_not(None)


def _is(user_id: int) -> ColumnElement[bool]:
    return col(User.id) == user_id


def _is_newer(step: int) -> ColumnElement[bool]:
    return col(User.totp_step) < step


async def _change(session: AsyncSession, which: ColumnElement[bool], **values: object) -> bool:
    """Change a row if it is as it should be; tell whether it was: of two at once one is late."""
    statement = update(User).where(which).values(**values).returning(col(User.id))
    changed = await session.scalar(statement.execution_options(synchronize_session=False))
    if changed is None:
        return False
    await session.refresh(await session.get_one(User, changed))
    return True


async def _note(session: AsyncSession, user: User, action: str, *, by: str | None) -> None:
    username = (await session.get_one(Actor, user.actor_id)).username
    await record(session, actor=by or username, action=action, subject=username)


@lru_cache(maxsize=8)
def _cipher(secret: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), 32, salt=None, info=_PURPOSE).derive(secret))


def _seal(secret: bytes, known: str, user_id: int) -> str:
    """Encrypt what a device knows under the instance's secret, bound to its person."""
    nonce = os.urandom(_NONCE_BYTES)
    sealed = _cipher(secret).encrypt(nonce, known.encode(), str(user_id).encode())
    return b64encode(nonce + sealed).decode()


def _unseal(secret: bytes, user: User) -> str | None:
    """Undo `_seal`; None when the instance's secret is another one by now."""
    whole = b64decode(user.totp_secret or "")
    nonce, rest = whole[:_NONCE_BYTES], whole[_NONCE_BYTES:]
    try:
        return _cipher(secret).decrypt(nonce, rest, str(user.id).encode()).decode()
    except InvalidTag:
        log.error("a second factor was sealed with another secret", user_id=user.id)
        return None
