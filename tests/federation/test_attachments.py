"""What a host says of its files beside their address: taken only where it makes sense."""

from __future__ import annotations

import math

import pytest

from core.errors import InvalidDocument
from federation.documents.attachment import read_attachments
from federation.documents.lenient import read_json

URL = "https://b.example/1.png"
BLURHASH = "LKO2?U%2Tw=w]~RBVZRi};RPxuwH"


def _read(**said):
    (read,) = read_attachments({"type": "Image", "url": URL} | said)
    return read


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("width", math.inf),
        ("width", 1e30),
        ("height", 100_001),
        ("height", 0),
        ("height", -5),
        ("width", True),
        ("width", "1200"),
        ("blurhash", "LKO2?U%2Tw=w]~RBVZRi};RPxuw"),
        ("blurhash", "~" * 166),
        ("blurhash", BLURHASH[:-1] + "é"),
        ("blurhash", BLURHASH + "\x00"),
        ("blurhash", "A" * 100_000),
        ("blurhash", [BLURHASH]),
    ],
    ids=str,
)  # fmt: skip
def test_F21_sizes_and_blurhashes_that_none_has_are_dropped(name, value):
    assert getattr(_read(**{name: value}), name) is None


@pytest.mark.parametrize(
    "focus",
    [[math.nan, 0], [0, math.inf], [1e300, 0], [2, 0], [0, -1.5], [0], [0, 0, 0], ["0", "0"], 0],
    ids=str,
)
def test_F21_a_focus_outside_of_the_picture_is_dropped(focus):
    read = _read(focalPoint=focus)

    assert (read.focus_x, read.focus_y) == (None, None)


def test_F21_what_makes_sense_stays():
    read = _read(width=1200, height=900, blurhash=BLURHASH, focalPoint=[0.25, -1])

    assert (read.width, read.height, read.blurhash) == (1200, 900, BLURHASH)
    assert (read.focus_x, read.focus_y) == (0.25, -1.0)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999"])
def test_F21_a_document_with_a_number_that_is_none_is_not_read(number):
    with pytest.raises(InvalidDocument):
        read_json(b'{"type": "Image", "width": ' + number.encode() + b"}")
