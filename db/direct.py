"""A unit of work in one trip to another thread: for SQLite, where the trips cost most.

An async session goes to the driver's thread and back for each statement. Here the whole unit
runs in one thread, on a plain connection, with the same functions: what awaits nothing but its
session never has to wait for the event loop.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from sqlalchemy import Engine
from sqlalchemy.ext.asyncio import AsyncSession

from db.bus import Told, take_told

T = TypeVar("T")
Work = Callable[[AsyncSession], Coroutine[Any, Any, T]]


class DirectSession(AsyncSession):
    """A session on a plain connection: what is awaited of it is done at once."""

    def __init__(self, engine: Engine, info: dict[str, Any]) -> None:
        super().__init__(expire_on_commit=False, info=info)
        self.sync_session.bind = engine

    async def execute(self, *arguments: Any, **options: Any) -> Any:
        """Run a statement."""
        return self.sync_session.execute(*arguments, **options)

    async def scalar(self, *arguments: Any, **options: Any) -> Any:
        """Run a statement and return its first value."""
        return self.sync_session.scalar(*arguments, **options)

    async def scalars(self, *arguments: Any, **options: Any) -> Any:
        """Run a statement and return the first value of each row."""
        return self.sync_session.scalars(*arguments, **options)


def run_directly(engine: Engine, info: dict[str, Any], work: Work[T]) -> tuple[T, Told]:
    """Run a unit of work in a transaction of this thread.

    Returns its result and what is to be told, once all of it is on disk. Raises RuntimeError when
    the work waits for anything but its session.
    """
    session = DirectSession(engine, info)
    with session.sync_session, session.sync_session.begin():
        result = finished(work(session))
    return result, take_told(session)


def finished(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that never waits to its end, and return its result."""
    try:
        work.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    work.close()
    raise RuntimeError("a unit of work waited for something else than its session")
