"""A mail server on a socket, and what it has taken: `with Mailbox() as box: … box.only()`.

It speaks STARTTLS, or TLS from the first byte, and asks for a password, as it is told. What a
script says of an address is answered instead of taking a message for it.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, Self
from urllib.parse import quote

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from instances import free_port

_TICKET = re.compile(r"https?://\S+")


@dataclass(frozen=True)
class Taken:
    """A message that was taken: from whom, for whom, over which kind of way."""

    sender: str
    recipients: tuple[str, ...]
    message: EmailMessage
    raw: bytes
    greeted_as: str
    was_sealed: bool
    user: str | None

    @property
    def to(self) -> str:
        return self.recipients[0]

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def text(self) -> str:
        return self.message.get_content()

    @property
    def link(self) -> str:
        """The first address in the text."""
        found = _TICKET.search(self.text)
        assert found is not None, self.text
        return found[0]


class Mailbox:
    """Takes every message, unless `answers` says otherwise: by recipient, or `DATA` for all."""

    def __init__(
        self,
        *,
        tls: ssl.SSLContext | None = None,
        starttls: ssl.SSLContext | None = None,
        login: tuple[str, str] | None = None,
        is_utf8: bool = True,
    ) -> None:
        self.taken: list[Taken] = []
        self.answers: dict[str, str] = {}
        self.port = free_port()
        self._login = login
        self._is_sealed = tls is not None
        options: dict[str, Any] = {"enable_SMTPUTF8": is_utf8}
        if login is not None:
            options |= {
                "authenticator": self._authenticate,
                "auth_required": True,
                "auth_require_tls": tls is None and starttls is not None,
            }
        self._controller = Controller(
            self, hostname="127.0.0.1", port=self.port, ssl_context=tls, tls_context=starttls,
            **options,
        )  # fmt: skip

    def url(self, host: str = "127.0.0.1", **options: str) -> str:
        """Return the setting that leads here, with the right password unless told otherwise."""
        scheme = "smtps" if self._is_sealed else "smtp"
        login = options.pop("login", ":".join(map(_quoted, self._login)) if self._login else "")
        query = "&".join(f"{name}={value}" for name, value in options.items())
        return f"{scheme}://{login}{'@' if login else ''}{host}:{self.port}" + (
            f"?{query}" if query else ""
        )

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()

    def only(self) -> Taken:
        """Return the one message that came, and forget it."""
        assert len(self.taken) == 1, [(one.to, one.subject) for one in self.taken]
        return self.taken.pop()

    def for_(self, address: str) -> list[Taken]:
        return [one for one in self.taken if one.to == address]

    async def handle_RCPT(self, _server, _session, envelope, address, options):  # noqa: N802
        if (answer := self.answers.get(address)) is not None:
            return answer
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_MAIL(self, _server, _session, envelope, address, options):  # noqa: N802
        if (answer := self.answers.get("MAIL")) is not None:
            return answer
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, _server, session, envelope):  # noqa: N802
        if (answer := self.answers.get("DATA")) is not None:
            return answer
        message = message_from_bytes(envelope.original_content, policy=default)
        assert isinstance(message, EmailMessage)
        self.taken.append(
            Taken(
                sender=envelope.mail_from,
                recipients=tuple(envelope.rcpt_tos),
                message=message,
                raw=envelope.original_content,
                greeted_as=session.host_name,
                was_sealed=self._is_sealed or session.ssl is not None,
                user=session.auth_data,
            )
        )
        return "250 2.0.0 taken"

    def _authenticate(self, _server, _session, _envelope, _mechanism, given) -> AuthResult:
        assert isinstance(given, LoginPassword)
        pair = (given.login.decode(), given.password.decode())
        if pair != self._login:
            return AuthResult(success=False, handled=False)
        return AuthResult(success=True, auth_data=pair[0])


def _quoted(text: str) -> str:
    return quote(text, safe="")


def headers_of(one: Taken) -> Mapping[str, str]:
    return {name: str(value) for name, value in one.message.items()}
