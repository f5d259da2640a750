"""SQL of suggestions: colleagues of one's hospital and speciality, and whom those one follows know.

Never by how many follow somebody. Only who wants to be found is suggested.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from actors.domain_blocks import not_domain_blocked
from actors.models import Actor, Badge, Block, Follow, Mute, SuggestionDismissal
from core.clock import now
from db.jobs import upsert
from db.session import AsyncSession

# What is looked through for each reason: a bound for the cost, not for what is shown.
COLLEAGUES, SPECIALISTS, ACQUAINTANCES = 200, 1000, 5000
# Whom one followed last says most about whom one might follow.
FOLLOWED_LAST = 100
_Known: Any = aliased(Follow, name="known_by_me")
_Theirs: Any = aliased(Follow, name="known_by_them")
_Between: Any = aliased(Actor, name="between")
_Target: Any = aliased(Actor, name="target")


class Reason(StrEnum):
    """Why somebody is suggested, the nearest first."""

    INSTITUTION = "institution"
    SPECIALITY = "speciality"
    ACQUAINTANCES = "acquaintances"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Somebody whom one might follow, and why."""

    actor: Actor
    reasons: tuple[Reason, ...]


async def list_suggestions(
    session: AsyncSession, actor_id: int, *, limit: int
) -> list[Suggestion]:
    """Return whom somebody might follow: who is near in more ways first. Five queries at most."""
    reasons: dict[int, list[Reason]] = {}
    badge = await session.get(Badge, actor_id)
    if badge is not None and badge.valid_until > now():
        for found in await _colleagues(session, badge):
            reasons.setdefault(found, []).append(Reason.INSTITUTION)
        for found in await _specialists(session, badge):
            reasons.setdefault(found, []).append(Reason.SPECIALITY)
    for found in await _acquaintances(session, actor_id):
        reasons.setdefault(found, []).append(Reason.ACQUAINTANCES)
    if not reasons:
        return []
    order = {reason: place for place, reason in enumerate(Reason)}
    nearest = sorted(
        reasons, key=lambda each: (-len(reasons[each]), order[reasons[each][0]], -each)
    )
    statement = select(Actor).where(
        col(Actor.id).in_(nearest),
        col(Actor.discoverable).is_(True),
        *may_be_proposed(actor_id),
    )
    actors = {actor.id: actor for actor in await session.scalars(statement)}
    suggested = [each for each in nearest if each in actors][:limit]
    return [Suggestion(actors[each], tuple(reasons[each])) for each in suggested]


async def dismiss_suggestion(session: AsyncSession, actor_id: int, target_id: int) -> None:
    """Suggest somebody to a person no more."""
    row = {"actor_id": actor_id, "target_id": target_id, "created_at": now()}
    statement = upsert(session, SuggestionDismissal).values(**row)
    await session.execute(statement.on_conflict_do_nothing())


async def list_familiar_followers(
    session: AsyncSession, viewer_id: int, target_ids: list[int]
) -> dict[int, list[Actor]]:
    """Return, by target, those whom the viewer follows and who follow it; one query.

    Who keeps to themselves whom they know is left out, as target and as follower.
    """
    statement: Any = (
        select(_Theirs.followee_id, _Between)
        .join(_Known, _Known.followee_id == _Theirs.follower_id)
        .join(_Between, _Between.id == _Theirs.follower_id)
        .join(_Target, _Target.id == _Theirs.followee_id)
        .where(
            _Theirs.followee_id.in_(target_ids),
            _Theirs.accepted_at.is_not(None),
            _Known.follower_id == viewer_id,
            _Known.accepted_at.is_not(None),
            _Between.hides_network.is_(False),
            _Between.deleted_at.is_(None),
            _Between.suspended_at.is_(None),
            _Target.hides_network.is_(False),
        )
        .order_by(_Theirs.followee_id, _Theirs.id.desc())
        .limit(ACQUAINTANCES)
    )
    found: dict[int, list[Actor]] = {}
    for target_id, actor in (await session.execute(statement)).all():
        found.setdefault(target_id, []).append(actor)
    return found


async def _colleagues(session: AsyncSession, badge: Badge) -> list[int]:
    if not badge.institution:
        return []
    statement = (
        select(col(Badge.actor_id))
        .where(
            col(Badge.institution) == badge.institution,
            col(Badge.valid_until) > now(),
            col(Badge.actor_id) != badge.actor_id,
        )
        .order_by(col(Badge.actor_id).desc())
        .limit(COLLEAGUES)
    )
    return list(await session.scalars(statement))


async def _specialists(session: AsyncSession, badge: Badge) -> list[int]:
    """Look through those who came last: the specialities are lists, which no index holds."""
    own = set(badge.specialities)
    if not own:
        return []
    statement = (
        select(col(Badge.actor_id), col(Badge.specialities))
        .where(col(Badge.valid_until) > now(), col(Badge.actor_id) != badge.actor_id)
        .order_by(col(Badge.actor_id).desc())
        .limit(SPECIALISTS)
    )
    rows = await session.execute(statement)
    return [actor_id for actor_id, theirs in rows if own.intersection(theirs)][:COLLEAGUES]


async def _acquaintances(session: AsyncSession, actor_id: int) -> list[int]:
    """Return whom those follow whom one followed last and who show it, the most familiar first."""
    last = (
        select(_Known.followee_id)
        .join(Actor, col(Actor.id) == _Known.followee_id)
        .where(
            _Known.follower_id == actor_id,
            _Known.accepted_at.is_not(None),
            col(Actor.hides_network).is_(False),
        )
        .order_by(_Known.id.desc())
        .limit(FOLLOWED_LAST)
    )
    seen = (
        select(_Theirs.followee_id.label("actor_id"))
        .where(
            _Theirs.follower_id.in_(last),
            _Theirs.accepted_at.is_not(None),
            _Theirs.followee_id != actor_id,
        )
        .limit(ACQUAINTANCES)
        .subquery()
    )
    statement = (
        select(seen.c.actor_id)
        .group_by(seen.c.actor_id)
        .order_by(func.count().desc(), seen.c.actor_id.desc())
        .limit(COLLEAGUES)
    )
    return list(await session.scalars(statement))


def may_be_proposed(actor_id: int) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions under which an actor may be proposed to somebody at all.

    Whether they want to be found is for the caller to ask: there is more than one way.
    """
    either = or_(
        (col(Block.blocker_id) == actor_id) & (col(Block.blocked_id) == col(Actor.id)),
        (col(Block.blocker_id) == col(Actor.id)) & (col(Block.blocked_id) == actor_id),
    )
    against: tuple[Any, ...] = (
        select(col(Block.id)).where(either).correlate(Actor),
        select(col(Follow.id)).where(
            col(Follow.follower_id) == actor_id, col(Follow.followee_id) == col(Actor.id)
        ),
        select(col(Mute.id)).where(
            col(Mute.muter_id) == actor_id, col(Mute.muted_id) == col(Actor.id)
        ),
        select(col(SuggestionDismissal.target_id)).where(
            col(SuggestionDismissal.actor_id) == actor_id,
            col(SuggestionDismissal.target_id) == col(Actor.id),
        ),
    )
    return (
        col(Actor.id) != actor_id,
        col(Actor.deleted_at).is_(None),
        col(Actor.suspended_at).is_(None),
        col(Actor.moved_to).is_(None),
        col(Actor.type) != "Application",
        not_domain_blocked(actor_id, col(Actor.id)),
        *(~reason.exists() for reason in against),
    )
