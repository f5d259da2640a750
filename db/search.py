"""Tables of words: FTS5 on SQLite, a tsvector with GIN on PostgreSQL, asked in the same way.

They are no tables of the models: a migration makes them, and `create_all` does in tests. What is
written into them are finished words (`core/words.py`), so that neither database has its own idea
of what a word is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Executable,
    MetaData,
    TableClause,
    Text,
    bindparam,
    cast,
    column,
    event,
    literal,
    table,
    text,
)
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR
from sqlalchemy.ext.asyncio import AsyncSession

# FTS5 keeps what it needs in tables of its own beside the one that is asked.
_PARTS = ("", "_data", "_idx", "_content", "_docsize", "_config")
_names: set[str] = set()
# The names of all that are declared.
SEARCH_TABLES: list[str] = []


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that follow each other; the last one may be the beginning of a word."""

    words: tuple[str, ...]
    is_begun: bool = False


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of some things."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AllOf:
    """All of some things, and none of others; at least one must be wanted."""

    parts: tuple[Condition, ...]
    but_not: tuple[Condition, ...] = ()


Condition = Phrase | AnyOf | AllOf


@dataclass(frozen=True, slots=True)
class SearchTable:
    """A table of words by id; `name` is the same on both databases."""

    name: str

    def ids(self, dialect: str) -> ColumnElement[int]:
        """Return the column of ids, which orders the rows of both databases."""
        return _clause(self.name).c["rowid" if dialect == "sqlite" else "id"]

    def matches(self, dialect: str, wanted: Condition) -> ColumnElement[bool]:
        """Return the condition that a row has what is wanted."""
        if dialect == "sqlite":
            asked: Any = literal(_for_sqlite(wanted), Text)
            return _clause(self.name).c[self.name].bool_op("MATCH")(asked)
        asked = cast(literal(_for_postgres(wanted), Text), TSQUERY)
        return _clause(self.name).c.terms.bool_op("@@")(asked)


@cache
def _clause(name: str) -> TableClause:
    """Return a table with the columns that it has on either database."""
    # The hidden column that SQLite asks is called as the table is.
    big = (column("rowid", BigInteger), column("id", BigInteger))
    return table(name, *big, column("terms", TSVECTOR), column(name, Text))


def make_search_table(metadata: MetaData, name: str) -> SearchTable:
    """Declare a table of words: `create_all` makes it, and the models' comparison passes it over.

    Migrations make it with the same statements, written out in each.
    """
    SEARCH_TABLES.append(name)
    _names.update(name + part for part in _PARTS)
    _names.add(f"ix_{name}_terms")
    for dialect, statements in (("sqlite", _SQLITE), ("postgresql", _POSTGRES)):
        for statement in statements:
            event.listen(metadata, "after_create", _maker(statement.format(name=name), dialect))
    return SearchTable(name)


def _maker(statement: str, dialect: str) -> Callable[..., None]:
    def make(_metadata: MetaData, connection: Connection, **_: object) -> None:
        if connection.dialect.name == dialect:
            connection.execute(text(statement))

    return make


_SQLITE = ("CREATE VIRTUAL TABLE IF NOT EXISTS {name} USING fts5(terms, tokenize = 'ascii')",)
_POSTGRES = (
    "CREATE TABLE IF NOT EXISTS {name} (id BIGINT PRIMARY KEY, terms TSVECTOR NOT NULL)",
    "CREATE INDEX IF NOT EXISTS ix_{name}_terms ON {name} USING gin (terms)",
)


def is_no_search_table(name: str | None, kind: str, _parents: Any = None) -> bool:
    """Tell whether something in a database is to be compared with the models (Alembic's filter)."""
    return not (kind in {"table", "index"} and name in _names)


def write_terms(
    dialect: str, where: SearchTable, *, id: int, words: Sequence[str], marks: Iterable[str]
) -> list[Executable]:
    """Return the statements that keep the terms of one id, in place of those that it had.

    `words` are those of a text, in order; `marks` have no place in it. Neither has spaces.
    """
    if dialect == "sqlite":
        terms = " ".join([*words, *sorted(marks)])
        put = text(f"INSERT OR REPLACE INTO {where.name} (rowid, terms) VALUES (:id, :terms)")  # noqa: S608
        return [put.bindparams(id=id, terms=terms)]
    placed = [f"{_quoted(word)}:{min(place, 16_383)}" for place, word in enumerate(words, 1)]
    terms = " ".join([*placed, *(_quoted(mark) for mark in sorted(marks))])
    put = text(
        f"INSERT INTO {where.name} (id, terms) VALUES (:id, CAST(:terms AS tsvector)) "  # noqa: S608
        "ON CONFLICT (id) DO UPDATE SET terms = EXCLUDED.terms"
    )
    big = bindparam("id", id, type_=BigInteger)
    return [put.bindparams(big, terms=terms)]


def delete_terms(dialect: str, where: SearchTable, id: int) -> list[Executable]:
    """Return the statements after which an id is not found by any word."""
    name = "rowid" if dialect == "sqlite" else "id"
    gone = text(f"DELETE FROM {where.name} WHERE {name} = :id")  # noqa: S608
    return [gone.bindparams(bindparam("id", id, type_=BigInteger))]


def dialect_of(session: AsyncSession) -> str:
    """Return the name of a session's database: `sqlite` or `postgresql`."""
    return session.get_bind().dialect.name


def _for_sqlite(wanted: Condition) -> str:
    if isinstance(wanted, Phrase):
        return f'"{" ".join(wanted.words)}"' + (" *" if wanted.is_begun else "")
    if isinstance(wanted, AnyOf):
        return f"({' OR '.join(_for_sqlite(part) for part in wanted.parts)})"
    text = f"({' AND '.join(_for_sqlite(part) for part in wanted.parts)})"
    if wanted.but_not:
        return f"({text} NOT {_for_sqlite(AnyOf(wanted.but_not))})"
    return text


def _for_postgres(wanted: Condition) -> str:
    if isinstance(wanted, Phrase):
        phrase = " <-> ".join(_quoted(word) for word in wanted.words)
        return f"({phrase}{':*' if wanted.is_begun else ''})"
    if isinstance(wanted, AnyOf):
        return f"({' | '.join(_for_postgres(part) for part in wanted.parts)})"
    parts = [_for_postgres(part) for part in wanted.parts]
    parts += [f"!{_for_postgres(part)}" for part in wanted.but_not]
    return f"({' & '.join(parts)})"


def _quoted(word: str) -> str:
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"
