"""What the policy leaves of a post of its author's host: its media, and behind which warning."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from db.session import AsyncSession
from moderation.policy import FORCED_WARNING, policy_of


async def restricted(
    session: AsyncSession, host: str, content: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the columns of a post with what the policy leaves of them (see `PeerPolicy`)."""
    policy = await policy_of(session, host)
    taken = dict(content)
    if policy.rejects_media:
        taken |= {"attachments": [], "emojis": []}
    if policy.forces_warning:
        taken["sensitive"] = True
        taken["content_warning"] = taken["content_warning"] or FORCED_WARNING
    return taken
