"""SQL of answers: how long people took to answer who mentioned them, in what others may read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from db.session import AsyncSession
from posts.models import Mention, Post, Visibility

# What is said to a few tells nothing to others, not even how soon it was answered.
_TOLD = (Visibility.PUBLIC, Visibility.UNLISTED, Visibility.DOCTORS)
MOST_MENTIONS = 500
_Answer: Any = aliased(Post, name="answer")


async def list_answer_times(
    session: AsyncSession, actor_ids: Sequence[int], since: datetime
) -> dict[int, list[timedelta]]:
    """Return, by actor, after what time they first answered posts that mention them.

    Posts that they never answered are not among them. For the last so many mentions of all.
    """
    statement = (
        select(col(Mention.actor_id), col(Post.created_at), func.min(_Answer.created_at))
        .join(Post, col(Post.id) == col(Mention.post_id))
        .join(_Answer, _Answer.thread_id == col(Post.thread_id))
        .where(
            col(Mention.actor_id).in_(list(actor_ids)),
            col(Mention.silent).is_(False),
            col(Post.author_id) != col(Mention.actor_id),
            col(Post.created_at) >= since,
            col(Post.visibility).in_(_TOLD),
            col(Post.deleted_at).is_(None),
            _Answer.author_id == col(Mention.actor_id),
            _Answer.created_at > col(Post.created_at),
            _Answer.visibility.in_(_TOLD),
            _Answer.boost_of_id.is_(None),
            _Answer.deleted_at.is_(None),
        )
        .group_by(col(Mention.actor_id), col(Post.id), col(Post.created_at))
        .order_by(col(Post.id).desc())
        .limit(MOST_MENTIONS * len(actor_ids))
    )
    times: dict[int, list[timedelta]] = defaultdict(list)
    for actor_id, asked_at, answered_at in await session.execute(statement):
        times[actor_id].append(answered_at - asked_at)
    return times
