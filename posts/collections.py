"""What belongs to a post, for other servers: replies and threads, as far as they may have them."""

from __future__ import annotations

from sqlalchemy import ColumnElement, select
from sqlmodel import col

from actors.reading import Reader
from db.paging import Page
from db.session import AsyncSession
from posts.models import Post
from posts.pins import list_pins
from posts.visibility import may_host_have

_THREAD_PAGE = 60


async def list_replies_for(
    session: AsyncSession, reader: Reader, post_id: int, page: Page
) -> tuple[list[Post], int | None]:
    """Return a page of a post's direct replies that a reader may have, and where it goes on."""
    return await _list_for(session, reader, col(Post.in_reply_to_id) == post_id, page)


async def list_thread_for(
    session: AsyncSession, reader: Reader, thread_id: int, *, after: int = 0
) -> tuple[list[Post], int | None]:
    """Return a page of a thread, root included, that a reader may have, and where it goes on.

    From the beginning, as FEP-f228 has it: `after` is the last post of the page before.
    """
    page = Page(limit=_THREAD_PAGE, min_id=after)
    return await _list_for(session, reader, col(Post.thread_id) == thread_id, page)


async def list_pins_for(session: AsyncSession, reader: Reader, actor_id: int) -> list[Post]:
    """Return the posts that an actor pinned and a reader may have, pinned last first."""
    pinned = await list_pins(session, actor_id, viewer=None)
    return [post for post in pinned if await may_host_have(session, reader, post)]


async def _list_for(
    session: AsyncSession, reader: Reader, belongs: ColumnElement[bool], page: Page
) -> tuple[list[Post], int | None]:
    # A page is cut before it is judged: one with fewer posts, or none, is not the last.
    statement = select(Post).where(
        belongs, col(Post.deleted_at).is_(None), col(Post.boost_of_id).is_(None)
    )
    found = list(await session.scalars(page.apply(statement, col(Post.id))))
    more = found[-1].id if len(found) == page.limit else None
    return [post for post in found if await may_host_have(session, reader, post)], more
