"""Mail that this server sends: which addresses there are, and how a message is written."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime
from enum import StrEnum
from urllib.parse import unquote, urlsplit

import idna

from core.clock import now
from core.errors import MailRefused

MAX_ADDRESS = 254
_NAME = "Consilium"
_HINT = (
    "smtp://user:password@mail.chu-lyon.example:587 (?starttls=required or ?starttls=off), or smtps://"
)
# Stricter than RFC 5321 on purpose: nothing that needs quotes, or that a header could misread.
_LOCAL = re.compile(r"[^\s@<>()\[\]\\,;:\".]+(\.[^\s@<>()\[\]\\,;:\".]+)*")
_LABEL = r"[^\W_]([\w-]*[^\W_])?"
_DOMAIN = re.compile(rf"{_LABEL}(\.{_LABEL})*")
_MAX_LOCAL = 64


class Tls(StrEnum):
    """How the way to a mail server is sealed."""

    AT_ONCE = "smtps"
    REQUIRED = "required"
    OFFERED = "offered"
    OFF = "off"


# By the scheme of an address and what it asks for.
_WAYS = {
    ("smtps", ""): Tls.AT_ONCE,
    ("smtp", ""): Tls.OFFERED,
    ("smtp", "starttls=required"): Tls.REQUIRED,
    ("smtp", "starttls=off"): Tls.OFF,
}


@dataclass(frozen=True, slots=True)
class MailServer:
    """Who takes our mail, and as whom we come; without a username, as nobody."""

    host: str
    port: int
    tls: Tls = Tls.OFFERED
    username: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Mail:
    """What is written to whom, in which language (`fr`)."""

    to: str
    subject: str
    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Envelope:
    """A message as it is handed over; `host` is the name that we greet the mail server with."""

    sender: str
    recipient: str
    message: EmailMessage
    host: str

    @property
    def needs_utf8(self) -> bool:
        """Whether an address in it has letters that only newer mail servers take (RFC 6531)."""
        return not (self.recipient.isascii() and self.sender.isascii())


def parse_smtp_url(url: str) -> MailServer:
    """Read the address of a mail server (docs/settings.md); raises ValueError with what is meant.

    The address may hold a password: the error says nothing of it.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise ValueError(_HINT) from error
    tls = _WAYS.get((parts.scheme, parts.query))
    if tls is None or not host or parts.path not in {"", "/"} or parts.fragment:
        raise ValueError(_HINT)
    username, password = unquote(parts.username or ""), unquote(parts.password or "")
    usual = 465 if tls is Tls.AT_ONCE else 587
    return MailServer(host, port or usual, tls, username, password)


def is_address(text: str) -> bool:
    """Tell whether mail can be sent to an address as it stands here."""
    local, _, domain = text.rpartition("@")
    return (
        len(text) <= MAX_ADDRESS
        and len(local) <= _MAX_LOCAL
        and text.isprintable()
        and _LOCAL.fullmatch(local) is not None
        and _DOMAIN.fullmatch(domain) is not None
    )


def make_envelope(mail: Mail, *, sender: str, host: str) -> Envelope:
    """Write a message from our address to one person; `host` is ours, as its id names it.

    Raises MailRefused for what is no address.
    """
    recipient = _on_the_wire(mail.to)
    envelope = Envelope(_on_the_wire(sender), recipient, EmailMessage(policy=SMTP), host)
    if envelope.needs_utf8:
        envelope = Envelope(envelope.sender, recipient, EmailMessage(policy=SMTPUTF8), host)
    message = envelope.message
    message["From"] = Address(_NAME, *envelope.sender.rsplit("@", 1))
    message["To"] = Address("", *recipient.rsplit("@", 1))
    message["Subject"] = " ".join(mail.subject.split())
    message["Date"] = format_datetime(now())
    message["Message-ID"] = f"<{secrets.token_hex(16)}@{host}>"
    # No machine answers it (RFC 3834); Exchange wants to be told in its own way.
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(mail.text, cte="quoted-printable")
    message["Content-Language"] = mail.language
    return envelope


def _on_the_wire(address: str) -> str:
    """Return an address with its domain in the letters that every mail server reads."""
    if not is_address(address):
        raise MailRefused("no e-mail address")
    local, _, domain = address.rpartition("@")
    if domain.isascii():
        return address
    try:
        return f"{local}@{idna.encode(domain, uts46=True).decode()}"
    except idna.IDNAError as error:
        raise MailRefused("no e-mail address") from error
