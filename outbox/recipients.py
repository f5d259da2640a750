"""From an audience to distinct inboxes of other hosts, within the peer policy (WIRE §2, §6)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Select, func, select, union
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from actors.models import LOCAL_HOST, Actor, Follow
from actors.queries import find_actor
from db.session import settings_of
from moderation.models import PeerClass
from moderation.policy import classes_of
from moderation.queries import clinical_peers
from posts.models import Like, PollVote, Post, Visibility
from posts.queries import list_mentioned
from posts.rings import ring_root

_SPOKEN_TO = frozenset({PeerClass.SOCIAL, PeerClass.CLINICAL})
_FOR_EVERYBODY = frozenset({Visibility.PUBLIC, Visibility.UNLISTED})


@dataclass(frozen=True, slots=True)
class Inbox:
    """An address for POSTs, and the host that the policy is asked about."""

    url: str
    host: str


def is_for_everybody(post: Post) -> bool:
    """Tell whether an outbox lists a post for whoever may ask."""
    return post.visibility in _FOR_EVERYBODY


def stays_clinical(post: Post) -> bool:
    """Tell whether what is about a post goes to clinical hosts only (WIRE §2)."""
    return post.clinical or post.visibility is Visibility.DOCTORS


def has_proof(post: Post) -> bool:
    """Tell whether what is about a post carries a proof: a private message does not (WIRE §10)."""
    return post.visibility not in (Visibility.MENTIONED, Visibility.LOCAL)


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


async def known_inboxes(session: AsyncSession, actor_id: int) -> set[Inbox]:
    """Return the inboxes of all elsewhere who follow an actor, or are followed, or were asked."""
    who = union(
        select(col(Follow.follower_id)).where(col(Follow.followee_id) == actor_id),
        select(col(Follow.followee_id)).where(col(Follow.follower_id) == actor_id),
    ).subquery()
    return await _inboxes_among(session, select(who))


async def _inboxes_among(session: AsyncSession, ids: Select[Any]) -> set[Inbox]:
    statement = (
        select(func.coalesce(col(Actor.shared_inbox), col(Actor.inbox)), col(Actor.host))
        .where(
            col(Actor.id).in_(ids), col(Actor.host) != LOCAL_HOST, col(Actor.deleted_at).is_(None)
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
    found = {host: inbox for host, inbox in (await session.execute(known)).all()}
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
    """Return where a post of this audience goes, before the policy is asked (WIRE §6)."""
    named = list(mentioned)
    if visibility is Visibility.LOCAL:
        return set()
    if visibility is Visibility.MENTIONED:
        return own_inboxes_of(named)
    if visibility is Visibility.DOCTORS:
        return await clinical_inboxes(session) | inboxes_of(named)
    return await follower_inboxes(session, author.id) | inboxes_of(named)


async def post_inboxes(
    session: AsyncSession, post: Post, author: Actor, mentioned: Iterable[Actor]
) -> set[Inbox]:
    """Return where a post goes, before the policy is asked.

    A reply in a ring goes to the root's author, whose instance forwards it, and to those it
    mentions; where the root lives here, to all whom the root reached.
    """
    root = await ring_root(session, post)
    if root.id == post.id:
        return await audience_inboxes(session, author, post.visibility, mentioned)
    owner = await find_actor(session, root.author_id)
    if owner is None:
        return inboxes_of(mentioned)
    if owner.is_local:
        return await ring_inboxes(session, root, owner) | inboxes_of(mentioned)
    return inboxes_of([owner, *mentioned])


async def ring_inboxes(session: AsyncSession, root: Post, owner: Actor) -> set[Inbox]:
    """Return whom the first post of a ring, by somebody here, reaches now."""
    named = (await list_mentioned(session, [root.id])).get(root.id, [])
    return await audience_inboxes(session, owner, root.visibility, named)


async def reached_inboxes(session: AsyncSession, post: Post) -> set[Inbox]:
    """Return the inboxes of those elsewhere who liked, passed on or answered a post, or voted."""
    who = union(
        select(col(Like.actor_id)).where(col(Like.post_id) == post.id),
        select(col(Post.author_id)).where(
            col(Post.boost_of_id) == post.id, col(Post.deleted_at).is_(None)
        ),
        select(col(Post.author_id)).where(col(Post.in_reply_to_id) == post.id),
        select(col(PollVote.actor_id)).where(col(PollVote.post_id) == post.id),
    ).subquery()
    return await _inboxes_among(session, select(who))
