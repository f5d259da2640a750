"""SQL of the users room: people, sessions, tokens, apps, codes."""

from __future__ import annotations

from sqlalchemy import delete, or_, select, update
from sqlmodel import col

from actors.models import Actor
from core.clock import now
from db.session import AsyncSession
from users.models import AccessToken, OAuthApp, OAuthCode, User, WebSession


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
    await _revoke(session, col(AccessToken.code_hash) == code_hash)


async def revoke_token_row(session: AsyncSession, token_hash: str, app_id: int) -> None:
    """End one token of one app; of another app's, nothing happens."""
    mine = col(AccessToken.app_id) == app_id
    await _revoke(session, (col(AccessToken.token_hash) == token_hash) & mine)


async def _revoke(session: AsyncSession, which: object) -> None:
    alive = col(AccessToken.revoked_at).is_(None)
    statement = update(AccessToken).where(alive, which)  # type: ignore[arg-type]
    await session.execute(statement.values(revoked_at=now()))


async def end_tokens(session: AsyncSession, user_id: int) -> None:
    """End every token of a person, and every code that could still become one."""
    await _revoke(session, col(AccessToken.user_id) == user_id)
    await session.execute(delete(OAuthCode).where(col(OAuthCode.user_id) == user_id))


async def end_sessions(session: AsyncSession, user_id: int) -> None:
    """Sign a person out of every browser."""
    await session.execute(delete(WebSession).where(col(WebSession.user_id) == user_id))


async def find_session_row(
    session: AsyncSession, session_hash: str
) -> tuple[WebSession, User, Actor] | None:
    """Return a browser's session that has not run out, with its person and their actor."""
    statement = (
        select(WebSession, User, Actor)
        .join(User, col(User.id) == col(WebSession.user_id))
        .join(Actor, col(Actor.id) == col(User.actor_id))
        .where(col(WebSession.session_hash) == session_hash, col(WebSession.expires_at) > now())
    )
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else (row[0], row[1], row[2])


async def delete_session_row(session: AsyncSession, session_hash: str) -> None:
    """Forget a browser's session."""
    await session.execute(delete(WebSession).where(col(WebSession.session_hash) == session_hash))


async def delete_stale(session: AsyncSession) -> None:
    """Forget sessions and codes that ran out; for a periodic job."""
    await session.execute(delete(WebSession).where(col(WebSession.expires_at) < now()))
    await session.execute(
        delete(OAuthCode).where(
            or_(col(OAuthCode.expires_at) < now(), col(OAuthCode.used_at).is_not(None))
        )
    )
