"""What keeps the suite short: what is made once is shared, and the longest files begin first."""

from __future__ import annotations

import gc
import os
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import structlog
from argon2 import PasswordHasher
from sqlalchemy.engine import Engine
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache

from speed_of_apps import share_what_apps_are_made_of
from users import passwords

# Seconds of the files whose tests are few and long; the others are known by their number of tests.
SECONDS = {
    "browser/test_walk.py": 290.0,
    "interop/test_kills.py": 130.0,
    "peers/test_toot.py": 115.0,
    "peers/test_mastodon_py.py": 100.0,
    "corpus/test_fates.py": 80.0,
    "peers/test_libraries.py": 70.0,
    "peers/test_fedify.py": 70.0,
    "cli/test_serve.py": 55.0,
    "api/test_every_endpoint.py": 50.0,
    "interop/test_two_instances.py": 43.0,
    "cli/test_demo.py": 43.0,
    "browser/test_stories.py": 38.0,
    "api/test_streaming_processes.py": 25.0,
    "corpus/test_mutations.py": 20.0,
    "browser/test_first_post.py": 20.0,
    "inbox/test_pasture.py": 18.0,
    "api/test_others_things.py": 18.0,
    "api/test_query_counts.py": 16.0,
    "interop/test_ring.py": 40.0,
    "browser/test_sign_on.py": 60.0,
    "browser/test_shift.py": 20.0,
    "peers/test_proofs.py": 30.0,
    "interop/test_raw_journal.py": 11.0,
}
A_TEST_S = 0.2
# Files in memory, where there are any, and what must be free there.
MEMORY = Path("/dev/shm")
ROOM_BYTES = 3 * 2**30


def spare_work() -> None:
    """Change what the libraries do again and again for each test, and nothing of what they do."""
    share_what_apps_are_made_of()
    share_compiled_statements()
    hash_quickly()
    keep_bytecode()
    log_plainly()
    work_in_memory()


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


def hash_quickly() -> None:
    """Let a password cost little: thousands are set and tried here, and none has to be kept safe.

    Processes of an instance hash as they must; what that costs is in users/test_passwords.py.
    """
    passwords._HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


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


def work_in_memory() -> None:
    """Let the tests' folders be in memory, where there is room.

    SQLite waits for the disk at each commit, as an instance must: a third of the time of each test
    that writes. A folder of one's own is asked for with `--basetemp`.
    """
    if not MEMORY.is_dir() or not os.access(MEMORY, os.W_OK):
        return
    space = os.statvfs(MEMORY)
    if space.f_bavail * space.f_frsize >= ROOM_BYTES:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


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
