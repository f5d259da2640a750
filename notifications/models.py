"""Tables of the notifications room."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from core.clock import now
from db.columns import big_field, enum_field, id_field, json_field


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
    QUOTE = "quote"
    QUOTED_UPDATE = "quoted_update"
    ADDED_TO_COLLECTION = "added_to_collection"


class Notification(SQLModel, table=True):
    """One notice to one local actor, once for the same cause.

    `others` is how many more of its kind it stands for: a flood of one host is not a notice each.
    `group_key` is what it is shown together with, empty for one that stands alone. A `filtered` one
    waits as a request until its owner lets its sender in (`NotificationPolicy`).
    """

    id: int = id_field()
    owner_id: int = big_field(foreign_key="actor.id")
    kind: Kind = enum_field(Kind)
    from_id: int = big_field(foreign_key="actor.id")
    post_id: int | None = big_field(default=None, foreign_key="post.id", index=True)
    # SQL's NULLs are all different: the cause is a text, so that once is once.
    cause: str = ""
    others: int = 0
    group_key: str = ""
    filtered: bool = False
    created_at: datetime = Field(default_factory=now)

    __table_args__ = (
        Index("ix_notification_owner", "owner_id", "id"),
        Index("ix_notification_group", "owner_id", "group_key", "id"),
        # Of very many notices few wait.
        Index(
            "ix_notification_waiting",
            "owner_id",
            "from_id",
            sqlite_where=text("filtered IS 1"),
            postgresql_where=text("filtered IS true"),
        ),
        Index("ix_notification_cause", "owner_id", "kind", "from_id", "cause", unique=True),
    )


class Handling(StrEnum):
    """What becomes of a notice of somebody whom its owner does not know."""

    ACCEPT = "accept"
    FILTER = "filter"
    DROP = "drop"


class NotificationPolicy(SQLModel, table=True):
    """Which notices somebody wants at once; no row means these defaults."""

    __tablename__ = "notification_policy"

    owner_id: int = big_field(foreign_key="actor.id", primary_key=True)
    for_not_following: Handling = enum_field(Handling, default=Handling.ACCEPT)
    for_not_followers: Handling = enum_field(Handling, default=Handling.ACCEPT)
    for_new_accounts: Handling = enum_field(Handling, default=Handling.ACCEPT)
    for_private_mentions: Handling = enum_field(Handling, default=Handling.FILTER)
    for_limited_accounts: Handling = enum_field(Handling, default=Handling.FILTER)


class NotificationRequest(SQLModel, table=True):
    """Somebody whose notices wait for their owner's word; `last_post_id` is what they last said.

    How many wait is counted when it is asked: only those count that may still be seen.
    """

    __tablename__ = "notification_request"
    __table_args__ = (
        Index("ix_notification_request_once", "owner_id", "from_id", unique=True),
    )

    id: int = id_field()
    owner_id: int = big_field(foreign_key="actor.id")
    from_id: int = big_field(foreign_key="actor.id", index=True)
    last_post_id: int | None = big_field(default=None)
    created_at: datetime = Field(default_factory=now)
    updated_at: datetime = Field(default_factory=now)


class NotificationPermission(SQLModel, table=True):
    """Somebody whose notices their owner let in, whatever the policy says."""

    __tablename__ = "notification_permission"

    owner_id: int = big_field(foreign_key="actor.id", primary_key=True)
    from_id: int = big_field(foreign_key="actor.id", primary_key=True)
    created_at: datetime = Field(default_factory=now)


class PushSubscription(SQLModel, table=True):
    """Where a program of somebody's wants to be woken (Web Push); one for each access token.

    `is_standard` chooses RFC 8291 (`aes128gcm`) over the earlier draft (`aesgcm`). `alerts` are the
    kinds it wants; `policy` is `all`, `followed`, `follower` or `none`.
    """

    __tablename__ = "push_subscription"

    id: int = id_field()
    token_id: int = big_field(foreign_key="access_token.id", unique=True)
    user_id: int = big_field(foreign_key="user.id", index=True)
    endpoint: str
    p256dh: str
    auth: str
    is_standard: bool = False
    alerts: dict[str, Any] = json_field(factory=dict)
    policy: str = "all"
    failures: int = 0
    created_at: datetime = Field(default_factory=now)
    updated_at: datetime = Field(default_factory=now)


class Announcement(SQLModel, table=True):
    """What the institution tells everybody here; `content` is safe HTML."""

    id: int = id_field()
    content: str
    source_text: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    all_day: bool = False
    published_at: datetime = Field(default_factory=now)
    updated_at: datetime = Field(default_factory=now)


class AnnouncementRead(SQLModel, table=True):
    """Somebody has read an announcement."""

    __tablename__ = "announcement_read"

    announcement_id: int = big_field(foreign_key="announcement.id", primary_key=True)
    actor_id: int = big_field(foreign_key="actor.id", primary_key=True)
    created_at: datetime = Field(default_factory=now)


class AnnouncementReaction(SQLModel, table=True):
    """An emoji that somebody gives an announcement."""

    __tablename__ = "announcement_reaction"

    announcement_id: int = big_field(foreign_key="announcement.id", primary_key=True)
    actor_id: int = big_field(foreign_key="actor.id", primary_key=True)
    name: str = Field(primary_key=True)
    created_at: datetime = Field(default_factory=now)
