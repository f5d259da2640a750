"""Feeds of what is for everybody: RSS 2.0 and Atom (RFC 4287) of our people, and of hashtags.

A feed is read by a program that nobody signed in: it holds public posts and nothing else, and is
there only where this instance shows posts to strangers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from urllib.parse import quote

from quart import Response

from actors.queries import find_local_actor
from core.clock import now
from core.errors import NotFound
from core.html import to_plain
from core.settings import PublicPages
from db.paging import Page
from db.session import AsyncSession
from posts.models import Post, Visibility
from posts.open_timelines import list_tag
from posts.queries import list_posts_of
from posts.visibility import ANONYMOUS
from web.card import Card, list_cards
from web.headers import page_headers
from web.paging import POSTS_A_PAGE
from web.visit import Pages, Visit

_KINDS = {"rss": "application/rss+xml", "atom": "application/atom+xml"}
_TITLE_LENGTH = 80
# XML 1.0 §2.2 knows no other control characters than these three.
_NOT_IN_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Entry:
    """One post of a feed; `html` is its text, to be escaped once more."""

    id: str
    url: str
    title: str
    author: str
    html: str
    at: datetime
    changed_at: datetime
    tags: tuple[str, ...]
    files: tuple[tuple[str, str], ...]

    @property
    def rfc822(self) -> str:
        """When it was written, as RSS says it."""
        return format_datetime(self.at, usegmt=True)


@dataclass(frozen=True, slots=True)
class Feed:
    """What a feed says of itself."""

    title: str
    description: str
    page: str
    address: str
    entries: tuple[Entry, ...]

    @property
    def changed_at(self) -> datetime:
        """When something of it changed last."""
        return max((entry.changed_at for entry in self.entries), default=now())


async def get_person_feed(visit: Visit, handle: str, kind: str) -> Response:
    """Give what somebody of this house said to everybody, newest first."""
    _require(visit, kind)
    async with visit.database.read() as session:
        actor = await find_local_actor(session, handle)
        if actor is None or actor.deleted_at or actor.suspended_at:
            raise NotFound(f"no feed of {handle[:100]!r}")
        posts = await list_posts_of(
            session, ANONYMOUS, actor.id, Page(limit=POSTS_A_PAGE), with_boosts=False
        )
        entries = await _entries(session, visit, posts)
    page = f"{visit.site.settings.base_url}/@{actor.username}"
    title = f"{_clean(actor.name) or actor.username} · {_place(visit)}"
    about = "" if actor.is_private else _clean(to_plain(actor.summary))
    return _answer(visit, kind, Feed(title, about, page, f"{page}.{kind}", entries))


async def get_tag_feed(visit: Visit, name: str, kind: str) -> Response:
    """Give what was said to everybody under a hashtag, newest first."""
    _require(visit, kind)
    async with visit.database.read() as session:
        posts = await list_tag(session, ANONYMOUS, name, Page(limit=POSTS_A_PAGE))
        entries = await _entries(session, visit, posts)
    page = f"{visit.site.settings.base_url}/tags/{quote(name)}"
    title = f"#{_clean(name)} · {_place(visit)}"
    return _answer(visit, kind, Feed(title, title, page, f"{page}.{kind}", entries))


def _require(visit: Visit, kind: str) -> None:
    """Refuse feeds of another form, and where strangers are shown no posts."""
    is_open = visit.site.settings.shown_to_strangers is PublicPages.POSTS
    if kind not in _KINDS or not is_open:
        raise NotFound("no feed here")


def _place(visit: Visit) -> str:
    return visit.site.uris.handle_domain


async def _entries(
    session: AsyncSession, visit: Visit, posts: list[Post]
) -> tuple[Entry, ...]:
    public = [post for post in posts if post.visibility is Visibility.PUBLIC]
    cards = await list_cards(session, public, ANONYMOUS)
    return tuple(_entry(card, visit.site.settings.base_url) for card in cards)


def _entry(card: Card, base: str) -> Entry:
    post = card.post
    warning = _clean(post.content_warning or "")
    words = post.title or warning or to_plain(post.content)
    files = tuple(
        (f"{base}{one.path}", str(row.get("media_type") or "application/octet-stream"))
        for one, row in zip(card.files, post.attachments, strict=True)
        if one.path
    )
    return Entry(
        id=post.uri,
        url=f"{base}{card.path}",
        title=_short(_clean(words)),
        author=_clean(card.author.name),
        # What stands behind a warning is not shown by a program that knows no warnings.
        html=warning or _clean(str(post.content)),
        at=post.created_at,
        changed_at=post.edited_at or post.created_at,
        tags=tuple(_clean(tag) for tag in card.tags),
        files=() if warning or post.sensitive else files,
    )


def _clean(text: str) -> str:
    return _NOT_IN_XML.sub("", text)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _TITLE_LENGTH else f"{line[:_TITLE_LENGTH].rstrip()}…"


def _answer(visit: Visit, kind: str, feed: Feed) -> Response:
    body = visit.site.templates.get_template(f"feed.{kind}").render(
        feed=feed, language=visit.language.code
    )
    headers = dict(page_headers(visit.site.settings)) | {
        "Cache-Control": "public, max-age=300",
        "Vary": "Accept-Language",
    }
    return Response(body, content_type=f"{_KINDS[kind]}; charset=utf-8", headers=headers)


PAGES: Pages = (
    ("GET", "/@<handle>.<any(rss, atom):kind>", get_person_feed),
    ("GET", "/tags/<name>.<any(rss, atom):kind>", get_tag_feed),
)
