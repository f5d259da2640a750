"""A list costs the same number of queries whether it has one item or forty."""

from __future__ import annotations

import re
from contextlib import contextmanager

import pytest
import pytest_asyncio
from sqlalchemy import event

import factories
from actors.blocks import save_block, save_mute
from actors.domain_blocks import save_domain_block
from actors.endorsements import save_endorsement
from actors.follows import save_follow
from actors.lists import add_members, make_list
from actors.models import ActorList
from core.clock import now
from federation.documents.question import OptionDocument, PollDocument
from moderation.models import Filter, FilterKeyword, FilterStatus
from notifications.notify import notify_mention
from posts.bookmarks import save_bookmark
from posts.cards import key_of
from posts.conversations import note_talk
from posts.featured_tags import feature_tag
from posts.followed_tags import follow_tag
from posts.likes import save_like
from posts.models import LinkCard, Post, Trend, Visibility
from posts.polls import save_poll
from posts.timelines import fan_out
from writing import boost, write

ADDRESS = "https://journal.example/{}"
ENTRY = "/api/v1/timelines/"
# What is filled below; `{me}`, `{root}` and the others are ids. Of the Search entity all three.
LISTS = (
    f"{ENTRY}home",
    f"{ENTRY}public",
    f"{ENTRY}tag/ecg",
    f"{ENTRY}list/{{first_list}}",
    f"{ENTRY}link?url=https://journal.example/all",
    "/api/v1/accounts/{me}/statuses",
    "/api/v1/accounts/{me}/followers",
    "/api/v1/accounts/{me}/following",
    "/api/v1/accounts/search?q=reader",
    "/api/v1/accounts/relationships?{ids}",
    "/api/v1/accounts?{ids}",
    "/api/v1/statuses?{posts}",
    "/api/v1/statuses/{root}/context",
    "/api/v1/statuses/{root}/favourited_by",
    "/api/v1/statuses/{root}/reblogged_by",
    "/api/v1/favourites",
    "/api/v1/bookmarks",
    "/api/v1/conversations",
    "/api/v1/notifications",
    "/api/v2/notifications",
    "/api/v2/search?q=valve",
    "/api/v1/trends/tags",
    "/api/v1/trends/statuses",
    "/api/v1/trends/links",
    "/api/v1/follow_requests",
    "/api/v1/blocks",
    "/api/v1/mutes",
    "/api/v1/domain_blocks",
    "/api/v1/endorsements",
    "/api/v1/followed_tags",
    "/api/v1/featured_tags",
    "/api/v1/lists",
    "/api/v1/lists/{first_list}/accounts",
    "/api/v2/filters",
    "/api/v1/filters",
)
# These show no more than ten or twenty, however many they are asked for.
FEW = {"/api/v1/trends/tags", "/api/v1/trends/links"}


class World:
    """One person and everything of theirs that is shown in lists, more and more of it."""

    def __init__(self, house, me, filled):
        self.house, self.me = house, me
        self.count = 0
        self.names = {"me": me.id}
        self.people, self.posts = filled, []

    async def grow(self, more):
        async with self.house.database.transaction() as session:
            self.session = session
            for _ in range(more):
                self.count += 1
                await self._add_one(self.count)
        self.names["ids"] = "&".join(f"id[]={one.id}" for one in self.people[-40:])
        self.names["posts"] = "&".join(f"id[]={one.id}" for one in self.posts[-20:])

    async def _add_one(self, number):
        session, me = self.session, self.me.actor
        if number == 1:
            root = await write(session, me, content="<p>root</p>")
            quoted = await write(session, me, content="<p>quoted</p>", quote_policy="public")
            shelf = await make_list(session, me.id, "first")
            self.names |= {"root": root.id, "first_list": shelf.id, "quoted": quoted.id}
        other = await self._person(f"reader{number}")
        self.people.append(other)
        await save_follow(session, me, other, uri=f"{me.uri}/f/{number}", accepted=True)
        await save_follow(session, other, me, uri=f"{other.uri}/f", accepted=True)
        await self._relations(number, other)
        for author in (other, me):
            await self._say(author, number)
        talk = await write(session, other, Visibility.MENTIONED, mentioned=[me])
        await note_talk(session, talk)

    async def _person(self, name):
        made = await factories.make_remote_actor(self.session, name, doctor=True)
        made.discoverable = made.indexable = True
        made.emojis = [{"name": ":a:", "url": "https://b.example/a.png", "icon_url": ""}]
        return made

    async def _relations(self, number, other):
        session, me = self.session, self.me.actor
        asking, blocked, muted = [
            await self._person(f"{kind}{number}") for kind in ("asking", "blocked", "muted")
        ]
        await save_follow(session, asking, me, uri=f"{asking.uri}/f", accepted=False)
        await save_block(session, me, blocked, uri=f"{me.uri}/b/{number}")
        await save_mute(session, me, muted)
        await save_domain_block(session, me.id, f"d{number}.example")
        await save_endorsement(session, me.id, other.id)
        await follow_tag(session, me.id, f"tag{number}")
        if number <= 10:
            await feature_tag(session, me.id, f"tag{number}")
        await add_members(session, await session.get(ActorList, self.names["first_list"]),
                          [other.id])  # fmt: skip
        await make_list(session, me.id, f"list {number}")
        kept = Filter(actor_id=me.id, title=f"filter {number}", contexts=["home"])
        session.add(kept)
        await session.flush()
        session.add(FilterKeyword(filter_id=kept.id, keyword=f"never{number}"))
        session.add(FilterStatus(filter_id=kept.id, post_id=self.names["root"]))
        root = await session.get(Post, self.names["root"])
        await save_like(session, other, root, f"{other.uri}/l/{root.id}")
        await boost(session, other, root)

    async def _say(self, author, number):
        """Write posts with everything that a status may have."""
        session, me = self.session, self.me.actor
        url, all_link = ADDRESS.format(number), ADDRESS.format("all")
        post = await write(
            session, author, mentioned=[me], tags=["ecg", f"valve{number}"], kind="Question",
            content=f'<p>valve <a href="{url}">a</a></p>', language="fr",
            quote_uri="x", quote_of_id=self.names["quoted"],
            attachments=[{"url": "https://b.localhost/a.png", "media_type": "image/png",
                          "description": "ECG"}],
            emojis=[{"name": ":a:", "url": "https://b.example/a.png", "icon_url": ""}],
        )  # fmt: skip
        poll = PollDocument(options=(OptionDocument("a", 1), OptionDocument("b", 2)))
        await save_poll(session, post, poll)
        root = await session.get(Post, self.names["root"])
        answer = await write(session, author, answers=root, content="<p>answer</p>")
        linking = await write(session, author, content=f'<p><a href="{all_link}">a</a></p>')
        for one in (post, answer, linking):
            await fan_out(session, one, author)
            self.posts.append(one)
        for address in (url, all_link):
            card = LinkCard(key=key_of(address), url=address, title="A", fetched_at=now())
            await session.merge(card)
        await save_like(session, me, post, f"{me.uri}/l/{post.id}")
        await save_bookmark(session, me.id, post.id)
        await notify_mention(session, post, author, [me.id])
        for kind, key in (("tag", f"valve{number}"), ("post", str(post.id)), ("link", url)):
            await session.merge(Trend(kind=kind, key=key, score=number))


@contextmanager
def counted(database):
    """Count the statements that a database is asked."""
    asked = []

    def note(_connection, _cursor, statement, *_):
        if re.match(r"\s*(SELECT|WITH|INSERT|UPDATE|DELETE)", statement):
            asked.append(statement)

    engines = [database.engine.sync_engine, database.direct_engine]
    heard = [engine for engine in engines if engine is not None]
    for engine in heard:
        event.listen(engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        for engine in heard:
            event.remove(engine, "before_cursor_execute", note)


def size_of(answer):
    if isinstance(answer, list):
        return len(answer)
    return sum(len(part) for part in answer.values() if isinstance(part, list))


@pytest_asyncio.fixture
async def world(house, alice):
    async with house.database.transaction() as session:
        mine = await session.merge(alice.actor)
        mine.discoverable = mine.indexable = True
    made = World(house, alice, [])
    await made.grow(1)
    return made


async def ask_all(world):
    """Ask for every list; return how many queries each cost, what they were, and its size."""
    found = {}
    for path in LISTS:
        address = path.format(**world.names)
        address += ("&" if "?" in address else "?") + "limit=40"
        with counted(world.house.database) as asked:
            answer = (await world.me.page(address)).json
        found[path] = (list(asked), size_of(answer))
    return found


@pytest.mark.timeout(300)
async def test_forty_items_cost_as_many_queries_as_one(world):
    few = await ask_all(world)
    await world.grow(39)
    many = await ask_all(world)

    assert {path for path, (_, size) in few.items() if not size} == set()
    grown = {path: (few[path][1], size) for path, (_, size) in many.items()}
    assert {path for path, (before, after) in grown.items() if after < before + 8} == set()
    costs = {path: (len(few[path][0]), len(asked)) for path, (asked, _) in many.items()}
    dearer = {path: cost for path, cost in costs.items() if cost[1] > cost[0]}
    assert dearer == {}
