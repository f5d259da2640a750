"""A post as pages show it, and a thread as a tree of such."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from actors.queries import find_actors
from db.session import AsyncSession
from posts.models import Post
from posts.queries import find_posts
from web.person import Person, list_people, stored_html


@dataclass(frozen=True, slots=True)
class Card:
    """A post with its author; `passed_on_by` is who brought it here, if not the author."""

    post: Post
    author: Person
    passed_on_by: Person | None = None

    @property
    def path(self) -> str:
        """The page of the post, here."""
        return f"{self.author.path}/{self.post.id}"

    @property
    def content(self) -> Markup:
        """The text, as it was stored."""
        return stored_html(self.post.content)

    @property
    def pictures(self) -> list[str]:
        """What is written about the attached pictures, which are not fetched from other hosts."""
        return [str(one.get("name") or "") for one in self.post.attachments]


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


async def list_cards(session: AsyncSession, posts: Sequence[Post]) -> list[Card]:
    """Show some posts, in their order; three queries, however many posts."""
    boosted = await find_posts(
        session, [post.boost_of_id for post in posts if post.boost_of_id is not None]
    )
    everybody = {post.author_id for post in (*posts, *boosted.values())}
    people = await list_people(session, (await find_actors(session, everybody)).values())
    cards: list[Card] = []
    for post in posts:
        said = boosted.get(post.boost_of_id) if post.boost_of_id is not None else post
        if said is None or not {said.author_id, post.author_id} <= people.keys():
            continue
        by = people[post.author_id] if said is not post else None
        cards.append(Card(said, people[said.author_id], by))
    return cards


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
