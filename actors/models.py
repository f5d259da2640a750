"""Tables of the actors room."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Executable, Index, event, inspect
from sqlmodel import Field, SQLModel

from actors.names import name_terms
from core.clock import now
from core.ids import new_id
from db.columns import big_field, enum_field, id_field, json_field
from db.search import delete_terms, make_search_table, write_terms

LOCAL_HOST = ""


class Actor(SQLModel, table=True):
    """Somebody, or something, that acts. `host` is empty for those who live here.

    `username` keeps its spelling, `username_key` is folded for look-ups. `domain` is what stands
    behind the @ (the handle's domain), which may differ from the host that serves.
    `summary` is sanitised HTML; `name` is plain text. `avatar_media_id` and `header_media_id` are
    files of those who live here; the URLs are what their documents name, or what others' do.
    `hides_network` keeps whom they know to themselves; `shows` are the parts of a profile that its
    owner has switched (`media`, `media_replies`, `featured`; `about` is the whole of what they say
    of themselves), all shown where absent.
    """

    id: int = id_field()
    uri: str = Field(unique=True)
    username: str
    username_key: str = Field(index=True)
    host: str = Field(default=LOCAL_HOST, index=True)
    domain: str = ""
    type: str = "Person"
    name: str = ""
    summary: str = ""
    summary_source: str = ""
    url: str = ""
    inbox: str = ""
    shared_inbox: str | None = None
    outbox: str | None = None
    followers_uri: str | None = None
    following_uri: str | None = None
    featured_uri: str | None = None
    moderators_uri: str | None = None
    approves_followers: bool = True
    discoverable: bool = False
    indexable: bool = False
    avatar_url: str | None = None
    avatar_media_id: int | None = big_field(default=None)
    avatar_description: str = ""
    header_url: str | None = None
    header_media_id: int | None = big_field(default=None)
    header_description: str = ""
    hides_network: bool = False
    shows: dict[str, bool] = json_field(factory=dict)
    attribution_domains: list[str] = json_field(factory=list)
    emojis: list[dict[str, str]] = json_field(factory=list)
    fields: list[dict[str, str]] = json_field(factory=list)
    also_known_as: list[str] = json_field(factory=list)
    moved_to: str | None = None
    published_at: datetime | None = None
    created_at: datetime = Field(default_factory=now)
    fetched_at: datetime | None = None
    last_post_at: datetime | None = None
    backfilled_at: datetime | None = None
    suspended_at: datetime | None = None
    deleted_at: datetime | None = None
    posts_count: int = 0
    followers_count: int = 0
    following_count: int = 0

    @property
    def is_local(self) -> bool:
        """Whether this actor lives on this instance."""
        return self.host == LOCAL_HOST

    @property
    def is_private(self) -> bool:
        """Whether only contacts read what this actor says of itself (WIRE §4)."""
        return not self.shows.get("about", True)

    @property
    def handle(self) -> str:
        """`alice@chu-lyon.example`, always whole."""
        return f"{self.username}@{self.domain}"


class ActorKey(SQLModel, table=True):
    """A public key of an actor; ours have the wrapped private half beside it.

    `algorithm` is `rsa` (PEM, or multibase) or `ed25519` (multibase). A retired key stays published
    until the last proof made with it has expired. `proves` tells whether its actor asserts with it
    (FEP-521a): a key for authentication alone signs requests, and proves no document.
    """

    __tablename__ = "actor_key"

    id: int = id_field()
    uri: str = Field(unique=True)
    actor_id: int = big_field(foreign_key="actor.id", index=True)
    algorithm: str
    public_key: str
    wrapped_private_key: bytes | None = None
    created_at: datetime = Field(default_factory=now)
    refreshed_at: datetime = Field(default_factory=now)
    retired_at: datetime | None = None
    proves: bool = True


class Follow(SQLModel, table=True):
    """Follower → followee; pending until `accepted_at` is set."""

    follower_id: int = big_field(foreign_key="actor.id", primary_key=True)
    followee_id: int = big_field(foreign_key="actor.id", primary_key=True, index=True)
    id: int = big_field(default_factory=new_id, unique=True)
    uri: str = Field(index=True)
    created_at: datetime = Field(default_factory=now)
    accepted_at: datetime | None = None
    shows_boosts: bool = True
    notifies: bool = False
    languages: list[str] | None = json_field(default=None)


class Block(SQLModel, table=True):
    """Blocker and blocked neither see nor reach each other."""

    blocker_id: int = big_field(foreign_key="actor.id", primary_key=True)
    blocked_id: int = big_field(foreign_key="actor.id", primary_key=True, index=True)
    id: int = big_field(default_factory=new_id, unique=True)
    uri: str = Field(index=True)
    created_at: datetime = Field(default_factory=now)


class Mute(SQLModel, table=True):
    """The muter does not see the muted; the muted never learns of it."""

    muter_id: int = big_field(foreign_key="actor.id", primary_key=True)
    muted_id: int = big_field(foreign_key="actor.id", primary_key=True)
    id: int = big_field(default_factory=new_id, unique=True)
    hides_notifications: bool = True
    expires_at: datetime | None = None
    created_at: datetime = Field(default_factory=now)


class Badge(SQLModel, table=True):
    """What `doctors/` found out about an actor, for everybody to read; only `doctors/` writes it.

    A badge counts now if `valid_until` is ahead; `status_checked_at` tells how fresh that is. It is
    the earlier of the ends of the credential (`credential_until`) and of its last status list.
    `is_doctor` is the audience test of WIRE §5: profession 10, register-match or better. `label` is
    what is vouched for in French words, as the line for stock servers says it.
    """

    actor_id: int = big_field(foreign_key="actor.id", primary_key=True)
    credential_uri: str
    issuer_uri: str
    issuer_name: str
    name: str
    register_code: str
    registration_number: str | None = None
    profession: str
    profession_label: str
    label: str = ""
    specialities: list[str] = json_field(factory=list)
    specialities_label: str = ""
    institution: str = Field(default="", index=True)
    assurance: str
    is_doctor: bool
    verified_at: datetime
    valid_until: datetime
    credential_until: datetime | None = None
    status_checked_at: datetime

    @property
    def vouched_until(self) -> datetime:
        """Until when the issuer vouches, as far as nothing is revoked: what people are shown."""
        return self.credential_until or self.valid_until


class ActorExtension(SQLModel, table=True):
    """What an actor's document says beyond the ordinary: `practitioner`, `credentials` …"""

    __tablename__ = "actor_extension"

    actor_id: int = big_field(foreign_key="actor.id", primary_key=True)
    value: dict[str, Any] = json_field(factory=dict)


class HostScheme(SQLModel, table=True):
    """Which signatures a host understands, as it said or as it answered.

    `cavage`, `rfc9421` (with an RSA key) or `ed25519` (RFC 9421 with such a key).
    """

    __tablename__ = "host_scheme"

    host: str = Field(primary_key=True)
    scheme: str
    noted_at: datetime = Field(default_factory=now)


class DomainBlock(SQLModel, table=True):
    """A person here wants nothing of a whole domain."""

    __tablename__ = "domain_block"

    actor_id: int = big_field(foreign_key="actor.id", primary_key=True)
    domain: str = Field(primary_key=True)
    id: int = big_field(default_factory=new_id, unique=True)
    created_at: datetime = Field(default_factory=now)


class AccountNote(SQLModel, table=True):
    """What somebody keeps in mind of another, for themselves alone."""

    __tablename__ = "account_note"

    actor_id: int = big_field(foreign_key="actor.id", primary_key=True)
    target_id: int = big_field(foreign_key="actor.id", primary_key=True)
    comment: str
    updated_at: datetime = Field(default_factory=now)


class Endorsement(SQLModel, table=True):
    """Somebody whom a person shows on their own profile."""

    actor_id: int = big_field(foreign_key="actor.id", primary_key=True)
    target_id: int = big_field(foreign_key="actor.id", primary_key=True, index=True)
    id: int = big_field(default_factory=new_id, unique=True)
    created_at: datetime = Field(default_factory=now)


class SuggestionDismissal(SQLModel, table=True):
    """Somebody whom a person does not want to be suggested again."""

    __tablename__ = "suggestion_dismissal"

    actor_id: int = big_field(foreign_key="actor.id", primary_key=True)
    target_id: int = big_field(foreign_key="actor.id", primary_key=True)
    created_at: datetime = Field(default_factory=now)


class RepliesPolicy(StrEnum):
    """Whose answers a list shows: to nobody else, to its members, to all whom its owner follows."""

    NONE = "none"
    LIST = "list"
    FOLLOWED = "followed"


class ActorList(SQLModel, table=True):
    """A list of people, one person's own; what an exclusive one shows, home does not."""

    __tablename__ = "actor_list"

    id: int = id_field()
    owner_id: int = big_field(foreign_key="actor.id", index=True)
    title: str
    replies_policy: RepliesPolicy = enum_field(RepliesPolicy, default=RepliesPolicy.LIST)
    exclusive: bool = False
    created_at: datetime = Field(default_factory=now)


class ListMember(SQLModel, table=True):
    """Somebody on a list; the list's owner follows them."""

    __tablename__ = "list_member"

    list_id: int = big_field(foreign_key="actor_list.id", primary_key=True)
    actor_id: int = big_field(foreign_key="actor.id", primary_key=True, index=True)
    id: int = big_field(default_factory=new_id, unique=True)


class Collection(SQLModel, table=True):
    """Accounts that somebody recommends under a name, for everybody to see."""

    id: int = id_field()
    uri: str = Field(unique=True)
    actor_id: int = big_field(foreign_key="actor.id", index=True)
    name: str
    description: str = ""
    language: str | None = None
    tag: str | None = None
    sensitive: bool = False
    discoverable: bool = True
    created_at: datetime = Field(default_factory=now)
    updated_at: datetime = Field(default_factory=now)


class ItemState(StrEnum):
    """Whether somebody agreed to be recommended; the values are the client API's."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    REVOKED = "revoked"


class CollectionItem(SQLModel, table=True):
    """Somebody in a collection."""

    __tablename__ = "collection_item"
    __table_args__ = (Index("ix_collection_item_once", "collection_id", "actor_id", unique=True),)

    id: int = id_field()
    collection_id: int = big_field(foreign_key="collection.id", index=True)
    actor_id: int = big_field(foreign_key="actor.id", index=True)
    state: ItemState = enum_field(ItemState, default=ItemState.ACCEPTED)
    created_at: datetime = Field(default_factory=now)


# The words by which people are found; whoever writes an actor's row writes them with it.
ACTOR_WORDS = make_search_table(SQLModel.metadata, "actor_search")
_NAMED = ("username", "domain", "name", "deleted_at")


@event.listens_for(Actor, "after_insert")
@event.listens_for(Actor, "after_update")
def _index(_mapper: object, connection: Connection, actor: Actor) -> None:
    seen = inspect(actor).attrs
    if any(seen[name].history.has_changes() for name in _NAMED):
        for statement in actor_terms(connection.dialect.name, actor):
            connection.execute(statement)


def actor_terms(dialect: str, actor: Actor) -> list[Executable]:
    """Return the statements after which an actor is found by what they are called now."""
    if actor.deleted_at is not None:
        return delete_terms(dialect, ACTOR_WORDS, actor.id)
    words, marks = name_terms(actor.username, actor.domain, actor.name)
    return write_terms(dialect, ACTOR_WORDS, id=actor.id, words=words, marks=marks)
