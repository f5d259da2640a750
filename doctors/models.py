"""Tables of the doctors room."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from core.clock import now
from db.columns import big_field, enum_field, id_field, json_field


class Assurance(StrEnum):
    """How well somebody's profession is known (WIRE §5), in rising order."""

    DECLARED = "declared"
    REGISTER_MATCH = "register-match"
    INSTITUTION_ATTESTED = "institution-attested"
    STRONG_AUTH = "strong-auth"

    @property
    def rank(self) -> int:
        """Position in the order, for comparing."""
        return list(Assurance).index(self)


class RegisterEntry(SQLModel, table=True):
    """One professional of one national register, from its last imported edition."""

    __tablename__ = "register_entry"

    register_code: str = Field(primary_key=True)
    number: str = Field(primary_key=True)
    family_name: str
    given_name: str
    name_key: str = Field(index=True)
    profession: str
    category: str = ""
    specialities: list[str] = json_field(factory=list)
    workplace: str = ""
    town: str = ""
    department: str = ""
    edition_id: int = big_field(index=True)


class RegisterImport(SQLModel, table=True):
    """One run over a register's file: how far it came, what it skipped; the edition it made."""

    __tablename__ = "register_import"

    id: int = id_field()
    register_code: str
    file_name: str
    file_digest: str
    lines_done: int = 0
    entries: int = 0
    skipped: dict[str, int] = json_field(factory=dict)
    started_at: datetime = Field(default_factory=now)
    finished_at: datetime | None = None


class Verification(SQLModel, table=True):
    """A decision that an account is who it says, or no longer: by whom, on what evidence."""

    id: int = id_field()
    actor_id: int = big_field(foreign_key="actor.id", index=True)
    register_code: str
    number: str
    profession: str
    name: str
    assurance: Assurance = enum_field(Assurance)
    evidence: dict[str, Any] = json_field(factory=dict)
    decided_by: str
    decided_at: datetime = Field(default_factory=now)
    withdrawn_at: datetime | None = None
    withdrawn_by: str | None = None
    withdrawn_reason: str | None = None


class IssuedCredential(SQLModel, table=True):
    """A credential that this instance signed; `document` is served exactly as stored."""

    __tablename__ = "issued_credential"

    id: int = id_field()
    verification_id: int = big_field(foreign_key="verification.id", index=True)
    actor_id: int = big_field(foreign_key="actor.id", index=True)
    document: bytes
    status_list: int
    status_index: int
    issued_at: datetime = Field(default_factory=now)
    valid_until: datetime
    renew_at: datetime
    revoked_at: datetime | None = None

    __table_args__ = (Index("ix_issued_status", "status_list", "status_index", unique=True),)


class HeldCredential(SQLModel, table=True):
    """A credential that some actor shows, as last seen; `problem` tells why it gives no badge."""

    __tablename__ = "held_credential"

    uri: str = Field(primary_key=True)
    actor_id: int = big_field(foreign_key="actor.id", index=True)
    document: bytes | None = None
    issuer_uri: str | None = None
    status_list_uri: str | None = Field(default=None, index=True)
    status_index: int | None = None
    valid_until: datetime | None = None
    revoked_at: datetime | None = None
    problem: str | None = None
    checked_at: datetime = Field(default_factory=now)


class HeldStatusList(SQLModel, table=True):
    """The last verified copy of another issuer's status list."""

    __tablename__ = "held_status_list"

    uri: str = Field(primary_key=True)
    issuer_uri: str
    document: bytes
    valid_until: datetime
    fetched_at: datetime = Field(default_factory=now)
