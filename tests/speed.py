"""What keeps the suite short: what is made once is shared, and the longest files begin first."""

from __future__ import annotations

import gc
import os
import sqlite3
import sys
from collections import Counter
from functools import cache
from types import CodeType
from typing import Any

import aiosqlite
import pytest
import structlog
from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket
from pydantic._internal import _fields
from sqlalchemy.engine import Engine
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

# Seconds of the files whose tests are few and long; the others are known by their number of tests.
SECONDS = {
    "interop/test_kills.py": 150.0,
    "browser/test_walk.py": 120.0,
    "corpus/test_fates.py": 60.0,
    "corpus/test_mutations.py": 25.0,
    "inbox/test_pasture.py": 15.0,
    "interop/test_two_instances.py": 30.0,
    "browser/test_stories.py": 30.0,
    "peers/test_toot.py": 70.0,
    "peers/test_mastodon_py.py": 45.0,
    "peers/test_libraries.py": 30.0,
    "api/test_streaming_processes.py": 35.0,
    "api/test_every_endpoint.py": 40.0,
    "api/test_others_things.py": 15.0,
    "api/test_query_counts.py": 15.0,
    "peers/test_fedify.py": 25.0,
    "interop/test_raw_journal.py": 15.0,
    "cli/test_demo.py": 25.0,
}
A_TEST_S = 0.2
QUICK = frozenset({"fetchall", "fetchone", "fetchmany", "close"})


def spare_work() -> None:
    """Change what the libraries do again and again for each test, and nothing of what they do."""
    share_compiled_statements()
    compile_templates_once()
    build_addresses_late()
    look_at_factories_once()
    change_threads_less()
    keep_bytecode()
    log_plainly()


def share_compiled_statements() -> None:
    """Let engines of one kind have one cache: each test has an engine of its own.

    Making SQL out of the same statements again for each test was a quarter of the suite's time.
    SQLAlchemy knows a statement's SQL by the dialect too, so that dialects of one kind must be
    equal.
    """
    caches: dict[type, LRUCache[Any, Any]] = {}
    make = Engine.__init__

    def make_with_cache(engine: Engine, *arguments: Any, **options: Any) -> None:
        make(engine, *arguments, **options)
        engine._compiled_cache = caches.setdefault(type(engine.dialect), LRUCache(5000))

    Engine.__init__ = make_with_cache
    DefaultDialect.__hash__ = lambda self: hash(type(self))
    DefaultDialect.__eq__ = lambda self, other: type(self) is type(other)


def compile_templates_once() -> None:
    """Let all apps have one store of compiled templates: each test has an app of its own.

    Jinja's own way to keep them between processes, in memory.
    """
    kept: dict[tuple[str, str], CodeType | None] = {}

    class Kept(BytecodeCache):
        def load_bytecode(self, bucket: Bucket) -> None:
            bucket.code = kept.get((bucket.key, bucket.checksum))

        def dump_bytecode(self, bucket: Bucket) -> None:
            kept[bucket.key, bucket.checksum] = bucket.code

    make = Environment.__init__

    def make_with_store(environment: Environment, *arguments: Any, **options: Any) -> None:
        make(environment, *arguments, **options)
        environment.bytecode_cache = environment.bytecode_cache or Kept()

    Environment.__init__ = make_with_store


def build_addresses_late() -> None:
    """Make what writes a route's address when one is written: apps of tests hardly ever do.

    For each of 200 routes it is a function out of a syntax tree, and that for each app: a third of
    the time of the tests of the client API.
    """
    compile_builder = Rule._compile_builder

    def compile_late(rule: Rule, append_unknown: bool = True) -> Any:
        @cache
        def made() -> Any:
            return compile_builder(rule, append_unknown)

        return lambda self, **values: made()(self, **values)

    Rule._compile_builder = compile_late


def look_at_factories_once() -> None:
    """Remember which default factories of fields take an argument: each new row asked again."""
    _fields.takes_validated_data_argument = cache(_fields.takes_validated_data_argument)


def change_threads_less() -> None:
    """Send only what may wait for SQLite to a connection's own thread: not cursors and their rows.

    Each statement still lets other tasks go on, once instead of four times.
    """
    send = aiosqlite.Connection._execute

    async def execute(connection: Any, function: Any, *arguments: Any, **options: Any) -> Any:
        under_way = connection.__dict__.setdefault("under_way", [])
        if not under_way and _is_quick(connection, function):
            return function(*arguments, **options)

        def work() -> Any:
            try:
                return function(*arguments, **options)
            finally:
                under_way.pop()

        # Of a task that was cancelled the statement goes on: what comes next waits for it.
        under_way.append(function)
        return await send(connection, work)

    aiosqlite.Connection._execute = execute


def _is_quick(connection: aiosqlite.Connection, function: Any) -> bool:
    owner = getattr(function, "__self__", None)
    if isinstance(owner, sqlite3.Cursor):
        return function.__name__ in QUICK
    return owner is connection._connection and function.__name__ == "cursor"


def keep_bytecode() -> None:
    """Keep compiled modules, whatever the shell says: a process that starts needs all of them."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False


def log_plainly() -> None:
    """Write logs as an instance does: left to itself structlog paints tracebacks for seconds."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(key_order=["level", "event"]),
        ]
    )


def collect_less_garbage() -> None:
    """Look for garbage seldom: thousands of imported objects stay as they are."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def long_files_first(items: list[pytest.Item]) -> None:
    """Order the files by the time they take, so that two workers end together."""
    count = Counter(item.path for item in items)

    def weight(item: pytest.Item) -> float:
        name = f"{item.path.parent.name}/{item.path.name}"
        return SECONDS.get(name, count[item.path] * A_TEST_S)

    items.sort(key=weight, reverse=True)
