"""The composer filled in as a browser fills it in: fields of one name may come several times."""

from __future__ import annotations

import io

from quart.datastructures import FileStorage


class Pairs(dict):
    """A form whose fields may come several times, in order."""

    def __init__(self, pairs):
        super().__init__(pairs)
        self._pairs = list(pairs)

    def items(self):
        return self._pairs


def filled(page, *more, action="/compose", **fields):
    """Return a form of a page with other values; `more` are pairs of a name and a value besides."""
    kept = {name: text for name, text in page.forms[action].items() if name != "choice"}
    return Pairs([*(kept | fields).items(), *more])


def file_part(data, name="photo.jpg", mime="image/jpeg"):
    """Return a file as a form brings it."""
    return FileStorage(io.BytesIO(data), filename=name, content_type=mime)
