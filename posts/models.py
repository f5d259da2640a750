"""Tables of the posts room."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from core.clock import now
from core.ids import new_id
from db.columns import big_field, enum_field, id_field, json_field
from db.search import make_search_table


class Visibility(StrEnum):
    """The audience of a post (WIRE §6), from the widest to the narrowest."""

    PUBLIC = "public"
    UNLISTED = "unlisted"
    DOCTORS = "doctors"
    FOLLOWERS = "followers"
    MENTIONED = "mentioned"
    LOCAL = "local"


class Post(SQLModel, table=True):
    """Something said, or (with `boost_of_id`) something passed on: both are entries of timelines.

    `content` is sanitised HTML (`sanitiser_version` tells by which rules), `content_warning` and
    `title` are plain text. `thread_id` is the root post's id (its own for a root). `to_uris` and
    `cc_uris` are the stored audience. A deleted post stays as an emptied row with `deleted_at`.

    `details` is what only its kind has: the known ones of `starts_at`, `ends_at` (texts as on the
    wire), `place`, `address`, `online_url`, `join_mode`, `duration_s`; read it with `Details.of`.
    `group_uri` is the group that it names as its audience, `quote_uri` what it quotes,
    `quote_of_id` that post once it is here; `quote_policy` who may quote it without asking:
    `public`, `followers` or `nobody`, None where the author says nothing. `quote_state` is what was
    answered to a quote that asked (`pending`, `accepted`, `rejected`, `revoked`; None: nobody was
    asked), `quote_authorization_uri` the stamp that says so (FEP-044f).

    `attachments` are dicts as on the wire, those of our own files with their `media_id`.

    `ring_id` is the post whose audience a restricted reply shares (WIRE §6), None where it has its
    own; `is_narrowed` means that readers must belong to both.
    """

    id: int = id_field()
    uri: str = Field(unique=True)
    url: str = ""
    author_id: int = big_field(foreign_key="actor.id")
    kind: str = "Note"
    visibility: Visibility = enum_field(Visibility)
    clinical: bool = False
    content: str = ""
    source_text: str | None = None
    sanitiser_version: int = 0
    title: str | None = None
    content_warning: str | None = None
    sensitive: bool = False
    language: str | None = None
    in_reply_to_id: int | None = big_field(default=None, foreign_key="post.id", index=True)
    in_reply_to_uri: str | None = Field(default=None, index=True)
    thread_id: int = big_field(default=0, index=True)
    ring_id: int | None = big_field(default=None)
    is_narrowed: bool = False
    context_uri: str | None = None
    boost_of_id: int | None = big_field(default=None, foreign_key="post.id")
    group_uri: str | None = Field(default=None, index=True)
    quote_uri: str | None = Field(default=None, index=True)
    quote_of_id: int | None = big_field(default=None, index=True)
    quote_policy: str | None = None
    quote_state: str | None = None
    quote_authorization_uri: str | None = Field(default=None, index=True)
    quotes_count: int = 0
    details: dict[str, Any] = json_field(factory=dict)
    card_url: str | None = None
    replies_uri: str | None = None
    replies_checked_at: datetime | None = None
    locked_at: datetime | None = None
    to_uris: list[str] = json_field(factory=list)
    cc_uris: list[str] = json_field(factory=list)
    attachments: list[dict[str, Any]] = json_field(factory=list)
    emojis: list[dict[str, str]] = json_field(factory=list)
    app_name: str | None = None
    created_at: datetime = Field(default_factory=now)
    edited_at: datetime | None = None
    received_at: datetime = Field(default_factory=now)
    deleted_at: datetime | None = None
    likes_count: int = 0
    boosts_count: int = 0
    replies_count: int = 0

    __table_args__ = (
        Index("ix_post_author", "author_id", "id"),
        Index(
            "ix_post_boost",
            "boost_of_id",
            "author_id",
            unique=True,
            sqlite_where=text("boost_of_id IS NOT NULL AND deleted_at IS NULL"),
            postgresql_where=text("boost_of_id IS NOT NULL AND deleted_at IS NULL"),
        ),
        Index("ix_post_visibility", "visibility", "id"),
        Index("ix_post_card", "card_url", "id"),
    )


class PostSource(SQLModel, table=True):
    """The signed bytes by which a post came or left, kept as they came, for forwarding."""

    __tablename__ = "post_source"

    post_id: int = big_field(foreign_key="post.id", primary_key=True)
    activity: bytes


class Mention(SQLModel, table=True):
    """An actor to whom a post is addressed; `silent` ones are addressed without being named."""

    post_id: int = big_field(foreign_key="post.id", primary_key=True)
    actor_id: int = big_field(foreign_key="actor.id", primary_key=True, index=True)
    silent: bool = False


class PostTag(SQLModel, table=True):
    """A hashtag of a post, folded to lower case."""

    __tablename__ = "post_tag"

    tag: str = Field(primary_key=True)
    post_id: int = big_field(foreign_key="post.id", primary_key=True, index=True)
    name: str = ""


class Like(SQLModel, table=True):
    """An actor approves of a post."""

    actor_id: int = big_field(foreign_key="actor.id", primary_key=True)
    post_id: int = big_field(foreign_key="post.id", primary_key=True, index=True)
    id: int = big_field(default_factory=new_id, unique=True)
    uri: str = Field(index=True)
    created_at: datetime = Field(default_factory=now)


class ReactionKind(StrEnum):
    """How somebody reacts to a post otherwise than by a like."""

    EMOJI = "emoji"
    DISLIKE = "dislike"


class Reaction(SQLModel, table=True):
    """An emoji, or a dislike, that an actor gives a post; dislikes are stored and never shown.

    `name` is the emoji itself or `:shortcode:`, empty for a dislike.
    """

    post_id: int = big_field(foreign_key="post.id", primary_key=True)
    actor_id: int = big_field(foreign_key="actor.id", primary_key=True, index=True)
    kind: ReactionKind = enum_field(ReactionKind, primary_key=True)
    name: str = Field(default="", primary_key=True)
    id: int = big_field(default_factory=new_id, unique=True)
    icon_url: str | None = None
    uri: str = Field(index=True)
    created_at: datetime = Field(default_factory=now)


class Pin(SQLModel, table=True):
    """A post that its author shows first on their profile (the `featured` collection)."""

    actor_id: int = big_field(foreign_key="actor.id", primary_key=True)
    post_id: int = big_field(foreign_key="post.id", primary_key=True, index=True)
    id: int = big_field(default_factory=new_id, unique=True)
    created_at: datetime = Field(default_factory=now)


class Poll(SQLModel, table=True):
    """What a Question asks; its counts are its author's instance's, ours where it is ours."""

    post_id: int = big_field(foreign_key="post.id", primary_key=True)
    is_multiple: bool = False
    ends_at: datetime | None = None
    closed_at: datetime | None = None
    voters_count: int = 0
    hides_totals: bool = False


class PollOption(SQLModel, table=True):
    """One answer that may be chosen."""

    __tablename__ = "poll_option"

    post_id: int = big_field(foreign_key="post.id", primary_key=True)
    position: int = Field(primary_key=True)
    title: str
    votes_count: int = 0


class PollVote(SQLModel, table=True):
    """An actor's choice, of ours anywhere, of others in our polls."""

    __tablename__ = "poll_vote"

    post_id: int = big_field(foreign_key="post.id", primary_key=True)
    actor_id: int = big_field(foreign_key="actor.id", primary_key=True, index=True)
    position: int = Field(primary_key=True)
    uri: str = ""
    created_at: datetime = Field(default_factory=now)


class LinkCard(SQLModel, table=True):
    """What a page that posts link to says of itself; fetched once, whoever links to it.

    `key` is the address's sha256. All texts are plain. `failed_at` set means: there is none.
    """

    __tablename__ = "link_card"

    key: str = Field(primary_key=True)
    url: str
    kind: str = "link"
    title: str = ""
    description: str = ""
    author_name: str = ""
    provider_name: str = ""
    image_url: str | None = None
    language: str | None = None
    published_at: datetime | None = None
    fetched_at: datetime | None = None
    failed_at: datetime | None = None
    created_at: datetime = Field(default_factory=now)


class TimelineEntry(SQLModel, table=True):
    """A post in somebody's home timeline, written when the post arrives (fan-out on write)."""

    __tablename__ = "timeline"
    __table_args__ = ({"sqlite_with_rowid": False},)

    owner_id: int = big_field(primary_key=True)
    post_id: int = big_field(foreign_key="post.id", primary_key=True, index=True)


class Tombstone(SQLModel, table=True):
    """An id that was deleted before we ever saw it: a Create that comes late stays out."""

    uri: str = Field(primary_key=True)
    actor_uri: str
    deleted_at: datetime = Field(default_factory=now)


class IdempotencyKey(SQLModel, table=True):
    """A client's key of one posting: the same key gives the same post."""

    __tablename__ = "idempotency_key"

    user_id: int = big_field(primary_key=True)
    key: str = Field(primary_key=True)
    post_id: int = big_field()
    created_at: datetime = Field(default_factory=now)


class Bookmark(SQLModel, table=True):
    """A post that somebody keeps for later; nobody else learns of it."""

    actor_id: int = big_field(foreign_key="actor.id", primary_key=True)
    post_id: int = big_field(foreign_key="post.id", primary_key=True, index=True)
    id: int = big_field(default_factory=new_id, unique=True)
    created_at: datetime = Field(default_factory=now)


class PostEdit(SQLModel, table=True):
    """An earlier wording of a post, as it stood until it was edited; `options` are its poll's."""

    __tablename__ = "post_edit"

    id: int = id_field()
    post_id: int = big_field(foreign_key="post.id", index=True)
    content: str = ""
    source_text: str | None = None
    content_warning: str | None = None
    sensitive: bool = False
    attachments: list[dict[str, Any]] = json_field(factory=list)
    emojis: list[dict[str, str]] = json_field(factory=list)
    options: list[str] = json_field(factory=list)
    quote_of_id: int | None = big_field(default=None)
    created_at: datetime


class ScheduledPost(SQLModel, table=True):
    """A post to be written later: `params` are the client's fields, checked when they came."""

    __tablename__ = "scheduled_post"

    id: int = id_field()
    user_id: int = big_field(foreign_key="user.id", index=True)
    due_at: datetime
    params: dict[str, Any] = json_field(factory=dict)
    app_name: str | None = None
    created_at: datetime = Field(default_factory=now)
    failed_at: datetime | None = None
    error: str = ""


class ThreadMute(SQLModel, table=True):
    """A thread of which somebody wants to hear no more."""

    __tablename__ = "thread_mute"

    actor_id: int = big_field(foreign_key="actor.id", primary_key=True)
    thread_id: int = big_field(primary_key=True)
    created_at: datetime = Field(default_factory=now)


class Conversation(SQLModel, table=True):
    """Somebody's talk with named people: a thread, its newest post, whether it was read.

    `last_post_id` orders the page; `participant_ids` are the others' actors.
    """

    __table_args__ = (
        Index("ix_conversation_owner", "owner_id", "last_post_id"),
        Index("ix_conversation_thread", "thread_id", "owner_id", unique=True),
    )

    id: int = id_field()
    owner_id: int = big_field(foreign_key="actor.id")
    thread_id: int = big_field()
    last_post_id: int = big_field()
    participant_ids: list[int] = json_field(factory=list)
    unread: bool = True
    updated_at: datetime = Field(default_factory=now)


class FollowedTag(SQLModel, table=True):
    """A hashtag whose public posts come to somebody's home timeline."""

    __tablename__ = "followed_tag"

    actor_id: int = big_field(foreign_key="actor.id", primary_key=True)
    tag: str = Field(primary_key=True, index=True)
    id: int = big_field(default_factory=new_id, unique=True)
    name: str = ""
    created_at: datetime = Field(default_factory=now)


class FeaturedTag(SQLModel, table=True):
    """A hashtag that somebody shows on their profile."""

    __tablename__ = "featured_tag"
    __table_args__ = (Index("ix_featured_tag_once", "actor_id", "tag", unique=True),)

    id: int = id_field()
    actor_id: int = big_field(foreign_key="actor.id")
    tag: str
    name: str = ""
    created_at: datetime = Field(default_factory=now)


class QuoteApproval(SQLModel, table=True):
    """A stamp: an author here lets one post quote one of theirs (FEP-044f)."""

    __tablename__ = "quote_approval"

    id: int = id_field()
    uri: str = Field(unique=True)
    post_id: int = big_field(foreign_key="post.id", index=True)
    quoting_uri: str = Field(index=True)
    quoting_actor_uri: str
    created_at: datetime = Field(default_factory=now)
    revoked_at: datetime | None = None


class TrendKind(StrEnum):
    """What a trend is of."""

    TAG = "tag"
    POST = "post"
    LINK = "link"


class Trend(SQLModel, table=True):
    """What many talk of in public now: a tag, a post, a link; computed anew from time to time.

    `key` is the tag, the post's id, or the link's address. `history` has, for tags and links, what
    each day saw: its number since 1970, uses, people.
    """

    kind: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    score: float = 0.0
    history: list[list[int]] = json_field(factory=list)
    computed_at: datetime = Field(default_factory=now)


# The words by which posts are found.
POST_WORDS = make_search_table(SQLModel.metadata, "post_search")
