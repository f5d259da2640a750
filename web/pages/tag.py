"""The page of a hashtag: what was said under it that this reader may see."""

from __future__ import annotations

from urllib.parse import quote

from quart import Response, request

from core.settings import PublicPages
from posts.open_timelines import list_tag
from web.card import list_cards
from web.paging import older_path, read_page
from web.visit import Pages, Visit


async def get_tag(visit: Visit, name: str) -> Response:
    """List the posts under a tag."""
    visit.require(PublicPages.POSTS)
    async with visit.database.read() as session:
        posts = await list_tag(session, visit.viewer, name, read_page(request))
        cards = await list_cards(session, posts, visit.viewer)
    older = older_path(f"/tags/{quote(name)}", posts)
    return visit.page("tag.html", tag=name, cards=cards, older=older)


PAGES: Pages = (
    ("GET", "/tags/<name>", get_tag),
)
