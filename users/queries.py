"""SQL of the users room: people, sessions, tokens, apps, codes."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, delete, func, or_, select, update
from sqlmodel import col

from actors.models import Actor
from core.clock import now
from db.bus import Event, emit
from db.session import AsyncSession
from users.models import (
    AccessToken,
    DeviceGrant,
    OAuthApp,
    OAuthCode,
    RefreshToken,
    User,
    WebSession,
)

_SESSION = col(WebSession.session_hash)
# Asked before every page.
_SIGNED_IN = (
    select(WebSession, User, Actor)
    .join(User, col(User.id) == col(WebSession.user_id))
    .join(Actor, col(Actor.id) == col(User.actor_id))
    .where(_SESSION == bindparam("session"), col(WebSession.expires_at) > bindparam("at"))
)


async def find_user(session: AsyncSession, user_id: int) -> User | None:
    """Return a user by id."""
    return await session.get(User, user_id)


async def find_user_by_username(session: AsyncSession, username: str) -> User | None:
    """Return a user by the name before the @, whatever its case."""
    mine = col(Actor.username_key) == username.lower()
    statement = select(User).join(Actor, col(Actor.id) == col(User.actor_id)).where(mine)
    return await session.scalar(statement.where(col(Actor.host) == ""))


async def find_user_to_sign_in(session: AsyncSession, name: str) -> User | None:
    """Return a user by e-mail address or username."""
    if "@" not in name.strip().lstrip("@"):
        return await find_user_by_username(session, name.strip().lstrip("@"))
    return await find_user_by_email(session, email_key(name))


async def find_user_by_email(session: AsyncSession, key: str) -> User | None:
    """Return a user by folded e-mail address."""
    return await session.scalar(select(User).where(col(User.email_key) == key))


def email_key(email: str) -> str:
    """Fold an e-mail address for comparing."""
    return email.strip().lower()


async def list_users(session: AsyncSession) -> list[tuple[User, str]]:
    """Return every user with the username, oldest first."""
    statement = select(User, col(Actor.username)).join(Actor, col(Actor.id) == col(User.actor_id))
    return [(user, name) for user, name in await session.execute(statement.order_by(col(User.id)))]


async def count_members(session: AsyncSession) -> int:
    """Return how many people may sign in."""
    statement = select(func.count()).where(
        col(User.confirmed_at).is_not(None),
        col(User.approved_at).is_not(None),
        col(User.suspended_at).is_(None),
        col(User.email) != "",
    )
    return await session.scalar(statement) or 0


async def find_token_row(
    session: AsyncSession, token_hash: str
) -> tuple[AccessToken, User | None, Actor | None] | None:
    """Return a token with its person and their actor, in one query; revoked ones too."""
    statement = (
        select(AccessToken, User, Actor)
        .outerjoin(User, col(User.id) == col(AccessToken.user_id))
        .outerjoin(Actor, col(Actor.id) == col(User.actor_id))
        .where(col(AccessToken.token_hash) == token_hash)
    )
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else (row[0], row[1], row[2])


async def find_app(session: AsyncSession, client_id: str) -> OAuthApp | None:
    """Return an app by its public id."""
    return await session.scalar(select(OAuthApp).where(col(OAuthApp.client_id) == client_id))


async def find_app_of_token(session: AsyncSession, token: AccessToken) -> OAuthApp | None:
    """Return the app that a token was given to; None for one made on the command line."""
    return await session.get(OAuthApp, token.app_id) if token.app_id is not None else None


async def use_code(session: AsyncSession, code_hash: str) -> OAuthCode | None:
    """Mark a code as used and return it; None when it does not exist or was used before."""
    statement = (
        update(OAuthCode)
        .where(col(OAuthCode.code_hash) == code_hash, col(OAuthCode.used_at).is_(None))
        .values(used_at=now())
        .returning(OAuthCode)
    )
    return await session.scalar(statement)


async def revoke_tokens_of_code(session: AsyncSession, code_hash: str) -> None:
    """End the tokens that came from a code (RFC 6749 §4.1.2: it was shown twice)."""
    came = col(AccessToken.code_hash) == code_hash
    families = await session.scalars(select(col(AccessToken.family_id)).where(came))
    await _revoke(session, came)
    await end_families(session, [family for family in families if family is not None])


async def revoke_secret(session: AsyncSession, token_hash: str, app_id: int) -> None:
    """End an access or refresh token of one app, with its family; of another app's, nothing."""
    access, refresh = col(AccessToken.token_hash), col(RefreshToken.token_hash)
    families = [
        *await session.scalars(
            select(col(AccessToken.family_id)).where(
                access == token_hash, col(AccessToken.app_id) == app_id
            )
        ),
        *await session.scalars(
            select(col(RefreshToken.family_id)).where(
                refresh == token_hash, col(RefreshToken.app_id) == app_id
            )
        ),
    ]
    await _revoke(session, (access == token_hash) & (col(AccessToken.app_id) == app_id))
    await end_families(session, [family for family in families if family is not None])


async def end_families(session: AsyncSession, family_ids: Collection[int]) -> None:
    """End the access and refresh tokens of some families."""
    if not family_ids:
        return
    await _revoke(session, col(AccessToken.family_id).in_(family_ids))
    await _use_up(session, col(RefreshToken.family_id).in_(family_ids))


async def _revoke(session: AsyncSession, which: ColumnElement[bool]) -> None:
    alive = col(AccessToken.revoked_at).is_(None)
    statement = update(AccessToken).where(alive, which).values(revoked_at=now())
    await session.execute(statement)
    emit(session, Event("revoked"))


async def _use_up(session: AsyncSession, which: ColumnElement[bool]) -> None:
    unused = col(RefreshToken.used_at).is_(None)
    statement = update(RefreshToken).where(unused, which).values(used_at=now())
    await session.execute(statement)


async def end_tokens(session: AsyncSession, user_id: int) -> None:
    """End every token of a person, and every code and device that could still have one."""
    await _revoke(session, col(AccessToken.user_id) == user_id)
    await _use_up(session, col(RefreshToken.user_id) == user_id)
    await session.execute(delete(OAuthCode).where(col(OAuthCode.user_id) == user_id))
    await session.execute(delete(DeviceGrant).where(col(DeviceGrant.user_id) == user_id))


async def end_tokens_of_app(session: AsyncSession, user_id: int, app_id: int) -> bool:
    """End every token that a person gave to an app, as `end_tokens`; tell whether it had one."""
    mine = (col(AccessToken.user_id) == user_id) & (col(AccessToken.app_id) == app_id)
    alive = select(col(AccessToken.id)).where(mine, col(AccessToken.revoked_at).is_(None))
    if await session.scalar(alive.limit(1)) is None:
        return False
    await _revoke(session, mine)
    own = col(RefreshToken.user_id) == user_id
    await _use_up(session, own & (col(RefreshToken.app_id) == app_id))
    for table in (OAuthCode, DeviceGrant):
        grants = delete(table).where(col(table.user_id) == user_id, col(table.app_id) == app_id)
        await session.execute(grants)
    return True


async def find_refresh_token(
    session: AsyncSession, token_hash: str, app_id: int
) -> RefreshToken | None:
    """Return a refresh token of an app, a used one too; nobody else can use it meanwhile."""
    statement = select(RefreshToken).where(
        col(RefreshToken.token_hash) == token_hash, col(RefreshToken.app_id) == app_id
    )
    return await session.scalar(statement.with_for_update())


async def renew_token(
    session: AsyncSession, family_id: int, token_hash: str, *, scopes: str, expires_at: datetime
) -> bool:
    """Give the access token of a family another secret; tell whether it is still there."""
    statement = (
        update(AccessToken)
        .where(col(AccessToken.family_id) == family_id, col(AccessToken.revoked_at).is_(None))
        .values(token_hash=token_hash, scopes=scopes, expires_at=expires_at, created_at=now())
        .returning(col(AccessToken.id))
    )
    return await session.scalar(statement) is not None


async def note_token_use(session: AsyncSession, token_id: int, *, before: datetime) -> None:
    """Note that a token is in use, unless that was noted after `before`."""
    last = col(AccessToken.last_used_at)
    statement = update(AccessToken).where(
        col(AccessToken.id) == token_id, or_(last.is_(None), last <= before)
    )
    await session.execute(statement.values(last_used_at=now()))


async def find_device(
    session: AsyncSession, device_hash: str, app_id: int
) -> DeviceGrant | None:
    """Return the grant that a device of an app asks for; nobody else can use it meanwhile."""
    statement = select(DeviceGrant).where(
        col(DeviceGrant.device_hash) == device_hash, col(DeviceGrant.app_id) == app_id
    )
    return await session.scalar(statement.with_for_update())


async def find_waiting_device(
    session: AsyncSession, user_code: str
) -> tuple[DeviceGrant, OAuthApp] | None:
    """Return the grant that waits for somebody's word under a code, and who asks."""
    statement = (
        select(DeviceGrant, OAuthApp)
        .join(OAuthApp, col(OAuthApp.id) == col(DeviceGrant.app_id))
        .where(*_waiting(user_code))
    )
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else (row[0], row[1])


async def decide_device(
    session: AsyncSession, user_code: str, user_id: int, *, allowed: bool
) -> bool:
    """Write down somebody's word on a grant that waits; tell whether one still did."""
    word = {"approved_at": now()} if allowed else {"denied_at": now()}
    statement = (
        update(DeviceGrant)
        .where(*_waiting(user_code))
        .values(user_id=user_id, **word)
        .returning(col(DeviceGrant.device_hash))
    )
    return await session.scalar(statement) is not None


def _waiting(user_code: str) -> tuple[ColumnElement[bool], ...]:
    return (
        col(DeviceGrant.user_code) == user_code,
        col(DeviceGrant.approved_at).is_(None),
        col(DeviceGrant.denied_at).is_(None),
        col(DeviceGrant.expires_at) > now(),
    )


async def is_user_code_taken(session: AsyncSession, user_code: str) -> bool:
    """Tell whether a grant has this code, be it over."""
    mine = col(DeviceGrant.user_code) == user_code
    return await session.scalar(select(mine).where(mine).limit(1)) is not None


async def end_sessions(session: AsyncSession, user_id: int, *, but: str | None = None) -> None:
    """Sign a person out of every browser, or of all but that with one hash."""
    mine = col(WebSession.user_id) == user_id
    await _end_sessions(session, mine if but is None else mine & (_SESSION != but))


async def _end_sessions(session: AsyncSession, which: ColumnElement[bool]) -> None:
    """Forget some sessions, and end the tokens on which their streams and pushes hang."""
    await _revoke(session, col(AccessToken.id).in_(select(col(WebSession.token_id)).where(which)))
    statement = delete(WebSession).where(which)
    await session.execute(statement.execution_options(synchronize_session=False))


async def find_session_row(
    session: AsyncSession, session_hash: str
) -> tuple[WebSession, User, Actor] | None:
    """Return a browser's session that has not run out, with its person and their actor."""
    asked = {"session": session_hash, "at": now()}
    row = (await session.execute(_SIGNED_IN, asked)).one_or_none()
    return None if row is None else (row[0], row[1], row[2])


async def delete_session_row(session: AsyncSession, session_hash: str) -> None:
    """Forget a browser's session."""
    await _end_sessions(session, _SESSION == session_hash)
