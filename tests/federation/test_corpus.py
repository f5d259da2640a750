"""370 recorded documents of other servers, where the checkout has them beside it."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from core.errors import Gone, InvalidDocument
from federation.documents.activity import read_activity
from federation.documents.actor import read_actor
from federation.documents.collection import read_collection
from federation.documents.lenient import Document, read_document
from federation.documents.note import read_note
from webfinger.document import read_webfinger

_ROOT = Path(__file__).resolve().parents[2]
CORPUS = Path(os.environ.get("SHARED_FOLDER", _ROOT.parent / "shared")) / "corpus"
READERS: Mapping[str, Callable[[Document], Any]] = {
    "actor": read_actor,
    "object": read_note,
    "activity": read_activity,
    "collection": read_collection,
    "webfinger": lambda document: read_webfinger(document.json),
}
# Servers that people run: each document of theirs must be read, but for those below.
SERVERS = frozenset(
    """friendica glitch-soc hubzilla lemmy mastodon mbin microblogpub misskey mobilizon
    nextcloud-social nodebb owncast peertube piefed pixelfed pleroma wordpress""".split()
)
# What they send beside actors, posts and activities, or what was spoilt when it was recorded.
REFUSED = {
    "glitch-soc": 5,  # a key, and parts of posts: an emoji, a hashtag, a mention, a picture
    "lemmy": 1,  # a tombstone
    "mbin": 24,  # ids that were blanked out
    "nodebb": 1,  # a conversation
    "piefed": 1,  # a feed
}


def _documents() -> Iterator[tuple[str, str, Path]]:
    with (CORPUS / "SOURCES.tsv").open() as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if row["kind"] in READERS:
                yield row["file"].partition("/")[0], row["kind"], CORPUS / row["file"]


def _is_read(kind: str, path: Path) -> bool:
    try:
        READERS[kind](read_document(path.read_bytes()))
    except (InvalidDocument, Gone):
        return False
    return True


@pytest.mark.skipif(not CORPUS.exists(), reason="the recorded documents are not beside us")
def test_every_recorded_document_is_read_or_refused_in_order():
    refused: dict[str, int] = {}
    for software, kind, path in _documents():
        if not _is_read(kind, path) and software in SERVERS:
            refused[software] = refused.get(software, 0) + 1

    assert refused == REFUSED
