"""Tables of the moderation room."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlmodel import Field, SQLModel

from core.clock import now
from db.columns import enum_field, id_field, json_field


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
    """

    host: str = Field(primary_key=True)
    peer_class: PeerClass = enum_field(PeerClass)
    also: list[str] = json_field(factory=list)
    authority: bool = False
    registers: list[str] = json_field(factory=list)
    actor_uri: str | None = None
    pinned_keys: list[str] = json_field(factory=list)
    seen_keys: list[str] = json_field(factory=list)
    key_changed_at: datetime | None = None
    name: str = ""
    reason: str = ""
    created_at: datetime = Field(default_factory=now)
    updated_at: datetime = Field(default_factory=now)


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
