"""What many talk of in public now: hashtags, posts and links, computed anew every few minutes.

Only from public posts of people who want to be discovered, never from what is clinical, and not of
hosts that an administrator restricts. People are counted, not uses: nobody makes a trend alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlmodel import col

from actors.models import Actor
from core.clock import now
from core.ids import id_at
from db.jobs import upsert
from db.session import AsyncSession, Database
from moderation.policy import PeerPolicy, policies_of
from posts.cards import find_cards
from posts.models import LinkCard, Post, PostTag, Trend, TrendKind
from posts.tags import DAYS, DayOfUse, day_of, is_public_talk, last_days
from posts.timelines import is_wanted
from posts.visibility import Viewer, visible_to

# So many of the newest public posts are looked at, and so many trends of a kind are kept.
CONSIDERED = 20_000
KEPT = 100
FEWEST_PEOPLE = 2
# After this time an approval counts half.
HALF_LIFE_H = 12.0


@dataclass(frozen=True, slots=True)
class TrendingLink:
    """A page that several people link to, and how much it is linked to on each of the last days."""

    card: LinkCard
    days: tuple[DayOfUse, ...]


@dataclass(frozen=True, slots=True)
class _Said:
    """What counts of one post."""

    id: int
    author_id: int
    link: str | None
    approvals: int
    may_trend: bool


@dataclass(slots=True)
class _Talk:
    """Who used a tag or a link on which day, and how often."""

    people: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    uses: dict[int, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, said: _Said) -> None:
        """Count a post."""
        day = day_of(said.id)
        self.people[day].add(said.author_id)
        self.uses[day] += 1

    @property
    def is_of_several(self) -> bool:
        """Whether more than a few people talk of it."""
        return len(set().union(*self.people.values())) >= FEWEST_PEOPLE

    def score(self, today: int) -> float:
        """Return how many people talk of it, each day counting half of the next one."""
        return sum(len(who) * 0.5 ** (today - day) for day, who in self.people.items())


async def compute_trends(database: Database) -> None:
    """Write the trends of now in place of those of before."""
    rows = await database.look(_compute)

    async def write(session: AsyncSession) -> None:
        await session.execute(delete(Trend))
        if rows:
            # Another process may be as far.
            put = upsert(session, Trend).values(rows)
            await session.execute(put.on_conflict_do_nothing())

    await database.unit(write)


async def _compute(session: AsyncSession) -> list[dict[str, Any]]:
    said = await _public_talk(session)
    tags: dict[str, _Talk] = defaultdict(_Talk)
    links: dict[str, _Talk] = defaultdict(_Talk)
    for one, tag in await _tagged(session, said):
        tags[tag].add(one)
    for one in said.values():
        if one.link is not None:
            links[one.link].add(one)
    today = day_of(id_at(now()))
    moment = now()
    rows = [
        *_talked_of(TrendKind.TAG, tags, today),
        *_talked_of(TrendKind.LINK, links, today),
        *_approved_of(said.values()),
    ]
    return [row | {"computed_at": moment} for row in rows]


async def _public_talk(session: AsyncSession) -> dict[int, _Said]:
    """Return the newest public posts of people who want to be discovered."""
    statement = (
        select(
            col(Post.id),
            col(Post.author_id),
            col(Post.card_url),
            col(Post.likes_count) + col(Post.boosts_count),
            col(Actor.indexable)
            & col(Post.sensitive).is_(False)
            & col(Post.content_warning).is_(None)
            & col(Post.in_reply_to_uri).is_(None),
            col(Actor.host),
        )
        .join(Actor, col(Actor.id) == col(Post.author_id))
        .where(
            *is_public_talk(),
            col(Actor.discoverable).is_(True),
            col(Post.id) >= id_at(now() - timedelta(days=DAYS)),
        )
        .order_by(col(Post.id).desc())
        .limit(CONSIDERED)
    )
    rows = (await session.execute(statement)).all()
    policies = await policies_of(session, {host for *_, host in rows})
    return {
        row[0]: _Said(row[0], row[1], row[2], row[3], bool(row[4]))
        for row in rows
        if _counts(policies[row[5]])
    }


def _counts(policy: PeerPolicy) -> bool:
    is_restricted = policy.forces_warning or policy.holds or policy.rejects_media
    return policy.is_spoken_to and not is_restricted


async def _tagged(session: AsyncSession, said: dict[int, _Said]) -> list[tuple[_Said, str]]:
    if not said:
        return []
    statement = select(col(PostTag.post_id), col(PostTag.tag)).where(
        col(PostTag.post_id).between(min(said), max(said))
    )
    rows = (await session.execute(statement)).all()
    return [(said[post_id], tag) for post_id, tag in rows if post_id in said]


def _talked_of(kind: TrendKind, talks: dict[str, _Talk], today: int) -> list[dict[str, Any]]:
    several = {key: talk for key, talk in talks.items() if talk.is_of_several}
    scores = {key: talk.score(today) for key, talk in several.items()}
    best = sorted(scores, key=lambda key: (-scores[key], key))[:KEPT]
    return [
        {
            "kind": kind.value,
            "key": key,
            "score": scores[key],
            "history": [
                [day, several[key].uses[day], len(several[key].people[day])]
                for day in sorted(several[key].uses)
            ],
        }
        for key in best
    ]


def _approved_of(said: Iterable[_Said]) -> list[dict[str, Any]]:
    hour = id_at(now()) / _IDS_AN_HOUR
    scores = {
        one.id: one.approvals * 0.5 ** ((hour - one.id / _IDS_AN_HOUR) / HALF_LIFE_H)
        for one in said
        if one.may_trend and one.approvals >= FEWEST_PEOPLE
    }
    best = sorted(scores, key=lambda post_id: (-scores[post_id], -post_id))[:KEPT]
    return [
        {"kind": TrendKind.POST.value, "key": str(key), "score": scores[key], "history": []}
        for key in best
    ]


_IDS_AN_HOUR = (3_600 * 1_000) << 16


async def list_trending_tags(session: AsyncSession, *, limit: int, offset: int) -> list[str]:
    """Return a page of the hashtags that many use now, most first."""
    return [trend.key for trend in (await _kept(session, TrendKind.TAG))[offset:][:limit]]


async def list_trending_posts(
    session: AsyncSession, viewer: Viewer, *, limit: int, offset: int
) -> list[Post]:
    """Return a page of the posts that many approve of now, most first, as far as one wants them."""
    ids = [int(trend.key) for trend in await _kept(session, TrendKind.POST)]
    statement = (
        select(Post)
        .join(Actor, col(Actor.id) == col(Post.author_id))
        .where(
            col(Post.id).in_(ids),
            *is_public_talk(),
            col(Actor.discoverable).is_(True),
            col(Actor.indexable).is_(True),
            visible_to(viewer),
        )
    )
    if viewer.actor_id is not None:
        statement = statement.where(is_wanted(viewer.actor_id, now()))
    found = {post.id: post for post in await session.scalars(statement)}
    return [found[post_id] for post_id in ids if post_id in found][offset:][:limit]


async def list_trending_links(
    session: AsyncSession, *, limit: int, offset: int
) -> list[TrendingLink]:
    """Return a page of the links that many share now, most first; those with a preview."""
    trends = await _kept(session, TrendKind.LINK)
    cards = await find_cards(session, [trend.key for trend in trends])
    today = day_of(id_at(now()))
    found = []
    for trend in trends:
        if trend.key in cards:
            counted = {(trend.key, day): (uses, people) for day, uses, people in trend.history}
            found.append(TrendingLink(cards[trend.key], last_days(today, counted, trend.key)))
    return found[offset:][:limit]


async def _kept(session: AsyncSession, kind: TrendKind) -> list[Trend]:
    statement = select(Trend).where(col(Trend.kind) == kind.value)
    ordered = statement.order_by(col(Trend.score).desc(), col(Trend.key)).limit(KEPT)
    return list(await session.scalars(ordered))
