"""Flag: another server complains about somebody here, mostly by its instance actor."""

from __future__ import annotations

from collections.abc import Iterable

from actors.models import Actor
from actors.queries import find_actor, find_local_actor
from core.html import to_plain
from db.session import AsyncSession, settings_of
from federation.documents.activity import Activity
from federation.documents.flag import read_flag
from federation.uris import LocalKind, LocalUri, local_uris
from inbox.naming import uri_of
from inbox.outcome import HANDLED, Outcome, ignored
from moderation.policy import policy_of
from moderation.reports import Complaint, save_report
from posts.models import Post
from posts.queries import find_posts

_ACTORS = frozenset({LocalKind.ACTOR, LocalKind.PROFILE_PAGE})
_POSTS = frozenset({LocalKind.POST, LocalKind.POST_PAGE})


async def handle_flag(session: AsyncSession, activity: Activity, sender: Actor) -> Outcome:
    """Keep a complaint about an actor who lives here, with those posts that are that actor's.

    Nobody is told: moderators look at what waits (B39).
    """
    if (await policy_of(session, sender.host)).rejects_reports:
        return ignored("reports of this host are not taken")
    flag = read_flag(activity.document)
    uris = local_uris(settings_of(session))
    named = [found for uri in flag.object_ids if (found := uris.parse(uri)) is not None]
    posts = await _find_posts(session, named)
    target = await _find_target(session, named, posts)
    if target is None:
        return ignored("it is about nobody who lives here")
    complaint = Complaint(
        reporter_id=sender.id,
        target_id=target.id,
        host=sender.host,
        uri=uri_of(activity),
        post_ids=tuple(post.id for post in posts if post.author_id == target.id),
        comment=to_plain(flag.comment) if "<" in flag.comment else flag.comment,
    )
    await save_report(session, complaint)
    return HANDLED


async def _find_posts(session: AsyncSession, named: Iterable[LocalUri]) -> list[Post]:
    ids = dict.fromkeys(
        one.id for one in named if one.kind in _POSTS and one.id is not None and one.id < 2**63
    )
    found = await find_posts(session, ids)
    return [found[post_id] for post_id in ids if post_id in found]


async def _find_target(
    session: AsyncSession, named: Iterable[LocalUri], posts: list[Post]
) -> Actor | None:
    for one in named:
        if one.kind in _ACTORS and one.username is not None:
            actor = await find_local_actor(session, one.username)
            if actor is not None and actor.deleted_at is None:
                return actor
    # Lemmy names a post, and nobody.
    for post in posts:
        author = await find_actor(session, post.author_id)
        if author is not None and author.is_local and author.deleted_at is None:
            return author
    return None
