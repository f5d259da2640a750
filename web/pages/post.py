"""The page of a post, in its thread as far as this reader sees it."""

from __future__ import annotations

from quart import Response, request

from core.errors import NotFound
from core.settings import PublicPages
from db.session import AsyncSession
from moderation.filters import FilterContext
from posts.conversation import look_again
from posts.models import Post, Visibility
from posts.queries import get_visible_post
from posts.threads import list_ancestors, list_descendants
from web.answers import go_to
from web.card import Card, grow, list_cards
from web.handles import wants_document
from web.headers import page_headers
from web.paging import read_id
from web.visit import Pages, SignInNeeded, Visit


async def get_post(visit: Visit, handle: str, post_id: str) -> Response:
    """Show a post; a program is sent to the document."""
    number = read_id(post_id)
    if wants_document(request) and "@" not in handle:
        return go_to(visit.site.settings, visit.site.uris.post(handle, number))
    visit.require(PublicPages.POSTS)
    async with visit.database.read() as session:
        card = await _card(session, visit, number)
        if request.path != card.path:
            return go_to(visit.site.settings, card.path)
        before = await list_ancestors(session, visit.viewer, card.post)
        after = await list_descendants(session, visit.viewer, card.post)
        others = await list_cards(
            session, [*before, *after], visit.viewer, context=FilterContext.THREAD
        )
    if visit.viewer.actor_id is not None:
        await look_again(visit.database, card.post)
    return _show(visit, card, _split(others, before))


async def _card(session: AsyncSession, visit: Visit, post_id: int) -> Card:
    """Return a post for this reader.

    A stranger is asked to sign in for what is hidden and for what does not exist alike.
    """
    try:
        post = await get_visible_post(session, visit.viewer, post_id)
    except NotFound as error:
        if visit.browser is None:
            raise SignInNeeded(visit.here) from error
        raise
    # Who asks for it is shown it, behind a warning where a filter would hide it.
    cards = await list_cards(
        session, [post], visit.viewer, context=FilterContext.THREAD, hides=False
    )
    if not cards:
        raise NotFound(f"the author of {post_id} is gone")
    return cards[0]


def _split(cards: list[Card], before: list[Post]) -> tuple[list[Card], list[Card]]:
    earlier = {post.id for post in before}
    ancestors = [card for card in cards if card.post.id in earlier]
    return ancestors, [card for card in cards if card.post.id not in earlier]


def _show(visit: Visit, card: Card, around: tuple[list[Card], list[Card]]) -> Response:
    ancestors, descendants = around
    is_public = card.post.visibility is Visibility.PUBLIC
    indexable = is_public and card.author.actor.indexable
    return visit.page(
        "post.html",
        headers=page_headers(visit.site.settings, indexable=indexable),
        card=card,
        ancestors=ancestors,
        branches=grow(card.post, descendants),
    )


PAGES: Pages = (
    ("GET", "/@<handle>/<post_id>", get_post),
)
