"""What a local actor says about itself: checked first, then written; a badge it cannot draw."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from actors.create import MAX_DISPLAY_NAME
from actors.labels import has_badge_sign, is_badge_label, turns_text
from actors.models import Actor
from actors.owed import owe_index
from core.errors import InvalidDocument, InvalidInput
from core.html_rules import OWN_LINK_REL
from core.text import to_html
from db.session import AsyncSession, settings_of
from federation.origin import normal_host
from federation.uris import local_uris

MAX_SUMMARY = 500
MAX_FIELDS = 4
MAX_FIELD_LENGTH = 255
MAX_DOMAINS = 100
MAX_DESCRIPTION = 1500
# The parts of a profile that its owner may switch off.
SHOWN_PARTS = ("media", "media_replies", "featured")


@dataclass(frozen=True, slots=True)
class ActorChanges:
    """What to change of an actor; None leaves a thing as it is. `summary` is plain text.

    `fields` are names and values as typed; those without either are left out. `shows` are the parts
    of a profile that are switched, the others stay; `attribution_domains` may name it as an author.
    """

    name: str | None = None
    summary: str | None = None
    fields: tuple[tuple[str, str], ...] | None = None
    approves_followers: bool | None = None
    discoverable: bool | None = None
    indexable: bool | None = None
    hides_network: bool | None = None
    shows: Mapping[str, bool] | None = None
    attribution_domains: tuple[str, ...] | None = None
    avatar_description: str | None = None
    header_description: str | None = None


async def change_profile(session: AsyncSession, actor: Actor, changes: ActorChanges) -> bool:
    """Write changes to a local actor's row; tell whether anything is different now.

    Raises InvalidInput, in Mastodon's words, before anything is written. Telling others is
    `outbox.send_update_actor`, in the same transaction.
    """
    check_profile(changes)
    values = {
        "approves_followers": changes.approves_followers,
        "discoverable": changes.discoverable,
        "indexable": changes.indexable,
        "hides_network": changes.hides_network,
        "shows": actor.shows | dict(changes.shows) if changes.shows else None,
        "attribution_domains": _domains(changes),
        **_texts(session, changes),
    }
    different = {
        name: value
        for name, value in values.items()
        if value is not None and value != getattr(actor, name)
    }
    for name, value in different.items():
        setattr(actor, name, value)
    await session.flush()
    if different.keys() & {"name", "discoverable"}:
        await owe_index(session, actor.id)
    return bool(different)


def _texts(session: AsyncSession, changes: ActorChanges) -> dict[str, object]:
    tag_page = local_uris(settings_of(session)).tag_page
    values: dict[str, object] = {}
    for name in ("avatar_description", "header_description"):
        described: str | None = getattr(changes, name)
        if described is not None:
            values[name] = described.strip()[:MAX_DESCRIPTION]
    if changes.name is not None:
        values["name"] = changes.name.strip()
    if changes.summary is not None:
        values["summary_source"] = changes.summary
        values["summary"] = to_html(changes.summary, mention_page={}, tag_page=tag_page)
    if changes.fields is not None:
        values["fields"] = [
            {
                "name": name.strip(),
                "value": _in_one_line(value, tag_page),
                "source": value,
            }
            for name, value in changes.fields
            if name.strip() or value.strip()
        ]
    return values


def _domains(changes: ActorChanges) -> list[str] | None:
    if changes.attribution_domains is None:
        return None
    try:
        named = [
            normal_host(domain.strip().removeprefix("https://").removeprefix("http://"))
            for domain in changes.attribution_domains
            if domain.strip()
        ]
    except InvalidDocument as error:
        raise InvalidInput("Validation failed: Attribution domains is not valid") from error
    _require(len(named) <= MAX_DOMAINS, "Attribution domains are too many")
    return list(dict.fromkeys(named))


def _in_one_line(text: str, tag_page: Callable[[str], str]) -> str:
    """Return the HTML of a field's value: no paragraphs, which no client expects there.

    Its links say `rel="me"`, so that the pages they lead to can point back; `verified_at` is
    never set by it (WIRE §4).
    """
    line = " ".join(text.split())
    written = to_html(line, mention_page={}, tag_page=tag_page, link_rel=OWN_LINK_REL)
    return written.removeprefix("<p>").removesuffix("</p>")


def check_profile(changes: ActorChanges) -> None:
    """Raise InvalidInput for what nobody may say about themself."""
    if changes.name is not None:
        check_name(changes.name)
    if changes.summary is not None:
        _require_length("Note", changes.summary, MAX_SUMMARY)
    fields = changes.fields or ()
    _require(len(fields) <= MAX_FIELDS, f"Fields are too many (maximum is {MAX_FIELDS})")
    for name, value in fields:
        _require(bool(name.strip()) or not value.strip(), "Field name can't be blank")
        _require_length("Field name", name, MAX_FIELD_LENGTH)
        _require_length("Field value", value, MAX_FIELD_LENGTH)
        _require(
            not is_badge_label(name) and not has_badge_sign(name),
            f"Field name {name!r} is reserved for the badge",
        )


def check_name(name: str) -> None:
    """Raise InvalidInput for a display name that is empty, too long, or dressed as verified.

    Only a badge says that somebody is verified (WIRE §4): no ticks, no seals, no such words.
    """
    shown = "".join(c for c in name if unicodedata.category(c) not in {"Cf", "Zs", "Cc"})
    _require(bool(shown), "Display name can't be blank")
    _require_length("Display name", name, MAX_DISPLAY_NAME)
    _require(
        not turns_text(name) and "\n" not in name and "\r" not in name,
        "Display name holds signs that change how others read",
    )
    _require(
        not has_badge_sign(name) and not is_badge_label(name),
        "Display name looks like a badge",
    )


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise InvalidInput(f"Validation failed: {otherwise}")


def _require_length(what: str, text: str, limit: int) -> None:
    _require(len(text) <= limit, f"{what} is too long (maximum is {limit} characters)")
