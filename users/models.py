"""Tables of the users room. Codes, tokens and session ids are stored only as SHA-256."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlmodel import Field, SQLModel

from core.clock import now
from db.columns import big_field, enum_field, id_field, json_field


class Role(StrEnum):
    """What a person may do for the institution."""

    MEMBER = "member"
    MODERATOR = "moderator"
    ADMIN = "admin"


class User(SQLModel, table=True):
    """Somebody who can sign in, and the actor that acts for them.

    `default_audience` and `private_means` hold a Visibility value; None means the rule of WIRE §6
    (`doctors` for verified doctors, `followers` for others). `preferences` are how a person reads:
    `expand_media` (`default`, `show_all`, `hide_all`), `expand_warnings`, `autoplay`; and how pages
    look: `theme` (`light`, `dark`), `contrast` (`more`), `text` (`large`, `larger`), `motion`
    (`still`), `time_zone`. `totp_secret` is sealed with the instance's secret and asked for once
    `totp_confirmed_at` is set; `totp_step` is the last step whose code was taken, so that none
    counts twice. `signup_reason` is what somebody wrote who asked to be let in. `is_verifier` lets
    somebody decide about claims to a badge; administrators may anyhow.
    """

    id: int = id_field()
    actor_id: int = big_field(foreign_key="actor.id", unique=True)
    email: str
    email_key: str = Field(unique=True)
    password_hash: str
    role: Role = enum_field(Role, default=Role.MEMBER)
    is_verifier: bool = False
    locale: str = "fr"
    default_language: str | None = None
    default_audience: str | None = None
    default_sensitive: bool = False
    private_means: str | None = None
    default_quote_policy: str | None = None
    preferences: dict[str, Any] = json_field(factory=dict)
    created_at: datetime = Field(default_factory=now)
    confirmed_at: datetime | None = None
    approved_at: datetime | None = None
    suspended_at: datetime | None = None
    signup_reason: str | None = None
    # No foreign key: an invitation names who made it; tables that need each other have no order.
    invitation_id: int | None = big_field(default=None, index=True)
    totp_secret: str | None = None
    totp_confirmed_at: datetime | None = None
    totp_step: int | None = big_field(default=None)

    @property
    def has_second_factor(self) -> bool:
        """Whether signing in asks for a code besides the password."""
        return self.totp_confirmed_at is not None

    @property
    def is_deleted(self) -> bool:
        """Whether only the name is left, so that it is never given again."""
        return self.email == ""

    @property
    def may_sign_in(self) -> bool:
        """Whether this person is confirmed, approved and not suspended."""
        return bool(self.confirmed_at and self.approved_at and self.suspended_at is None)


class OAuthApp(SQLModel, table=True):
    """A client program that registered itself."""

    __tablename__ = "oauth_app"

    id: int = id_field()
    client_id: str = Field(unique=True)
    client_secret_hash: str
    name: str
    website: str | None = None
    redirect_uris: list[str] = json_field(factory=list)
    scopes: str
    created_at: datetime = Field(default_factory=now)


class OAuthCode(SQLModel, table=True):
    """An authorisation code: ten minutes, one use."""

    __tablename__ = "oauth_code"

    code_hash: str = Field(primary_key=True)
    app_id: int = big_field(foreign_key="oauth_app.id", index=True)
    user_id: int = big_field(foreign_key="user.id", index=True)
    redirect_uri: str
    scopes: str
    challenge: str | None = None
    expires_at: datetime
    used_at: datetime | None = None


class AccessToken(SQLModel, table=True):
    """A bearer token; without a user it is an app's own (client credentials).

    `family_id` is shared by a token and those that were refreshed from it: they end together.
    """

    __tablename__ = "access_token"

    id: int = id_field()
    token_hash: str = Field(unique=True)
    app_id: int | None = big_field(default=None, foreign_key="oauth_app.id", index=True)
    user_id: int | None = big_field(default=None, foreign_key="user.id", index=True)
    code_hash: str | None = Field(default=None, index=True)
    family_id: int | None = big_field(default=None, index=True)
    scopes: str
    created_at: datetime = Field(default_factory=now)
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None


class WebSession(SQLModel, table=True):
    """A browser that is signed in: `device` is what it is, `address` where it came from.

    Its token, whose secret nobody was told, is what its live stream and its push messages hang on:
    they end with the session.
    """

    __tablename__ = "web_session"

    session_hash: str = Field(primary_key=True)
    user_id: int = big_field(foreign_key="user.id", index=True)
    token_id: int | None = big_field(default=None, foreign_key="access_token.id", index=True)
    csrf_token: str
    device: str = ""
    address: str = ""
    created_at: datetime = Field(default_factory=now)
    last_seen_at: datetime = Field(default_factory=now)
    expires_at: datetime


class Marker(SQLModel, table=True):
    """How far a person has read a timeline."""

    user_id: int = big_field(foreign_key="user.id", primary_key=True)
    timeline: str = Field(primary_key=True)
    last_read_id: int = big_field()
    version: int = 1
    updated_at: datetime = Field(default_factory=now)


class RefreshToken(SQLModel, table=True):
    """What a program shows for a new access token; one use, a second ends the whole family."""

    __tablename__ = "refresh_token"

    token_hash: str = Field(primary_key=True)
    family_id: int = big_field(index=True)
    app_id: int = big_field(foreign_key="oauth_app.id", index=True)
    user_id: int = big_field(foreign_key="user.id", index=True)
    scopes: str
    created_at: datetime = Field(default_factory=now)
    expires_at: datetime
    used_at: datetime | None = None


class DeviceGrant(SQLModel, table=True):
    """A device that asks to be let in by somebody at another screen (RFC 8628).

    `user_code` is what that person types, kept as typed letters without the hyphen. `device` and
    `address` are what the device said of itself and from where it asked: shown to that person.
    """

    __tablename__ = "device_grant"

    device_hash: str = Field(primary_key=True)
    user_code: str = Field(unique=True)
    app_id: int = big_field(foreign_key="oauth_app.id", index=True)
    user_id: int | None = big_field(default=None, foreign_key="user.id", index=True)
    scopes: str
    device: str = ""
    address: str = ""
    interval_s: int = 5
    created_at: datetime = Field(default_factory=now)
    expires_at: datetime
    polled_at: datetime | None = None
    approved_at: datetime | None = None
    denied_at: datetime | None = None
    used_at: datetime | None = None


class Invitation(SQLModel, table=True):
    """A link by which people may make an account; of its secret only the hash is kept.

    `max_uses` None is without bound; an `email` lets in nobody else, and counts as confirmed.
    """

    id: int = id_field()
    code_hash: str = Field(unique=True)
    made_by_id: int | None = big_field(default=None, foreign_key="user.id", index=True)
    note: str = ""
    email: str | None = None
    max_uses: int | None = 1
    uses: int = 0
    created_at: datetime = Field(default_factory=now)
    expires_at: datetime
    revoked_at: datetime | None = None


class Purpose(StrEnum):
    """What a ticket is good for."""

    CONFIRM_EMAIL = "confirm-email"
    CHANGE_EMAIL = "change-email"
    RESET_PASSWORD = "reset-password"
    SECOND_FACTOR = "second-factor"


class Ticket(SQLModel, table=True):
    """A secret that is good once, for one thing, for a while; only its hash is kept.

    `tries` counts wrong codes where one belongs to it.
    """

    ticket_hash: str = Field(primary_key=True)
    user_id: int = big_field(foreign_key="user.id", index=True)
    purpose: Purpose = enum_field(Purpose)
    details: dict[str, Any] = json_field(factory=dict)
    tries: int = 0
    created_at: datetime = Field(default_factory=now)
    expires_at: datetime
    used_at: datetime | None = None


class RecoveryCode(SQLModel, table=True):
    """A code, good once, for who has lost the device of the second factor."""

    __tablename__ = "recovery_code"

    code_hash: str = Field(primary_key=True)
    user_id: int = big_field(foreign_key="user.id", index=True)
    created_at: datetime = Field(default_factory=now)
    used_at: datetime | None = None


class ExternalIdentity(SQLModel, table=True):
    """An identity at an OpenID provider that signs somebody in; linked by themselves, signed in."""

    __tablename__ = "external_identity"

    issuer: str = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    user_id: int = big_field(foreign_key="user.id", index=True)
    name: str = ""
    created_at: datetime = Field(default_factory=now)
    last_used_at: datetime | None = None


class SignOnPurpose(StrEnum):
    """What somebody was sent to an OpenID provider for."""

    SIGN_IN = "sign-in"
    LINK = "link"
    EVIDENCE = "evidence"


class SignOn(SQLModel, table=True):
    """Somebody who was sent to an OpenID provider and is expected back: ten minutes, one use.

    `browser_hash` binds it to the browser that began it, `nonce` and `verifier`
    (PKCE) to the answer.
    """

    __tablename__ = "sign_on"

    state_hash: str = Field(primary_key=True)
    browser_hash: str
    nonce: str
    verifier: str
    purpose: SignOnPurpose = enum_field(SignOnPurpose)
    user_id: int | None = big_field(default=None, foreign_key="user.id", index=True)
    return_to: str = ""
    created_at: datetime = Field(default_factory=now)
    expires_at: datetime = Field(index=True)
    used_at: datetime | None = None
