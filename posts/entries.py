"""Which posts belong in whose timelines, as SQL: homes, lists, and homes by followed hashtags."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, and_, cast, literal, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from actors.models import (
    LOCAL_HOST,
    Actor,
    ActorList,
    Follow,
    ListMember,
    Mute,
    RepliesPolicy,
)
from posts.eyes import Eyes, in_audience
from posts.models import FollowedTag, Post, PostTag, TimelineEntry, Visibility

# What was passed on within this time is not shown again when somebody else passes it on.
SHOWN_ONCE = timedelta(hours=12)
_OF_TAGS = (Visibility.PUBLIC, Visibility.DOCTORS)
_Answered: Any = aliased(Post, name="answered")
_Known: Any = aliased(Follow, name="known")
_Exclusive: Any = aliased(ActorList, name="exclusive_list")
_Kept: Any = aliased(ListMember, name="kept")
_Beside: Any = aliased(ListMember, name="beside")
_Earlier: Any = aliased(Post, name="earlier")
_Muted: Any = aliased(Mute, name="silenced")
_Shown: Any = aliased(TimelineEntry, name="shown")


def home_entries(eyes: Eyes, *, since: Any = None) -> Select[int, int]:
    """Return which posts belong in whose home, for local followers: (owner, post).

    With the smallest id of `SHOWN_ONCE` ago, boosts of what a home has shown since stay out.
    """
    follower = col(Follow.follower_id)
    return _of_followed(select(follower, col(Post.id)), eyes).where(
        ~_is_kept_apart(follower), *_not_again(follower, since)
    )


def list_entries(eyes: Eyes, *, since: Any = None) -> Select[int, int]:
    """Return which posts belong on whose lists: (list, post). What a home has, by its policy."""
    statement = _of_followed(select(col(ActorList.id), col(Post.id)), eyes)
    return (
        statement.join(ListMember, col(ListMember.actor_id) == col(Follow.followee_id))
        .join(
            ActorList,
            and_(
                col(ActorList.id) == col(ListMember.list_id),
                col(ActorList.owner_id) == col(Follow.follower_id),
            ),
        )
        .where(is_on_policy(), *_not_again(col(ActorList.id), since))
    )


def own_list_entries() -> Select[int, int]:
    """Return which own posts belong on the lists on which somebody is themself."""
    return (
        select(col(ActorList.id), col(Post.id))
        .join(ListMember, col(ListMember.list_id) == col(ActorList.id))
        .join(Post, col(Post.author_id) == col(ListMember.actor_id))
        .where(
            col(ActorList.owner_id) == col(ListMember.actor_id),
            is_on_policy(),
        )
    )


def tag_entries(eyes: Eyes) -> Select[int, int]:
    """Return which posts belong in whose home for a hashtag: public ones, and those for doctors.

    The eyes are of the column `FollowedTag.actor_id`.
    """
    owner = col(FollowedTag.actor_id)
    return (
        select(owner, col(Post.id))
        .join(PostTag, col(PostTag.tag) == col(FollowedTag.tag))
        .join(Post, col(Post.id) == col(PostTag.post_id))
        .where(
            col(Post.visibility).in_(_OF_TAGS),
            col(Post.boost_of_id).is_(None),
            col(Post.author_id) != owner,
            in_audience(eyes, Post),
            ~_is_kept_apart(owner),
        )
    )


def is_on_policy() -> ColumnElement[bool]:
    """Return the condition that a list shows an answer; what answers nobody else is shown.

    As at Mastodon, answers to the list's owner are shown by every list.
    """
    to_somebody = (
        select(_Answered.id)
        .where(
            _Answered.id == col(Post.in_reply_to_id),
            or_(
                _Answered.author_id == col(Post.author_id),
                _Answered.author_id == col(ActorList.owner_id),
                col(ActorList.replies_policy) == RepliesPolicy.FOLLOWED,
                and_(
                    col(ActorList.replies_policy) == RepliesPolicy.LIST,
                    select(_Beside.id)
                    .where(
                        _Beside.list_id == col(ActorList.id),
                        _Beside.actor_id == _Answered.author_id,
                    )
                    .correlate_except(_Beside)
                    .exists(),
                ),
            ),
        )
        .correlate_except(_Answered)
        .exists()
    )
    return or_(col(Post.in_reply_to_uri).is_(None), to_somebody)


def _of_followed(statement: Select[int, int], eyes: Eyes) -> Select[int, int]:
    """Join the posts of those whom somebody here follows, as far as they want them."""
    follower = col(Follow.follower_id)
    knows_addressee = (
        select(_Known.id)
        .where(
            _Known.follower_id == follower,
            _Known.followee_id == _Answered.author_id,
            _Known.accepted_at.is_not(None),
        )
        .correlate_except(_Known)
        .exists()
    )
    is_of_interest = (
        select(_Answered.id)
        .where(
            _Answered.id == col(Post.in_reply_to_id),
            or_(
                _Answered.author_id == col(Post.author_id),
                _Answered.author_id == follower,
                knows_addressee,
            ),
        )
        .correlate_except(_Answered)
        .exists()
    )
    return (
        statement.select_from(Follow)
        .join(Post, col(Post.author_id) == col(Follow.followee_id))
        .join(Actor, col(Actor.id) == follower)
        .where(
            col(Follow.accepted_at).is_not(None),
            col(Actor.host) == LOCAL_HOST,
            or_(col(Post.boost_of_id).is_(None), col(Follow.shows_boosts).is_(True)),
            _is_understood(),
            or_(col(Post.in_reply_to_uri).is_(None), is_of_interest),
            in_audience(eyes, Post),
        )
    )


def _is_understood() -> ColumnElement[bool]:
    """A post of no language, and a follow that names none, let everything pass."""
    wanted = cast(col(Follow.languages), Text)
    return or_(
        col(Follow.languages).is_(None),
        wanted.in_(["null", "[]"]),
        col(Post.language).is_(None),
        wanted.like(literal('%"').concat(col(Post.language)).concat('"%')),
    )


def _is_kept_apart(owner: Any) -> ColumnElement[bool]:
    """What an exclusive list of the owner shows is not in their home."""
    kept = (
        select(_Kept.id)
        .join(_Exclusive, _Exclusive.id == _Kept.list_id)
        .where(
            _Exclusive.owner_id == owner,
            _Exclusive.exclusive.is_(True),
            _Kept.actor_id == col(Post.author_id),
        )
        .correlate_except(_Kept, _Exclusive)
    )
    return kept.exists()


def _not_again(owner: Any, since: Any) -> list[ColumnElement[bool]]:
    """A boost of what another boost has shown stays out; whom one mutes has shown nothing."""
    if since is None:
        return []
    muted = (
        select(_Muted.id)
        .where(
            _Muted.muter_id == col(Follow.follower_id), _Muted.muted_id == _Earlier.author_id
        )
        .correlate_except(_Muted)
    )
    shown = (
        select(_Earlier.id)
        .join(_Shown, and_(_Shown.owner_id == owner, _Shown.post_id == _Earlier.id))
        .where(
            _Earlier.boost_of_id == col(Post.boost_of_id),
            _Earlier.id > since,
            _Earlier.id != col(Post.id),
            ~muted.exists(),
        )
        .correlate_except(_Earlier, _Shown)
    )
    return [or_(col(Post.boost_of_id).is_(None), ~shown.exists())]
