""""Confrères d'avant": who was at the same place in the same years, proposed to both or to neither.

Both wish it, and each may read the career of the other: nobody learns where somebody was from being
proposed to them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from actors.follows import find_followers_among
from actors.models import Actor, Badge
from actors.queries import find_badges
from db.paging import Page
from db.session import AsyncSession, settings_of
from doctors.colleague_rows import list_who_were_there
from doctors.models import Assurance, FieldAudience
from doctors.place_keys import FACULTY, place_key
from doctors.practice import (
    Practice,
    PracticeReader,
    may_read,
    read_practice,
    read_settings,
    read_stated,
)
from doctors.practice_values import practice_of
from federation.documents.practitioner import CareerStep
from posts.visibility import Viewer


@dataclass(frozen=True, slots=True)
class Together:
    """Where two were at once, in the reader's words; `until` is None while it lasts."""

    place: str
    since: int
    until: int | None


@dataclass(frozen=True, slots=True)
class FormerColleague:
    """Somebody whom one may know from before, and from where: the longest ago first."""

    actor: Actor
    together: tuple[Together, ...]


@dataclass(frozen=True, slots=True)
class OwnSearch:
    """How somebody looks for former colleagues: whether, with which career, who may read it."""

    is_seeking: bool = False
    has_badge: bool = False
    career: tuple[CareerStep, ...] = ()
    audience: FieldAudience = FieldAudience.NOBODY

    @property
    def can_find(self) -> bool:
        """Whether anybody could be proposed at all."""
        is_told = self.audience is not FieldAudience.NOBODY
        return self.is_seeking and self.has_badge and bool(self.career) and is_told


async def read_own_search(session: AsyncSession, actor_id: int) -> OwnSearch:
    """Return how somebody here looks for former colleagues."""
    settings = await read_settings(session, actor_id)
    has_badge = actor_id in await find_badges(session, [actor_id])
    for stated in (await read_stated(session, [actor_id]))[actor_id]:
        if stated.name == "career":
            career = practice_of({"career": stated.value}).career
            return OwnSearch(settings.seeks_colleagues, has_badge, career, stated.audience)
    return OwnSearch(settings.seeks_colleagues, has_badge)


async def list_former_colleagues(
    session: AsyncSession, viewer: Viewer, page: Page
) -> list[FormerColleague]:
    """Return a page of former colleagues of somebody here, by the ids of their actors.

    Nobody whom they follow, mute or sent away, nobody whom either blocks, nobody without a badge.
    """
    if viewer.actor_id is None:
        return []
    own = await read_own_search(session, viewer.actor_id)
    if not own.can_find:
        return []
    actors = await list_who_were_there(session, viewer.actor_id, page)
    told = await _who_may_read(session, viewer.actor_id, own.audience, actors)
    practices = await _practices(session, viewer, [actor for actor in actors if actor.id in told])
    found: list[FormerColleague] = []
    for actor in actors:
        if len(found) == page.limit:
            break
        practice = practices.get(actor.id)
        if practice is None or not practice.seeks_colleagues:
            continue
        if together := find_together(own.career, practice.career):
            found.append(FormerColleague(actor, together))
    return page.newest_first(found)


async def _who_may_read(
    session: AsyncSession, owner_id: int, audience: FieldAudience, actors: Sequence[Actor]
) -> frozenset[int]:
    """Return who of some may read what somebody here says to an audience."""
    ids = [actor.id for actor in actors]
    followers = await find_followers_among(session, owner_id, ids)
    badges = await find_badges(session, ids)
    professions = settings_of(session).doctor_professions
    return frozenset(
        actor.id
        for actor in actors
        if may_read(
            audience,
            is_doctor=_is_doctor_here(badges.get(actor.id), actor, professions),
            is_contact=actor.id in followers,
        )
    )


def _is_doctor_here(badge: Badge | None, actor: Actor, professions: Collection[str]) -> bool:
    """Tell whether somebody reads what is written here for doctors (`practice.reader_of`)."""
    if badge is None:
        return False
    is_added = actor.is_local and badge.profession in professions
    return badge.is_doctor or (is_added and badge.assurance != Assurance.DECLARED)


async def _practices(
    session: AsyncSession, viewer: Viewer, actors: Sequence[Actor]
) -> Mapping[int, Practice]:
    reader = PracticeReader(viewer.actor_id, viewer.is_doctor)
    practices = await read_practice(session, [actor.id for actor in actors], reader)
    if viewer.is_colleague and not viewer.is_doctor:
        here = [actor.id for actor in actors if actor.is_local]
        practices |= await read_practice(session, here, replace(reader, is_doctor=True))
    return practices


def find_together(
    mine: Sequence[CareerStep], theirs: Sequence[CareerStep]
) -> tuple[Together, ...]:
    """Return where and when two careers met, each place once, the longest ago first."""
    by_place: dict[tuple[bool, str], list[CareerStep]] = defaultdict(list)
    for other in theirs:
        by_place[_where(other)].append(other)
    met: dict[tuple[bool, str], list[Together]] = defaultdict(list)
    for one in mine:
        where = _where(one)
        for other in by_place.get(where, ()):
            if not where[1] or one.since is None or other.since is None:
                continue
            since = max(one.since, other.since)
            until = min((year for year in (one.until, other.until) if year), default=None)
            if until is None or since <= until:
                met[where].append(Together(one.place, since, until))
    spans = [span for spans in met.values() for span in _joined(spans)]
    return tuple(sorted(spans, key=lambda span: (span.since, span.place)))


def _where(step: CareerStep) -> tuple[bool, str]:
    # A faculty and a hospital of one name are two places.
    return step.kind == FACULTY, place_key(step.place, step.kind)


def _joined(spans: list[Together]) -> list[Together]:
    """Return spans of one place, those that touch as one."""
    joined: list[Together] = []
    for span in sorted(spans, key=lambda each: each.since):
        last = joined[-1] if joined else None
        if last is None or (last.until is not None and span.since > last.until + 1):
            joined.append(span)
            continue
        is_open = last.until is None or span.until is None
        until = None if is_open else max(last.until or 0, span.until or 0)
        joined[-1] = replace(last, until=until)
    return joined
