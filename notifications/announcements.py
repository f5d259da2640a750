"""What the institution tells everybody here: written, shown, read, answered with an emoji."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, delete, func, or_, select
from sqlmodel import col

from core.clock import now
from core.emoji import is_emoji
from core.errors import InvalidInput, NotFound
from core.text import to_html
from db.bus import Event, emit
from db.jobs import upsert
from db.session import AsyncSession, settings_of
from federation.uris import local_uris
from moderation.audit import record
from notifications.models import Announcement, AnnouncementReaction, AnnouncementRead

MAX_CHARACTERS = 5000
# As many kinds of emoji one announcement is given, as at Mastodon.
MAX_KINDS = 8


@dataclass(frozen=True, slots=True)
class EmojiCount:
    """How many people gave an announcement an emoji, and whether the reader is one of them."""

    name: str
    count: int
    mine: bool


@dataclass(frozen=True, slots=True)
class ShownAnnouncement:
    """An announcement as one person sees it."""

    announcement: Announcement
    read: bool
    reactions: tuple[EmojiCount, ...]


async def save_announcement(
    session: AsyncSession,
    text: str,
    *,
    decided_by: str,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    all_day: bool = False,
) -> Announcement:
    """Tell everybody here something, at once; raises InvalidInput for no text or too much of it.

    `starts_at` and `ends_at` are those of what is announced; after the end nobody is told any more.
    """
    if not text.strip() or len(text) > MAX_CHARACTERS:
        raise InvalidInput(f"an announcement has 1 to {MAX_CHARACTERS} characters")
    if starts_at is not None and ends_at is not None and ends_at < starts_at:
        raise InvalidInput("it would end before it starts")
    uris = local_uris(settings_of(session))
    announcement = Announcement(
        content=to_html(text, mention_page={}, tag_page=uris.tag_page),
        source_text=text,
        starts_at=starts_at,
        ends_at=ends_at,
        all_day=all_day,
    )
    session.add(announcement)
    await session.flush()
    emit(session, Event("announcement", announcement.id))
    await record(
        session, actor=decided_by, action="announcement.add", subject=str(announcement.id)
    )
    return announcement


async def delete_announcement(
    session: AsyncSession, announcement_id: int, *, decided_by: str
) -> None:
    """Take an announcement back, with what people answered; raises NotFound."""
    announcement = await session.get(Announcement, announcement_id)
    if announcement is None:
        raise NotFound(f"there is no announcement {announcement_id}")
    for table in (AnnouncementRead, AnnouncementReaction):
        await session.execute(
            delete(table).where(col(table.announcement_id) == announcement_id)
        )
    await session.delete(announcement)
    emit(session, Event("announcement.delete", announcement_id))
    await record(
        session, actor=decided_by, action="announcement.remove", subject=str(announcement_id)
    )


async def list_announcements(session: AsyncSession) -> list[Announcement]:
    """Return every announcement, oldest first, those that are over too."""
    statement = select(Announcement).order_by(col(Announcement.published_at), col(Announcement.id))
    return list(await session.scalars(statement))


async def list_current(session: AsyncSession, actor_id: int) -> list[ShownAnnouncement]:
    """Return what is announced now, oldest first; three queries for any number."""
    end = col(Announcement.ends_at)
    statement = (
        select(Announcement)
        .where(or_(end.is_(None), end > now()))
        .order_by(col(Announcement.published_at), col(Announcement.id))
    )
    return await show_announcements(session, actor_id, list(await session.scalars(statement)))


async def find_current(session: AsyncSession, announcement_id: int) -> Announcement | None:
    """Return an announcement that is not over."""
    found = await session.get(Announcement, announcement_id)
    if found is None or (found.ends_at is not None and found.ends_at <= now()):
        return None
    return found


async def show_announcements(
    session: AsyncSession, actor_id: int, announcements: Sequence[Announcement]
) -> list[ShownAnnouncement]:
    """Return announcements as somebody sees them; two queries for any number."""
    ids = [announcement.id for announcement in announcements]
    mine = select(col(AnnouncementRead.announcement_id)).where(
        col(AnnouncementRead.actor_id) == actor_id,
        col(AnnouncementRead.announcement_id).in_(ids),
    )
    read = set(await session.scalars(mine))
    counts = await _count_reactions(session, actor_id, ids)
    return [
        ShownAnnouncement(one, one.id in read, tuple(counts.get(one.id, ())))
        for one in announcements
    ]


async def mark_read(session: AsyncSession, announcement_id: int, actor_id: int) -> None:
    """Note that somebody has read an announcement; raises NotFound."""
    await _get_current(session, announcement_id)
    row = {"announcement_id": announcement_id, "actor_id": actor_id, "created_at": now()}
    await session.execute(
        upsert(session, AnnouncementRead).values(**row).on_conflict_do_nothing()
    )


async def save_reaction(
    session: AsyncSession, announcement_id: int, actor_id: int, *, name: str
) -> None:
    """Give an announcement an emoji, once; raises NotFound, and InvalidInput in Mastodon's words.

    There are no custom emojis of our own: a name is one emoji of Unicode.
    """
    await _get_current(session, announcement_id)
    if not is_emoji(name):
        raise InvalidInput("Validation failed: Name is not a recognized emoji")
    kinds = set(
        await session.scalars(
            select(col(AnnouncementReaction.name))
            .where(col(AnnouncementReaction.announcement_id) == announcement_id)
            .distinct()
        )
    )
    if name not in kinds and len(kinds) >= MAX_KINDS:
        raise InvalidInput("Validation failed: Limit of different reactions reached")
    row = {
        "announcement_id": announcement_id,
        "actor_id": actor_id,
        "name": name,
        "created_at": now(),
    }
    await session.execute(
        upsert(session, AnnouncementReaction).values(**row).on_conflict_do_nothing()
    )
    emit(session, Event("announcement.reaction", announcement_id, text=name))


async def delete_reaction(
    session: AsyncSession, announcement_id: int, actor_id: int, *, name: str
) -> None:
    """Take an emoji back; raises NotFound where there is no announcement, or no such emoji."""
    await _get_current(session, announcement_id)
    reaction = await session.get(AnnouncementReaction, (announcement_id, actor_id, name))
    if reaction is None:
        raise NotFound("no such reaction")
    await session.delete(reaction)
    emit(session, Event("announcement.reaction", announcement_id, text=name))


async def count_reaction(session: AsyncSession, announcement_id: int, name: str) -> int:
    """Return how many people gave an announcement an emoji."""
    mine = (
        col(AnnouncementReaction.announcement_id) == announcement_id,
        col(AnnouncementReaction.name) == name,
    )
    return await session.scalar(select(func.count()).where(*mine)) or 0


async def _get_current(session: AsyncSession, announcement_id: int) -> Announcement:
    found = await find_current(session, announcement_id)
    if found is None:
        raise NotFound(f"there is no announcement {announcement_id}")
    return found


async def _count_reactions(
    session: AsyncSession, actor_id: int, ids: Sequence[int]
) -> dict[int, list[EmojiCount]]:
    owner, name = col(AnnouncementReaction.announcement_id), col(AnnouncementReaction.name)
    mine = func.max(case((col(AnnouncementReaction.actor_id) == actor_id, 1), else_=0))
    first = func.min(col(AnnouncementReaction.created_at))
    statement = (
        select(owner, name, func.count(), mine)
        .where(owner.in_(ids))
        .group_by(owner, name)
        .order_by(owner, first, name)
    )
    found: dict[int, list[EmojiCount]] = {}
    for announcement_id, emoji, count, is_mine in await session.execute(statement):
        found.setdefault(announcement_id, []).append(EmojiCount(emoji, count, bool(is_mine)))
    return found
