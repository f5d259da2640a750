"""Tables of the media room."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel

from core.clock import now
from db.columns import big_field, enum_field, id_field


class MediaKind(StrEnum):
    """What a file is; the values are the client API's, but for DOCUMENT (`unknown` there)."""

    IMAGE = "image"
    GIFV = "gifv"
    VIDEO = "video"
    AUDIO = "audio"
    DOCUMENT = "document"


class MediaState(StrEnum):
    """How far a file is."""

    PROCESSING = "processing"
    READY = "ready"
    FAILED = "failed"


class Media(SQLModel, table=True):
    """A file that somebody here uploaded; what is served of it is made by us, never what came.

    `key` is its random name in the store, `preview_key` its small picture's. `post_id` is the post
    that it belongs to; without one only its owner may fetch it. `purpose` is `post`, `avatar` or
    `header`. Sizes are of the file that is served; `error` says why processing failed.
    """

    id: int = id_field()
    owner_id: int = big_field(foreign_key="actor.id", index=True)
    post_id: int | None = big_field(default=None, index=True)
    purpose: str = "post"
    kind: MediaKind = enum_field(MediaKind)
    state: MediaState = enum_field(MediaState, default=MediaState.PROCESSING)
    key: str = Field(unique=True)
    mime: str = ""
    size_bytes: int = big_field(default=0)
    width: int | None = None
    height: int | None = None
    duration_s: float | None = None
    frame_rate: float | None = None
    bitrate: int | None = None
    preview_key: str | None = Field(default=None, index=True)
    preview_width: int | None = None
    preview_height: int | None = None
    blurhash: str | None = None
    focus_x: float | None = None
    focus_y: float | None = None
    description: str = ""
    created_at: datetime = Field(default_factory=now, index=True)
    attached_at: datetime | None = None
    error: str = ""

    @property
    def is_reserved(self) -> bool:
        """Whether it is kept for a post that is written later."""
        return self.post_id is None and self.attached_at is not None


class RemoteMedia(SQLModel, table=True):
    """Our copy of a file of another host, fetched when somebody here looks at it.

    `url_key` is the address's sha256. A copy that nobody looked at for long is removed, and fetched
    again when somebody does; `failed_at` set means: not to be had, tried again later, the later
    the more `failures` there were. `preview_key` is a small still of a picture; `size_bytes` is
    of both.
    """

    __tablename__ = "remote_media"

    url_key: str = Field(primary_key=True)
    url: str
    host: str = Field(index=True)
    key: str | None = Field(default=None, unique=True)
    preview_key: str | None = None
    mime: str = ""
    size_bytes: int = big_field(default=0)
    width: int | None = None
    height: int | None = None
    failures: int = 0
    fetched_at: datetime | None = None
    used_at: datetime = Field(default_factory=now, index=True)
    failed_at: datetime | None = None
    error: str = ""
