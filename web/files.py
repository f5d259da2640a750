"""What is attached to a post, as pages show it: from here, or told of where it is not taken."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from core.html_rules import is_safe_link
from core.settings import Settings
from db.session import AsyncSession, settings_of
from posts.files import file_url, find_refused, is_taken
from posts.models import Post
from web.emojis import path_here

_SHOWN = frozenset({"image", "gifv", "video", "audio"})


@dataclass(frozen=True, slots=True)
class File:
    """Something attached; `path` is where it is here, None for what is only told of.

    `kind` is `image`, `gifv`, `video`, `audio` or something else, `small` a picture of it.
    `source` is where it is elsewhere, for who wants to go there.
    """

    kind: str
    description: str
    path: str | None = None
    small: str | None = None
    width: int | None = None
    height: int | None = None
    source: str | None = None

    @property
    def host(self) -> str:
        """Where it is, if elsewhere."""
        return urlsplit(self.source).netloc if self.source else ""


@dataclass(frozen=True, slots=True)
class Shelf:
    """From where files are shown to one reader: `refused` are hosts of which none are taken."""

    settings: Settings
    viewer_id: int | None
    moment: datetime
    refused: Collection[str] = ()

    def files_of(self, post: Post) -> tuple[File, ...]:
        """Return what is attached to a post."""
        return tuple(self._file(post, row) for row in post.attachments)

    def _file(self, post: Post, row: Mapping[str, Any]) -> File:
        kind = _kind(row)
        description = str(row.get("description") or "")
        is_ours = row.get("media_id") is not None
        url = "" if is_ours else str(row.get("url") or "")
        source = url if kind != "image" and is_safe_link(url) else None
        if kind not in _SHOWN or not is_taken(row, self.refused):
            return File(kind, description, source=source)
        return File(
            kind,
            description,
            path=self._path(post, row),
            small=self._path(post, row, small=True) if is_ours or kind == "image" else None,
            width=row.get("width"),
            height=row.get("height"),
        )

    def _path(self, post: Post, row: Mapping[str, Any], *, small: bool = False) -> str | None:
        url = file_url(
            self.settings, post, row, viewer_id=self.viewer_id, moment=self.moment, small=small
        )
        return path_here(url, self.settings) if url is not None else None


async def make_shelf(
    session: AsyncSession, posts: Iterable[Post], *, viewer_id: int | None, moment: datetime
) -> Shelf:
    """Find out from where the files of some posts are taken."""
    return Shelf(settings_of(session), viewer_id, moment, await find_refused(session, posts))


def _kind(row: Mapping[str, Any]) -> str:
    said = row.get("kind") or str(row.get("media_type") or "image").partition("/")[0]
    return str(said)
