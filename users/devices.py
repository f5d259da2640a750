"""The device grant: a kiosk or a ward's tablet is let in from another screen (RFC 8628)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.clock import now
from db.session import AsyncSession
from users import queries
from users.models import DeviceGrant, OAuthApp, User
from users.refusals import OAuthRefusal
from users.scopes import parse_scopes, within
from users.secret import digest, new_secret
from users.tokens import IssuedToken, issue_to_person

# Where people type the code.
DEVICE_PAGE = "/oauth/device"
DEVICE_CODE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
DEVICE_LENGTH = timedelta(minutes=15)
INTERVAL_S = 5
MAX_INTERVAL_S = 60
# Consonants: no word comes out, nothing looks like a digit (RFC 8628 §6.1). 20^8 codes.
LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
CODE_LENGTH = 8
MAX_DEVICE_LENGTH = 200


@dataclass(frozen=True, slots=True)
class DeviceCodes:
    """What a device is told: the secret it asks with, and the code it shows."""

    device_code: str
    user_code: str


@dataclass(frozen=True, slots=True)
class WaitingDevice:
    """A device that waits for somebody's word: which program, from where, what it asks for."""

    user_code: str
    program: str
    website: str | None
    scopes: tuple[str, ...]
    device: str
    address: str
    asked_at: datetime


async def start_device(
    session: AsyncSession, app: OAuthApp, *, scope: str | None, device: str, address: str
) -> DeviceCodes:
    """Begin a grant; raises OAuthRefusal for scopes that the app did not register (I03).

    `device` is what the device says it is, `address` from where it asks.
    """
    scopes = parse_scopes(scope)
    if not within(scopes, app.scopes.split()):
        raise OAuthRefusal("invalid_scope")
    user_code = _new_user_code()
    while await queries.is_user_code_taken(session, user_code):
        user_code = _new_user_code()
    device_code = new_secret()
    session.add(
        DeviceGrant(
            device_hash=digest(device_code),
            user_code=user_code,
            app_id=app.id,
            scopes=" ".join(scopes),
            device=device[:MAX_DEVICE_LENGTH],
            address=address,
            interval_s=INTERVAL_S,
            expires_at=now() + DEVICE_LENGTH,
        )
    )
    return DeviceCodes(device_code, shown(user_code))


async def find_waiting_device(session: AsyncSession, typed: str) -> WaitingDevice | None:
    """Return the device that waits under a code, however it was typed; None when none does."""
    found = await queries.find_waiting_device(session, _plain(typed))
    if found is None:
        return None
    grant, app = found
    return WaitingDevice(
        user_code=shown(grant.user_code),
        program=app.name,
        website=app.website,
        scopes=tuple(grant.scopes.split()),
        device=grant.device,
        address=grant.address,
        asked_at=grant.created_at,
    )


async def decide_device(
    session: AsyncSession, typed: str, user: User, *, allowed: bool
) -> bool:
    """Let a device in, or not; False when nothing waits under the code any more."""
    if not user.may_sign_in:
        return False
    return await queries.decide_device(session, _plain(typed), user.id, allowed=allowed)


async def token_for_device(
    session: AsyncSession, app: OAuthApp, device_code: str
) -> IssuedToken | OAuthRefusal:
    """Answer a device that asks whether it was let in (RFC 8628 §3.5).

    The refusal is returned, so that what was noted about it is committed.
    """
    device_hash = digest(device_code)
    grant = await queries.find_device(session, device_hash, app.id)
    if grant is None:
        return OAuthRefusal("invalid_grant")
    if grant.used_at is not None:
        # Shown twice, as a code: who else holds it is not known.
        await queries.revoke_tokens_of_code(session, device_hash)
        return OAuthRefusal("invalid_grant")
    if grant.denied_at is not None:
        return OAuthRefusal("access_denied")
    if grant.expires_at <= now():
        return OAuthRefusal("expired_token")
    if grant.approved_at is None or grant.user_id is None:
        return _not_yet(grant)
    user = await queries.find_user(session, grant.user_id)
    if user is None or not user.may_sign_in:
        return OAuthRefusal("access_denied")
    grant.used_at = now()
    return await issue_to_person(
        session, user, app, scopes=grant.scopes, code_hash=device_hash
    )


def shown(user_code: str) -> str:
    """Write a code as it is shown: `BCDF-GHJK`."""
    half = CODE_LENGTH // 2
    return f"{user_code[:half]}-{user_code[half:]}"


def _not_yet(grant: DeviceGrant) -> OAuthRefusal:
    before, grant.polled_at = grant.polled_at, now()
    if before is None or now() - before >= timedelta(seconds=grant.interval_s):
        return OAuthRefusal("authorization_pending")
    grant.interval_s = min(grant.interval_s + INTERVAL_S, MAX_INTERVAL_S)
    return OAuthRefusal("slow_down")


def _new_user_code() -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH))


def _plain(typed: str) -> str:
    return "".join(letter for letter in typed[:40].upper() if letter in LETTERS)
