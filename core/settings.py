"""Every setting of an instance; the only reader of the environment."""

from __future__ import annotations

import ipaddress
import os
import re
import secrets
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from core.clock import find_zone
from core.errors import SettingsError
from core.mail import MailServer, is_address, parse_smtp_url

PREFIX = "CONSILIUM_"
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
CommaList = Annotated[tuple[str, ...], NoDecode]
# Push services of browsers and systems, then the relays of apps that bring their own: those of
# Mastodon and of Ice Cubes, and what UnifiedPush apps (Tusky) are served by if nothing else is set.
KNOWN_PUSH_HOSTS = (
    "fcm.googleapis.com",
    # Chromium without Google's keys, as Linux distributions build it.
    "jmt17.google.com",
    "*.push.services.mozilla.com",
    "*.push.apple.com",
    "*.notify.windows.com",
    "app.joinmastodon.org",
    "icecubesrelay.fly.dev",
    "fcm.distributor.unifiedpush.org",
    "ntfy.sh",
)
# Of identity providers, the one that knows the numbers of France's registers.
PRO_SANTE_CONNECT = "https://auth.esw.esante.gouv.fr/auth/realms/esante-wallet"
_HOST = re.compile(r"(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*(?::\d+)?|\*")
# Of what may hold a password, an error shows nothing.
_SECRETS = frozenset(
    {"secret_key", "smtp_url", "fhir_key", "oidc_client_secret", "psc_client_secret"}
)


class FederationMode(StrEnum):
    """With whom an instance talks when nobody has decided about a host."""

    ALLOWLIST = "allowlist"
    OPEN = "open"


class PublicPages(StrEnum):
    """What a stranger with a browser may read."""

    OFF = "off"
    PROFILES = "profiles"
    POSTS = "posts"


class Signup(StrEnum):
    """How people get an account without an administrator's command."""

    CLOSED = "closed"
    INVITATION = "invitation"
    APPROVAL = "approval"
    OPEN = "open"


class Switch(StrEnum):
    """A setting that is on or off."""

    ON = "on"
    OFF = "off"


class Directory(StrEnum):
    """Who may look for a doctor in the directory."""

    MEMBERS = "members"
    PUBLIC = "public"


class Settings(BaseSettings):
    """The settings of one instance, read once at the start; docs/settings.md explains each."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", extra="ignore", frozen=True
    )

    base_url: str = Field("http://localhost:8000", description="address of the instance")
    database_url: str = Field("", description="where the data live")
    data_dir: Path = Field(Path("var/data"), description="folder of the instance's files")
    federation: FederationMode = FederationMode.ALLOWLIST
    development: bool = False
    allowed_networks: CommaList = ()
    secret_key: SecretStr = SecretStr("")
    handle_domain: str = ""
    public_fetch: bool | None = None
    public_pages: PublicPages | None = None
    directory: Directory = Directory.MEMBERS
    ring_directory: Switch = Switch.ON
    # Without the zones of its system an instance could write no date.
    time_zone: str = Field("UTC", validate_default=True)
    signup: Signup = Signup.CLOSED
    smtp_url: SecretStr = SecretStr("")
    mail_from: str = ""
    doctor_professions: CommaList = ("10",)
    evidence_days: int = Field(30, ge=0, le=3650)
    four_eyes: Switch = Switch.OFF
    strong_issuers: CommaList = (PRO_SANTE_CONNECT,)
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr = SecretStr("")
    oidc_name: str = ""
    oidc_scopes: str = "openid profile email"
    psc_issuer: str = PRO_SANTE_CONNECT
    psc_client_id: str = ""
    psc_client_secret: SecretStr = SecretStr("")
    trusted_proxies: CommaList = ()
    rate_limits: Switch = Switch.ON
    link_previews: Switch = Switch.ON
    contact_email: str = ""
    contact_account: str = ""
    source_url: str = "https://w3id.org/consilium"
    publish_peers: Switch = Switch.OFF
    fhir_url: str = ""
    fhir_key: SecretStr = SecretStr("")
    push_hosts: CommaList = KNOWN_PUSH_HOSTS
    max_image_bytes: int = Field(16 * 1024 * 1024, gt=0)
    max_video_bytes: int = Field(99 * 1024 * 1024, gt=0)
    remote_media_days: int = Field(30, gt=0)
    remote_media_bytes: int = Field(10 * 1024**3, gt=0)

    @field_validator(
        "allowed_networks",
        "doctor_professions",
        "strong_issuers",
        "trusted_proxies",
        "push_hosts",
        mode="before",
    )
    @classmethod
    def _split(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("allowed_networks", "trusted_proxies")
    @classmethod
    def _are_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for part in value:
            try:
                ipaddress.ip_network(part, strict=False)
            except ValueError as error:
                raise ValueError("a comma-separated list of networks, as 10.0.0.0/8") from error
        return value

    @field_validator("push_hosts")
    @classmethod
    def _are_push_hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        hosts: list[str] = []
        for part in map(str.lower, value):
            if not _HOST.fullmatch(part):
                raise ValueError("a list of host names or patterns, as ntfy.chu-lyon.example")
            hosts += KNOWN_PUSH_HOSTS if part == "known" else [part]
        return tuple(dict.fromkeys(hosts))

    @field_validator("fhir_url")
    @classmethod
    def _is_a_directory(cls, value: str) -> str:
        parts = urlsplit(value)
        plain = parts.scheme in {"http", "https"} and parts.hostname and "@" not in parts.netloc
        if value and (not plain or parts.query or parts.fragment):
            raise ValueError("the address of a FHIR service, as https://fhir.example/fhir/v2")
        return value

    @field_validator("oidc_issuer", "psc_issuer")
    @classmethod
    def _is_an_issuer(cls, value: str) -> str:
        parts = urlsplit(value)
        plain = parts.scheme in {"http", "https"} and parts.hostname and "@" not in parts.netloc
        if value and (not plain or parts.query or parts.fragment):
            raise ValueError("the address of an OpenID provider, as https://login.chu-lyon.example")
        return value.rstrip("/")

    @field_validator("fhir_key")
    @classmethod
    def _is_a_key(cls, value: SecretStr) -> SecretStr:
        # It is sent as a header: a line's end in it would begin another one.
        key = value.get_secret_value().strip()
        if not (key.isascii() and (key.isprintable() or not key)):
            raise ValueError("a key of plain letters and digits, in one line")
        return SecretStr(key)

    @field_validator("source_url")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        if not value.startswith(("https://", "http://")):
            raise ValueError("the address of a page, as https://git.chu-lyon.example/consilium")
        return value

    @field_validator("time_zone")
    @classmethod
    def _is_a_zone(cls, value: str) -> str:
        if find_zone(value) is None:
            raise ValueError("the name of a time zone, as Europe/Paris, that this system has: "
                             "most keep them in a package tzdata")  # fmt: skip
        return value

    @field_validator("base_url")
    @classmethod
    def _is_an_origin(cls, value: str) -> str:
        parts = urlsplit(value)
        plain = parts.scheme in {"http", "https"} and parts.hostname and "@" not in parts.netloc
        if not plain or parts.query or parts.fragment or parts.path not in {"", "/"}:
            raise ValueError("an origin without path, as https://chu-lyon.example")
        return f"{parts.scheme}://{parts.netloc.lower()}"

    @field_validator("smtp_url")
    @classmethod
    def _is_a_mail_server(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value():
            parse_smtp_url(value.get_secret_value())
        return value

    @field_validator("mail_from")
    @classmethod
    def _is_an_e_mail_address(cls, value: str) -> str:
        if value and not is_address(value):
            raise ValueError("an e-mail address, as consilium@chu-lyon.example")
        return value

    @model_validator(mode="after")
    def _https_outside_development(self) -> Settings:
        if self.base_url.startswith("http:") and not self.development:
            raise ValueError(
                f"base_url={self.base_url!r}: https, or CONSILIUM_DEVELOPMENT=true for a trial"
            )
        return self

    @property
    def resolved_database_url(self) -> str:
        """The address of the database; SQLite in the data folder when none is given."""
        if self.database_url:
            return self.database_url
        return f"sqlite+aiosqlite:///{(self.data_dir / 'consilium.db').resolve()}"

    @property
    def resolved_handle_domain(self) -> str:
        """The domain in `@alice@domain`: the base URL's host unless set."""
        return self.handle_domain.lower() or urlsplit(self.base_url).netloc

    @property
    def serves_public_fetch(self) -> bool:
        """Whether public documents are served to unsigned requests (WIRE §3)."""
        if self.public_fetch is not None:
            return self.public_fetch
        return self.federation is FederationMode.OPEN

    @property
    def shown_to_strangers(self) -> PublicPages:
        """What pages and the client API show without signing in (WIRE §3)."""
        if self.public_pages is not None:
            return self.public_pages
        return PublicPages.POSTS if self.federation is FederationMode.OPEN else PublicPages.OFF

    @property
    def mail_server(self) -> MailServer | None:
        """The server that sends our mail; None where none is sent."""
        url = self.smtp_url.get_secret_value()
        return parse_smtp_url(url) if url else None

    @property
    def sends_mail(self) -> bool:
        """Whether addresses can be confirmed, and letters sent."""
        return bool(self.smtp_url.get_secret_value())

    @property
    def mail_host(self) -> str:
        """The name under which our mail comes: the base URL's host, without its port."""
        host = urlsplit(self.base_url).hostname or ""
        return "localhost" if ":" in host else host

    @property
    def resolved_mail_from(self) -> str:
        """The address that our mail comes from."""
        return self.mail_from or f"consilium@{self.mail_host}"

    @property
    def takes_sign_ups(self) -> bool:
        """Whether somebody without an invitation may ask for an account."""
        return self.signup in {Signup.APPROVAL, Signup.OPEN}

    @property
    def secret(self) -> bytes:
        """The instance's secret; made and kept in the data folder when none is set."""
        given = self.secret_key.get_secret_value()
        return given.encode() if given else _kept_secret(self.data_dir)

    @property
    def networks(self) -> tuple[Network, ...]:
        """The private networks that may be dialled all the same."""
        return tuple(ipaddress.ip_network(part, strict=False) for part in self.allowed_networks)


def _kept_secret(folder: Path) -> bytes:
    path = folder / "secret.key"
    if not path.exists():
        _make_secret(path)
    kept = path.read_text().strip().encode()
    if not kept:
        raise SettingsError(f"{path}: the secret is empty; bring it back from a copy")
    return kept


def _make_secret(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(48))
    try:
        # A link appears whole or not at all: two processes at their first start agree on one.
        os.link(fresh, path)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()


def load_settings(**overrides: Any) -> Settings:
    """Read the settings from the environment and `.env`; keyword arguments win.

    Raises SettingsError with one line that names the variable, the value and what is expected.
    """
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    given = {name.upper(): value for name, value in (dotenv_values(".env") | os.environ).items()}
    unknown = sorted(name for name in given if name.startswith(PREFIX) and name not in known)
    if unknown:
        raise SettingsError(
            f"{unknown[0]}={given[unknown[0]]!r}: there is no such setting (see docs/settings.md)"
        )
    try:
        return Settings(**overrides)
    except ValidationError as error:
        raise SettingsError(_one_line(error)) from error


def _one_line(error: ValidationError) -> str:
    first = error.errors()[0]
    expected = first["msg"].removeprefix("Value error, ")
    if not first["loc"]:
        return f"{PREFIX}BASE_URL: {expected}"
    name = str(first["loc"][0])
    given = "…" if name in _SECRETS else repr(first["input"])
    return f"{PREFIX}{name.upper()}={given}: expected {expected}"
