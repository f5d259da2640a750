"""What was decided about somebody's badge, or is offered to them, and they have not read yet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    ScalarSelect,
    String,
    bindparam,
    cast,
    exists,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy.orm import Mapped, aliased
from sqlmodel import col

from db.session import AsyncSession
from doctors.models import Claim, ClaimState, CredentialOffer, OfferState, Verification
from doctors.offers import list_offered
from users.markers import save_marker
from users.models import Marker


class About(StrEnum):
    """What a piece of news is about; how far somebody has read is kept under this name."""

    CLAIM = "badge claims"
    VERIFICATION = "badge withdrawals"
    OFFER = "badge offers"


class NewsKind(StrEnum):
    """What happened."""

    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    OFFERED = "offered"


@dataclass(frozen=True, slots=True)
class News:
    """Something to be read once; `words` are the decision's reason, or who offers to vouch."""

    about: About
    id: int
    kind: NewsKind
    words: str


async def list_news(session: AsyncSession, user_id: int, actor_id: int) -> list[News]:
    """Return what somebody here has not read yet, the newest first: one query, mostly of no rows.

    What a later decision made untrue is left out.
    """
    rows = await session.execute(_UNREAD, {"user": user_id, "me": actor_id})
    unread = [News(About(about), id, NewsKind(kind), words) for about, id, kind, words in rows]
    if not unread:
        return []
    unread.sort(key=lambda one: one.id, reverse=True)
    offers = await _named(session, actor_id, unread)
    return [*offers, *_latest(unread)]


async def _named(session: AsyncSession, actor_id: int, unread: Sequence[News]) -> list[News]:
    """Return the offers that hold, each with who makes it."""
    ids = [one.id for one in unread if one.kind is NewsKind.OFFERED]
    if not ids:
        return []
    held = {one.offer.id: one.issuer_name for one in await list_offered(session, actor_id)}
    return [
        News(About.OFFER, id, NewsKind.OFFERED, held[id]) for id in ids if id in held
    ]


def _latest(unread: Sequence[News]) -> list[News]:
    """Return the decision that counts, and one about a claim that was made after it."""
    claims = [one for one in unread if one.about is About.CLAIM][:1]
    withdrawn = [one for one in unread if one.about is About.VERIFICATION][:1]
    if withdrawn:
        # Only the newest verification is asked for: what was granted is what was withdrawn.
        claims = [one for one in claims if one.kind is NewsKind.REFUSED]
    return sorted([*claims, *withdrawn], key=lambda one: one.id, reverse=True)


async def note_news_read(session: AsyncSession, user_id: int, news: Iterable[News]) -> None:
    """Note that somebody has read some news, and whatever came before it."""
    newest: dict[About, int] = {}
    for one in news:
        newest[one.about] = max(one.id, newest.get(one.about, 0))
    for about, id in newest.items():
        await save_marker(session, user_id, about, id)


async def find_withdrawn(session: AsyncSession, actor_id: int) -> Verification | None:
    """Return the verification that was withdrawn last; None while a newer one stands."""
    statement = select(Verification).where(col(Verification.actor_id) == actor_id)
    newest = await session.scalar(statement.order_by(col(Verification.id).desc()).limit(1))
    return newest if newest is not None and newest.withdrawn_at is not None else None


def _is_unread(id: Mapped[int], about: About) -> ColumnElement[bool]:
    return id > func.coalesce(_last_read(about), 0)


def _last_read(about: About) -> ScalarSelect[int]:
    return (
        select(col(Marker.last_read_id))
        .where(
            col(Marker.user_id) == bindparam("user", type_=BigInteger),
            col(Marker.timeline) == about.value,
        )
        .scalar_subquery()
    )


_ME = bindparam("me", type_=BigInteger)
_LATER = aliased(Verification)
_UNREAD = union_all(
    select(
        literal(About.CLAIM.value),
        col(Claim.id),
        cast(col(Claim.state), String),
        func.coalesce(col(Claim.reason), ""),
    ).where(
        col(Claim.actor_id) == _ME,
        col(Claim.state).in_((ClaimState.GRANTED, ClaimState.REFUSED)),
        _is_unread(col(Claim.id), About.CLAIM),
    ),
    select(
        literal(About.VERIFICATION.value),
        col(Verification.id),
        literal(NewsKind.WITHDRAWN.value),
        func.coalesce(col(Verification.withdrawn_reason), ""),
    ).where(
        col(Verification.actor_id) == _ME,
        col(Verification.withdrawn_at).is_not(None),
        _is_unread(col(Verification.id), About.VERIFICATION),
        ~exists().where(
            col(_LATER.actor_id) == _ME, col(_LATER.id) > col(Verification.id)
        ),
    ),
    select(
        literal(About.OFFER.value),
        col(CredentialOffer.id),
        literal(NewsKind.OFFERED.value),
        literal(""),
    ).where(
        col(CredentialOffer.actor_id) == _ME,
        col(CredentialOffer.state) == OfferState.OPEN,
        _is_unread(col(CredentialOffer.id), About.OFFER),
    ),
)
