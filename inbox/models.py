"""Tables of the inbox room."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from core.clock import now
from db.columns import big_field, id_field


class InboxActivity(SQLModel, table=True):
    """An activity that was acknowledged with 202: its bytes, who signed, what became of it.

    `key` is the signer with the activity's id, or sha256(signer ‖ body) where it has none: nobody
    can take another's ids in advance. `owner_id` is whose inbox it came to, None for the shared
    one. `due_at` is None once it is done; until then the row is its own job. One of a host whose
    activities wait for a moderator ends as `held`; `is_released` when the moderator let it through.
    """

    __tablename__ = "inbox_activity"

    id: int = id_field()
    key: str = Field(unique=True)
    signer_id: int = big_field(foreign_key="actor.id")
    host: str
    owner_id: int | None = big_field(default=None, foreign_key="actor.id")
    body: bytes
    received_at: datetime = Field(default_factory=now)
    due_at: datetime | None = Field(default_factory=now)
    locked_until: datetime | None = None
    attempts: int = 0
    is_released: bool = False
    outcome: str | None = None
    reason: str | None = None
    processed_at: datetime | None = None

    __table_args__ = (
        Index(
            "ix_inbox_activity_due",
            "due_at",
            sqlite_where=text("due_at IS NOT NULL"),
            postgresql_where=text("due_at IS NOT NULL"),
        ),
        # Whether something earlier of a signer is held is asked for each one that is due.
        Index(
            "ix_inbox_activity_held",
            "signer_id",
            sqlite_where=text("locked_until IS NOT NULL"),
            postgresql_where=text("locked_until IS NOT NULL"),
        ),
        # What waits for a moderator, among all that is kept.
        Index(
            "ix_inbox_activity_waiting",
            "id",
            sqlite_where=text("outcome = 'held'"),
            postgresql_where=text("outcome = 'held'"),
        ),
    )
