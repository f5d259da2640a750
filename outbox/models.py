"""Tables of the outbox room."""

from __future__ import annotations

from datetime import datetime
from enum import IntEnum

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from core.clock import now
from db.columns import big_field, id_field


class Priority(IntEnum):
    """What goes first in the queue of a host."""

    REVOCATION = 0
    ANSWER = 1
    POST = 2
    REACTION = 3


class OutboxActivity(SQLModel, table=True):
    """One activity that leaves here, its JSON stored once and shared by all its deliveries.

    `actor_id` is a remote actor's where it is forwarded. `object_uri` names what it is about: for
    one inbox, activities of one actor about one thing keep their order. `clinical_only` ones go to
    no host that is not clinical at the moment of sending.
    """

    __tablename__ = "outbox_activity"

    id: int = id_field()
    uri: str = Field(unique=True)
    actor_id: int = big_field(foreign_key="actor.id")
    type: str
    body: bytes
    priority: int = Priority.POST
    is_public: bool = False
    clinical_only: bool = False
    object_uri: str | None = Field(default=None, index=True)
    created_at: datetime = Field(default_factory=now)

    __table_args__ = (Index("ix_outbox_activity_actor", "actor_id", "id"),)


class Delivery(SQLModel, table=True):
    """One activity owed to one inbox. `due_at` is None once delivered or given up (dead letter).

    `signer_id` is who signs the request: the actor, or the one that forwards.
    """

    id: int = id_field()
    activity_id: int = big_field(foreign_key="outbox_activity.id")
    inbox: str
    host: str
    signer_id: int = big_field(foreign_key="actor.id")
    priority: int = Priority.POST
    due_at: datetime | None = Field(default_factory=now)
    locked_until: datetime | None = None
    attempts: int = 0
    expires_at: datetime
    delivered_at: datetime | None = None
    given_up_at: datetime | None = None
    last_status: int | None = None
    last_error: str | None = None

    __table_args__ = (
        Index("ix_delivery_once", "activity_id", "inbox", unique=True),
        Index(
            "ix_delivery_due",
            "host",
            "due_at",
            sqlite_where=text("due_at IS NOT NULL"),
            postgresql_where=text("due_at IS NOT NULL"),
        ),
        Index(
            "ix_delivery_host",
            "host",
            "priority",
            "id",
            sqlite_where=text("due_at IS NOT NULL"),
            postgresql_where=text("due_at IS NOT NULL"),
        ),
        Index(
            "ix_delivery_held",
            "host",
            "locked_until",
            sqlite_where=text("locked_until IS NOT NULL"),
            postgresql_where=text("locked_until IS NOT NULL"),
        ),
    )


class HostState(SQLModel, table=True):
    """How deliveries to a host go: the circuit breaker, its Retry-After, what it understood."""

    __tablename__ = "host_state"

    host: str = Field(primary_key=True)
    failures: int = 0
    open_until: datetime | None = None
    wait_until: datetime | None = None
    last_success_at: datetime | None = None
    last_failure_at: datetime | None = None


class GoneInbox(SQLModel, table=True):
    """An inbox that answered 410: nothing is owed to it until its host writes to us again."""

    __tablename__ = "gone_inbox"

    inbox: str = Field(primary_key=True)
    host: str = Field(index=True)
    gone_at: datetime = Field(default_factory=now)
