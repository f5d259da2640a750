"""Who may see a post, and which host may have it: used by every read (WIRE §3, §6).

The rule itself is SQL, in `posts/eyes.py`. How a reply to something narrower is stored, so that the
rule needs no walk up the thread: `clamp` for what is written here, `narrowed` for what arrives.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    bindparam,
    false,
    literal,
    select,
    true,
)
from sqlmodel import col

from actors.blocks import find_block
from actors.follows import has_follower_on
from actors.models import Actor
from actors.queries import find_actor, find_badges
from db.session import AsyncSession, settings_of
from moderation.models import PeerClass
from posts.eyes import OPEN as OPEN
from posts.eyes import UNPROVEN, Eyes, visible_to_eyes, visible_to_strangers
from posts.models import Mention, Post, Visibility

if TYPE_CHECKING:
    from actors.reading import Reader

_SPOKEN_TO = frozenset({PeerClass.SOCIAL, PeerClass.CLINICAL})


@dataclass(frozen=True, slots=True)
class Viewer:
    """Through whose eyes posts are read; `actor_id` None is a stranger.

    `is_colleague` is who counts as a doctor for what is written here, and for nothing else: the
    professions that this instance added (WIRE §5).
    """

    actor_id: int | None = None
    is_doctor: bool = False
    group_ids: frozenset[int] = field(default_factory=frozenset)
    is_local: bool = True
    is_colleague: bool = False


ANONYMOUS = Viewer()


async def viewer_of(session: AsyncSession, actor_id: int) -> Viewer:
    """Return an actor as a viewer, with the badge that counts now."""
    actor = await find_actor(session, actor_id)
    badge = (await find_badges(session, [actor_id])).get(actor_id)
    if actor is None:
        return ANONYMOUS
    professions = settings_of(session).doctor_professions
    return Viewer(
        actor_id=actor_id,
        is_doctor=badge is not None and badge.is_doctor,
        is_local=actor.is_local,
        is_colleague=badge is not None
        and actor.is_local
        and badge.profession in professions
        and badge.assurance != UNPROVEN,
    )


@lru_cache(maxsize=64)
def visible_to(viewer: Viewer, post: Any = Post) -> ColumnElement[bool]:
    """Return the condition under which a viewer may see a post; `post` may be an alias.

    A boost is seen by who may see the boosted post. Nobody sees what is deleted, what a suspended
    actor said, and what somebody said whom they block or who blocks them.
    """
    if viewer.actor_id is None:
        return visible_to_strangers(post)
    return visible_to_eyes(eyes_of(viewer), post)


def eyes_of(viewer: Viewer, actor_id: ColumnElement[int] | None = None) -> Eyes:
    """Return a signed-in viewer as SQL; the id may come as a parameter."""
    return Eyes(
        actor_id=literal(viewer.actor_id, BigInteger) if actor_id is None else actor_id,
        is_doctor=_constant(viewer.is_doctor),
        is_colleague=_constant(viewer.is_colleague),
        is_local=_constant(viewer.is_local),
    )


async def find_visible_post(session: AsyncSession, viewer: Viewer, post_id: int) -> Post | None:
    """Return a post if a viewer may see it."""
    asked = {"post": post_id, "viewer": viewer.actor_id}
    is_known = viewer.actor_id is not None
    statement = _one_for(replace(viewer, actor_id=0)) if is_known else _one_for_strangers()
    found: Post | None = await session.scalar(statement, asked)
    return found


async def may_see(session: AsyncSession, viewer: Viewer, post: Post) -> bool:
    """Tell whether a viewer may see one post."""
    return await find_visible_post(session, viewer, post.id) is not None


# Making these costs several times what running them does.
@lru_cache(maxsize=1)
def _one_for_strangers() -> Select[Any]:
    wanted = col(Post.id) == bindparam("post", type_=BigInteger)
    return select(Post).where(wanted, visible_to_strangers())


@lru_cache(maxsize=16)
def _one_for(kind: Viewer) -> Select[Any]:
    eyes = eyes_of(kind, bindparam("viewer", type_=BigInteger))
    wanted = col(Post.id) == bindparam("post", type_=BigInteger)
    return select(Post).where(wanted, visible_to_eyes(eyes))


async def may_host_have(session: AsyncSession, reader: Reader, post: Post) -> bool:
    """Tell whether the host that asks may have a post's document (WIRE §3).

    Whether the post is deleted is not asked here: the door answers 410 to who was entitled.
    """
    author = await find_actor(session, post.author_id)
    if author is None or author.suspended_at or author.deleted_at or post.boost_of_id is not None:
        return False
    if reader.actor is None:
        return post.visibility in OPEN and not post.clinical
    if reader.peer_class not in _SPOKEN_TO:
        return False
    if await find_block(session, post.author_id, reader.actor.id) is not None:
        return False
    is_clinical = reader.peer_class is PeerClass.CLINICAL
    if post.clinical and not is_clinical:
        return False
    if post.visibility in OPEN:
        return True
    if post.visibility is Visibility.DOCTORS:
        return is_clinical
    return await _is_for_host(session, reader, post)


async def _is_for_host(session: AsyncSession, reader: Reader, post: Post) -> bool:
    """Tell whether the audience of a post for followers or for named actors has one of a host."""
    if post.visibility is Visibility.LOCAL:
        return False
    names_one = await _names_one_of(session, post.id, reader.host)
    if post.visibility is Visibility.MENTIONED:
        return names_one
    ring = await session.get(Post, post.ring_id) if post.ring_id is not None else None
    if ring is None or post.is_narrowed:
        own = names_one or await has_follower_on(session, post.author_id, reader.host)
        if ring is None or not own:
            return own
    if ring.visibility is Visibility.DOCTORS:
        return reader.peer_class is PeerClass.CLINICAL
    return await has_follower_on(session, ring.author_id, reader.host) or await _names_one_of(
        session, ring.id, reader.host
    )


async def _names_one_of(session: AsyncSession, post_id: int, host: str) -> bool:
    statement = (
        select(col(Actor.id))
        .join(Mention, col(Mention.actor_id) == col(Actor.id))
        .where(col(Mention.post_id) == post_id, col(Actor.host) == host)
    )
    return await session.scalar(statement.limit(1)) is not None


def clamp(asked: Visibility, parent: Post | None) -> Visibility:
    """Return the audience of a reply that is written here: never wider than its parent's.

    What answers something for doctors, followers or local people has that audience, or is for
    named people only.
    """
    if parent is None or asked is Visibility.MENTIONED:
        return asked
    if parent.visibility is Visibility.UNLISTED and asked is Visibility.PUBLIC:
        return Visibility.UNLISTED
    return asked if parent.visibility in OPEN else parent.visibility


def narrowed(asked: Visibility, parent: Post | None) -> Visibility:
    """Return the audience with which a reply is kept: the part of it that its parent's has too.

    It is applied to what arrives (WIRE §6), and changes nothing that `clamp` returned. Where the
    common part has no name, only those named remain.
    """
    if parent is None or parent.visibility in OPEN or asked is parent.visibility:
        return asked
    if asked in OPEN and parent.visibility in {Visibility.DOCTORS, Visibility.FOLLOWERS}:
        return parent.visibility
    if asked is Visibility.FOLLOWERS and parent.visibility is Visibility.DOCTORS:
        return asked
    return Visibility.MENTIONED


def _constant(value: bool) -> ColumnElement[bool]:
    return true() if value else false()
