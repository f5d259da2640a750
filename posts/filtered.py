"""Which of some posts the viewer's filters match: on what is said, warned, asked and described."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from core.html import to_plain
from db.session import AsyncSession
from moderation.filters import FilterContext, FilterMatch, hides, load_filters
from posts.models import Post
from posts.polls import PollState
from posts.visibility import Viewer

Matches = Mapping[int, list[FilterMatch]]


async def find_matches(
    session: AsyncSession, viewer: Viewer, posts: Iterable[Post], polls: Mapping[int, PollState]
) -> Matches:
    """Return what matches, by post; nobody's own posts are filtered. Two queries at most.

    A boost matches where what it passes on does, under whose id that is.
    """
    if viewer.actor_id is None:
        return {}
    filters = await load_filters(session, viewer.actor_id)
    if not filters:
        return {}
    return {
        post.id: filters.matches(*_texts(post, polls.get(post.id)), post_id=post.id)
        for post in posts
        if post.boost_of_id is None and post.author_id != viewer.actor_id
    }


def is_hidden(post: Post, matches: Matches, context: FilterContext | None) -> bool:
    """Tell whether a post, or what a boost passes on, is left out where it would be read."""
    return context is not None and hides(matches.get(post.boost_of_id or post.id, ()), context)


def _texts(post: Post, poll: PollState | None) -> list[str]:
    described = [str(row.get("description") or "") for row in post.attachments]
    options = [option.title for option in poll.options] if poll is not None else []
    return [
        post.content_warning or "",
        post.title or "",
        to_plain(post.content),
        *options,
        *described,
    ]
