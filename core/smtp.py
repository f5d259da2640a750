"""Handing mail to the one server that takes ours, by SMTP (RFC 5321)."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import re
import smtplib
import socket
import ssl
from concurrent.futures import ThreadPoolExecutor

from core.errors import MailRefused, MailUnavailable
from core.mail import Envelope, MailServer, Tls

# For each answer of the mail server, and for everything together.
STEP_S, TOTAL_S = 10.0, 45.0
_AT_ONCE = 4
_DETAIL = re.compile(rb"[245]\.\d{1,3}\.\d{1,3}")
_threads = ThreadPoolExecutor(max_workers=_AT_ONCE, thread_name_prefix="smtp")


async def send(server: MailServer, envelope: Envelope) -> None:
    """Hand a message over; once this returns, the mail server has taken it.

    Raises MailUnavailable where trying again may help, MailRefused where it will not.
    """
    errand = _Errand(server, envelope)
    running = asyncio.get_running_loop().run_in_executor(_threads, errand.run)
    try:
        async with asyncio.timeout(TOTAL_S):
            await asyncio.shield(running)
    except (TimeoutError, asyncio.CancelledError) as error:
        # Nobody waits for the thread any more: it ends at its next word.
        errand.cut()
        running.add_done_callback(lambda done: done.cancelled() or done.exception())
        if isinstance(error, asyncio.CancelledError):
            raise
        raise MailUnavailable(f"{server.host} took too long") from error


class _Errand:
    """One way to the mail server and back, in a thread."""

    def __init__(self, server: MailServer, envelope: Envelope) -> None:
        self._server = server
        self._envelope = envelope
        self._connection: smtplib.SMTP | None = None
        self._is_cut = False

    def run(self) -> None:
        """Connect, hand the message over, say good-bye."""
        if self._is_cut:
            return
        try:
            connection = self._connection = self._connect()
            self._enter(connection)
            self._hand_over(connection)
        finally:
            self._leave()

    def cut(self) -> None:
        """End it, from another thread."""
        self._is_cut = True
        sock = self._connection.sock if self._connection is not None else None
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def _connect(self) -> smtplib.SMTP:
        server = self._server
        name = self._envelope.host
        try:
            if server.tls is Tls.AT_ONCE:
                return smtplib.SMTP_SSL(
                    server.host, server.port, name, timeout=STEP_S, context=_trust()
                )
            return smtplib.SMTP(server.host, server.port, name, timeout=STEP_S)
        except (OSError, smtplib.SMTPException) as error:
            raise self._away(error) from error

    def _enter(self, connection: smtplib.SMTP) -> None:
        """Greet, seal the way, say who we are; what fails here is for an administrator to mend."""
        server = self._server
        try:
            connection.ehlo_or_helo_if_needed()
            if server.tls is Tls.REQUIRED or (
                server.tls is Tls.OFFERED and connection.has_extn("starttls")
            ):
                connection.starttls(context=_trust())
                connection.ehlo()
            elif server.tls is Tls.OFFERED and server.username:
                raise MailUnavailable(f"{server.host} offers no STARTTLS: no password is sent")
            if server.username:
                _log_in(connection, server)
        except (OSError, smtplib.SMTPException) as error:
            raise self._away(error) from error

    def _hand_over(self, connection: smtplib.SMTP) -> None:
        envelope = self._envelope
        options = ["SMTPUTF8", "BODY=8BITMIME"] if envelope.needs_utf8 else []
        if envelope.needs_utf8 and not connection.has_extn("smtputf8"):
            raise MailRefused("the mail server takes ASCII addresses only")
        if self._is_cut:
            raise MailUnavailable(f"{self._server.host} took too long")
        try:
            connection.sendmail(
                envelope.sender, [envelope.recipient], envelope.message.as_bytes(), options
            )
        except smtplib.SMTPSenderRefused as error:
            # It is our own address that is wrong: an administrator will set it right.
            raise self._away(error) from error
        except smtplib.SMTPRecipientsRefused as error:
            raise self._refusal(*next(iter(error.recipients.values()))) from error
        except smtplib.SMTPDataError as error:
            raise self._refusal(error.smtp_code, error.smtp_error) from error
        except (OSError, smtplib.SMTPException) as error:
            raise self._away(error) from error

    def _leave(self) -> None:
        """Say good-bye; what the mail server says to that changes nothing."""
        if self._connection is None:
            return
        with contextlib.suppress(OSError, smtplib.SMTPException):
            if not self._is_cut:
                self._connection.quit()
        self._connection.close()

    def _refusal(self, code: int, said: bytes | str) -> MailRefused | MailUnavailable:
        words = f"{self._server.host} answered {_spoken(code, said)}"
        return MailRefused(words) if code >= 500 else MailUnavailable(words)

    def _away(self, error: Exception) -> MailUnavailable:
        host = self._server.host
        if isinstance(error, smtplib.SMTPResponseException):
            return MailUnavailable(
                f"{host} answered {_spoken(error.smtp_code, error.smtp_error)}"
                f" ({type(error).__name__})"
            )
        if isinstance(error, ssl.SSLCertVerificationError):
            return MailUnavailable(f"{host}: {error.verify_message}")
        # The library's own words: no answer of the mail server is in them.
        words = getattr(error, "strerror", None) or str(error) or type(error).__name__
        return MailUnavailable(f"{host}: {words}")


def _log_in(connection: smtplib.SMTP, server: MailServer) -> None:
    pair = f"\0{server.username}\0{server.password}"
    if pair.isascii():
        connection.login(server.username, server.password)
        return
    # The library takes ASCII only; the mechanism is defined for all letters (RFC 4616).
    given = base64.b64encode(pair.encode()).decode()
    code, said = connection.docmd("AUTH", f"PLAIN {given}")
    if code not in {235, 503}:
        raise smtplib.SMTPAuthenticationError(code, said)


def _trust() -> ssl.SSLContext:
    """Return what a mail server's certificate is held against: the authorities of the system."""
    return ssl.create_default_context()


def _spoken(code: int, said: bytes | str) -> str:
    """Return the numbers of an answer; its words may name the person."""
    found = _DETAIL.search(said if isinstance(said, bytes) else said.encode())
    return f"{code} {found[0].decode()}" if found else str(code)
