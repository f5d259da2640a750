"""Tables of the doctors room."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from core.clock import now
from db.columns import Plain, big_field, enum_field, id_field, json_field

# Of whom nothing is known stands behind all others.
UNKNOWN_HABIT = 9


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
    """One professional of one national register, from its last imported edition or looked up.

    `source` is `file` or `fhir`; `fetched_at` is when a register's own service was asked, for rows
    that came from there. `site_code` is the hospital's number (FINESS), `town_code` INSEE's.
    """

    __tablename__ = "register_entry"

    register_code: str = Field(primary_key=True)
    number: str = Field(primary_key=True)
    family_name: str
    given_name: str
    name_key: str = Field(sa_type=Plain)
    profession: str
    category: str = ""
    specialities: list[str] = json_field(factory=list)
    workplace: str = ""
    town: str = ""
    department: str = ""
    site_code: str = ""
    town_code: str = ""
    source: str = "file"
    fetched_at: datetime | None = None
    edition_id: int = big_field(index=True)

    __table_args__ = (Index("ix_register_entry_name", "register_code", "name_key"),)


class RegisterImport(SQLModel, table=True):
    """One run over a register's file: how far it came, what it skipped; the edition it made.

    `edition_date` is the day that the register itself gives (ISO 8601), where it does.
    """

    __tablename__ = "register_import"

    id: int = id_field()
    register_code: str
    file_name: str
    file_digest: str
    edition_date: str | None = None
    lines_done: int = 0
    entries: int = 0
    skipped: dict[str, int] = json_field(factory=dict)
    started_at: datetime = Field(default_factory=now)
    finished_at: datetime | None = None


class ClaimState(StrEnum):
    """Where a claim stands; `second-look` waits for another verifier than the first (four eyes)."""

    OPEN = "open"
    SECOND_LOOK = "second-look"
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Claim(SQLModel, table=True):
    """What somebody here says to be, and asks to have verified; at most one of theirs is open.

    `number` is in the register's normal form, `profession` a code of `codes.py`; the names are as
    the register has them. `match` is what comparing with the register and the evidence found, for
    the verifier to read; `proposed` the assurance that it would give.
    """

    id: int = id_field()
    actor_id: int = big_field(foreign_key="actor.id", index=True)
    register_code: str
    number: str
    profession: str
    given_name: str
    family_name: str
    specialities: list[str] = json_field(factory=list)
    workplace: str = ""
    remark: str = ""
    state: ClaimState = enum_field(ClaimState, default=ClaimState.OPEN, index=True)
    match: dict[str, Any] = json_field(factory=dict)
    proposed: Assurance = enum_field(Assurance, default=Assurance.DECLARED)
    created_at: datetime = Field(default_factory=now)
    updated_at: datetime = Field(default_factory=now)
    first_decided_at: datetime | None = None
    first_decided_by: str | None = None
    first_reason: str | None = None
    first_assurance: Assurance | None = enum_field(Assurance, default=None)
    decided_at: datetime | None = None
    decided_by: str | None = None
    reason: str | None = None


class EvidenceKind(StrEnum):
    """What supports a claim: a document, or a sign-on at an identity provider."""

    FILE = "file"
    SIGN_ON = "sign-on"


class Evidence(SQLModel, table=True):
    """Something that supports a claim, sealed with the instance's secret; gone at `delete_at`."""

    id: int = id_field()
    claim_id: int = big_field(foreign_key="claim.id", index=True)
    kind: EvidenceKind = enum_field(EvidenceKind)
    name: str
    media_type: str
    size: int
    sealed: bytes
    created_at: datetime = Field(default_factory=now)
    delete_at: datetime | None = Field(default=None, index=True)


class Verification(SQLModel, table=True):
    """A decision that an actor is who it says, or no longer: by whom, on what evidence.

    The actor lives here, or elsewhere when this instance is an authority. `flagged_at` says that it
    has to be looked at again, and why: the number left the register, the profession changed.
    `claim_id` is the claim that was decided; what a command decided has none.
    """

    id: int = id_field()
    actor_id: int = big_field(foreign_key="actor.id", index=True)
    register_code: str
    number: str
    profession: str
    name: str
    given_name: str = ""
    family_name: str = ""
    specialities: list[str] = json_field(factory=list)
    workplace: str = ""
    claim_id: int | None = big_field(default=None, index=True)
    assurance: Assurance = enum_field(Assurance)
    evidence: dict[str, Any] = json_field(factory=dict)
    decided_by: str
    decided_at: datetime = Field(default_factory=now)
    withdrawn_at: datetime | None = None
    withdrawn_by: str | None = None
    withdrawn_reason: str | None = None
    flagged_at: datetime | None = None
    flag_reason: str | None = None


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


class OfferState(StrEnum):
    """What a doctor answered to an authority's credential."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"


class CredentialOffer(SQLModel, table=True):
    """A credential offered by its issuer to somebody of another host (`Offer`), and the answer.

    An authority's to somebody here; where this instance is the authority, its own to others.
    `uri` is the activity's id.
    """

    __tablename__ = "credential_offer"

    id: int = id_field()
    uri: str = Field(unique=True)
    actor_id: int = big_field(foreign_key="actor.id", index=True)
    issuer_uri: str
    credential_uri: str = Field(index=True)
    state: OfferState = enum_field(OfferState, default=OfferState.OPEN)
    created_at: datetime = Field(default_factory=now)
    answered_at: datetime | None = None


class TrustSubscription(SQLModel, table=True):
    """Another instance's trust list that we follow; what changes waits until it is applied.

    `applied` and `proposed` are lists of issuers `{id, registers, keys, valid_until}`; `problem`
    tells why the list could not be read when it was last asked for.
    """

    __tablename__ = "trust_subscription"

    uri: str = Field(primary_key=True)
    host: str
    issuer_uri: str
    applied: list[dict[str, Any]] = json_field(factory=list)
    proposed: list[dict[str, Any]] | None = json_field(default=None)
    problem: str | None = None
    created_at: datetime = Field(default_factory=now)
    checked_at: datetime | None = None
    proposed_at: datetime | None = None
    applied_at: datetime | None = None
    applied_by: str | None = None


class FieldAudience(StrEnum):
    """Who may read a part of a doctor's profile, from the widest."""

    PUBLIC = "public"
    DOCTORS = "doctors"
    CONTACTS = "contacts"
    NOBODY = "nobody"


class PracticeField(SQLModel, table=True):
    """One thing that a doctor says about their practice, and to whom; shapes are in `practice.py`.

    Of those who live here as they wrote it, of others as their documents say it: the actor's for
    everybody, the profile documents for doctors and for contacts.
    """

    __tablename__ = "practice_field"

    actor_id: int = big_field(foreign_key="actor.id", primary_key=True)
    name: str = Field(primary_key=True)
    audience: FieldAudience = enum_field(FieldAudience, primary_key=True)
    value: Any = json_field(default=None)
    updated_at: datetime = Field(default_factory=now)


class PracticeSettings(SQLModel, table=True):
    """How a doctor here wants to be seen: a private profile, former colleagues sought or not."""

    __tablename__ = "practice_settings"

    actor_id: int = big_field(foreign_key="actor.id", primary_key=True)
    is_private: bool = False
    seeks_colleagues: bool = False
    updated_at: datetime = Field(default_factory=now)


class ProfileDocument(SQLModel, table=True):
    """A further profile document of a remote actor: for whom, when last read, or why not."""

    __tablename__ = "profile_document"

    uri: str = Field(primary_key=True)
    actor_id: int = big_field(foreign_key="actor.id", index=True)
    audience: FieldAudience | None = enum_field(FieldAudience, default=None)
    fetched_at: datetime | None = None
    problem: str | None = None


class DirectoryEntry(SQLModel, table=True):
    """Somebody with a badge who lets themselves be found, as the directory compares and sorts them.

    Coordinates are the town's. `answers_within_h` is the median of the hours until they answer who
    mentions them, where enough is known to say so; `habit` is the class of it by which one is
    sorted (`habits.py`). `facets` are what is counted of who is found, those that everybody may
    read; `further_facets` what doctors read besides.
    """

    __tablename__ = "directory_entry"

    actor_id: int = big_field(foreign_key="actor.id", primary_key=True)
    is_local: bool = False
    is_doctor: bool = False
    name_key: str = Field(default="", sa_type=Plain)
    town: str = ""
    department: str = ""
    country: str = ""
    latitude: float | None = None
    longitude: float | None = None
    place_audience: FieldAudience = enum_field(FieldAudience, default=FieldAudience.PUBLIC)
    answers_within_h: int | None = None
    habit: int = UNKNOWN_HABIT
    answers_read_at: datetime | None = None
    facets: str = ""
    further_facets: str = ""
    updated_at: datetime = Field(default_factory=now)

    __table_args__ = (
        Index("ix_directory_entry_order", "habit", "name_key", "actor_id"),
        Index("ix_directory_entry_answers", "answers_read_at"),
        # A search looks up to a thousand of them: one step each, not by an index to a row.
        {"sqlite_with_rowid": False},
    )


class DirectoryTerm(SQLModel, table=True):
    """One thing by which somebody is found: (`speciality`, `SM04`), (`word`, `ablation`) …

    `audience` is public or doctors: nobody is found by what the seeker may not read.
    """

    __tablename__ = "directory_term"

    kind: str = Field(primary_key=True)
    term: str = Field(primary_key=True, sa_type=Plain)
    actor_id: int = big_field(foreign_key="actor.id", primary_key=True)
    audience: FieldAudience = enum_field(FieldAudience, default=FieldAudience.PUBLIC)

    __table_args__ = (
        Index("ix_directory_term_actor", "actor_id", "kind", "term", "audience"),
        # The rows themselves lie in the order of the key: what is read of a term is in one place.
        {"sqlite_with_rowid": False},
    )


class CareerSpan(SQLModel, table=True):
    """Where somebody studied or worked, and when; read by who looks for former colleagues.

    `place_key` is the folded name of the place; years are inclusive, `to_year` None while it lasts.
    """

    __tablename__ = "career_span"

    id: int = id_field()
    actor_id: int = big_field(foreign_key="actor.id", index=True)
    kind: str
    place_key: str = Field(index=True)
    place: str
    from_year: int
    to_year: int | None = None
