"""What only some kinds of posts have: an event's times and place, how long a film or a sound is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from core.clock import wire_time
from federation.documents.lenient import find_id_of_link, one_or_many, text_of, time_of, url_of

MAX_PLACE = 300
# Mobilizon's words.
JOIN_MODES = frozenset({"free", "restricted", "external", "invite"})
_DURATION = re.compile(
    r"P(?:(?P<days>\d{1,4})D)?(?:T(?:(?P<hours>\d{1,6})H)?(?:(?P<minutes>\d{1,6})M)?"
    r"(?:(?P<seconds>\d{1,8})(?:\.\d{1,9})?S)?)?"
)
_ADDRESS = ("streetAddress", "postalCode", "addressLocality", "addressCountry")


@dataclass(frozen=True, slots=True)
class Details:
    """Times, a place by name and address, where to take part from afar, a length in seconds.

    `join_mode` is one of Mobilizon's words: `free`, `restricted`, `external`, `invite`.
    """

    starts_at: datetime | None = None
    ends_at: datetime | None = None
    place: str | None = None
    address: str | None = None
    online_url: str | None = None
    join_mode: str | None = None
    duration_s: int | None = None

    def as_json(self) -> dict[str, Any]:
        """Return what is stored: only what is known, times as texts."""
        known = {one.name: getattr(self, one.name) for one in fields(self)}
        return {
            name: wire_time(value) if isinstance(value, datetime) else value
            for name, value in known.items()
            if value is not None
        }

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Self:
        """Take back what `as_json` gave."""
        names = {one.name for one in fields(cls)}
        known = {name: value for name, value in stored.items() if name in names}
        times = {name: time_of(known.get(name)) for name in ("starts_at", "ends_at")}
        return cls(**(known | times))

    @property
    def where(self) -> str | None:
        """The place with its address, in one line."""
        return ", ".join(part for part in (self.place, self.address) if part) or None

    @property
    def length(self) -> str | None:
        """The length as a player shows it: `1:02:03`."""
        if self.duration_s is None:
            return None
        minutes, seconds = divmod(self.duration_s, 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"

    @property
    def line(self) -> str:
        """All of it in one line that reads in any language; empty when nothing is known."""
        parts = (self._times(), self.where, self.online_url, self.length)
        return " · ".join(part for part in parts if part)

    def _times(self) -> str | None:
        if self.starts_at is None:
            return None
        begins = self.starts_at.astimezone(UTC)
        shown = f"{begins:%Y-%m-%d %H:%M}"
        if self.ends_at is None or self.ends_at <= self.starts_at:
            return f"{shown} UTC"
        ends = self.ends_at.astimezone(UTC)
        last = f"{ends:%H:%M}" if ends.date() == begins.date() else f"{ends:%Y-%m-%d %H:%M}"
        return f"{shown} – {last} UTC"


def read_details(json: Mapping[str, Any], kind: str) -> Details | None:
    """Read what only this kind of object has; None when that is nothing."""
    if kind == "Event":
        found = _event(json)
    elif kind in ("Video", "Audio"):
        found = Details(duration_s=_duration(json.get("duration")))
    else:
        return None
    return found if found != Details() else None


def _event(json: Mapping[str, Any]) -> Details:
    place, address, online_url = _location(json.get("location"))
    mode = json.get("joinMode")
    return Details(
        starts_at=time_of(json.get("startTime")),
        ends_at=time_of(json.get("endTime")),
        place=place,
        address=address,
        online_url=online_url or url_of(json.get("externalParticipationUrl")),
        join_mode=mode if isinstance(mode, str) and mode in JOIN_MODES else None,
    )


def _location(value: Any) -> tuple[str | None, str | None, str | None]:
    """Return the name, the address and the link of where it is: a Place, a text, or online."""
    place = address = online_url = None
    for part in one_or_many(value)[:4]:
        if isinstance(part, str):
            link = url_of(part)
            online_url = online_url or link
            place = place or (None if link else _line(part))
        elif isinstance(part, dict) and part.get("type") == "VirtualLocation":
            online_url = online_url or url_of(find_id_of_link(part))
        elif isinstance(part, dict):
            place = place or _line(part.get("name"))
            address = address or _address(part.get("address"))
    return place, address if address != place else None, online_url


def _address(value: Any) -> str | None:
    if not isinstance(value, dict):
        return _line(value)
    parts = [text_of(value.get(name), limit=MAX_PLACE) for name in _ADDRESS]
    street, code, town, country = (part.strip() if part else "" for part in parts)
    return _line(", ".join(part for part in (street, f"{code} {town}".strip(), country) if part))


def _line(value: Any) -> str | None:
    text = text_of(value, limit=MAX_PLACE)
    return (" ".join(text.split()) or None) if text else None


def _duration(value: Any) -> int | None:
    """Read an ISO 8601 duration; PeerTube writes all of it as seconds, `PT3622S`."""
    found = _DURATION.fullmatch(value) if isinstance(value, str) and len(value) < 40 else None
    if found is None:
        return None
    parts = {name: int(number) for name, number in found.groupdict().items() if number}
    return int(timedelta(**parts).total_seconds()) or None
