"""How one actor stands to others: follows, requests, blocks, mutes, notes, in both directions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlmodel import col

from actors.domain_blocks import list_domain_blocked
from actors.models import AccountNote, Block, Endorsement, Follow, Mute
from core.clock import now
from db.session import AsyncSession


@dataclass(frozen=True, slots=True)
class Relationship:
    """How `viewer` stands to `target_id`; the names are the client API's."""

    target_id: int
    following: bool = False
    requested: bool = False
    shows_boosts: bool = False
    notifies: bool = False
    followed_by: bool = False
    requested_by: bool = False
    blocking: bool = False
    blocked_by: bool = False
    muting: bool = False
    muting_notifications: bool = False
    muting_until: datetime | None = None
    domain_blocking: bool = False
    endorsed: bool = False
    note: str = ""
    languages: list[str] | None = None


async def list_relationships(
    session: AsyncSession, viewer_id: int, target_ids: Sequence[int]
) -> list[Relationship]:
    """Return how an actor stands to others, in their order; six queries for any number."""
    targets = list(dict.fromkeys(target_ids))
    out, back = await _follows(session, viewer_id, targets)
    blocking, blocked_by = await _blocks(session, viewer_id, targets)
    mutes = await _mutes(session, viewer_id, targets)
    notes = await _notes(session, viewer_id, targets)
    endorsed = await _endorsed(session, viewer_id, targets)
    unwanted = await list_domain_blocked(session, viewer_id, targets)
    return [
        Relationship(
            target_id=target,
            following=_is_accepted(out.get(target)),
            requested=_is_waiting(out.get(target)),
            shows_boosts=target in out and out[target].shows_boosts,
            notifies=target in out and out[target].notifies,
            followed_by=_is_accepted(back.get(target)),
            requested_by=_is_waiting(back.get(target)),
            blocking=target in blocking,
            blocked_by=target in blocked_by,
            muting=target in mutes,
            muting_notifications=target in mutes and mutes[target].hides_notifications,
            muting_until=mutes[target].expires_at if target in mutes else None,
            domain_blocking=target in unwanted,
            endorsed=target in endorsed,
            note=notes.get(target, ""),
            languages=out[target].languages if target in out else None,
        )
        for target in targets
    ]


def _is_accepted(follow: Follow | None) -> bool:
    return follow is not None and follow.accepted_at is not None


def _is_waiting(follow: Follow | None) -> bool:
    return follow is not None and follow.accepted_at is None


async def _follows(
    session: AsyncSession, viewer_id: int, targets: list[int]
) -> tuple[dict[int, Follow], dict[int, Follow]]:
    statement = select(Follow).where(
        or_(
            (col(Follow.follower_id) == viewer_id) & col(Follow.followee_id).in_(targets),
            (col(Follow.followee_id) == viewer_id) & col(Follow.follower_id).in_(targets),
        )
    )
    out, back = {}, {}
    for follow in await session.scalars(statement):
        if follow.follower_id == viewer_id:
            out[follow.followee_id] = follow
        if follow.followee_id == viewer_id:
            back[follow.follower_id] = follow
    return out, back


async def _blocks(
    session: AsyncSession, viewer_id: int, targets: list[int]
) -> tuple[set[int], set[int]]:
    statement = select(Block).where(
        or_(
            (col(Block.blocker_id) == viewer_id) & col(Block.blocked_id).in_(targets),
            (col(Block.blocked_id) == viewer_id) & col(Block.blocker_id).in_(targets),
        )
    )
    rows = list(await session.scalars(statement))
    return (
        {row.blocked_id for row in rows if row.blocker_id == viewer_id},
        {row.blocker_id for row in rows if row.blocked_id == viewer_id},
    )


async def _mutes(
    session: AsyncSession, viewer_id: int, targets: list[int]
) -> dict[int, Mute]:
    statement = select(Mute).where(
        col(Mute.muter_id) == viewer_id,
        col(Mute.muted_id).in_(targets),
        or_(col(Mute.expires_at).is_(None), col(Mute.expires_at) > now()),
    )
    return {mute.muted_id: mute for mute in await session.scalars(statement)}


async def _notes(session: AsyncSession, viewer_id: int, targets: list[int]) -> dict[int, str]:
    statement = select(col(AccountNote.target_id), col(AccountNote.comment)).where(
        col(AccountNote.actor_id) == viewer_id, col(AccountNote.target_id).in_(targets)
    )
    return {target: comment for target, comment in await session.execute(statement)}


async def _endorsed(session: AsyncSession, viewer_id: int, targets: list[int]) -> set[int]:
    statement = select(col(Endorsement.target_id)).where(
        col(Endorsement.actor_id) == viewer_id, col(Endorsement.target_id).in_(targets)
    )
    return set(await session.scalars(statement))
