"""Quotes: which posts are quoted, and what of it a viewer is shown.

Nothing of a quoted post is shown without its author's consent, as far as that can be known
(`consent.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import literal, or_, select, update
from sqlmodel import col

from actors.domain_blocks import list_domain_blocked
from actors.models import Block, Mute
from core.clock import now
from core.html_rules import escape_value
from db.session import AsyncSession
from posts.eyes import OPEN
from posts.models import Post
from posts.queries import list_visible_posts
from posts.visibility import Viewer

PUBLIC, FOLLOWERS, NOBODY = "public", "followers", "nobody"
# What the quoted author said no to is not quoted any more (FEP-044f).
NO_CONSENT = frozenset({"rejected", "revoked"})
# What other servers write for readers whose software knows no quotes: Mastodon a paragraph before
# the text, Akkoma a span after it, Misskey a bare line.
_BEFORE = re.compile(r'<p class="quote-inline">(?:(?!</p>).)*+</p>', re.DOTALL)
_SPAN = re.compile(
    r'<span class="quote-inline">(?:<br>|[^<>]){0,40}<a [^<>]*>(?:(?!</a>).)*+</a>'
    r"[^<>]{0,9}</span>",
    re.DOTALL,
)
_AFTER = (
    r'(?:\s|<br>){{0,8}}(?:QT|RE|RN|RT): ?<a href="(?:{})"[^<>]*>(?:(?!</a>).)*+</a>'
    r"\s*(?P<end></p>)?\s*$"
)
_EMPTY = re.compile(r"<p>(?:\s|<br>)*</p>")


class QuoteState(StrEnum):
    """What is shown of a quote; the values are the client API's."""

    ACCEPTED = "accepted"
    PENDING = "pending"
    REJECTED = "rejected"
    REVOKED = "revoked"
    UNAUTHORIZED = "unauthorized"
    DELETED = "deleted"
    BLOCKED_ACCOUNT = "blocked_account"
    BLOCKED_DOMAIN = "blocked_domain"
    MUTED_ACCOUNT = "muted_account"


@dataclass(frozen=True, slots=True)
class Quote:
    """What a post quotes, for one viewer; `post` is there only where it is shown."""

    state: QuoteState
    post: Post | None = None


@dataclass(frozen=True, slots=True)
class _Unwanted:
    """Of whom a viewer does not want to read, among the quoted authors."""

    blocked: frozenset[int] = frozenset()
    blocked_by_host: frozenset[int] = frozenset()
    muted: frozenset[int] = frozenset()


async def find_quotes(
    session: AsyncSession, viewer: Viewer, posts: Iterable[Post]
) -> dict[int, Quote]:
    """Return what posts quote, by the quoting post; four queries at most, none without quotes."""
    quoting = [post for post in posts if post.quote_uri is not None]
    ids = {post.quote_of_id for post in quoting if post.quote_of_id is not None}
    if not quoting:
        return {}
    known = await _rows(session, ids)
    visible = await list_visible_posts(session, viewer, ids)
    unwanted = await _find_unwanted(session, viewer, {post.author_id for post in known.values()})
    return {
        post.id: _quote(post, known=known, visible=visible, unwanted=unwanted) for post in quoting
    }


def _quote(
    post: Post, *, known: Mapping[int, Post], visible: Mapping[int, Post], unwanted: _Unwanted
) -> Quote:
    state = QuoteState(post.quote_state or QuoteState.PENDING)
    if state is not QuoteState.ACCEPTED:
        return Quote(state)
    quoted = known.get(post.quote_of_id or 0)
    is_shown = quoted is not None and quoted.id in visible
    if quoted is None or (quoted.visibility not in OPEN and not is_shown):
        # What is not for everybody, and what is not here, look the same to whom it is not for.
        return Quote(QuoteState.PENDING)
    if quoted.deleted_at is not None:
        return Quote(QuoteState.DELETED)
    if quoted.author_id in unwanted.blocked:
        return Quote(QuoteState.BLOCKED_ACCOUNT)
    if not is_shown:
        return Quote(QuoteState.UNAUTHORIZED)
    if quoted.author_id in unwanted.blocked_by_host:
        return Quote(QuoteState.BLOCKED_DOMAIN, quoted)
    if quoted.author_id in unwanted.muted:
        return Quote(QuoteState.MUTED_ACCOUNT, quoted)
    return Quote(QuoteState.ACCEPTED, quoted)


async def _find_unwanted(
    session: AsyncSession, viewer: Viewer, author_ids: set[int]
) -> _Unwanted:
    if viewer.actor_id is None or not author_ids:
        return _Unwanted()
    blocked = select(col(Block.blocked_id), literal(True)).where(
        col(Block.blocker_id) == viewer.actor_id, col(Block.blocked_id).in_(author_ids)
    )
    muted = select(col(Mute.muted_id), literal(False)).where(
        col(Mute.muter_id) == viewer.actor_id,
        col(Mute.muted_id).in_(author_ids),
        or_(col(Mute.expires_at).is_(None), col(Mute.expires_at) > now()),
    )
    rows = (await session.execute(blocked.union_all(muted))).all()
    return _Unwanted(
        blocked=frozenset(actor_id for actor_id, is_block in rows if is_block),
        blocked_by_host=frozenset(
            await list_domain_blocked(session, viewer.actor_id, sorted(author_ids))
        ),
        muted=frozenset(actor_id for actor_id, is_block in rows if not is_block),
    )


async def _rows(session: AsyncSession, ids: Iterable[int]) -> dict[int, Post]:
    wanted = list(ids)
    if not wanted:
        return {}
    found = await session.scalars(select(Post).where(col(Post.id).in_(wanted)))
    return {post.id: post for post in found if post.boost_of_id is None}


async def find_quoted(session: AsyncSession, uri: str | None) -> int | None:
    """Return our id of what is quoted, if it is here."""
    if uri is None:
        return None
    statement = select(col(Post.id)).where(col(Post.uri) == uri, col(Post.boost_of_id).is_(None))
    return await session.scalar(statement)


async def join_quotes(session: AsyncSession, post: Post, *, called: str | None = None) -> None:
    """Join the quotes that came before what they quote, named by its id or its page's address.

    `called` is a further address that was found to lead to it.
    """
    names = {post.uri, post.url or post.uri, called or post.uri}
    await session.execute(
        update(Post)
        .where(
            col(Post.quote_uri).in_(names),
            col(Post.quote_of_id).is_(None),
            col(Post.id) != post.id,
        )
        .values(quote_of_id=post.id)
        .execution_options(synchronize_session="fetch")
    )


def policy_of_quotes(
    can_quote: Sequence[str] | None, *, followers_uri: str | None, is_public: bool
) -> str | None:
    """Return who may quote, of those whom a document names; `is_public` says that it is anybody."""
    if can_quote is None:
        return None
    if is_public:
        return PUBLIC
    return FOLLOWERS if followers_uri is not None and followers_uri in can_quote else NOBODY


def without_fallback(content: str, quoted: Post) -> str:
    """Return the text of a quoting post without the line that only names what it quotes.

    `content` is sanitised, so that what is taken out are whole elements.
    """
    if "quote-inline" in content:
        content = _SPAN.sub("", _BEFORE.sub("", content, count=1), count=1)
    names = "|".join(re.escape(escape_value(name)) for name in {quoted.uri, quoted.url} if name)
    content = re.sub(_AFTER.format(names), lambda found: found["end"] or "", content)
    return _EMPTY.sub("", content)
