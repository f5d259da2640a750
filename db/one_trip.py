"""aiosqlite for SQLAlchemy with one trip to the driver's thread for each statement.

SQLAlchemy makes a cursor, runs the statement, takes the rows and closes the cursor one by one, each
in the thread of the connection: four trips. A trip costs more than a small statement.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from typing import Any

import aiosqlite
from sqlalchemy.dialects.sqlite.aiosqlite import (
    AsyncAdapt_aiosqlite_connection,
    AsyncAdapt_aiosqlite_cursor,
    AsyncAdapt_aiosqlite_dbapi,
)


class _Cursor:
    """A statement with all its rows: what SQLAlchemy asks of a cursor of aiosqlite."""

    arraysize = 1

    def __init__(self, connection: aiosqlite.Connection) -> None:
        # A function of the thread's own connection, run there: what aiosqlite's cursors call too.
        self._in_thread: Any = connection._execute
        self._connection = connection
        self._rows: list[Any] = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> _Cursor:
        return self

    async def execute(self, statement: str, values: Sequence[Any] = ()) -> None:
        await self._in_thread(self._run, statement, values)

    async def executemany(self, statement: str, values: Sequence[Sequence[Any]]) -> None:
        await self._in_thread(self._run_many, statement, values)

    async def fetchall(self) -> list[Any]:
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        self._rows = []

    def _run(self, statement: str, values: Sequence[Any]) -> None:
        self._take(self._connection._conn.execute(statement, values))

    def _run_many(self, statement: str, values: Sequence[Sequence[Any]]) -> None:
        self._take(self._connection._conn.executemany(statement, values))

    def _take(self, cursor: sqlite3.Cursor) -> None:
        with closing(cursor):
            self.description = cursor.description
            self._rows = cursor.fetchall() if cursor.description else []
            # How many rows an UPDATE … RETURNING changed is known once they were taken.
            self.rowcount, self.lastrowid = cursor.rowcount, cursor.lastrowid


class _AdaptedCursor(AsyncAdapt_aiosqlite_cursor):
    __slots__ = ()

    def _make_new_cursor(self, connection: Any) -> Any:
        return _Cursor(connection)


class _AdaptedConnection(AsyncAdapt_aiosqlite_connection):
    __slots__ = ()

    _cursor_cls = _AdaptedCursor


class _Driver(AsyncAdapt_aiosqlite_dbapi):
    def connect(self, *arguments: Any, **options: Any) -> AsyncAdapt_aiosqlite_connection:
        adapted = super().connect(*arguments, **options)
        return _AdaptedConnection(self, adapted._connection)


def driver() -> Any:
    """Return the module that an engine is given instead of SQLAlchemy's own."""
    return _Driver(aiosqlite, sqlite3)
