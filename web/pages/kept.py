"""What somebody keeps and what they agreed with: lists of posts, for themselves alone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from quart import Response, request

from db.paging import Page
from db.session import AsyncSession
from posts.bookmarks import list_bookmarked
from posts.likes import list_liked
from posts.models import Post
from posts.visibility import Viewer
from web.card import list_cards
from web.paging import POSTS_A_PAGE, read_page
from web.visit import Pages, Visit

Rows = Sequence[tuple[Any, Post]]
_LISTS: dict[str, Callable[[AsyncSession, Viewer, Page], Awaitable[Rows]]] = {
    "bookmarks": list_bookmarked,
    "favourites": list_liked,
}


async def get_kept(visit: Visit, name: str) -> Response:
    """List what the reader keeps, or agreed with, newest first."""
    visit.require_member()
    async with visit.database.read() as session:
        rows = await _LISTS[name](session, visit.viewer, read_page(request))
        cards = await list_cards(session, [post for _, post in rows], visit.viewer)
    older = f"/{name}?max_id={rows[-1][0].id}" if len(rows) >= POSTS_A_PAGE else ""
    return visit.page("kept.html", name=name, cards=cards, older=older)


PAGES: Pages = (
    ("GET", "/<any(bookmarks, favourites):name>", get_kept),
)
