"""SQL of offered credentials: those that others offer to people here, and our own to others."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlmodel import col

from db.session import AsyncSession
from doctors.models import CredentialOffer, HeldCredential, OfferState


async def find_offer(session: AsyncSession, offer_id: int) -> CredentialOffer | None:
    """Return an offer by our number for it."""
    return await session.get(CredentialOffer, offer_id)


async def find_offer_by_uri(session: AsyncSession, uri: str) -> CredentialOffer | None:
    """Return an offer by its activity's id."""
    return await session.scalar(select(CredentialOffer).where(col(CredentialOffer.uri) == uri))


async def find_offer_of(
    session: AsyncSession, actor_id: int, credential_uri: str
) -> CredentialOffer | None:
    """Return the offer of one credential to one actor."""
    statement = select(CredentialOffer).where(
        col(CredentialOffer.actor_id) == actor_id,
        col(CredentialOffer.credential_uri) == credential_uri,
    )
    return await session.scalar(statement.limit(1))


async def list_offers(session: AsyncSession, actor_id: int) -> list[CredentialOffer]:
    """Return what was offered to an actor and not declined, newest first."""
    statement = select(CredentialOffer).where(
        col(CredentialOffer.actor_id) == actor_id,
        col(CredentialOffer.state) != OfferState.DECLINED,
    )
    return list(await session.scalars(statement.order_by(col(CredentialOffer.id).desc())))


async def list_accepted_held(session: AsyncSession, actor_id: int) -> list[HeldCredential]:
    """Return the credentials of others that an actor here accepted, newest first, as last seen."""
    statement = (
        select(HeldCredential)
        .join(
            CredentialOffer,
            col(CredentialOffer.credential_uri) == col(HeldCredential.uri),
        )
        .where(
            col(HeldCredential.actor_id) == actor_id,
            col(CredentialOffer.actor_id) == actor_id,
            col(CredentialOffer.state) == OfferState.ACCEPTED,
        )
        .order_by(col(CredentialOffer.id).desc())
    )
    return list(await session.scalars(statement))


async def forget_offer(session: AsyncSession, offer: CredentialOffer) -> None:
    """Remove an offer that a later one replaced, and the credential, unless it was revoked."""
    await session.execute(
        delete(HeldCredential)
        .where(
            col(HeldCredential.uri) == offer.credential_uri,
            col(HeldCredential.actor_id) == offer.actor_id,
            col(HeldCredential.revoked_at).is_(None),
        )
        .execution_options(synchronize_session=False)
    )
    await session.delete(offer)
    await session.flush()
