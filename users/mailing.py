"""Letters that are owed to people: a job each, written when it is sent, by then from what is true.

In the queue stands why and to whom. A letter with a link gets its ticket in the transaction just
before it is sent; what is not true any more by then is not sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from actors.models import Actor
from core.clock import find_zone
from core.i18n import language_of
from core.mail import Envelope, Mail, make_envelope
from core.settings import Settings
from core.smtp import send
from db.jobs import enqueue
from db.session import AsyncSession, Database, settings_of
from federation.client import Client
from users.letters import Facts, Letter, word_letter
from users.models import Purpose, User
from users.preferences import TIME_ZONE
from users.tickets import arm_ticket
from users.waiting import count_waiting, find_with_actor, list_administrators

KIND = "send mail"
# Where the links lead; `web.pages` serves them.
CONFIRM, NEW_PASSWORD = "/auth/confirm", "/auth/new-password"
FORGOTTEN, SIGN_IN, PEOPLE = "/auth/forgotten", "/auth/sign-in", "/institution/people"
CLAIMS, BADGE = "/institution/claims", "/settings/badge"
_TICKETS: Mapping[Letter, tuple[Purpose, str]] = {
    Letter.CONFIRM_ADDRESS: (Purpose.CONFIRM_EMAIL, CONFIRM),
    Letter.CHANGE_ADDRESS: (Purpose.CHANGE_EMAIL, CONFIRM),
    Letter.RESET_PASSWORD: (Purpose.RESET_PASSWORD, NEW_PASSWORD),
}
_LINKS: Mapping[Letter, str] = {
    Letter.HAVE_ACCOUNT: SIGN_IN,
    Letter.APPROVED: SIGN_IN,
    Letter.SOMEBODY_WAITS: PEOPLE,
    Letter.CLAIM_WAITS: CLAIMS,
    Letter.BADGE_GRANTED: BADGE,
    Letter.BADGE_REFUSED: BADGE,
}


@dataclass(frozen=True, slots=True)
class _Reader:
    """Who gets a letter, in which language and time zone, and what it may say of them."""

    email: str
    locale: str
    username: str
    name: str
    time_zone: str = ""


async def owe_letter(session: AsyncSession, letter: Letter, user_id: int, **more: str) -> None:
    """Owe somebody a letter, in the caller's transaction; nothing where no mail is sent.

    The same letter is not owed to the same person twice at a time. `more` is what no row holds,
    as `email`, and never a secret.
    """
    if settings_of(session).sends_mail:
        payload = {"letter": letter.value, "user_id": user_id, **more}
        await enqueue(session, KIND, payload, key=f"{KIND} {letter.value} {user_id}")


async def owe_refusal(session: AsyncSession, user: User, actor: Actor, reason: str) -> None:
    """Owe a letter to somebody whose row is about to go: the queue holds what it needs."""
    if not settings_of(session).sends_mail:
        return
    reader = {
        "email": user.email,
        "locale": user.locale,
        "username": actor.username,
        "name": actor.name,
    }
    payload = {"letter": Letter.REFUSED.value, "reader": reader, "reason": reason}
    await enqueue(session, KIND, payload, key=f"{KIND} {Letter.REFUSED.value} {user.id}")


async def tell_administrators(session: AsyncSession) -> None:
    """Owe every administrator a letter that somebody waits; one for all who wait by then."""
    for user_id in await list_administrators(session):
        await owe_letter(session, Letter.SOMEBODY_WAITS, user_id)


async def send_mail(database: Database, _client: Client, payload: Mapping[str, Any]) -> None:
    """Write a letter as things are now, and hand it to the mail server: the job.

    Raises MailUnavailable or MailRefused, which the queue understands.
    """
    server = database.settings.mail_server
    if server is None:
        return
    async with database.transaction() as session:
        envelope = await _write(session, payload)
    # From here on a crash may send it twice, never not at all.
    if envelope is not None:
        await send(server, envelope)


async def _write(session: AsyncSession, payload: Mapping[str, Any]) -> Envelope | None:
    settings, letter = settings_of(session), Letter(payload["letter"])
    reader = await _find_reader(session, payload)
    if reader is None:
        return None
    facts = await _gather(session, letter, payload, reader)
    if facts is None:
        return None
    language = language_of(reader.locale)
    subject, text = word_letter(letter, language, facts)
    to = facts.email if letter is Letter.CHANGE_ADDRESS else reader.email
    return make_envelope(
        Mail(to, subject, text, language.code),
        sender=settings.resolved_mail_from,
        host=settings.mail_host,
    )


async def _find_reader(session: AsyncSession, payload: Mapping[str, Any]) -> _Reader | None:
    if "reader" in payload:
        return _Reader(**payload["reader"])
    row = await find_with_actor(session, int(payload["user_id"]))
    if row is None or row[0].is_deleted:
        return None
    user, actor = row
    # Where it went out of use meanwhile, the address that it was for.
    email = str(payload.get("to") or user.email)
    zone = str(user.preferences.get(TIME_ZONE) or "")
    return _Reader(email, user.locale, actor.username, actor.name, zone)


def _known(settings: Settings, reader: _Reader) -> Facts:
    return Facts(
        place=settings.resolved_handle_domain,
        username=reader.username,
        name=reader.name,
        forgotten=settings.base_url + FORGOTTEN,
        contact=settings.contact_email,
    )


async def _gather(
    session: AsyncSession,
    letter: Letter,
    payload: Mapping[str, Any],
    reader: _Reader,
) -> Facts | None:
    """Return what a letter needs; None where there is nothing to write about any more."""
    settings = settings_of(session)
    base, facts = settings.base_url, _known(settings, reader)
    if letter in _TICKETS:
        purpose, path = _TICKETS[letter]
        armed = await arm_ticket(session, int(payload["user_id"]), purpose)
        if armed is None:
            return None
        return replace(
            facts,
            link=f"{base}{path}?{urlencode({'ticket': armed.secret})}",
            until=language_of(reader.locale).moment(
                armed.expires_at, zone=find_zone(reader.time_zone) or ZoneInfo(settings.time_zone)
            ),
            email=str(armed.details.get("email", "")),
        )
    if letter is Letter.SOMEBODY_WAITS:
        waiting = await count_waiting(session)
        return replace(facts, link=base + PEOPLE, waiting=waiting) if waiting else None
    return replace(
        facts,
        link=base + _LINKS.get(letter, ""),
        email=str(payload.get("email", "")),
        reason=str(payload.get("reason", "")),
    )
