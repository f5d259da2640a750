"""SQL of earlier wordings: what a post said before each of its edits."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import delete, select
from sqlmodel import col

from core.html import to_plain
from db.session import AsyncSession
from media.copies import forget_copies
from posts.models import PollOption, Post, PostEdit

# So many earlier wordings of a post are kept, the newest.
MAX_KEPT = 100


def source_text(post: Post) -> str:
    """Return the text that editing a post starts from."""
    return post.source_text if post.source_text is not None else to_plain(post.content)


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
    """Keep an earlier wording of a post that is edited; of more than MAX_KEPT the oldest go."""
    session.add(wording)
    await session.flush()
    mine = col(PostEdit.post_id) == wording.post_id
    kept = select(col(PostEdit.id)).where(mine).order_by(col(PostEdit.id).desc()).limit(MAX_KEPT)
    await session.execute(
        delete(PostEdit)
        .where(mine, col(PostEdit.id).not_in(kept))
        .execution_options(synchronize_session=False)
    )


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


async def forget_pictures(session: AsyncSession, post: Post) -> None:
    """Take what a post of elsewhere shows no longer out of its earlier wordings, and our copies."""
    shown = {row.get("url") for row in post.attachments}
    gone: set[str | None] = set()
    statement = select(PostEdit).where(col(PostEdit.post_id) == post.id)
    for wording in (await session.scalars(statement)).all():
        urls = {row.get("url") for row in wording.attachments}
        if urls <= shown:
            continue
        gone |= urls - shown
        wording.attachments = [row for row in wording.attachments if row.get("url") in shown]
    await session.flush()
    await forget_copies(session, gone)


async def _options(session: AsyncSession, post: Post) -> list[str]:
    if post.kind != "Question":
        return []
    statement = (
        select(col(PollOption.title))
        .where(col(PollOption.post_id) == post.id)
        .order_by(col(PollOption.position))
    )
    return list(await session.scalars(statement))
