"""The MediaAttachment entity, for files of other hosts.

https://docs.joinmastodon.org/entities/MediaAttachment/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from posts.models import Post

Json = dict[str, Any]


def attachments(post: Post) -> list[Json]:
    """Build what goes with a post."""
    return [_attachment(post, index, row) for index, row in enumerate(post.attachments)]


def _attachment(post: Post, index: int, row: Mapping[str, Any]) -> Json:
    # A file of another host is named, so that a person may open it, and typed so that no client
    # fetches it by itself: that would tell the host who reads. Ours come with the media room.
    return {
        "id": f"{post.id}{index:02d}",
        "type": "unknown",
        "url": row.get("url"),
        "preview_url": None,
        "remote_url": row.get("url"),
        "meta": _meta(row),
        "description": row.get("description") or None,
        "blurhash": row.get("blurhash"),
    }


def _meta(row: Mapping[str, Any]) -> Json:
    meta: Json = {}
    width, height = row.get("width"), row.get("height")
    if width and height:
        meta["original"] = {
            "width": width,
            "height": height,
            "size": f"{width}x{height}",
            "aspect": width / height,
        }
    if row.get("focus_x") is not None:
        meta["focus"] = {"x": row["focus_x"], "y": row.get("focus_y")}
    return meta
