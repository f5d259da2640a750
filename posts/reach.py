"""Who will read a post, before it is written: how many people, on how many instances.

What is known here is counted, and nobody is asked: of other instances' doctors only they know.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, or_, select
from sqlmodel import col

from actors.follows import count_followers_by_host, find_followers_among
from actors.models import LOCAL_HOST, Actor, Badge
from actors.queries import find_actor, find_actors_by_handle, find_badges
from core.errors import InvalidDocument
from db.session import AsyncSession, settings_of
from federation.uris import handle_parts, local_uris
from moderation.models import PeerClass
from moderation.policy import classes_of
from moderation.queries import clinical_peers
from posts.eyes import UNPROVEN, eyes_of_locals
from posts.models import Post, Visibility
from posts.naming import MAX_HANDLES
from posts.rings import RESTRICTED, ring_root
from users.queries import count_members

_CLINICAL = frozenset({PeerClass.CLINICAL})
_SPOKEN_TO = frozenset({PeerClass.SOCIAL, PeerClass.CLINICAL})


@dataclass(frozen=True, slots=True)
class Reach:
    """How far an audience reaches: people but the author, on instances, ours among them.

    `houses` are linked ones whose doctors read it too. `of` is who began the thread, where they and
    not the author decide whom it reaches; of somebody elsewhere nobody is counted. `missed` are
    those who are named and cannot have it.
    """

    people: int = 0
    instances: int = 0
    houses: int = 0
    of: Actor | None = None
    missed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outlook:
    """How far each audience reaches; `unknown` are handles whose people are not known here yet."""

    reaches: Mapping[Visibility, Reach]
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Known:
    """What is asked of the database once: whom a text names, and how far hosts are spoken to."""

    author: Actor
    named: Sequence[Actor]
    badges: Mapping[int, Badge]
    professions: Collection[str]
    classes: Mapping[str, PeerClass]
    allowed: Collection[PeerClass]
    followers: Mapping[str, int] = field(default_factory=dict)
    following: Collection[int] = ()

    def reached(self, classes: Collection[PeerClass] | None = None) -> list[Actor]:
        """Return those named whose host may have it."""
        allowed = self.allowed if classes is None else classes
        return [actor for actor in self.named if self.classes[actor.host] in allowed]

    def missed(self, reached: Iterable[Actor]) -> tuple[str, ...]:
        """Return the handles of those named who are not reached."""
        ids = {actor.id for actor in reached}
        return tuple(actor.handle for actor in self.named if actor.id not in ids)

    def is_read_by(self, actor: Actor) -> bool:
        """Tell whether somebody named counts as a doctor; of others' people not always known."""
        badge = self.badges.get(actor.id)
        if badge is None:
            return not actor.is_local
        is_colleague = badge.profession in self.professions and badge.assurance != UNPROVEN
        return badge.is_doctor or (actor.is_local and is_colleague)


async def find_outlook(
    session: AsyncSession,
    author: Actor,
    handles: Sequence[str] = (),
    *,
    parent: Post | None = None,
    quoted: Post | None = None,
) -> Outlook:
    """Return how far each audience of a post would reach that names some people."""
    ring = await ring_root(session, parent) if parent and parent.visibility in RESTRICTED else None
    owner = await _owner_of(session, ring, author)
    named, unknown = await _named(session, author, handles, parent=parent)
    followers = await count_followers_by_host(session, (owner or author).id)
    classes = await classes_of(session, {*followers, *(actor.host for actor in named)})
    is_clinical = any(post is not None and post.clinical for post in (parent, quoted))
    allowed = _CLINICAL if is_clinical else _SPOKEN_TO
    known = _Known(
        author=author,
        named=named,
        badges=await find_badges(session, [actor.id for actor in named]),
        professions=settings_of(session).doctor_professions,
        classes=classes,
        allowed=allowed,
        followers={host: n for host, n in followers.items() if classes[host] in allowed},
        following=await find_followers_among(
            session, (owner or author).id, [author.id, *(actor.id for actor in named)]
        ),
    )
    open_to_all = _with_followers(known)
    reaches = {
        Visibility.PUBLIC: open_to_all,
        Visibility.UNLISTED: open_to_all,
        Visibility.DOCTORS: await _doctors(session, known, owner),
        Visibility.FOLLOWERS: _followers(known, owner),
        Visibility.MENTIONED: _people(known, known.reached()),
        Visibility.LOCAL: await _members(session, known),
    }
    return Outlook(reaches, unknown)


async def _owner_of(session: AsyncSession, ring: Post | None, author: Actor) -> Actor | None:
    if ring is None or ring.author_id == author.id:
        return None
    return await find_actor(session, ring.author_id)


async def _named(
    session: AsyncSession, author: Actor, handles: Sequence[str], *, parent: Post | None
) -> tuple[list[Actor], tuple[str, ...]]:
    """Return whom a text names, with the author of what it answers, and the unknown handles."""
    uris = local_uris(settings_of(session))
    asked: dict[tuple[str, str | None], str] = {}
    for handle in handles[:MAX_HANDLES]:
        try:
            name, domain = handle_parts(handle)
        except InvalidDocument:
            continue
        here = domain in (None, uris.handle_domain, uris.host)
        asked.setdefault((name.lower(), None if here else domain), handle)
    found = await find_actors_by_handle(session, asked)
    known = {(actor.username_key, None if actor.is_local else actor.domain) for actor in found}
    people = {actor.id: actor for actor in found if actor.suspended_at is None}
    if parent is not None:
        answered = await find_actor(session, parent.author_id)
        people |= {answered.id: answered} if answered is not None else {}
    people.pop(author.id, None)
    return list(people.values()), tuple(asked[key] for key in asked if key not in known)


def _people(known: _Known, reached: Collection[Actor]) -> Reach:
    hosts = {actor.host for actor in reached}
    return Reach(len(reached), len(hosts), missed=known.missed(reached))


def _with_followers(known: _Known) -> Reach:
    reached = known.reached()
    more = Counter(actor.host for actor in reached if actor.id not in known.following)
    by_host = Counter(known.followers) + more
    return Reach(by_host.total(), len(by_host), missed=known.missed(reached))


def _followers(known: _Known, owner: Actor | None) -> Reach:
    if owner is None:
        return _with_followers(known)
    if not owner.is_local:
        return Reach(of=owner)
    # Who began the thread reads it, who writes in it does not count.
    by_host = Counter(known.followers) + Counter([owner.host])
    if known.author.id in known.following:
        by_host[LOCAL_HOST] -= 1
    return Reach(by_host.total(), len(by_host), of=owner)


async def _doctors(session: AsyncSession, known: _Known, owner: Actor | None) -> Reach:
    reached = [actor for actor in known.reached(_CLINICAL) if known.is_read_by(actor)]
    here = await _count_doctors_here(session, but=known.author.id)
    if owner is not None and not owner.is_local:
        return Reach(here, 1, of=owner, missed=known.missed(reached))
    houses = len(await clinical_peers(session))
    return Reach(here, 1, houses, missed=known.missed(reached))


async def _members(session: AsyncSession, known: _Known) -> Reach:
    here = [actor for actor in known.named if actor.is_local]
    return Reach(max(await count_members(session) - 1, 0), 1, missed=known.missed(here))


async def _count_doctors_here(session: AsyncSession, *, but: int) -> int:
    """Count who reads here what is for verified doctors, all but the author."""
    eyes = eyes_of_locals(col(Actor.id), settings_of(session).doctor_professions)
    statement = select(func.count()).where(
        col(Actor.host) == LOCAL_HOST,
        col(Actor.id) != but,
        col(Actor.deleted_at).is_(None),
        col(Actor.suspended_at).is_(None),
        or_(eyes.is_doctor, eyes.is_colleague),
    )
    return await session.scalar(statement) or 0
