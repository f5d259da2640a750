"""The MediaAttachment entity: files of posts, ours and others', and files just uploaded.

https://docs.joinmastodon.org/entities/MediaAttachment/
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from core.clock import now
from core.settings import Settings
from media.links import media_url
from media.models import Media, MediaState
from media.upload import attachment_row
from posts.files import file_url, is_taken
from posts.models import Post

Json = dict[str, Any]
_KINDS = ("image", "gifv", "video", "audio")


def attachments(
    post: Post, settings: Settings, *, viewer_id: int | None, refused: Collection[str]
) -> list[Json]:
    """Build what goes with a post, with addresses that open for this viewer.

    `refused` are hosts of which no files are taken: `posts.files.find_refused`.
    """
    moment = now()
    return [
        attachment(
            post,
            row if is_taken(row, refused) else row | {"media_type": ""},
            settings,
            index=index,
            viewer_id=viewer_id,
            moment=moment,
        )
        for index, row in enumerate(post.attachments)
    ]


def attachment(
    post: Post,
    row: Mapping[str, Any],
    settings: Settings,
    *,
    index: int,
    viewer_id: int | None,
    moment: datetime,
) -> Json:
    """Build one row of what is, or once was, attached to a post."""
    kind = _kind(row)
    is_ours = row.get("media_id") is not None
    url = file_url(settings, post, row, viewer_id=viewer_id, moment=moment)
    if not is_ours and kind == "unknown":
        # No client fetches such a one by itself; whoever wants to goes there.
        url = row.get("url") or None
    small = None
    if is_ours or kind in {"image", "gifv"}:
        small = file_url(settings, post, row, viewer_id=viewer_id, moment=moment, small=True)
    return {
        "id": str(row["media_id"]) if is_ours else f"{post.id}{index:02d}",
        "type": kind,
        "url": url,
        "preview_url": small,
        "remote_url": None if is_ours else row.get("url") or None,
        "meta": _meta(row, kind),
        "description": row.get("description") or None,
        "blurhash": row.get("blurhash"),
    }


def uploaded(media: Media, settings: Settings) -> Json:
    """Build a file of the caller's own; while it is being made it has no address."""
    row = attachment_row(media)
    is_ready = media.state is MediaState.READY

    def address(key: str | None) -> str | None:
        if key is None or not is_ready:
            return None
        return media_url(
            settings,
            key,
            open_to_all=False,
            post_id=None,
            viewer_id=media.owner_id,
            moment=now(),
        )

    kind = _kind(row)
    return {
        "id": str(media.id),
        "type": kind,
        "url": address(media.key),
        "preview_url": address(media.preview_key),
        "remote_url": None,
        "meta": _meta(row, kind) if is_ready else None,
        "description": media.description or None,
        "blurhash": media.blurhash,
    }


def _kind(row: Mapping[str, Any]) -> str:
    """Tell what a client is to do with a file: by its kind where it is ours, else by its type."""
    said = row.get("kind")
    if said is not None:
        return said if said in _KINDS else "unknown"
    kind = str(row.get("media_type") or "").partition("/")[0]
    return kind if kind in _KINDS else "unknown"


def _meta(row: Mapping[str, Any], kind: str) -> Json:
    meta: Json = {}
    original = _size(row.get("width"), row.get("height"), kind)
    if row.get("duration_s") is not None:
        original["duration"] = row["duration_s"]
    if row.get("frame_rate"):
        original["frame_rate"] = f"{round(row['frame_rate'] * 1000)}/1000"
    if row.get("bitrate"):
        original["bitrate"] = row["bitrate"]
    if original:
        meta["original"] = original
    small = _size(row.get("preview_width"), row.get("preview_height"), "image")
    if small:
        meta["small"] = small
    if row.get("focus_x") is not None:
        meta["focus"] = {"x": row["focus_x"], "y": row.get("focus_y")}
    return meta


def _size(width: int | None, height: int | None, kind: str) -> Json:
    if not width or not height:
        return {}
    size = {"width": width, "height": height, "aspect": width / height}
    return size if kind == "video" else size | {"size": f"{width}x{height}"}
