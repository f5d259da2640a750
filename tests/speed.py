"""What keeps the suite short: what is made once is shared, and the longest files begin first."""

from __future__ import annotations

import gc
from collections import Counter
from typing import Any

import pytest
import structlog
from sqlalchemy.engine import Engine
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache

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
