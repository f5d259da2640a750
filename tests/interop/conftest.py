"""Fixtures of the tests that run whole instances."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from commands import Commands
from instances import Instance
from rings import LYON, PARIS, Ring, fill


@pytest.fixture(scope="module")
def ring(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ring]:
    folder: Path = tmp_path_factory.mktemp("ring")
    in_lyon, in_paris = (Instance(name, folder).migrated() for name in ("lyon", "paris"))
    with in_lyon as lyon, in_paris as paris:
        tokens = fill(lyon, LYON) | fill(paris, PARIS)
        Commands(lyon).cli("peer", "allow", paris.host, "--class", "clinical")
        Commands(paris).cli("peer", "allow", lyon.host, "--class", "clinical")
        yield Ring(lyon, paris, tokens)
