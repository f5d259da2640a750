"""What a reader did with posts and may do with them: for the buttons below each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from actors.models import Actor
from db.session import AsyncSession
from posts.boosts import may_be_boosted
from posts.likes import Interactions, find_interactions
from posts.models import Post, Visibility
from posts.quoting import Approval, Verdict, find_approvals
from posts.visibility import Viewer


@dataclass(frozen=True, slots=True)
class Mine:
    """How a post stands to a reader who is signed in; `muted` is its thread.

    `may_pin` is whether they may show it first on their page, or do already.
    """

    is_own: bool = False
    liked: bool = False
    boosted: bool = False
    bookmarked: bool = False
    pinned: bool = False
    muted: bool = False
    may_boost: bool = False
    may_quote: bool = False
    may_pin: bool = False


async def find_mine(
    session: AsyncSession, viewer: Viewer, posts: Sequence[Post], actors: Mapping[int, Actor]
) -> dict[int, Mine]:
    """Return how some posts stand to a viewer, by post; nothing for strangers. Two queries.

    `actors` has their authors.
    """
    if viewer.actor_id is None:
        return {}
    done = await find_interactions(session, viewer.actor_id, [post.id for post in posts])
    approvals = await find_approvals(session, viewer, posts, actors)
    return {post.id: _mine(post, viewer, done, approvals) for post in posts}


def _mine(
    post: Post, viewer: Viewer, done: Interactions, approvals: Mapping[int, Approval]
) -> Mine:
    approval = approvals.get(post.id)
    is_own = post.author_id == viewer.actor_id
    boosted = post.id in done.boosted
    return Mine(
        is_own=is_own,
        liked=post.id in done.liked,
        boosted=boosted,
        bookmarked=post.id in done.bookmarked,
        pinned=post.id in done.pinned,
        muted=post.id in done.muted,
        may_boost=boosted or may_be_boosted(post, by_doctor=viewer.is_doctor),
        may_quote=approval is not None and approval.verdict is Verdict.AUTOMATIC,
        may_pin=is_own and post.visibility is not Visibility.MENTIONED,
    )
