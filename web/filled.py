"""Forms that may bring files, from our own pages: their texts in order, and where the files lie."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from quart import request

from core.errors import ServerError
from core.settings import Settings
from media.forms import Taken, is_form_with_files, read_form_with_files
from media.kinds import MAX_PICTURES
from web.forms import read_form, require_own_form
from web.visit import Visit

_TAKEN = Taken(files=("file",), most=MAX_PICTURES, is_lenient=True)


@dataclass(frozen=True, slots=True)
class Filled:
    """A form as it was sent; `refused` is why a file of it was left out, the first one's reason."""

    pairs: Sequence[tuple[str, str]]
    files: Sequence[Path] = ()
    refused: ServerError | None = None

    def text(self, name: str) -> str:
        """Return the last text of a name; empty for none."""
        return next((text for one, text in reversed(self.pairs) if one == name), "")

    def texts(self, name: str) -> list[str]:
        """Return all texts of a name, in order."""
        return [text for one, text in self.pairs if one == name]

    def has(self, name: str) -> bool:
        """Tell whether a box was ticked, or a button pressed."""
        return any(one == name for one, _ in self.pairs)


def largest_form(settings: Settings) -> int:
    """Return how many bytes a form with its files may have: of a larger one nothing is read."""
    return _TAKEN.max_bytes(settings)


@asynccontextmanager
async def own_filled_form(visit: Visit) -> AsyncIterator[Filled]:
    """Read a form of this browser's session; what is left of its files is removed in the end.

    Raises SignInNeeded where the session is over, Forbidden for a form of another page, and as
    `read_form_with_files`.
    """
    visit.require_member()
    if not is_form_with_files(request):
        fields = await read_form(request)
        require_own_form(visit, fields)
        yield Filled(list(fields.items()))
        return
    form = await read_form_with_files(request, visit.site.settings, _TAKEN)
    try:
        # PostgreSQL stores no NUL, and nobody means one.
        pairs = [(name, text.replace("\x00", "")) for name, text in form.pairs]
        require_own_form(visit, dict(pairs))
        yield Filled(pairs, form.files.get("file", []), form.refused)
    finally:
        await asyncio.shield(form.drop())
