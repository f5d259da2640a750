"""Group commit: activities that come at the same time share one transaction, and one fsync."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from core.errors import TemporaryError
from db.session import Database
from inbox.models import InboxActivity
from inbox.queries import save_activities

MAX_TOGETHER = 256


@dataclass(frozen=True, slots=True)
class _Waiting:
    row: InboxActivity
    answer: asyncio.Future[None]


class GroupCommit:
    """Stores activities for one process; `store` returns when the row is on disk.

    While one transaction is being written, those who come meanwhile gather for the next.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: list[_Waiting] = []
        self._writer: asyncio.Task[None] | None = None

    async def store(self, row: InboxActivity) -> None:
        """Store an activity, once for its key. Raises TemporaryError when that cannot be done."""
        waiting = _Waiting(row, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())
        await waiting.answer

    async def _write(self) -> None:
        together: list[_Waiting] = []
        try:
            while self._waiting:
                together = self._waiting[:MAX_TOGETHER]
                del self._waiting[:MAX_TOGETHER]
                await self._write_together(together)
        finally:
            # Whatever broke: nobody is left without an answer.
            for waiting in (*together, *self._waiting):
                _settle(waiting, stored=False)
            self._waiting.clear()

    async def _write_together(self, together: list[_Waiting]) -> None:
        if await self._is_committed([waiting.row for waiting in together]):
            for waiting in together:
                _settle(waiting, stored=True)
            return
        # One of them, or the database itself: each by itself shows which.
        for waiting in together:
            _settle(waiting, stored=await self._is_committed([waiting.row]))

    async def _is_committed(self, rows: list[InboxActivity]) -> bool:
        try:
            await self._database.unit(lambda session: save_activities(session, rows))
        except (SQLAlchemyError, OSError):
            return False
        return True


def _settle(waiting: _Waiting, *, stored: bool) -> None:
    # Whoever waited may have gone meanwhile.
    if waiting.answer.done():
        return
    if stored:
        waiting.answer.set_result(None)
    else:
        waiting.answer.set_exception(TemporaryError("it cannot be stored now"))
