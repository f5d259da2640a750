"""From the command to the first answer, on an empty database that is migrated already."""

from __future__ import annotations

import time
from pathlib import Path

from bench.figures import Figure
from bench.house import instance
from bench.limits import Limits

TRIES = 3


def run(folder: Path, _limits: Limits) -> list[Figure]:
    """Measure the best of three starts: the others measure the machine."""
    server = instance(folder, "start")
    best = min(_once(server) for _ in range(TRIES))
    return [Figure("start until ready", best, "s", 1.5)]


def _once(server: object) -> float:
    began = time.perf_counter()
    server.start()  # type: ignore[attr-defined]
    took = time.perf_counter() - began
    server.stop()  # type: ignore[attr-defined]
    return took
