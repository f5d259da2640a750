"""From an audience to distinct inboxes of other hosts, within the peer policy (WIRE §2, §6)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from actors.models import LOCAL_HOST, Actor, Follow
from db.session import settings_of
from moderation.models import PeerClass
from moderation.policy import classes_of
from moderation.queries import clinical_peers
from posts.models import Visibility

_SPOKEN_TO = frozenset({PeerClass.SOCIAL, PeerClass.CLINICAL})


@dataclass(frozen=True, slots=True)
class Inbox:
    """An address for POSTs, and the host that the policy is asked about."""

    url: str
    host: str


def inboxes_of(actors: Iterable[Actor]) -> set[Inbox]:
    """Return the inboxes of those actors who live elsewhere, shared ones first."""
    return {
        Inbox(actor.shared_inbox or actor.inbox, actor.host)
        for actor in actors
        if not actor.is_local and actor.deleted_at is None and actor.inbox
    }


def own_inboxes_of(actors: Iterable[Actor]) -> set[Inbox]:
    """Return the actors' own inboxes: for what names one actor and nobody else."""
    return {
        Inbox(actor.inbox, actor.host)
        for actor in actors
        if not actor.is_local and actor.deleted_at is None and actor.inbox
    }


async def follower_inboxes(session: AsyncSession, actor_id: int) -> set[Inbox]:
    """Return the inboxes of an actor's accepted followers elsewhere."""
    statement = (
        select(func.coalesce(col(Actor.shared_inbox), col(Actor.inbox)), col(Actor.host))
        .join(Follow, col(Follow.follower_id) == col(Actor.id))
        .where(
            col(Follow.followee_id) == actor_id,
            col(Follow.accepted_at).is_not(None),
            col(Actor.host) != LOCAL_HOST,
            col(Actor.deleted_at).is_(None),
        )
        .distinct()
    )
    return {Inbox(url, host) for url, host in (await session.execute(statement)).all() if url}


async def clinical_inboxes(session: AsyncSession) -> set[Inbox]:
    """Return one inbox for each clinical peer: its shared inbox."""
    hosts = [peer.host for peer in await clinical_peers(session)]
    known = (
        select(col(Actor.host), func.min(col(Actor.shared_inbox)))
        .where(col(Actor.host).in_(hosts), col(Actor.shared_inbox).is_not(None))
        .group_by(col(Actor.host))
    )
    found = dict((await session.execute(known)).tuples().all())
    scheme = urlsplit(settings_of(session).base_url).scheme
    # A peer of whom we know nobody yet: clinical peers speak WIRE §1, where it is `/inbox`.
    return {Inbox(found.get(host) or f"{scheme}://{host}/inbox", host) for host in hosts}


async def let_through(
    session: AsyncSession, inboxes: Collection[Inbox], *, is_clinical: bool = False
) -> set[Inbox]:
    """Return the inboxes whose host may have it: what is clinical goes to clinical hosts only."""
    classes = await classes_of(session, {inbox.host for inbox in inboxes})
    allowed = {PeerClass.CLINICAL} if is_clinical else _SPOKEN_TO
    return {inbox for inbox in inboxes if classes.get(inbox.host) in allowed}


async def audience_inboxes(
    session: AsyncSession, author: Actor, visibility: Visibility, mentioned: Iterable[Actor]
) -> set[Inbox]:
    """Return where a post of this audience goes, before the policy is asked (the table of WIRE §6)."""
    named = set(mentioned)
    if visibility is Visibility.LOCAL:
        return set()
    if visibility is Visibility.MENTIONED:
        return own_inboxes_of(named)
    if visibility is Visibility.DOCTORS:
        return await clinical_inboxes(session) | inboxes_of(named)
    return await follower_inboxes(session, author.id) | inboxes_of(named)
