"""A timeline as pages show it: a page of cards, what is older, and what has come since."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from quart import Request, Response, request

from core.i18n import Language
from db.paging import Page
from db.session import AsyncSession
from moderation.filters import FilterContext
from posts.models import Post
from web.card import Card, list_cards
from web.paging import POSTS_A_PAGE, older_path, read_id
from web.visit import Visit

# So much of what has come since is shown at once; the rest is asked for again.
NEWER = 40
_COUNTED = 100
ListPosts = Callable[[AsyncSession, Page], Awaitable[list[Post]]]


@dataclass(frozen=True, slots=True)
class Timeline:
    """One timeline: `path` is its page, `context` where a reader's filters count.

    `live` is its name for `/live`; empty where nothing is told live.
    """

    path: str
    context: FilterContext
    live: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A page of a timeline: `newest` is the last id in it or before it, `older` the next page.

    `live` is the name for `/live`, on the first page alone.
    """

    path: str
    cards: Sequence[Card]
    newest: int
    older: str
    live: str
    is_first: bool


async def read_line(
    session: AsyncSession, visit: Visit, timeline: Timeline, list_posts: ListPosts
) -> Line:
    """Read the page of a timeline that is asked for; a fixed number of queries."""
    page = _page(request)
    posts = await list_posts(session, page)
    is_first = page.max_id is None and page.min_id is None
    return Line(
        path=timeline.path,
        cards=await list_cards(session, posts, visit.viewer, context=timeline.context),
        newest=posts[0].id if posts else page.min_id or 0,
        older="" if page.min_id is not None else older_path(timeline.path, posts),
        live=timeline.live if is_first and visit.browser is not None else "",
        is_first=is_first,
    )


def show_line(visit: Visit, template: str, line: Line, **values: Any) -> Response:
    """Write the page of a timeline; for our script its posts alone."""
    if visit.wants_part:
        return visit.page("line_part.html", line=line)
    return visit.page(template, line=line, news_words=_news_words(visit.language), **values)


def _page(request: Request) -> Page:
    """Read `?max_id=`, what comes before a post, or `?min_id=`, what came after one."""
    before, after = request.args.get("max_id"), request.args.get("min_id")
    if after:
        return Page(limit=NEWER, min_id=read_id(after))
    return Page(limit=POSTS_A_PAGE, max_id=read_id(before) if before else None)


def _news_words(language: Language) -> str:
    """Return how many new posts there are, in words, for numbers below a hundred.

    As JSON for our script, which knows no language: the `forms`, and which of them is `of` each.
    """
    translated = [
        language.catalogue.ngettext("%(n)d new post", "%(n)d new posts", n)
        for n in range(_COUNTED)
    ]
    forms = list(dict.fromkeys(translated))
    return json.dumps({"forms": forms, "of": [forms.index(words) for words in translated]})
