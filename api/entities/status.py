"""The Status entity: posts and boosts, with authors, badges, mentions, tags and interactions.

https://docs.joinmastodon.org/entities/Status/ · `consilium` beside it: WIRE §6.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from actors.models import Actor, Badge
from actors.queries import find_actors, find_badges
from api.entities.account import account_json, acct
from api.entities.badge import badge_in_full
from api.times import api_time, api_time_or_none
from core.html import escape
from db.session import AsyncSession, settings_of
from federation.uris import LocalUris, local_uris
from posts.likes import Interactions, find_interactions
from posts.models import Post, PostTag, Visibility
from posts.queries import find_posts, list_mentioned, list_tags
from posts.visibility import Viewer

Json = dict[str, Any]
# The table of WIRE §6: stock clients know four words.
_WORDS: Mapping[Visibility, str] = {
    Visibility.PUBLIC: "public",
    Visibility.UNLISTED: "unlisted",
    Visibility.DOCTORS: "private",
    Visibility.FOLLOWERS: "private",
    Visibility.MENTIONED: "direct",
    Visibility.LOCAL: "private",
}


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """What a list of statuses is built from, all of it read beforehand."""

    viewer: Viewer
    uris: LocalUris
    boosted: Mapping[int, Post]
    parents: Mapping[int, Post]
    actors: Mapping[int, Actor]
    badges: Mapping[int, Badge]
    mentioned: Mapping[int, list[Actor]]
    tags: Mapping[int, list[PostTag]]
    interactions: Interactions | None


async def statuses(session: AsyncSession, viewer: Viewer, posts: Sequence[Post]) -> list[Json]:
    """Build statuses that the viewer may see, in their order; the number of queries is fixed."""
    if not posts:
        return []
    around = await _read_surroundings(session, viewer, posts)
    return [_status(post, around) for post in posts if _is_whole(post, around)]


async def statuses_by_id(
    session: AsyncSession, viewer: Viewer, posts: Sequence[Post]
) -> dict[int, Json]:
    """Build statuses, by the id of their post."""
    return {int(built["id"]): built for built in await statuses(session, viewer, posts)}


async def status(session: AsyncSession, viewer: Viewer, post: Post) -> Json:
    """Build one status."""
    return (await statuses(session, viewer, [post]))[0]


def visibility_word(visibility: Visibility) -> str:
    """Return the word that stock clients know for an audience."""
    return _WORDS[visibility]


async def _read_surroundings(
    session: AsyncSession, viewer: Viewer, posts: Sequence[Post]
) -> _Surroundings:
    boosted = await find_posts(session, [p.boost_of_id for p in posts if p.boost_of_id])
    shown = [*posts, *boosted.values()]
    parents = await find_posts(session, [p.in_reply_to_id for p in shown if p.in_reply_to_id])
    ids = [post.id for post in shown]
    authors = {post.author_id for post in (*shown, *parents.values())}
    actors = await find_actors(session, authors)
    return _Surroundings(
        viewer=viewer,
        uris=local_uris(settings_of(session)),
        boosted=boosted,
        parents=parents,
        actors=actors,
        badges=await find_badges(session, authors),
        mentioned=await list_mentioned(session, ids),
        tags=await list_tags(session, ids),
        interactions=await find_interactions(session, viewer.actor_id, ids)
        if viewer.actor_id is not None
        else None,
    )


def _is_whole(post: Post, around: _Surroundings) -> bool:
    """Tell whether what a boost passes on is still there."""
    return post.boost_of_id is None or post.boost_of_id in around.boosted


def _status(post: Post, around: _Surroundings) -> Json:
    author = around.actors[post.author_id]
    badge = around.badges.get(author.id)
    if post.boost_of_id is not None:
        original = _status(around.boosted[post.boost_of_id], around)
        # A boost says what it passes on, as at Mastodon: clients without boosts show that.
        said = {key: original[key] for key in _PASSED_ON} | {"reblog": original}
    else:
        said = _said(post, around) | {"reblog": None}
    shown = said | {
        "id": str(post.id),
        "created_at": api_time(post.created_at),
        "edited_at": api_time_or_none(post.edited_at),
        "visibility": visibility_word(post.visibility),
        "uri": post.uri,
        "url": post.url or post.uri,
        "account": account_json(author, badge, around.uris.base_url),
        "consilium": {
            "audience": post.visibility.value,
            "clinical": post.clinical,
            "badge": badge_in_full(badge, author.name),
        },
    }
    return shown | _mine(post, around)


_PASSED_ON = (
    "content",
    "spoiler_text",
    "sensitive",
    "language",
    "in_reply_to_id",
    "in_reply_to_account_id",
    "media_attachments",
    "mentions",
    "tags",
    "emojis",
    "card",
    "poll",
    "application",
    "replies_count",
    "reblogs_count",
    "favourites_count",
)


def _said(post: Post, around: _Surroundings) -> Json:
    parent = around.parents.get(post.in_reply_to_id or 0)
    return {
        "content": _content(post),
        "spoiler_text": post.content_warning or "",
        "sensitive": post.sensitive,
        "language": post.language,
        "in_reply_to_id": str(post.in_reply_to_id) if post.in_reply_to_id else None,
        "in_reply_to_account_id": str(parent.author_id) if parent else None,
        "media_attachments": [
            _attachment(post, index, row) for index, row in enumerate(post.attachments)
        ],
        "mentions": [_mention(actor) for actor in around.mentioned.get(post.id, ())],
        "tags": [
            {"name": tag.tag, "url": around.uris.tag_page(tag.tag)}
            for tag in around.tags.get(post.id, ())
        ],
        "emojis": [],
        "card": None,
        "poll": None,
        "application": {"name": post.app_name, "website": None} if post.app_name else None,
        "replies_count": post.replies_count,
        "reblogs_count": post.boosts_count,
        "favourites_count": post.likes_count,
    }


def _content(post: Post) -> str:
    # Articles and events of other software carry a title, which the entity has no place for.
    if not post.title:
        return post.content
    return f"<p><strong>{escape(post.title)}</strong></p>{post.content}"


def _mention(actor: Actor) -> Json:
    return {
        "id": str(actor.id),
        "username": actor.username,
        "acct": acct(actor),
        "url": actor.url or actor.uri,
    }


def _attachment(post: Post, index: int, row: Mapping[str, Any]) -> Json:
    # A file of another host is named, so that a person may open it, and typed so that no client
    # fetches it by itself: that would tell the host who reads. Ours come with the media room.
    return {
        "id": f"{post.id}{index:02d}",
        "type": "unknown",
        "url": row.get("url"),
        "preview_url": None,
        "remote_url": row.get("url"),
        "meta": {},
        "description": row.get("name") or row.get("description"),
        "blurhash": row.get("blurhash"),
    }


def _mine(post: Post, around: _Surroundings) -> Json:
    """What the viewer did with a post; strangers and programs did nothing."""
    if around.interactions is None:
        return {}
    subject = post.boost_of_id or post.id
    shown = {
        "favourited": subject in around.interactions.liked,
        "reblogged": subject in around.interactions.boosted,
        "muted": False,
        "bookmarked": False,
        "filtered": [],
    }
    is_own = post.author_id == around.viewer.actor_id and post.boost_of_id is None
    return shown | {"pinned": False} if is_own else shown
