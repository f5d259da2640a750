"""SQL of bookmarks: the posts that somebody keeps for later; nobody else learns of it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select
from sqlmodel import col

from core.clock import now
from core.ids import new_id
from db.jobs import upsert
from db.paging import Page
from db.session import AsyncSession
from posts.models import Bookmark, Post
from posts.visibility import Viewer, visible_to


async def save_bookmark(session: AsyncSession, actor_id: int, post_id: int) -> None:
    """Keep a post; kept twice, it stays where it was."""
    row = {"actor_id": actor_id, "post_id": post_id, "id": new_id(), "created_at": now()}
    await session.execute(upsert(session, Bookmark).values(**row).on_conflict_do_nothing())


async def delete_bookmark(session: AsyncSession, actor_id: int, post_id: int) -> None:
    """Keep a post no longer."""
    await session.execute(
        delete(Bookmark).where(
            col(Bookmark.actor_id) == actor_id, col(Bookmark.post_id) == post_id
        )
    )


async def list_bookmarked(
    session: AsyncSession, viewer: Viewer, page: Page
) -> list[tuple[Bookmark, Post]]:
    """Return a page of what the viewer keeps and may still see; pages go by Bookmark.id."""
    statement: Any = (
        select(Bookmark, Post)
        .join(Post, col(Post.id) == col(Bookmark.post_id))
        .where(col(Bookmark.actor_id) == viewer.actor_id, visible_to(viewer))
    )
    rows = (await session.execute(page.apply(statement, col(Bookmark.id)))).all()
    return page.newest_first([(bookmark, post) for bookmark, post in rows])
