"""SQL of the doctors room: verifications, the credentials we issued and those that others show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, delete, func, or_, select, update
from sqlmodel import col

from actors.models import Actor, ActorExtension, Badge
from core.clock import now
from db.paging import Page
from db.session import AsyncSession, take_turns
from doctors.models import HeldCredential, HeldStatusList, IssuedCredential, Verification
from moderation.models import Peer, PeerClass

# One for all who write a verification; taken before the audit log's, which is held to the end.
_LOCK = 7_226_015


async def take_turn(session: AsyncSession) -> None:
    """Let one transaction at a time write a verification: a number has one holder."""
    await take_turns(session, _LOCK)


async def find_verification(session: AsyncSession, actor_id: int) -> Verification | None:
    """Return the verification of an account that stands."""
    statement = select(Verification).where(
        col(Verification.actor_id) == actor_id, col(Verification.withdrawn_at).is_(None)
    )
    return await session.scalar(statement.order_by(col(Verification.id).desc()).limit(1))


async def find_other_holder(
    session: AsyncSession, register: str, number: str, actor_id: int
) -> Actor | None:
    """Return another account that stands verified by a number."""
    statement = (
        select(Actor)
        .join(Verification, col(Verification.actor_id) == col(Actor.id))
        .where(
            col(Verification.register_code) == register,
            col(Verification.number) == number,
            col(Verification.withdrawn_at).is_(None),
            col(Actor.id) != actor_id,
            col(Actor.deleted_at).is_(None),
        )
    )
    return await session.scalar(statement.limit(1))


async def list_verified(session: AsyncSession) -> list[tuple[Verification, Actor]]:
    """Return every verification that stands, by username."""
    statement = (
        select(Verification, Actor)
        .join(Actor, col(Actor.id) == col(Verification.actor_id))
        .where(col(Verification.withdrawn_at).is_(None))
        .order_by(col(Actor.username), col(Verification.id))
    )
    return [(row[0], row[1]) for row in await session.execute(statement)]


async def list_flagged(session: AsyncSession) -> list[tuple[Verification, Actor]]:
    """Return every verification that stands and has to be looked at again, longest first."""
    statement = (
        select(Verification, Actor)
        .join(Actor, col(Actor.id) == col(Verification.actor_id))
        .where(
            col(Verification.withdrawn_at).is_(None), col(Verification.flagged_at).is_not(None)
        )
        .order_by(col(Verification.flagged_at), col(Verification.id))
    )
    return [(row[0], row[1]) for row in await session.execute(statement)]


async def withdraw_verifications(
    session: AsyncSession, actor_id: int, *, by: str, reason: str
) -> int:
    """Note that what stands for an account stands no longer; return how much that was."""
    done = await session.execute(
        update(Verification)
        .where(col(Verification.actor_id) == actor_id, col(Verification.withdrawn_at).is_(None))
        .values(withdrawn_at=now(), withdrawn_by=by, withdrawn_reason=reason)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]


async def find_issued(session: AsyncSession, credential_id: int) -> IssuedCredential | None:
    """Return a credential of ours."""
    return await session.get(IssuedCredential, credential_id)


async def list_issued(session: AsyncSession, actor_id: int) -> list[IssuedCredential]:
    """Return the credentials that we issued for an account, newest first."""
    statement = select(IssuedCredential).where(col(IssuedCredential.actor_id) == actor_id)
    return list(await session.scalars(statement.order_by(col(IssuedCredential.id).desc())))


async def list_to_renew(session: AsyncSession, limit: int) -> list[IssuedCredential]:
    """Return the newest credential of each verified account whose day to be renewed has come."""
    newest = (
        select(func.max(col(IssuedCredential.id)))
        .where(col(IssuedCredential.revoked_at).is_(None))
        .group_by(col(IssuedCredential.verification_id))
    )
    statement = (
        select(IssuedCredential)
        .join(Verification, col(Verification.id) == col(IssuedCredential.verification_id))
        .where(
            col(IssuedCredential.renew_at) <= now(),
            col(IssuedCredential.id).in_(newest),
            col(Verification.withdrawn_at).is_(None),
            col(Verification.flagged_at).is_(None),
        )
        .order_by(col(IssuedCredential.renew_at), col(IssuedCredential.id))
        .limit(limit)
    )
    return list(await session.scalars(statement))


async def list_usage(session: AsyncSession) -> tuple[int, int]:
    """Return the number of our newest status list (0 without any) and how many bits are taken."""
    newest = int(await session.scalar(select(func.max(col(IssuedCredential.status_list)))) or 0)
    used = await session.scalar(
        select(func.count()).where(col(IssuedCredential.status_list) == newest)
    )
    return newest, int(used or 0)


async def is_index_used(session: AsyncSession, number: int, index: int) -> bool:
    """Tell whether a bit of one of our lists belongs to a credential."""
    statement = select(col(IssuedCredential.id)).where(
        col(IssuedCredential.status_list) == number, col(IssuedCredential.status_index) == index
    )
    return await session.scalar(statement) is not None


async def revoked_indices(session: AsyncSession, number: int) -> tuple[int, ...]:
    """Return the bits of one of our lists that are set, in order."""
    statement = select(col(IssuedCredential.status_index)).where(
        col(IssuedCredential.status_list) == number, col(IssuedCredential.revoked_at).is_not(None)
    )
    return tuple(await session.scalars(statement.order_by(col(IssuedCredential.status_index))))


async def list_held(session: AsyncSession, actor_id: int) -> list[HeldCredential]:
    """Return the credentials that an actor shows, as last seen."""
    statement = select(HeldCredential).where(col(HeldCredential.actor_id) == actor_id)
    return list(await session.scalars(statement.order_by(col(HeldCredential.uri))))


async def find_held(session: AsyncSession, uri: str) -> HeldCredential | None:
    """Return a credential that some actor shows."""
    return await session.get(HeldCredential, uri)


def shown_by(uri: str, actor_id: int) -> str:
    """Return the name of a row about a credential that somebody shows and another holds."""
    return f"{uri}#shown-by-{actor_id}"


async def find_held_list(session: AsyncSession, uri: str) -> HeldStatusList | None:
    """Return the last verified copy of a status list."""
    return await session.get(HeldStatusList, uri, populate_existing=True)


async def list_lists_due(session: AsyncSession, before: datetime) -> list[tuple[str, str]]:
    """Return (list, issuer) of what credentials that count rest on and was fetched before then."""
    statement = (
        select(col(HeldCredential.status_list_uri), col(HeldCredential.issuer_uri))
        .outerjoin(HeldStatusList, col(HeldStatusList.uri) == col(HeldCredential.status_list_uri))
        .where(
            col(HeldCredential.problem).is_(None),
            col(HeldCredential.status_list_uri).is_not(None),
            col(HeldCredential.valid_until) > now(),
            or_(
                col(HeldStatusList.fetched_at).is_(None), col(HeldStatusList.fetched_at) <= before
            ),
        )
        .distinct()
    )
    rows = await session.execute(statement)
    return [(uri, issuer) for uri, issuer in rows if uri is not None and issuer is not None]


async def list_held_on(session: AsyncSession, list_uri: str) -> list[tuple[str, int, int]]:
    """Return (uri, actor, bit) of the credentials without a problem that rest on a list."""
    statement = select(
        col(HeldCredential.uri), col(HeldCredential.actor_id), col(HeldCredential.status_index)
    ).where(col(HeldCredential.status_list_uri) == list_uri, col(HeldCredential.problem).is_(None))
    rows = await session.execute(statement)
    return [(uri, actor_id, index or 0) for uri, actor_id, index in rows]


async def list_problems_due(session: AsyncSession, before: datetime, limit: int) -> list[int]:
    """Return actors of whose credentials one was found wanting, not revoked, before then."""
    statement = (
        select(col(HeldCredential.actor_id))
        .where(
            col(HeldCredential.problem).is_not(None),
            col(HeldCredential.revoked_at).is_(None),
            col(HeldCredential.checked_at) <= before,
        )
        .distinct()
        .limit(limit)
    )
    return list(await session.scalars(statement))


async def confirm_badges(session: AsyncSession, status_list: HeldStatusList) -> None:
    """Let the badges that rest on a list count until it ends, or their credential does."""
    until = status_list.valid_until
    own = col(HeldCredential.valid_until)
    shorter = (
        select(case((own < until, own), else_=until))
        .where(col(HeldCredential.uri) == col(Badge.credential_uri))
        .scalar_subquery()
    )
    resting = select(col(HeldCredential.uri)).where(
        col(HeldCredential.status_list_uri) == status_list.uri,
        col(HeldCredential.problem).is_(None),
    )
    await session.execute(
        update(Badge)
        .where(col(Badge.credential_uri).in_(resting))
        .values(valid_until=shorter, status_checked_at=status_list.fetched_at)
        .execution_options(synchronize_session=False)
    )


async def touch_own_badges(session: AsyncSession, issuer_uri: str, before: datetime) -> None:
    """Note that our own badges are as fresh as our own list, which is always at hand."""
    await session.execute(
        update(Badge)
        .where(col(Badge.issuer_uri) == issuer_uri, col(Badge.status_checked_at) < before)
        .values(status_checked_at=now())
        .execution_options(synchronize_session=False)
    )


async def drop_badges_by(session: AsyncSession, issuer_uri: str, problem: str) -> int:
    """Take away every badge that an issuer stands behind; return how many."""
    await session.execute(
        update(HeldCredential)
        .where(col(HeldCredential.issuer_uri) == issuer_uri, col(HeldCredential.problem).is_(None))
        .values(problem=problem)
        .execution_options(synchronize_session=False)
    )
    gone = await session.execute(delete(Badge).where(col(Badge.issuer_uri) == issuer_uri))
    return int(gone.rowcount)  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Refused:
    """A credential that gives no badge: whose it is, why, and when that was found."""

    actor: Actor
    uri: str
    reason: str
    checked_at: datetime


async def list_refused(session: AsyncSession, page: Page) -> list[Refused]:
    """Return the credentials that give no badge, for administrators.

    `page` counts and bounds whose they are; each is shown with all of theirs.
    """
    whose = select(col(HeldCredential.actor_id)).where(col(HeldCredential.problem).is_not(None))
    ids = page.apply(whose.distinct(), col(HeldCredential.actor_id))
    statement = (
        select(Actor, HeldCredential)
        .join(HeldCredential, col(HeldCredential.actor_id) == col(Actor.id))
        .where(
            col(Actor.id).in_(list(await session.scalars(ids))),
            col(HeldCredential.problem).is_not(None),
        )
        .order_by(col(Actor.id).desc(), col(HeldCredential.uri))
    )
    rows = (await session.execute(statement)).all()
    return [
        Refused(actor, address_of(held), held.problem or "", held.checked_at)
        for actor, held in rows
    ]


def address_of(held: HeldCredential) -> str:
    """Return the address of a credential as it is shown, whoever holds it."""
    return held.uri.removesuffix(shown_by("", held.actor_id))


async def list_to_check(session: AsyncSession, host: str, base_url: str) -> list[int]:
    """Return who shows a credential and lives on a host, or shows, or was offered, one of its."""
    theirs = select(col(ActorExtension.actor_id), col(ActorExtension.value)).join(
        Actor, col(Actor.id) == col(ActorExtension.actor_id)
    )
    living = await session.execute(theirs.where(col(Actor.host) == host))
    found = {row[0] for row in living if row[1].get("credentials")}
    shown = await session.scalars(
        select(col(HeldCredential.actor_id)).where(
            col(HeldCredential.uri).startswith(f"{base_url}/", autoescape=True)
        )
    )
    return sorted(found | set(shown))


async def find_issuing_peer(session: AsyncSession, issuer_uri: str) -> Peer | None:
    """Return the clinical peer, unchanged in its keys, whose pinned instance actor this is."""
    statement = select(Peer).where(
        col(Peer.actor_uri) == issuer_uri,
        col(Peer.peer_class) == PeerClass.CLINICAL,
        col(Peer.key_changed_at).is_(None),
    )
    return await session.scalar(statement)


async def list_unlisted(
    session: AsyncSession, actor_id: int, listed: Iterable[str]
) -> Sequence[HeldCredential]:
    """Return the held credentials that an actor does not show any more; revoked ones stay known."""
    statement = select(HeldCredential).where(
        col(HeldCredential.actor_id) == actor_id,
        col(HeldCredential.uri).not_in(list(listed)),
        col(HeldCredential.revoked_at).is_(None),
    )
    return (await session.scalars(statement)).all()
