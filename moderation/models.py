"""Tables of the moderation room."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from core.clock import now
from db.columns import big_field, enum_field, id_field, json_field


class PeerClass(StrEnum):
    """How far we talk with a host (WIRE §2)."""

    BLOCKED = "blocked"
    UNKNOWN = "unknown"
    SOCIAL = "social"
    CLINICAL = "clinical"


class Peer(SQLModel, table=True):
    """Another instance, and what our administrators decided about it.

    `pinned_keys` are the multibase Ed25519 keys of its instance actor at the time of the decision;
    `seen_keys` those it shows now. `key_changed_at` set means: judged `social` until confirmed.

    `host` may be a pattern: `*.example` stands for every host below `example`, `*` for all; the
    most exact decision counts. UNKNOWN leaves the class to the mode and decides only on the rest:
    what is taken of the host's media and reports, whether its posts get a warning or wait for a
    moderator (`holds`), and how many activities a minute are taken (`rate`).
    """

    host: str = Field(primary_key=True)
    peer_class: PeerClass = enum_field(PeerClass)
    also: list[str] = json_field(factory=list)
    authority: bool = False
    registers: list[str] = json_field(factory=list)
    rejects_media: bool = False
    rejects_reports: bool = False
    forces_warning: bool = False
    holds: bool = False
    rate: int | None = None
    actor_uri: str | None = None
    pinned_keys: list[str] = json_field(factory=list)
    seen_keys: list[str] = json_field(factory=list)
    key_changed_at: datetime | None = None
    name: str = ""
    reason: str = ""
    public_reason: str = ""
    created_at: datetime = Field(default_factory=now)
    updated_at: datetime = Field(default_factory=now)


class Report(SQLModel, table=True):
    """A complaint about an actor, and posts of theirs, by somebody here or on another host.

    `others` is how many more came of the same host about the same actor while this one waited: a
    flood is one report. `host` is empty for those who live here.
    """

    id: int = id_field()
    uri: str | None = Field(default=None, unique=True)
    host: str = Field(default="", index=True)
    reporter_id: int = big_field(foreign_key="actor.id")
    target_id: int = big_field(foreign_key="actor.id", index=True)
    post_ids: list[int] = json_field(factory=list)
    category: str = "other"
    comment: str = ""
    is_forwarded: bool = False
    others: int = 0
    created_at: datetime = Field(default_factory=now)
    handled_at: datetime | None = None
    handled_by: str = ""


class AuditEntry(SQLModel, table=True):
    """A line of the hash-chained audit log: who did what to whom, why; no content, no tokens."""

    __tablename__ = "audit_entry"

    id: int = id_field()
    at: datetime = Field(default_factory=now)
    actor: str
    action: str = Field(index=True)
    subject: str
    detail: dict[str, Any] = json_field(factory=dict)
    previous_hash: str
    hash: str = Field(unique=True)


class FilterAction(StrEnum):
    """What becomes of a post that matches; the values are the client API's."""

    WARN = "warn"
    HIDE = "hide"
    BLUR = "blur"


class Filter(SQLModel, table=True):
    """Words that a person does not want to read, in some contexts, until a moment.

    `contexts` are of `home`, `notifications`, `public`, `thread`, `account`. A filter of the first
    version of the client API is one with a single keyword.
    """

    id: int = id_field()
    actor_id: int = big_field(foreign_key="actor.id", index=True)
    title: str
    contexts: list[str] = json_field(factory=list)
    action: FilterAction = enum_field(FilterAction, default=FilterAction.WARN)
    expires_at: datetime | None = None
    created_at: datetime = Field(default_factory=now)


class FilterKeyword(SQLModel, table=True):
    """One word, or some, of a filter."""

    __tablename__ = "filter_keyword"

    id: int = id_field()
    filter_id: int = big_field(foreign_key="filter.id", index=True)
    keyword: str
    whole_word: bool = True


class FilterStatus(SQLModel, table=True):
    """A single post that a filter names."""

    __tablename__ = "filter_status"
    __table_args__ = (Index("ix_filter_status_once", "filter_id", "post_id", unique=True),)

    id: int = id_field()
    filter_id: int = big_field(foreign_key="filter.id", index=True)
    post_id: int = big_field(foreign_key="post.id", index=True)
