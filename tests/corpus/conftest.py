"""What became of the whole corpus: run once for all tests of this folder."""

from __future__ import annotations

import asyncio

import pytest

from corpus.documents import ABSENT, IS_THERE
from corpus.fates import Fate, all_fates
from corpus.world import World


@pytest.fixture(scope="session")
def fates(schema: None, tmp_path_factory: pytest.TempPathFactory) -> list[Fate]:
    if not IS_THERE:
        pytest.skip(ABSENT)
    with World() as world:
        world.settle()
        return asyncio.run(all_fates(world, tmp_path_factory.mktemp("corpus")))
