"""Who may quote what: the one rule for what is written here, and what clients are told of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from actors.follows import find_followed
from actors.models import Actor
from actors.queries import find_actors
from core.errors import InvalidInput, NotFound
from db.session import AsyncSession
from posts.models import Post, Visibility
from posts.queries import get_visible_post
from posts.quotes import FOLLOWERS, NOBODY, PUBLIC
from posts.visibility import Viewer, viewer_of

_ASKED_ELSEWHERE = (
    "Validation failed: a post for this instance only cannot quote one of another server, "
    "whose author would have to be asked"
)
# What is for followers or named people stays among them: others cannot keep it there.
_ONES_OWN = frozenset({Visibility.FOLLOWERS, Visibility.MENTIONED})


class Verdict(StrEnum):
    """Whether somebody may quote a post; the values are the client API's."""

    AUTOMATIC = "automatic"
    DENIED = "denied"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Approval:
    """Whom a post's author lets quote it without being asked, and what that means for a viewer."""

    policy: str
    verdict: Verdict


def policy_of(post: Post, author: Actor) -> str:
    """Return who may quote a post: `public`, `followers` or `nobody` but its author.

    Who says nothing here means followers (WIRE §6); who says nothing elsewhere is asked in vain.
    """
    if post.visibility in _ONES_OWN:
        return NOBODY
    return post.quote_policy or (FOLLOWERS if author.is_local else NOBODY)


async def find_approvals(
    session: AsyncSession, viewer: Viewer, posts: Iterable[Post], actors: Mapping[int, Actor]
) -> dict[int, Approval]:
    """Return who may quote some posts, by post, in one query; `actors` has their authors."""
    wanted = [post for post in posts if post.author_id in actors]
    followed: frozenset[int] = frozenset()
    if viewer.actor_id is not None:
        authors = {post.author_id for post in wanted}
        followed = await find_followed(session, viewer.actor_id, authors)
    return {
        post.id: _approval(post, actors[post.author_id], viewer.actor_id, followed)
        for post in wanted
    }


def _approval(
    post: Post, author: Actor, viewer_id: int | None, followed: frozenset[int]
) -> Approval:
    policy = policy_of(post, author)
    if viewer_id is None:
        return Approval(policy, Verdict.UNKNOWN)
    may = (
        viewer_id == author.id
        or policy == PUBLIC
        or (policy == FOLLOWERS and author.id in followed)
    )
    return Approval(policy, Verdict.AUTOMATIC if may else Verdict.DENIED)


async def find_quotable(session: AsyncSession, author: Actor, post_id: int | None) -> Post | None:
    """Return what somebody here wants to quote, None for nothing.

    Raises NotFound for what they may not see, and for what they may not quote, alike (H12).
    """
    if post_id is None:
        return None
    viewer = await viewer_of(session, author.id)
    post = await get_visible_post(session, viewer, post_id)
    if post.boost_of_id is not None:
        # What is quoted is what was passed on.
        post = await get_visible_post(session, viewer, post.boost_of_id)
    if not await may_quote(session, author.id, post):
        raise NotFound(f"{author.id} may not quote post {post.id}")
    return post


async def require_no_asking(
    session: AsyncSession, quoted: Post | None, visibility: Visibility
) -> None:
    """Raise InvalidInput for a quote that its audience keeps here and that is asked for elsewhere.

    Asking tells the other server of the post.
    """
    if quoted is None or visibility is not Visibility.LOCAL:
        return
    author = (await find_actors(session, [quoted.author_id])).get(quoted.author_id)
    if author is None or not author.is_local:
        raise InvalidInput(_ASKED_ELSEWHERE)


async def may_quote(session: AsyncSession, actor_id: int, post: Post) -> bool:
    """Tell whether an actor who sees a post may quote it."""
    actors = await find_actors(session, [post.author_id])
    found = await find_approvals(session, Viewer(actor_id=actor_id), [post], actors)
    return post.id in found and found[post.id].verdict is Verdict.AUTOMATIC
