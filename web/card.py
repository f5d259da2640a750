"""A post as pages show it, and a thread as a tree of such."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from markupsafe import Markup

from actors.queries import find_actors
from core.clock import now
from core.html import to_plain
from core.settings import Settings
from db.session import AsyncSession
from federation.documents.details import Details
from media.links import proxy_url
from moderation.filters import FilterContext, FilterMatch
from moderation.models import FilterAction
from posts.cards import find_cards
from posts.filtered import Matches, find_matches, is_hidden
from posts.models import LinkCard, Post, PostTag
from posts.polls import PollState, find_polls
from posts.queries import find_posts, list_tags
from posts.quotes import Quote, QuoteState, find_quotes, without_fallback
from posts.visibility import Viewer
from web.emojis import emoji_paths, path_here, with_emojis
from web.files import File, Shelf, make_shelf
from web.mine import Mine, find_mine
from web.person import Person, list_people, stored_html


@dataclass(frozen=True, slots=True)
class Card:
    """A post with its author; `passed_on_by` is who brought it here, if not the author.

    `entry_id` is its place in a list: of what somebody passed on that is the boost. `quote` is what
    it quotes for this reader, `quoted` the card of that where it is shown. `page` is what it links
    to. `emojis` are the paths of pictures, by name. `mine` is what the reader did with it, None
    for strangers. `warnings` are the titles of the reader's filters behind which it stands, those
    of `blurs` hide its files alone.
    """

    post: Post
    author: Person
    entry_id: int
    passed_on_by: Person | None = None
    poll: PollState | None = None
    quote: Quote | None = None
    quoted: Card | None = None
    tags: tuple[str, ...] = ()
    page: LinkCard | None = None
    page_picture: str | None = None
    files: tuple[File, ...] = ()
    emojis: Mapping[str, str] = field(default_factory=dict)
    mine: Mine | None = None
    warnings: tuple[str, ...] = ()
    blurs: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """The page of the post, here."""
        return f"{self.author.path}/{self.post.id}"

    @property
    def original(self) -> str:
        """Where its author's instance shows it."""
        return self.post.url or self.post.uri

    @property
    def shows_numbers(self) -> bool:
        """Whether its reader sees how many agree: authors alone, and never on what is clinical."""
        return self.mine is not None and self.mine.is_own and not self.post.clinical

    @property
    def content(self) -> Markup:
        """The text, as it was stored; without the line that names a quote which is shown."""
        text = self.post.content
        shown = stored_html(without_fallback(text, self.quoted.post) if self.quoted else text)
        return with_emojis(shown, self.emojis)

    def drawn(self, text: str) -> Markup:
        """Show a plain text of the post, with its emojis."""
        return with_emojis(text, self.emojis)

    @property
    def details(self) -> Details:
        """What only its kind has."""
        return Details.of(self.post.details)

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
    shelf: Shelf
    mine: Mapping[int, Mine]
    matches: Matches
    context: FilterContext | None

    def card(
        self, post: Post, *, entry: Post, by: Person | None = None, quotes: bool = True
    ) -> Card:
        """Make the card of a post; within a quote, what that quotes is not shown (D31)."""
        quote = self.quotes.get(post.id) if quotes else None
        is_accepted = quote is not None and quote.state is QuoteState.ACCEPTED
        shown = quote.post if quote is not None and is_accepted else None
        is_shown = shown is not None and shown.author_id in self.people
        page, settings = self.pages.get(post.card_url or ""), self.shelf.settings
        return Card(
            post=post,
            author=self.people[post.author_id],
            entry_id=entry.id,
            passed_on_by=by,
            poll=self.polls.get(post.id),
            quote=quote,
            quoted=self.card(shown, entry=shown, quotes=False)
            if shown is not None and is_shown
            else None,
            tags=tuple(tag.name or tag.tag for tag in self.tags.get(post.id, ())),
            page=page,
            page_picture=_picture_of(page, settings),
            files=self.shelf.files_of(post),
            emojis=emoji_paths(post.emojis, settings),
            mine=self.mine.get(post.id),
            # What hides in a list stands behind a warning where it was asked for, or is quoted.
            warnings=self._titles(post, FilterAction.WARN, FilterAction.HIDE),
            blurs=self._titles(post, FilterAction.BLUR),
        )

    def _titles(self, post: Post, *actions: FilterAction) -> tuple[str, ...]:
        """Return the titles of the filters that match a post here, and do one of these things."""
        found: Sequence[FilterMatch] = self.matches.get(post.id, ())
        if self.context is None:
            return ()
        return tuple(
            match.filter.title
            for match in found
            if match.filter.action in actions and self.context.value in match.filter.contexts
        )


def _picture_of(page: LinkCard | None, settings: Settings) -> str | None:
    if page is None or page.image_url is None:
        return None
    return path_here(proxy_url(settings, page.image_url), settings)


async def list_cards(
    session: AsyncSession,
    posts: Sequence[Post],
    viewer: Viewer,
    *,
    context: FilterContext | None = None,
    hides: bool = True,
) -> list[Card]:
    """Show some posts, in their order; a fixed number of queries, however many posts.

    `context` is where they are read, for the viewer's filters; None is where none counts. What they
    hide there is left out, or with `hides` off stands behind a warning.
    """
    boosted = await find_posts(
        session, [post.boost_of_id for post in posts if post.boost_of_id is not None]
    )
    around = await _read_around(session, [*posts, *boosted.values()], viewer, context)
    left_out = context if hides else None
    cards: list[Card] = []
    for post in posts:
        said = boosted.get(post.boost_of_id) if post.boost_of_id is not None else post
        if said is None or not {said.author_id, post.author_id} <= around.people.keys():
            continue
        if is_hidden(post, around.matches, left_out):
            continue
        by = around.people[post.author_id] if said is not post else None
        cards.append(around.card(said, entry=post, by=by))
    return cards


async def _read_around(
    session: AsyncSession, posts: Sequence[Post], viewer: Viewer, context: FilterContext | None
) -> _Around:
    quotes = await find_quotes(session, viewer, posts)
    shown = [*posts, *(quote.post for quote in quotes.values() if quote.post is not None)]
    people = await find_actors(session, {post.author_id for post in shown})
    asking = [post.id for post in shown if post.kind == "Question"]
    polls = await find_polls(session, asking, viewer_id=viewer.actor_id)
    return _Around(
        people=await list_people(session, people.values()),
        quotes=quotes,
        polls=polls,
        tags=await list_tags(session, [post.id for post in shown]),
        pages=await find_cards(session, [post.card_url for post in shown]),
        shelf=await make_shelf(session, shown, viewer_id=viewer.actor_id, moment=now()),
        mine=await find_mine(session, viewer, shown, people),
        matches=await find_matches(session, viewer, shown, polls) if context else {},
        context=context,
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
