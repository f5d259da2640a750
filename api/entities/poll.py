"""The Poll entity; its id is that of the post that asks.

https://docs.joinmastodon.org/entities/Poll/
"""

from __future__ import annotations

from typing import Any

from api.times import api_time_or_none
from posts.polls import PollState

Json = dict[str, Any]


def poll_json(
    state: PollState, *, viewer_id: int | None, emojis: list[Json], is_own: bool = False
) -> Json:
    """Build a poll; strangers have no votes, and whose poll it is counts as having voted.

    `emojis` are those of the post that asks.
    """
    shown: Json = {
        "id": str(state.poll.post_id),
        "expires_at": api_time_or_none(state.poll.ends_at or state.poll.closed_at),
        "expired": state.is_over,
        "multiple": state.poll.is_multiple,
        "votes_count": state.votes_count,
        "voters_count": state.voters_count,
        "options": [
            {
                "title": option.title,
                "votes_count": option.votes_count if state.shows_totals else None,
            }
            for option in state.options
        ],
        "emojis": emojis,
    }
    if viewer_id is None:
        return shown
    return shown | {
        "voted": is_own or bool(state.own_votes),
        "own_votes": list(state.own_votes),
    }
