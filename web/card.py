"""A post as pages show it, and a thread as a tree of such."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from markupsafe import Markup

from actors.queries import find_actors
from core.html import to_plain
from core.html_rules import is_safe_link
from db.session import AsyncSession
from federation.documents.details import Details
from posts.cards import find_cards
from posts.models import LinkCard, Post, PostTag
from posts.polls import PollState, find_polls
from posts.queries import find_posts, list_tags
from posts.quotes import Quote, find_quotes, without_fallback
from posts.visibility import Viewer
from web.person import Person, list_people, stored_html


@dataclass(frozen=True, slots=True)
class File:
    """Something attached, which stays where it is: `url` None for a picture, which is only told of.

    `kind` is the first half of its media type.
    """

    kind: str
    description: str
    url: str | None

    @property
    def host(self) -> str:
        """Where it is."""
        return urlsplit(self.url).netloc if self.url else ""


@dataclass(frozen=True, slots=True)
class Card:
    """A post with its author; `passed_on_by` is who brought it here, if not the author.

    `quote` is what it quotes for this reader, `quoted` the card of that where it is shown. `page`
    is what it links to.
    """

    post: Post
    author: Person
    passed_on_by: Person | None = None
    poll: PollState | None = None
    quote: Quote | None = None
    quoted: Card | None = None
    tags: tuple[str, ...] = ()
    page: LinkCard | None = None

    @property
    def path(self) -> str:
        """The page of the post, here."""
        return f"{self.author.path}/{self.post.id}"

    @property
    def content(self) -> Markup:
        """The text, as it was stored; without the line that names a quote which is shown."""
        text = self.post.content
        return stored_html(without_fallback(text, self.quoted.post) if self.quoted else text)

    @property
    def details(self) -> Details:
        """What only its kind has."""
        return Details.of(self.post.details)

    @property
    def files(self) -> list[File]:
        """What is attached, which is not fetched from other hosts."""
        return [_file(row) for row in self.post.attachments]

    @property
    def further_tags(self) -> list[str]:
        """The hashtags that do not stand in the text."""
        words = to_plain(self.post.content).lower()
        return [tag for tag in self.tags if f"#{tag.lower()}" not in words]

    @property
    def page_host(self) -> str:
        """Where the page is that it links to, whatever that calls itself."""
        return urlsplit(self.page.url).netloc if self.page is not None else ""

    def may_vote(self, reader: Person | None) -> bool:
        """Tell whether a reader who is signed in may still choose."""
        if self.poll is None or reader is None:
            return False
        is_own = reader.actor.id == self.post.author_id
        return not (is_own or self.poll.is_over or self.poll.own_votes)


def _file(row: Mapping[str, Any]) -> File:
    url = str(row.get("url") or "")
    kind = str(row.get("media_type") or "image").partition("/")[0]
    is_shown = kind != "image" and is_safe_link(url)
    return File(kind, str(row.get("description") or ""), url if is_shown else None)


@dataclass(slots=True)
class Branch:
    """A reply and what was answered to it."""

    card: Card
    replies: list[Branch] = field(default_factory=list)

    def further(self) -> list[Card]:
        """Return all that hangs on this one, each reply before its own replies."""
        found: list[Card] = []
        waiting = self.replies[::-1]
        while waiting:
            reply = waiting.pop()
            found.append(reply.card)
            waiting.extend(reply.replies[::-1])
        return found


@dataclass(frozen=True, slots=True)
class _Around:
    """What cards are made from, all of it read beforehand."""

    people: Mapping[int, Person]
    quotes: Mapping[int, Quote]
    polls: Mapping[int, PollState]
    tags: Mapping[int, list[PostTag]]
    pages: Mapping[str, LinkCard]

    def card(self, post: Post, *, by: Person | None = None, quotes: bool = True) -> Card:
        """Make the card of a post; within a quote, what that quotes is not shown (D31)."""
        quote = self.quotes.get(post.id) if quotes else None
        shown = quote.post if quote is not None else None
        is_shown = shown is not None and shown.author_id in self.people
        return Card(
            post=post,
            author=self.people[post.author_id],
            passed_on_by=by,
            poll=self.polls.get(post.id),
            quote=quote,
            quoted=self.card(shown, quotes=False) if shown is not None and is_shown else None,
            tags=tuple(tag.name or tag.tag for tag in self.tags.get(post.id, ())),
            page=self.pages.get(post.card_url or ""),
        )


async def list_cards(
    session: AsyncSession, posts: Sequence[Post], viewer: Viewer
) -> list[Card]:
    """Show some posts, in their order; a fixed number of queries, however many posts."""
    boosted = await find_posts(
        session, [post.boost_of_id for post in posts if post.boost_of_id is not None]
    )
    around = await _read_around(session, [*posts, *boosted.values()], viewer)
    cards: list[Card] = []
    for post in posts:
        said = boosted.get(post.boost_of_id) if post.boost_of_id is not None else post
        if said is None or not {said.author_id, post.author_id} <= around.people.keys():
            continue
        by = around.people[post.author_id] if said is not post else None
        cards.append(around.card(said, by=by))
    return cards


async def _read_around(
    session: AsyncSession, posts: Sequence[Post], viewer: Viewer
) -> _Around:
    quotes = await find_quotes(session, viewer, posts)
    shown = [*posts, *(quote.post for quote in quotes.values() if quote.post is not None)]
    people = await find_actors(session, {post.author_id for post in shown})
    asking = [post.id for post in shown if post.kind == "Question"]
    return _Around(
        people=await list_people(session, people.values()),
        quotes=quotes,
        polls=await find_polls(session, asking, viewer_id=viewer.actor_id),
        tags=await list_tags(session, [post.id for post in shown]),
        pages=await find_cards(session, [post.card_url for post in shown]),
    )


def grow(root: Post, cards: Sequence[Card]) -> list[Branch]:
    """Arrange the descendants of a post as a tree, each level in the order given.

    A reply to something that this reader does not see hangs on the root.
    """
    branches = {card.post.id: Branch(card) for card in cards}
    first: list[Branch] = []
    for branch in branches.values():
        parent = branches.get(branch.card.post.in_reply_to_id or 0)
        if parent is None or branch.card.post.in_reply_to_id == root.id:
            first.append(branch)
        else:
            parent.replies.append(branch)
    return first
