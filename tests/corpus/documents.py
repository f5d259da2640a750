"""The recorded documents of other servers, where the checkout has them beside it."""

from __future__ import annotations

import csv
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parents[2]
CORPUS = Path(os.environ.get("SHARED_FOLDER", _ROOT.parent / "shared")) / "corpus"
IS_THERE = CORPUS.exists()
ABSENT = "the recorded documents (shared/corpus) are not beside this checkout"

_ADDRESS = re.compile(r"https?:((?:\\?/){2})([A-Za-z0-9][A-Za-z0-9._-]*)(?::\d+)?")
# Hosts whose addresses are words, never dialled: contexts, properties, kinds of links.
_WORDS = frozenset(
    """www.w3.org w3id.org joinmastodon.org schema.org ostatus.org litepub.social purl.org
    nodeinfo.diaspora.software webfinger.net join-lemmy.org microformats.org""".split()
)
# What the recorder blanked out: numbered in order, so that each is an address of its own again.
_BLANKED = re.compile(r"SCRUBBED_ID|SCRUBBED_DATE")
_BLANKED_DATE = "2025-06-01T12:00:00+00:00"


@dataclass(frozen=True)
class Recorded:
    """One file of the corpus; `file` begins with the software that wrote it."""

    file: str
    kind: str
    body: bytes

    @property
    def software(self) -> str:
        return self.file.partition("/")[0]

    @property
    def is_hostile(self) -> bool:
        return self.software == "hostile"

    @cached_property
    def json(self) -> dict[str, Any]:
        found = json.loads(self.body.decode("utf-8-sig"))
        assert isinstance(found, dict), self.file
        return found

    @property
    def type(self) -> str:
        types = self.json.get("type")
        return " + ".join(types) if isinstance(types, list) else str(types or "—")


@cache
def recorded() -> tuple[Recorded, ...]:
    """Every document as it was recorded, in the order of SOURCES.tsv."""
    with (CORPUS / "SOURCES.tsv").open() as file:
        return tuple(
            Recorded(row["file"], row["kind"], (CORPUS / row["file"]).read_bytes())
            for row in csv.DictReader(file, delimiter="\t")
        )


@cache
def moved(port: int) -> tuple[Recorded, ...]:
    """Every document with its hosts on this machine: `https://x` is `http://x.localhost:port`."""
    return tuple(Recorded(one.file, one.kind, move(one, port)) for one in recorded())


def move(document: Recorded, port: int) -> bytes:
    """Write a document's hosts as names of this machine, and nothing else: the form is kept."""

    def local(found: re.Match[str]) -> str:
        host = found[2].lower().rstrip(".")
        if host in _WORDS:
            return found[0]
        return f"http:{found[1]}{host.removesuffix('.localhost')}.localhost:{port}"

    numbers = iter(range(1, 1000))

    def restored(found: re.Match[str]) -> str:
        if found[0] == "SCRUBBED_DATE":
            return _BLANKED_DATE
        return f"https://kbin.test/restored/{name}/{next(numbers)}"

    name = Path(document.file).stem
    text = _BLANKED.sub(restored, document.body.decode())
    return _ADDRESS.sub(local, text).encode()


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in a document, the outermost first."""
    if isinstance(value, list):
        for part in value:
            yield from objects(part)
    if isinstance(value, dict):
        yield value
        for name, part in value.items():
            if name != "@context":
                yield from objects(part)
