"""What becomes of a notice of somebody whom its owner does not know: their policy, and the rule.

A notice is let in, waits as a request, or is dropped. Those whom its owner let in once, or whom
they follow as far as a rule asks for it, are known. Who has a badge that counts, and writes
privately for the first time, does not wait: a colleague of another hospital must not land where
nobody looks. Who wants none of that either drops what is private.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, literal, select
from sqlmodel import col

from actors.models import Actor, Follow
from actors.queries import find_badges
from core.clock import now
from db.jobs import upsert
from db.session import AsyncSession
from moderation.policy import policy_of
from notifications.models import (
    Handling,
    Kind,
    NotificationPermission,
    NotificationPolicy,
)
from posts.eyes import UNPROVEN
from posts.models import Mention, Post, Visibility

NEW_ACCOUNT = timedelta(days=30)
# Who begins to follow in order to be heard is no follower yet.
NEW_FOLLOWER = timedelta(days=3)
# What one asked for oneself is let in, whoever it comes from.
_ASKED_FOR = frozenset({Kind.STATUS, Kind.POLL, Kind.UPDATE, Kind.QUOTED_UPDATE})
_SEVERITY = (Handling.ACCEPT, Handling.FILTER, Handling.DROP)


@dataclass(frozen=True, slots=True)
class Policy:
    """What somebody wants done with the notices of those whom they do not know."""

    for_not_following: Handling = Handling.ACCEPT
    for_not_followers: Handling = Handling.ACCEPT
    for_new_accounts: Handling = Handling.ACCEPT
    for_private_mentions: Handling = Handling.FILTER
    for_limited_accounts: Handling = Handling.FILTER


_DEFAULT = Policy()
RULES = tuple(field.name for field in fields(Policy))


@dataclass(frozen=True, slots=True)
class _Known:
    """How an owner stands to a sender, and their policy."""

    policy: Policy
    permitted: bool
    follows: bool
    is_followed: bool
    wrote_to_them: bool


@dataclass(frozen=True, slots=True)
class _Sender:
    """What is true of a sender, whoever is told."""

    is_new: bool
    is_limited: bool
    is_verified: bool


async def find_policy(session: AsyncSession, owner_id: int) -> Policy:
    """Return somebody's policy; the defaults where they never chose."""
    row = await session.get(NotificationPolicy, owner_id)
    return _DEFAULT if row is None else _read(row)


async def save_policy(
    session: AsyncSession, owner_id: int, wanted: Mapping[str, Handling]
) -> Policy:
    """Change some rules of somebody's policy, named as in `RULES`; return all of it."""
    if wanted:
        defaults = {name: getattr(_DEFAULT, name) for name in RULES}
        row = {"owner_id": owner_id} | defaults | dict(wanted)
        statement = upsert(session, NotificationPolicy).values(**row)
        await session.execute(
            statement.on_conflict_do_update(index_elements=["owner_id"], set_=dict(wanted))
        )
    row_now = await session.get(NotificationPolicy, owner_id, populate_existing=True)
    return _DEFAULT if row_now is None else _read(row_now)


async def judge(
    session: AsyncSession,
    kind: Kind,
    from_id: int,
    owner_ids: Sequence[int],
    *,
    post: Post | None,
) -> dict[int, Handling]:
    """Return what becomes of a notice, by owner; a fixed number of queries, whoever they are."""
    if kind in _ASKED_FOR or not owner_ids:
        return dict.fromkeys(owner_ids, Handling.ACCEPT)
    letter = post if kind is Kind.MENTION and _is_private(post) else None
    is_private = letter is not None
    known = await _find_known(session, from_id, owner_ids, letter)
    strangers = [one for one in known.values() if not (one.permitted or one.follows)]
    if not strangers:
        sender = _Sender(is_new=False, is_limited=False, is_verified=True)
    else:
        sender = await _find_sender(session, from_id, strangers, is_private)
    return {owner: _handling(one, sender, is_private) for owner, one in known.items()}


def _is_private(post: Post | None) -> bool:
    return post is not None and post.visibility is Visibility.MENTIONED


def _handling(known: _Known, sender: _Sender, is_private: bool) -> Handling:
    if known.permitted:
        return Handling.ACCEPT
    policy, stranger = known.policy, not known.follows
    unasked = is_private and stranger and not known.wrote_to_them
    private = policy.for_private_mentions
    if private is Handling.FILTER and sender.is_verified:
        private = Handling.ACCEPT
    rules = (
        (stranger, policy.for_not_following),
        (not known.is_followed, policy.for_not_followers),
        (stranger and sender.is_new, policy.for_new_accounts),
        (unasked, private),
        (stranger and sender.is_limited, policy.for_limited_accounts),
    )
    applying = [Handling.ACCEPT, *(what for applies, what in rules if applies)]
    return max(applying, key=_SEVERITY.index)


async def _find_sender(
    session: AsyncSession, from_id: int, strangers: Sequence[_Known], is_private: bool
) -> _Sender:
    """Find out about a sender what the policies of some strangers ask for."""
    actor = await session.get_one(Actor, from_id)
    limits = any(one.policy.for_limited_accounts is not Handling.ACCEPT for one in strangers)
    # There is no limiting of one account: what an administrator limits is a host.
    host = await policy_of(session, actor.host) if limits and not actor.is_local else None
    badge = (await find_badges(session, [from_id])).get(from_id) if is_private else None
    return _Sender(
        is_new=(actor.published_at or actor.created_at) > now() - NEW_ACCOUNT,
        is_limited=host is not None and (host.holds or host.forces_warning),
        is_verified=badge is not None and badge.assurance != UNPROVEN,
    )


async def _find_known(
    session: AsyncSession, from_id: int, owner_ids: Sequence[int], post: Post | None
) -> dict[int, _Known]:
    """Return how some people stand to a sender; `post` is a private one that names them."""
    owner = col(Actor.id)
    permitted = select(col(NotificationPermission.owner_id)).where(
        col(NotificationPermission.owner_id) == owner,
        col(NotificationPermission.from_id) == from_id,
    )
    follows = select(col(Follow.id)).where(
        col(Follow.follower_id) == owner,
        col(Follow.followee_id) == from_id,
        col(Follow.accepted_at).is_not(None),
    )
    followed = select(col(Follow.id)).where(
        col(Follow.follower_id) == from_id,
        col(Follow.followee_id) == owner,
        col(Follow.accepted_at) < now() - NEW_FOLLOWER,
    )
    statement = (
        select(
            owner,
            NotificationPolicy,
            permitted.correlate(Actor).exists(),
            follows.correlate(Actor).exists(),
            followed.correlate(Actor).exists(),
            _wrote_to_them(owner, from_id, post),
        )
        .outerjoin(NotificationPolicy, col(NotificationPolicy.owner_id) == owner)
        .where(owner.in_(owner_ids))
    )
    return {
        row[0]: _Known(_DEFAULT if row[1] is None else _read(row[1]), *map(bool, row[2:]))
        for row in (await session.execute(statement)).all()
    }


def _wrote_to_them(owner: Any, from_id: int, post: Post | None) -> ColumnElement[bool]:
    """Return whether an owner wrote to the sender in this thread before."""
    if post is None or post.in_reply_to_id is None:
        return literal(False)
    written = (
        select(col(Post.id))
        .join(Mention, col(Mention.post_id) == col(Post.id))
        .where(
            col(Post.thread_id) == post.thread_id,
            col(Post.author_id) == owner,
            col(Post.deleted_at).is_(None),
            col(Mention.actor_id) == from_id,
        )
    )
    return written.correlate(Actor).exists()


def _read(row: NotificationPolicy) -> Policy:
    return Policy(**{name: Handling(getattr(row, name)) for name in RULES})
