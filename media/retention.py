"""Copies of other hosts' files do not stay: not those that nobody looks at, not more than fit."""

from __future__ import annotations

from datetime import timedelta

from core.clock import now
from core.logging import get_logger
from db.session import Database
from media.copies import forget_beyond, forget_copies_from, forget_unused, list_hosts
from moderation.policy import refused_media

log = get_logger(__name__)


async def tidy_copies(database: Database) -> None:
    """Forget what was not used for long, what has no room, and what comes from refused hosts."""
    await _forget_refused(database)
    settings = database.settings
    before = now() - timedelta(days=settings.remote_media_days)
    while await database.unit(lambda session: forget_unused(session, before)):
        pass
    removed = 0
    while count := await database.unit(
        lambda session: forget_beyond(session, settings.remote_media_bytes)
    ):
        removed += count
    if removed:
        log.info("copies of other hosts' files made room", removed=removed)


async def _forget_refused(database: Database) -> None:
    """Forget the copies from hosts that were blocked, or of which no files are taken, since."""
    async with database.read() as session:
        hosts = await list_hosts(session)
        refused = await refused_media(session, hosts) if hosts else set()
    if refused:
        await database.unit(lambda session: forget_copies_from(session, refused))
