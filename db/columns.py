"""Column types that read the same on SQLite and PostgreSQL."""

from __future__ import annotations

from enum import Enum
from typing import Any

from sqlalchemy import JSON, BigInteger, String
from sqlalchemy import Enum as EnumType
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from core.ids import new_id

# SQLite stores text; PostgreSQL a parsed, comparable value.
Json = JSON().with_variant(JSONB(), "postgresql")


# Text in the order of its bytes, as SQLite has it anyway: what begins with some letters is found by
# the index, whatever the language of the database.
Plain = String().with_variant(String(collation="C"), "postgresql")


def id_field(**arguments: Any) -> Any:
    """Declare a primary key of our own ids (64 bit, ordered by time)."""
    return Field(default_factory=new_id, primary_key=True, sa_type=BigInteger, **arguments)


def big_field(*, default: Any = ..., **arguments: Any) -> Any:
    """Declare a 64 bit number, mostly a reference to another row's id."""
    if default is ... or "default_factory" in arguments:
        return Field(sa_type=BigInteger, **arguments)
    return Field(default=default, sa_type=BigInteger, **arguments)


def json_field(*, default: Any = None, factory: Any = None, **arguments: Any) -> Any:
    """Declare a column of JSON; give `factory` for a list or dict that starts empty."""
    if factory is not None:
        return Field(default_factory=factory, sa_type=Json, **arguments)
    return Field(default=default, sa_type=Json, **arguments)


def enum_field(kind: type[Enum], *, default: Any = ..., **arguments: Any) -> Any:
    """Declare a column of a closed set, stored as its values in text.

    PostgreSQL's own enum types would need a migration outside a transaction for each new value.
    """
    column = EnumType(
        kind, native_enum=False, create_constraint=False, length=40, values_callable=_values
    )
    if default is ...:
        return Field(sa_type=column, **arguments)
    return Field(default=default, sa_type=column, **arguments)


def _values(kind: type[Enum]) -> list[str]:
    return [str(member.value) for member in kind]
