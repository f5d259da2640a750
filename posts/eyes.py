"""The one rule of who may see a post, as SQL, for one viewer or for all of a query (WIRE §6)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, literal, or_, select, true
from sqlalchemy.orm import aliased

from actors.models import LOCAL_HOST, Actor, Badge, Block, Follow
from core.clock import now
from posts.models import Mention, Post, Visibility

OPEN = frozenset({Visibility.PUBLIC, Visibility.UNLISTED})
# `declared` is what somebody says of themselves.
UNPROVEN = "declared"
# Aliases, so that a query over these tables itself never mixes them up with the rule's.
_Author: Any = aliased(Actor, name="seen_author")
_Reader: Any = aliased(Badge, name="seen_badge")
_Follow: Any = aliased(Follow, name="seen_follow")
_Block: Any = aliased(Block, name="seen_block")
_Mention: Any = aliased(Mention, name="seen_mention")
_Ring: Any = aliased(Post, name="seen_ring")
_Boosted: Any = aliased(Post, name="seen_boosted")


@dataclass(frozen=True, slots=True)
class Eyes:
    """A viewer as SQL: values of one person, or columns of a query over many."""

    actor_id: ColumnElement[int]
    is_doctor: ColumnElement[bool]
    is_colleague: ColumnElement[bool]
    is_local: ColumnElement[bool]


def eyes_of_locals(actor_id: Any, professions: Collection[str], *, at: Any = None) -> Eyes:
    """Return the local actors of a query as viewers, each with the badge that counts at a moment.

    `professions` are those that this instance takes for colleagues; no moment means now.
    """
    moment = now() if at is None else at
    colleague = and_(_Reader.profession.in_(sorted(professions)), _Reader.assurance != UNPROVEN)
    return Eyes(
        actor_id=actor_id,
        is_doctor=_has_badge(actor_id, moment, _Reader.is_doctor.is_(True)),
        is_colleague=_has_badge(actor_id, moment, colleague),
        is_local=true(),
    )


def visible_to_strangers(post: Any = Post) -> ColumnElement[bool]:
    """Return the condition under which anybody at all may see a post."""
    boosted = _exists(
        _Boosted,
        _Boosted.id == post.boost_of_id,
        _Boosted.deleted_at.is_(None),
        is_open(_Boosted),
        _is_alive(_Boosted.author_id),
    )
    return and_(
        post.deleted_at.is_(None),
        is_open(post),
        _is_alive(post.author_id),
        or_(post.boost_of_id.is_(None), boosted),
    )


def visible_to_eyes(eyes: Eyes, post: Any = Post) -> ColumnElement[bool]:
    """Return the condition under which somebody who is signed in may see a post."""
    boosted = _exists(
        _Boosted,
        _Boosted.id == post.boost_of_id,
        _Boosted.deleted_at.is_(None),
        _is_alive(_Boosted.author_id),
        not_blocked(eyes, _Boosted.author_id),
        # Nothing narrower is ever passed on (WIRE §6).
        or_(
            is_open(_Boosted),
            _Boosted.author_id == eyes.actor_id,
            and_(_Boosted.visibility == Visibility.DOCTORS, _is_doctor_for(eyes, _Boosted)),
        ),
    )
    return and_(
        post.deleted_at.is_(None),
        _is_alive(post.author_id),
        not_blocked(eyes, post.author_id),
        in_audience(eyes, post),
        or_(post.boost_of_id.is_(None), boosted),
    )


def in_audience(eyes: Eyes, post: Any) -> ColumnElement[bool]:
    """Return the condition under which somebody belongs to a post's audience (WIRE §6).

    Being named in a post for doctors does not make a doctor: who reads it is who has a valid
    credential now.
    """
    named = _is_named(eyes, post.id)
    return or_(
        is_open(post),
        post.author_id == eyes.actor_id,
        and_(post.visibility == Visibility.DOCTORS, _is_doctor_for(eyes, post)),
        and_(post.visibility == Visibility.LOCAL, eyes.is_local),
        and_(post.visibility == Visibility.MENTIONED, named),
        and_(
            post.visibility == Visibility.FOLLOWERS,
            # Its own audience, unless it has that of the ring; and the ring's, where there is one.
            or_(
                and_(post.ring_id.is_not(None), post.is_narrowed.is_(False)),
                _follows(eyes, post.author_id),
                named,
            ),
            or_(post.ring_id.is_(None), _is_in_ring(eyes, post)),
        ),
    )


def is_open(post: Any) -> ColumnElement[bool]:
    """Return the condition that a post is for everybody."""
    return or_(post.visibility == Visibility.PUBLIC, post.visibility == Visibility.UNLISTED)


def not_blocked(eyes: Eyes, actor_id: Any) -> ColumnElement[bool]:
    """Return the condition that neither blocks the other."""
    return ~_exists(
        _Block,
        or_(
            and_(_Block.blocker_id == eyes.actor_id, _Block.blocked_id == actor_id),
            and_(_Block.blocker_id == actor_id, _Block.blocked_id == eyes.actor_id),
        ),
    )


def _exists(entity: Any, *criteria: ColumnElement[bool]) -> ColumnElement[bool]:
    inner = select(literal(1)).select_from(entity).where(*criteria)
    return inner.correlate_except(entity).exists()


def _is_alive(actor_id: Any) -> ColumnElement[bool]:
    return _exists(
        _Author,
        _Author.id == actor_id,
        _Author.suspended_at.is_(None),
        _Author.deleted_at.is_(None),
    )


def _has_badge(actor_id: Any, at: Any, what: ColumnElement[bool]) -> ColumnElement[bool]:
    return _exists(_Reader, _Reader.actor_id == actor_id, _Reader.valid_until > at, what)


def _is_doctor_for(eyes: Eyes, post: Any) -> ColumnElement[bool]:
    """A verified doctor; or a colleague, for what was written here."""
    is_ours = _exists(_Author, _Author.id == post.author_id, _Author.host == LOCAL_HOST)
    return or_(eyes.is_doctor, and_(eyes.is_colleague, is_ours))


def _follows(eyes: Eyes, actor_id: Any) -> ColumnElement[bool]:
    return _exists(
        _Follow,
        _Follow.follower_id == eyes.actor_id,
        _Follow.followee_id == actor_id,
        _Follow.accepted_at.is_not(None),
    )


def _is_named(eyes: Eyes, post_id: Any) -> ColumnElement[bool]:
    return _exists(_Mention, _Mention.post_id == post_id, _Mention.actor_id == eyes.actor_id)


def _is_in_ring(eyes: Eyes, post: Any) -> ColumnElement[bool]:
    return _exists(
        _Ring,
        _Ring.id == post.ring_id,
        or_(
            _Ring.author_id == eyes.actor_id,
            and_(_Ring.visibility == Visibility.DOCTORS, _is_doctor_for(eyes, _Ring)),
            and_(
                _Ring.visibility == Visibility.FOLLOWERS,
                or_(_follows(eyes, _Ring.author_id), _is_named(eyes, _Ring.id)),
            ),
        ),
    )
