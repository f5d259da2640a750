"""What search knows of a post: its words, their stems, and what may be asked of it otherwise.

Boosts are not in it: what they pass on is found itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import Select, select
from sqlmodel import col

from core.html import to_plain
from core.words import exact_words, words_and_stems
from db.indexing import Slice, index_turn
from db.search import delete_terms, dialect_of, write_terms
from db.session import AsyncSession, Database
from federation.client import Client
from posts.models import POST_WORDS, PollOption, Post, PostTag

# A fact can be no word and no stem: neither has this sign.
FACT = "¶"
EVERY_POST = FACT + "all"
_END = FACT + "end"
# So many posts are indexed in one transaction.
A_SLICE = 200
# `#InsuffisanceCardiaque` is two words.
_HUMP = re.compile(r"(?<=[^\W\d_A-Z])(?=[A-Z])")


async def index_post(
    session: AsyncSession, post: Post, *, tags: Iterable[str] | None = None
) -> None:
    """Let a post be found by what it says now; `tags` are its hashtags, read where not given."""
    if post.boost_of_id is not None:
        return
    if post.deleted_at is not None:
        return await forget_post(session, post.id)
    if tags is None:
        tags = await session.scalars(_tags([post.id]))
    options: list[str] = []
    if post.kind == "Question":
        options = list(await session.scalars(_options([post.id])))
    await _write(session, post, tags=list(tags), options=options)


async def forget_post(session: AsyncSession, post_id: int) -> None:
    """Let a post be found no more."""
    for statement in delete_terms(dialect_of(session), POST_WORDS, post_id):
        await session.execute(statement)


async def index_posts(database: Database, _client: Client, payload: Mapping[str, Any]) -> None:
    """Index some of all posts, and owe the rest: for those that were here before search was."""
    await index_turn(database, "index posts", index_slice, payload.get("before"))


async def index_slice(session: AsyncSession, before: int | None) -> Slice:
    """Index the newest posts before an id."""
    statement = select(Post).where(col(Post.boost_of_id).is_(None))
    if before is not None:
        statement = statement.where(col(Post.id) < before)
    posts = list(await session.scalars(statement.order_by(col(Post.id).desc()).limit(A_SLICE)))
    ids = [post.id for post in posts]
    tags = await _by_post(session, _tags(ids, col(PostTag.post_id)))
    options = await _by_post(session, _options(ids, col(PollOption.post_id)))
    # SQLite takes rising ids together, and falling ones each by itself.
    for post in reversed(posts):
        if post.deleted_at is not None:
            await forget_post(session, post.id)
        else:
            await _write(
                session, post, tags=tags.get(post.id, []), options=options.get(post.id, [])
            )
    return Slice(len(ids), ids[-1] if len(ids) == A_SLICE else None)


async def _write(
    session: AsyncSession, post: Post, *, tags: list[str], options: list[str]
) -> None:
    words, marks = terms_of(post, tags=tags, options=options)
    dialect = dialect_of(session)
    for statement in write_terms(dialect, POST_WORDS, id=post.id, words=words, marks=marks):
        await session.execute(statement)


def terms_of(
    post: Post, *, tags: list[str], options: list[str]
) -> tuple[list[str], set[str]]:
    """Return the words of a post in order, and its stems and facts."""
    words: list[str] = []
    marks = set(_facts(post))
    for text in _texts(post, tags, options):
        of_text, stems = words_and_stems(text, post.language)
        # No phrase goes on from one text to another.
        words += [*of_text, _END]
        marks |= stems
    return words, marks


def _texts(post: Post, tags: list[str], options: list[str]) -> Iterator[str]:
    yield to_plain(post.content)
    if post.title:
        yield post.title
    if post.content_warning:
        yield post.content_warning
    yield from options
    for row in post.attachments:
        if row.get("description"):
            yield str(row["description"])
    for tag in tags:
        yield tag
        yield _HUMP.sub(" ", tag)


def _facts(post: Post) -> Iterator[str]:
    yield EVERY_POST
    yield author_fact(post.author_id)
    if post.in_reply_to_id is not None or post.in_reply_to_uri is not None:
        yield FACT + "isreply"
    if post.sensitive:
        yield FACT + "issensitive"
    if post.quote_uri is not None:
        yield FACT + "isquote"
        yield FACT + "hasquote"
    if post.kind == "Question":
        yield FACT + "haspoll"
    if post.card_url is not None:
        yield FACT + "haslink"
        yield FACT + "hasembed"
    if post.language:
        yield language_fact(post.language)
    for row in post.attachments:
        yield FACT + "hasmedia"
        kind = str(row.get("media_type") or "").partition("/")[0]
        if kind in {"image", "video", "audio"}:
            yield f"{FACT}has{kind}"


def author_fact(actor_id: int) -> str:
    """Return what a post is found by because of who wrote it."""
    return f"{FACT}from{actor_id}"


def language_fact(code: str) -> str:
    """Return what a post is found by because of its language; regions are one with their own."""
    (bare, *_) = exact_words(code.partition("-")[0]) or [""]
    return f"{FACT}lang{bare}"


def _tags(ids: list[int], *more: Any) -> Select[Any]:
    return (
        select(*more, col(PostTag.name))
        .where(col(PostTag.post_id).in_(ids))
        .order_by(col(PostTag.post_id), col(PostTag.tag))
    )


def _options(ids: list[int], *more: Any) -> Select[Any]:
    return (
        select(*more, col(PollOption.title))
        .where(col(PollOption.post_id).in_(ids))
        .order_by(col(PollOption.post_id), col(PollOption.position))
    )


async def _by_post(session: AsyncSession, statement: Select[Any]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for post_id, said in await session.execute(statement):
        found.setdefault(post_id, []).append(said)
    return found
