"""Sign-ons that are under way, and the identities at OpenID providers that let somebody in.

An identity is (issuer, subject), nothing else: it is linked by who is signed in here, never because
an address is the same. Who is sent to a provider comes back with the state that this browser got.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select, update
from sqlmodel import col

from core.clock import now
from core.errors import InvalidInput
from db.session import AsyncSession
from users.models import ExternalIdentity, SignOn, SignOnPurpose, User
from users.openid import Identity, Provider
from users.secret import digest, new_secret

LENGTH = timedelta(minutes=10)
_MAX_SECRET = 200


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-on that was begun: what is sent along, and what the browser keeps."""

    state: str
    browser: str
    nonce: str
    verifier: str


async def begin_sign_on(
    session: AsyncSession,
    provider: Provider,
    purpose: SignOnPurpose,
    *,
    user_id: int | None = None,
    return_to: str = "",
) -> Begun:
    """Remember that somebody is sent to a provider, for ten minutes."""
    begun = Begun(*(new_secret() for _ in range(4)))
    session.add(
        SignOn(
            state_hash=_named(begun.state, provider),
            browser_hash=digest(begun.browser),
            nonce=begun.nonce,
            verifier=begun.verifier,
            purpose=purpose,
            user_id=user_id,
            return_to=return_to,
            expires_at=now() + LENGTH,
        )
    )
    return begun


async def take_sign_on(
    session: AsyncSession, provider: Provider, state: str, browser: str | None
) -> SignOn | None:
    """Return the sign-on that a browser comes back from, once; None for any other.

    Whoever was sent to one provider does not come back from another (RFC 9700 §4.4).
    """
    statement = (
        update(SignOn)
        .where(
            col(SignOn.state_hash) == _named(state[:_MAX_SECRET], provider),
            col(SignOn.browser_hash) == digest((browser or "")[:_MAX_SECRET]),
            col(SignOn.used_at).is_(None),
            col(SignOn.expires_at) > now(),
        )
        .values(used_at=now())
        .returning(SignOn)
    )
    return await session.scalar(statement, execution_options={"populate_existing": True})


def _named(state: str, provider: Provider) -> str:
    """Return by what a sign-on is found again: its state at its provider."""
    return digest(f"{provider.key} {state}")


async def find_identified(session: AsyncSession, identity: Identity) -> User | None:
    """Return whose identity this is, and note that it was used."""
    row = await session.get(ExternalIdentity, (identity.issuer, identity.subject))
    if row is None:
        return None
    row.last_used_at = now()
    return await session.get(User, row.user_id)


async def link_identity(session: AsyncSession, user: User, identity: Identity) -> None:
    """Let an identity sign somebody in; raises InvalidInput when it lets in somebody else."""
    row = await session.get(ExternalIdentity, (identity.issuer, identity.subject))
    if row is not None and row.user_id != user.id:
        raise InvalidInput("this identity signs somebody else in")
    if row is None:
        row = ExternalIdentity(
            issuer=identity.issuer, subject=identity.subject, user_id=user.id
        )
        session.add(row)
    row.name = identity.name
    await session.flush()


async def list_identities(session: AsyncSession, user_id: int) -> list[ExternalIdentity]:
    """Return the identities that let somebody in, the oldest first."""
    statement = select(ExternalIdentity).where(col(ExternalIdentity.user_id) == user_id)
    return list(await session.scalars(statement.order_by(col(ExternalIdentity.created_at))))


async def unlink_identity(
    session: AsyncSession, user_id: int, issuer: str, subject: str
) -> bool:
    """Let an identity sign somebody in no longer; tell whether it did."""
    gone = await session.execute(
        delete(ExternalIdentity).where(
            col(ExternalIdentity.issuer) == issuer,
            col(ExternalIdentity.subject) == subject,
            col(ExternalIdentity.user_id) == user_id,
        )
    )
    return bool(gone.rowcount)  # type: ignore[attr-defined]


async def forget_identities(session: AsyncSession, user_id: int) -> None:
    """Remove what a deleted account was signed in by."""
    for table in (ExternalIdentity, SignOn):
        await session.execute(delete(table).where(col(table.user_id) == user_id))
