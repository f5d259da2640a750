"""What a post said before: each wording with its time, and what changed."""

from __future__ import annotations

import asyncio

from quart import Response, request

from core.errors import NotFound
from core.settings import PublicPages
from posts.edits import list_wordings
from posts.queries import get_visible_post
from web.answers import go_to
from web.card import list_cards
from web.changes import list_versions
from web.paging import read_id
from web.visit import Pages, SignInNeeded, Visit


async def get_history(visit: Visit, handle: str, post_id: str) -> Response:
    """Show the wordings of a post to who may read it; the newest first."""
    visit.require(PublicPages.POSTS)
    number = read_id(post_id)
    async with visit.database.read() as session:
        try:
            post = await get_visible_post(session, visit.viewer, number)
        except NotFound as error:
            if visit.browser is None:
                raise SignInNeeded(visit.here) from error
            raise
        cards = await list_cards(session, [post], visit.viewer)
        wordings = await list_wordings(session, post)
    if not cards or post.boost_of_id is not None:
        raise NotFound(f"post {number} has no wordings")
    card = cards[0]
    if request.path != f"{card.path}/history":
        return go_to(visit.site.settings, f"{card.path}/history")
    # Comparing long texts takes a while.
    versions = await asyncio.to_thread(list_versions, wordings)
    return visit.page("history.html", card=card, versions=versions)


PAGES: Pages = (
    ("GET", "/@<handle>/<post_id>/history", get_history),
)
