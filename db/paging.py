"""Paging by id, as the client API and our collections do it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Select, SQLColumnExpression

T = TypeVar("T")
Statement = TypeVar("Statement", bound=Select[*tuple[Any, ...]])


@dataclass(frozen=True, slots=True)
class Page:
    """Which rows are asked for: newest first, or from `min_id` upwards (then turned round)."""

    limit: int = 20
    max_id: int | None = None
    since_id: int | None = None
    min_id: int | None = None

    def apply(self, statement: Statement, column: SQLColumnExpression[int]) -> Statement:
        """Return the statement bounded, ordered and limited by an id column."""
        if self.max_id is not None:
            statement = statement.where(column < self.max_id)
        if self.since_id is not None:
            statement = statement.where(column > self.since_id)
        if self.min_id is not None:
            return (
                statement.where(column > self.min_id).order_by(column.asc()).limit(self.limit)
            )
        return statement.order_by(column.desc()).limit(self.limit)

    def newest_first(self, rows: list[T]) -> list[T]:
        """Return rows newest first, whichever way they were read."""
        return rows[::-1] if self.min_id is not None else rows
