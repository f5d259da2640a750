"""oEmbed (https://oembed.com): what a page that links to a public post may say of it."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

from quart import Response, request

from core.errors import NotFound
from core.settings import PublicPages
from posts.models import Visibility
from posts.queries import get_visible_post
from posts.visibility import ANONYMOUS
from web.card import Card, list_cards
from web.paging import read_id
from web.visit import Pages, Visit

_A_DAY_S = 86400


async def get_oembed(visit: Visit) -> Response:
    """Describe the post at `url`; 404 for what is not for everybody, 501 for XML.

    A `link`, never a frame: our pages are shown in none.
    """
    if request.args.get("format", "json") != "json":
        return Response("only json here", status=501, content_type="text/plain")
    card = await _card(visit, _post_id(visit, request.args.get("url", "")))
    base = visit.site.settings.base_url
    said = {
        "version": "1.0",
        "type": "link",
        "title": card.post.title or card.post.content_warning or "",
        "author_name": card.author.name,
        "author_url": f"{base}{card.author.path}",
        "provider_name": f"Consilium · {visit.site.uris.handle_domain}",
        "provider_url": f"{base}/",
        "cache_age": _A_DAY_S,
    }
    headers = {"Access-Control-Allow-Origin": "*", "X-Content-Type-Options": "nosniff"}
    body = json.dumps(said, ensure_ascii=False)
    return Response(body, content_type="application/json", headers=headers)


def _post_id(visit: Visit, url: str) -> int:
    """Return which post of ours an address is about; raises NotFound for any other."""
    parts = urlsplit(url)
    folders = parts.path.split("/")
    is_ours = f"{parts.scheme}://{parts.netloc}" == visit.site.settings.base_url
    if not is_ours or len(folders) != 3 or not folders[1].startswith("@"):
        raise NotFound("no post of this place")
    return read_id(folders[2])


async def _card(visit: Visit, post_id: int) -> Card:
    if visit.site.settings.shown_to_strangers is not PublicPages.POSTS:
        raise NotFound("strangers are shown no posts here")
    async with visit.database.read() as session:
        post = await get_visible_post(session, ANONYMOUS, post_id)
        if post.visibility is not Visibility.PUBLIC or post.boost_of_id is not None:
            raise NotFound(f"post {post_id} is not for everybody")
        cards = await list_cards(session, [post], ANONYMOUS)
    if not cards:
        raise NotFound(f"the author of {post_id} is gone")
    return cards[0]


PAGES: Pages = (
    ("GET", "/oembed", get_oembed),
)
