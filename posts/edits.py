"""SQL of earlier wordings: what a post said before each of its edits."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlmodel import col

from db.session import AsyncSession
from posts.models import PollOption, Post, PostEdit


async def wording_of(session: AsyncSession, post: Post) -> PostEdit:
    """Return how a post reads now, as a row that is not saved: the caller saves it if it edits."""
    return PostEdit(
        post_id=post.id,
        content=post.content,
        source_text=post.source_text,
        content_warning=post.content_warning,
        sensitive=post.sensitive,
        attachments=list(post.attachments),
        emojis=list(post.emojis),
        options=await _options(session, post),
        quote_of_id=post.quote_of_id,
        created_at=post.edited_at or post.created_at,
    )


async def save_wording(session: AsyncSession, wording: PostEdit) -> None:
    """Keep an earlier wording of a post that is edited."""
    session.add(wording)
    await session.flush()


async def list_wordings(session: AsyncSession, post: Post) -> list[PostEdit]:
    """Return all wordings of a post, the oldest first, the present one last."""
    statement = select(PostEdit).where(col(PostEdit.post_id) == post.id)
    earlier = await session.scalars(statement.order_by(col(PostEdit.id)))
    return [*earlier, await wording_of(session, post)]


async def forget_files(session: AsyncSession, post_id: int, *, but_not: Collection[int]) -> None:
    """Take the files that a post has no longer out of its earlier wordings.

    Who removes a picture means it: the picture of a patient does not stay in the history.
    """
    statement = select(PostEdit).where(col(PostEdit.post_id) == post_id)
    for wording in (await session.scalars(statement)).all():
        wording.attachments = [
            row for row in wording.attachments if row.get("media_id") in but_not
        ]
    await session.flush()


async def _options(session: AsyncSession, post: Post) -> list[str]:
    if post.kind != "Question":
        return []
    statement = (
        select(col(PollOption.title))
        .where(col(PollOption.post_id) == post.id)
        .order_by(col(PollOption.position))
    )
    return list(await session.scalars(statement))
