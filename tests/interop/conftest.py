"""Fixtures of the tests that run whole instances."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rings import Ring, running_ring


@pytest.fixture(scope="module")
def ring(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ring]:
    with running_ring(tmp_path_factory.mktemp("ring")) as running:
        yield running
