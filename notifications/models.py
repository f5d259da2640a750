"""Tables of the notifications room."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from core.clock import now
from db.columns import big_field, enum_field, id_field


class Kind(StrEnum):
    """Why somebody is notified; the values are the client API's types."""

    MENTION = "mention"
    FOLLOW = "follow"
    FOLLOW_REQUEST = "follow_request"
    LIKE = "favourite"
    BOOST = "reblog"
    STATUS = "status"
    UPDATE = "update"
    POLL = "poll"


class Notification(SQLModel, table=True):
    """One notice to one local actor, once for the same cause.

    `others` is how many more of its kind it stands for: a flood of one host is not a notice each.
    """

    id: int = id_field()
    owner_id: int = big_field(foreign_key="actor.id")
    kind: Kind = enum_field(Kind)
    from_id: int = big_field(foreign_key="actor.id")
    post_id: int | None = big_field(default=None, foreign_key="post.id", index=True)
    # SQL's NULLs are all different: the cause is a text, so that once is once.
    cause: str = ""
    others: int = 0
    created_at: datetime = Field(default_factory=now)

    __table_args__ = (
        Index("ix_notification_owner", "owner_id", "id"),
        Index("ix_notification_cause", "owner_id", "kind", "from_id", "cause", unique=True),
    )
