"""One real hospital for outside clients: two verified doctors, and a nurse who is none."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from instances import Instance
from rings import LYON, fill


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    with Instance("hospital", tmp_path_factory.mktemp("hospital")).migrated() as instance:
        fill(instance, LYON)
        yield instance
