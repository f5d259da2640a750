"""A person as pages show them: name first, the badge, the work; the handle small and whole."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from markupsafe import Markup

from actors.models import Actor, Badge
from actors.queries import find_badges
from core.clock import now
from core.html import SafeHtml, stored
from core.settings import Settings
from db.session import AsyncSession, settings_of
from doctors.codes import DECLARED, profession_label, specialities_label, words_of_badge
from doctors.names import is_same_name
from media.links import picture_url
from web.emojis import emoji_paths, path_here, with_emojis

_TITLES = frozenset("dr dre pr pre prof m mme mlle mr mrs ms docteur docteure professeur".split())
# A status list is read again several times a day: longer ago, it cannot be reached.
CONFIRMED_FOR = timedelta(hours=12)
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on a page; `badge` is one that counts now, `picture` where there is one of them."""

    actor: Actor
    badge: Badge | None
    picture: str | None = None
    header: str | None = None
    emojis: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The real name; who has given none is known by the username."""
        return self.actor.name or self.actor.username

    @property
    def shown_name(self) -> Markup:
        """The name with its emojis."""
        return with_emojis(self.name, self.emojis)

    @property
    def initials(self) -> str:
        """At most two letters for the picture, titles aside."""
        words = _WORD.findall(self.name)
        own = [word for word in words if word.lower() not in _TITLES] or words or ["?"]
        letters: str = own[0][0] + own[-1][0] if len(own) > 1 else own[0][0]
        return letters.upper()

    @property
    def path(self) -> str:
        """The page about this person, here."""
        return profile_path(self.actor)

    def work(self, locale: str) -> str:
        """Speciality and hospital in a language, as far as they were verified."""
        if self.badge is None:
            return ""
        known = (specialities_label(self.badge.specialities, locale), self.badge.institution)
        return " · ".join(part for part in known if part)

    @property
    def is_verified(self) -> bool:
        """Whether somebody looked: what was declared only has no mark of having been verified."""
        return self.badge is not None and self.badge.assurance != DECLARED

    def badge_label(self, locale: str) -> str:
        """What the badge says in a language: `Sage-femme vérifiée`, `Verified midwife`."""
        if self.badge is None:
            return ""
        return words_of_badge(self.badge.profession, self.badge.assurance, locale)

    def profession(self, locale: str) -> str:
        """The verified profession with its specialities, in a language as far as it has words."""
        if self.badge is None:
            return ""
        known = self.badge
        parts = (
            profession_label(known.profession, locale),
            specialities_label(known.specialities, locale),
        )
        return ", ".join(part for part in parts if part)

    @property
    def verified_as(self) -> str:
        """The credential's name, where it is not the one this person goes by (WIRE §4)."""
        if self.badge is None or is_same_name(self.badge.name, self.name):
            return ""
        return self.badge.name

    @property
    def is_stale(self) -> bool:
        """Whether the issuer could not be asked lately: the badge then says since when."""
        return self.badge is not None and now() - self.badge.status_checked_at > CONFIRMED_FOR

    @property
    def summary(self) -> Markup:
        """What the person says about themselves."""
        return with_emojis(stored_html(self.actor.summary), self.emojis)


def profile_path(actor: Actor) -> str:
    """Return the page about an actor; for one of another host, our page about them."""
    return f"/@{actor.username}" if actor.is_local else f"/@{actor.handle}"


def stored_html(html: str) -> Markup:
    """Show HTML that `core.html` made before it was stored; nothing else passes unescaped."""
    safe: SafeHtml = stored(html)
    return Markup(safe)


def bare_person(actor: Actor, settings: Settings) -> Person:
    """Show an actor without looking for a badge."""
    return _person(actor, None, settings)


def _person(actor: Actor, badge: Badge | None, settings: Settings) -> Person:
    picture, header = (
        path_here(picture_url(settings, url, is_ours=actor.is_local, small=small), settings)
        if url is not None
        else None
        for url, small in ((actor.avatar_url, True), (actor.header_url, False))
    )
    return Person(actor, badge, picture, header, emoji_paths(actor.emojis, settings))


async def list_people(session: AsyncSession, actors: Iterable[Actor]) -> dict[int, Person]:
    """Show some actors, by id; one query, for their badges."""
    shown = {actor.id: actor for actor in actors}
    badges, settings = await find_badges(session, shown), settings_of(session)
    return {key: _person(actor, badges.get(key), settings) for key, actor in shown.items()}
