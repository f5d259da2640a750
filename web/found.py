"""From something that was found to its page here."""

from __future__ import annotations

from actors.models import Actor
from core.errors import NotFound
from posts.models import Post
from posts.queries import get_visible_post
from web.card import list_cards
from web.person import profile_path
from web.visit import Visit


async def page_of(visit: Visit, found: Actor | Post | None) -> str | None:
    """Return the path of the page about a person or a post; None where this reader has none."""
    if isinstance(found, Actor):
        return profile_path(found) if found.deleted_at is None else None
    if found is None:
        return None
    async with visit.database.read() as session:
        try:
            post = await get_visible_post(session, visit.viewer, found.id)
        except NotFound:
            return None
        cards = await list_cards(session, [post], visit.viewer)
    return cards[0].path if cards else None
