"""The Status entity: posts and boosts, with authors, badges, mentions, tags and interactions.

https://docs.joinmastodon.org/entities/Status/ · `consilium` beside it: WIRE §6.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from actors.models import Actor, Badge
from actors.queries import find_actors, find_badges
from api.entities.account import account_json
from api.entities.attachment import attachments
from api.entities.badge import badge_in_full
from api.entities.card import card_json
from api.entities.content import content_of, mention_json
from api.entities.emoji import emojis
from api.entities.filter import filter_results
from api.entities.poll import poll_json
from api.entities.quote import approval_json, quote_json, shallow_quote_json
from api.times import api_time, api_time_or_none
from core.settings import Settings
from db.session import AsyncSession, settings_of
from federation.uris import LocalUris, local_uris
from media.links import proxy_url
from moderation.filters import FilterContext
from posts.cards import find_cards
from posts.files import find_refused
from posts.filtered import Matches, find_matches, is_hidden
from posts.likes import Interactions, find_interactions
from posts.models import LinkCard, Post, PostTag, Visibility
from posts.polls import PollState, find_polls
from posts.queries import find_posts, list_mentioned, list_tags
from posts.quotes import Quote, QuoteState, find_quotes
from posts.quoting import Approval, find_approvals
from posts.reactions import ReactionCount, list_reactions
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
    settings: Settings
    uris: LocalUris
    boosted: Mapping[int, Post]
    quotes: Mapping[int, Quote]
    approvals: Mapping[int, Approval]
    polls: Mapping[int, PollState]
    parents: Mapping[int, Post]
    actors: Mapping[int, Actor]
    badges: Mapping[int, Badge]
    mentioned: Mapping[int, list[Actor]]
    tags: Mapping[int, list[PostTag]]
    interactions: Interactions | None
    reactions: Mapping[int, list[ReactionCount]]
    cards: Mapping[str, LinkCard]
    refused: Collection[str]
    matches: Matches


async def statuses(
    session: AsyncSession,
    viewer: Viewer,
    posts: Sequence[Post],
    *,
    context: FilterContext | None = None,
) -> list[Json]:
    """Build statuses that the viewer may see, in their order; the number of queries is fixed.

    `context` is where they are read: what the viewer's filters hide there is left out.
    """
    if not posts:
        return []
    around = await _read_surroundings(session, viewer, posts)
    return [
        _status(post, around)
        for post in posts
        if _is_whole(post, around) and not is_hidden(post, around.matches, context)
    ]


async def statuses_by_id(
    session: AsyncSession,
    viewer: Viewer,
    posts: Sequence[Post],
    *,
    context: FilterContext | None = None,
) -> dict[int, Json]:
    """Build statuses, by the id of their post."""
    found = await statuses(session, viewer, posts, context=context)
    return {int(built["id"]): built for built in found}


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
    said = [*posts, *boosted.values()]
    quotes = await find_quotes(session, viewer, said)
    quoted = [quote.post for quote in quotes.values() if quote.post is not None]
    shown = [*said, *quoted]
    # What a quoted post quotes itself is only named (D31).
    quotes = await find_quotes(session, viewer, quoted) | quotes
    asking = [post.id for post in shown if post.kind == "Question"]
    parents = await find_posts(session, [p.in_reply_to_id for p in shown if p.in_reply_to_id])
    ids = [post.id for post in shown]
    authors = {post.author_id for post in (*shown, *parents.values())}
    actors = await find_actors(session, authors)
    polls = await find_polls(session, asking, viewer_id=viewer.actor_id)
    return _Surroundings(
        viewer=viewer,
        settings=settings_of(session),
        uris=local_uris(settings_of(session)),
        boosted=boosted,
        quotes=quotes,
        approvals=await find_approvals(session, viewer, shown, actors),
        polls=polls,
        parents=parents,
        actors=actors,
        badges=await find_badges(session, authors),
        mentioned=await list_mentioned(session, ids),
        tags=await list_tags(session, ids),
        interactions=await find_interactions(session, viewer.actor_id, ids)
        if viewer.actor_id is not None
        else None,
        reactions=await list_reactions(session, ids, viewer),
        cards=await find_cards(session, [post.card_url for post in shown]),
        refused=await find_refused(session, shown),
        matches=await find_matches(session, viewer, shown, polls),
    )


def _is_whole(post: Post, around: _Surroundings) -> bool:
    """Tell whether what a boost passes on is still there."""
    return post.boost_of_id is None or post.boost_of_id in around.boosted


def _status(post: Post, around: _Surroundings, *, is_quoted: bool = False) -> Json:
    author = around.actors[post.author_id]
    badge = around.badges.get(author.id)
    if post.boost_of_id is not None:
        original = _status(around.boosted[post.boost_of_id], around)
        # A boost says what it passes on, as at Mastodon: clients without boosts show that.
        said = {key: original[key] for key in _PASSED_ON} | {"reblog": original}
    else:
        said = _said(post, around) | {"reblog": None, "quote": _quote(post, around, is_quoted)}
    shown = said | {
        "id": str(post.id),
        "created_at": api_time(post.created_at),
        "edited_at": api_time_or_none(post.edited_at),
        "visibility": visibility_word(post.visibility),
        "uri": post.uri,
        "url": post.url or post.uri,
        "account": account_json(author, badge, around.settings),
        "consilium": {
            "audience": post.visibility.value,
            "clinical": post.clinical,
            "badge": badge_in_full(badge, author.name),
            "reactions": [
                _reaction(given, around.settings)
                for given in around.reactions.get(post.boost_of_id or post.id, ())
            ],
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
    "quote",
    "quote_approval",
    "application",
    "replies_count",
    "reblogs_count",
    "favourites_count",
    "quotes_count",
)


def _said(post: Post, around: _Surroundings) -> Json:
    parent = around.parents.get(post.in_reply_to_id or 0)
    card = around.cards.get(post.card_url or "")
    return {
        "content": content_of(post, around.quotes.get(post.id)),
        "spoiler_text": post.content_warning or "",
        "sensitive": post.sensitive,
        "language": post.language,
        "in_reply_to_id": str(post.in_reply_to_id) if post.in_reply_to_id else None,
        "in_reply_to_account_id": str(parent.author_id) if parent else None,
        "media_attachments": attachments(
            post,
            around.settings,
            viewer_id=around.viewer.actor_id,
            refused=around.refused,
        ),
        "mentions": [mention_json(actor) for actor in around.mentioned.get(post.id, ())],
        "tags": [
            {"name": tag.tag, "url": around.uris.tag_page(tag.tag)}
            for tag in around.tags.get(post.id, ())
        ],
        "emojis": emojis(post.emojis, around.settings),
        "card": card_json(card, around.settings) if card is not None else None,
        "poll": _poll(post, around),
        "application": {"name": post.app_name, "website": None} if post.app_name else None,
        "replies_count": post.replies_count,
        "reblogs_count": post.boosts_count,
        "favourites_count": post.likes_count,
        "quotes_count": post.quotes_count,
        "quote_approval": approval_json(around.approvals[post.id]),
        "tagged_collections": [],
    }


def _reaction(given: ReactionCount, settings: Settings) -> Json:
    url = proxy_url(settings, given.icon_url) if given.icon_url else None
    return {"name": given.name, "count": given.count, "me": given.is_mine, "url": url}


def _poll(post: Post, around: _Surroundings) -> Json | None:
    state = around.polls.get(post.id)
    if state is None:
        return None
    me = around.viewer.actor_id
    shown = emojis(post.emojis, around.settings)
    return poll_json(state, viewer_id=me, emojis=shown, is_own=post.author_id == me)


def _quote(post: Post, around: _Surroundings, is_quoted: bool) -> Json | None:
    """Build the Quote entity; within a quoted post, a ShallowQuote."""
    quote = around.quotes.get(post.id)
    if quote is None:
        return None
    quoted = quote.post
    if is_quoted:
        return shallow_quote_json(quote)
    if quoted is None:
        return quote_json(quote, None)
    if quoted.author_id not in around.actors:
        return quote_json(Quote(QuoteState.DELETED), None)
    return quote_json(quote, _status(quoted, around, is_quoted=True))


def _mine(post: Post, around: _Surroundings) -> Json:
    """What the viewer did with a post; strangers and programs did nothing."""
    if around.interactions is None:
        return {}
    subject = post.boost_of_id or post.id
    shown = {
        "favourited": subject in around.interactions.liked,
        "reblogged": subject in around.interactions.boosted,
        "muted": subject in around.interactions.muted,
        "bookmarked": subject in around.interactions.bookmarked,
        "filtered": filter_results(around.matches.get(subject, ())),
    }
    is_own = post.author_id == around.viewer.actor_id and post.boost_of_id is None
    pinned = {"pinned": post.id in around.interactions.pinned}
    return shown | pinned if is_own else shown
