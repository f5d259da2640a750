"""Whom two people both know: counted for those who look for a colleague; and who is not shown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, bindparam, func, or_, select, union
from sqlalchemy.orm import aliased
from sqlmodel import col

from actors.models import LOCAL_HOST, Actor, Block, DomainBlock, Follow
from db.session import AsyncSession

# Of those whom one follows, the last so many are asked.
ASKED = 100
_Mine: Any = aliased(Follow, name="mine")
_Theirs: Any = aliased(Follow, name="theirs")
_Between: Any = aliased(Actor, name="go_between")
_Target: Any = aliased(Actor, name="target")

_known = (
    select(_Mine.followee_id.label("id"))
    .join(_Between, _Between.id == _Mine.followee_id)
    .where(
        _Mine.follower_id == bindparam("viewer"),
        _Mine.accepted_at.is_not(None),
        _Between.hides_network.is_(False),
        _Between.deleted_at.is_(None),
        _Between.suspended_at.is_(None),
    )
    .order_by(_Mine.id.desc())
    .limit(ASKED)
    .cte("known")
)
_targets: BindParameter[Any] = bindparam("targets", expanding=True)
# Each way on its own, by the key of the table: together they would be looked for one by one.
_FOLLOWED = (
    select(_Theirs.followee_id.label("target"), _known.c.id.label("known"))
    .join(_known, _known.c.id == _Theirs.follower_id)
    .where(_Theirs.followee_id.in_(_targets), _Theirs.accepted_at.is_not(None))
)
_FOLLOWING = (
    select(_Theirs.follower_id.label("target"), _known.c.id.label("known"))
    .join(_known, _known.c.id == _Theirs.followee_id)
    .where(_Theirs.follower_id.in_(_targets), _Theirs.accepted_at.is_not(None))
)
_links = union(_FOLLOWED, _FOLLOWING).subquery()
_SHARED = (
    select(_links.c.target, func.count())
    .join(_Target, _Target.id == _links.c.target)
    .where(_Target.hides_network.is_(False))
    .group_by(_links.c.target)
)
_KEPT_APART = union(
    select(col(Block.blocker_id)).where(col(Block.blocked_id) == bindparam("viewer")),
    select(col(Block.blocked_id)).where(col(Block.blocker_id) == bindparam("viewer")),
    select(col(Actor.id))
    .join(
        DomainBlock,
        or_(col(DomainBlock.domain) == Actor.domain, col(DomainBlock.domain) == Actor.host),
    )
    .where(
        col(DomainBlock.actor_id) == bindparam("viewer"),
        col(Actor.host) != LOCAL_HOST,
        col(Actor.id).in_(bindparam("people", expanding=True)),
    ),
)


async def count_shared_contacts(
    session: AsyncSession, viewer_id: int, target_ids: Iterable[int]
) -> dict[int, int]:
    """Return, by target, how many of those whom the viewer follows they follow or are followed by.

    Who keeps to themselves whom they know counts for nothing, in the middle and as target.
    """
    targets = list(set(target_ids))
    if not targets:
        return {}
    rows = await session.execute(_SHARED, {"viewer": viewer_id, "targets": targets})
    return {target_id: count for target_id, count in rows}


def may_be_found() -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that somebody lets themselves be found, and is there at all."""
    return (
        col(Actor.discoverable).is_(True),
        col(Actor.type) == "Person",
        col(Actor.deleted_at).is_(None),
        col(Actor.suspended_at).is_(None),
        col(Actor.moved_to).is_(None),
    )


_FINDABLE = select(col(Actor.id)).where(
    col(Actor.id).in_(bindparam("ids", expanding=True)), *may_be_found()
)


async def list_findable(session: AsyncSession, ids: Iterable[int]) -> frozenset[int]:
    """Return those of some people who let themselves be found, and are there at all."""
    return frozenset(await session.scalars(_FINDABLE, {"ids": list(ids)}))


async def find_kept_apart(
    session: AsyncSession, viewer_id: int, among: Iterable[int]
) -> frozenset[int]:
    """Return who of some people blocks somebody, is blocked, or is of a domain that they block."""
    values = {"viewer": viewer_id, "people": list(among)}
    return frozenset(await session.scalars(_KEPT_APART, values))
