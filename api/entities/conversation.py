"""The Conversation entity: talks with named people.

https://docs.joinmastodon.org/entities/Conversation/
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from actors.queries import find_actors
from api.entities.account import accounts
from api.entities.status import statuses_by_id
from db.session import AsyncSession
from posts.models import Conversation, Post
from posts.visibility import Viewer

Json = dict[str, Any]


async def conversations(
    session: AsyncSession, viewer: Viewer, rows: Sequence[tuple[Conversation, Post]]
) -> list[Json]:
    """Build talks with their newest posts, in their order; the number of queries is fixed."""
    if not rows:
        return []
    shown = await statuses_by_id(session, viewer, [post for _, post in rows])
    wanted = {actor_id for row, _ in rows for actor_id in _shown_of(row)}
    people = list((await find_actors(session, wanted)).values())
    built = {account["id"]: account for account in await accounts(session, people)}
    return [
        {
            "id": str(row.id),
            "unread": row.unread,
            "accounts": [
                built[str(actor_id)] for actor_id in _shown_of(row) if str(actor_id) in built
            ],
            "last_status": shown.get(post.id),
        }
        for row, post in rows
    ]


def _shown_of(row: Conversation) -> Sequence[int]:
    # Programs name a talk by its first account: one with oneself has one, too.
    return row.participant_ids or [row.owner_id]
