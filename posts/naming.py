"""Whom a text names: handles resolved, and who of them may be addressed by a post."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncSession

from actors.blocks import is_blocked_between
from actors.follows import is_following
from actors.models import Actor
from actors.queries import find_badges
from actors.remote import resolve_handle
from core.errors import HostRefused, InvalidInput, ServerError
from db.session import Database
from federation.client import Client
from federation.uris import handle_parts, local_uris
from moderation.models import PeerClass
from moderation.policy import classes_of
from posts.models import Post, Visibility
from posts.queries import list_mentioned
from posts.visibility import viewer_of

MAX_HANDLES = 50
RESOLVE_S = 10.0
_AT_ONCE = 8
_SPOKEN_TO = frozenset({PeerClass.SOCIAL, PeerClass.CLINICAL})


@dataclass(frozen=True, slots=True)
class Named:
    """The actors that a text names, by handle in lower case; `refused` hosts are no peers."""

    actors: Mapping[str, Actor] = field(default_factory=dict)
    refused: tuple[str, ...] = ()


async def resolve_named(
    database: Database, client: Client, handles: Sequence[str], *, only_here: bool = False
) -> Named:
    """Look up the handles of a text, side by side; what cannot be found in time stays text.

    Raises InvalidInput for more than MAX_HANDLES.
    """
    if len(handles) > MAX_HANDLES:
        raise InvalidInput(f"Validation failed: Text names more than {MAX_HANDLES} accounts")
    places = asyncio.Semaphore(_AT_ONCE)
    actors: dict[str, Actor] = {}
    refused: list[str] = []

    async def look_up(handle: str) -> None:
        try:
            async with places, asyncio.timeout(RESOLVE_S):
                actor = await resolve_handle(database, client, handle)
        except HostRefused:
            refused.append(handle)
        except (ServerError, TimeoutError):
            return
        else:
            if actor.suspended_at is None:
                actors[handle.lower()] = actor

    async with asyncio.TaskGroup() as group:
        for handle in handles:
            if not only_here or _is_local(database, handle):
                group.create_task(look_up(handle))
    # In the order of the text, whoever answered first.
    ordered = {key: actors[key] for key in map(str.lower, handles) if key in actors}
    return Named(ordered, tuple(sorted(refused)))


def _is_local(database: Database, handle: str) -> bool:
    uris = local_uris(database.settings)
    try:
        _, domain = handle_parts(handle)
    except ServerError:
        return False
    return domain in (None, uris.handle_domain, uris.host)


@dataclass(frozen=True, slots=True)
class Audience:
    """What decides who may be addressed: `ring` is the first post of the thread one answers in."""

    author: Actor
    visibility: Visibility
    clinical: bool = False
    ring: Post | None = None

    @property
    def stays_clinical(self) -> bool:
        """Whether it may go to no host that is not clinical (WIRE §2)."""
        return self.clinical or self.visibility is Visibility.DOCTORS


async def addressed(
    session: AsyncSession, audience: Audience, named: Named, *, implied: Iterable[Actor] = ()
) -> tuple[Actor, ...]:
    """Return who a post addresses: those named, then those implied, as far as each may have it.

    Raises InvalidInput naming the recipient where somebody named is on a host that cannot have
    what is clinical or for verified doctors, or a message for named people. Who is only implied is
    left out then.
    """
    wanted = {actor.id: actor for actor in named.actors.values()}
    explicit = set(wanted)
    for actor in implied:
        wanted.setdefault(actor.id, actor)
    wanted.pop(audience.author.id, None)
    if audience.visibility is Visibility.LOCAL:
        return tuple(actor for actor in wanted.values() if actor.is_local)
    if audience.stays_clinical and named.refused:
        raise _cannot_have(named.refused[0])
    classes = await classes_of(session, {actor.host for actor in wanted.values()})
    if audience.stays_clinical:
        for actor in wanted.values():
            if actor.id in explicit and classes[actor.host] is not PeerClass.CLINICAL:
                raise _cannot_have(actor.handle)
    allowed = {PeerClass.CLINICAL} if audience.stays_clinical else _SPOKEN_TO
    if audience.visibility is Visibility.MENTIONED:
        # A message that does not reach whom it is written to is not taken for sent (H16).
        unreached = [
            actor.handle
            for actor in wanted.values()
            if actor.id in explicit and classes[actor.host] not in allowed
        ]
        if named.refused or unreached:
            raise _not_reached((*named.refused, *unreached)[0])
    reachable = [
        actor
        for actor in wanted.values()
        if actor.deleted_at is None and classes[actor.host] in allowed
    ]
    return tuple([actor for actor in reachable if await _is_meant(session, audience, actor)])


def _cannot_have(handle: str) -> InvalidInput:
    return InvalidInput(
        f"Validation failed: @{handle} cannot have this post: only instances that are trusted to "
        "verify their doctors receive what is clinical or for verified doctors"
    )


def _not_reached(handle: str) -> InvalidInput:
    return InvalidInput(
        f"Validation failed: @{handle} cannot have this message: this instance does not talk to "
        "that one"
    )


async def _is_meant(session: AsyncSession, audience: Audience, actor: Actor) -> bool:
    if await is_blocked_between(session, audience.author.id, actor.id):
        return False
    if audience.visibility is Visibility.DOCTORS:
        return await _may_be_doctor(session, actor)
    if audience.ring is None or audience.visibility is not Visibility.FOLLOWERS:
        return True
    return await _is_in_ring(session, audience.ring, actor)


async def _may_be_doctor(session: AsyncSession, actor: Actor) -> bool:
    """Tell whether to address an actor among doctors; of a clinical host, its reader decides."""
    if actor.is_local:
        viewer = await viewer_of(session, actor.id)
        return viewer.is_doctor or viewer.is_colleague
    badge = (await find_badges(session, [actor.id])).get(actor.id)
    # One who was met a moment ago has no badge yet: the credential is checked by a job.
    return badge is None or badge.is_doctor


async def _is_in_ring(session: AsyncSession, ring: Post, actor: Actor) -> bool:
    if actor.id == ring.author_id or await is_following(session, actor.id, ring.author_id):
        return True
    named = (await list_mentioned(session, [ring.id])).get(ring.id, [])
    return any(one.id == actor.id for one in named)
