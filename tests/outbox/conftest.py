"""What the tests of the outbox share: activities owed, read back, claimed and answered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import select
from sqlmodel import col

from actors.models import Actor
from core.html import escape
from core.ids import new_id
from outbox import queries
from outbox.deliver import Result, record
from outbox.models import Delivery, OutboxActivity
from outbox.publish import publish
from outbox.recipients import Inbox
from posts.documents import address
from posts.drafts import Draft
from posts.models import Post, Visibility
from posts.save import save_post

B = "b.localhost:8002"


@pytest.fixture
def sent(session) -> Callable[..., Awaitable[list[tuple[str, dict]]]]:
    """`await sent("Follow")`: the (inbox, activity) that are owed, oldest first."""

    async def read(kind: str | None = None) -> list[tuple[str, dict]]:
        statement = (
            select(col(Delivery.inbox), col(OutboxActivity.body))
            .join(OutboxActivity, col(OutboxActivity.id) == col(Delivery.activity_id))
            .where(col(Delivery.due_at).is_not(None))
            .order_by(col(Delivery.id))
        )
        rows = [
            (inbox, orjson.loads(body)) for inbox, body in (await session.execute(statement)).all()
        ]
        return [row for row in rows if kind is None or row[1]["type"] == kind]

    return read


@pytest.fixture
def owe(session):
    """`await owe(alice, "Like", thing, host=…)`: an activity owed to a host's shared inbox."""

    async def write(
        actor, kind: str, thing: str, *, hosts: tuple[str, ...] = (B,), **how: object
    ) -> OutboxActivity:
        activity = {
            "@context": ["https://www.w3.org/ns/activitystreams"],
            "id": f"{actor.uri}/activities/{new_id()}",
            "type": kind,
            "actor": actor.uri,
            "object": thing,
        }
        inboxes = [Inbox(f"http://{host}/inbox", host) for host in hosts]
        stored = await publish(session, actor, activity, inboxes=inboxes, **how)
        assert stored is not None
        return stored

    return write


@pytest.fixture
def claim(session):
    """`await claim()`: what may be sent now, held for a lease."""

    async def read() -> list[queries.Owed]:
        return await queries.claim(session, hosts=32)

    return read


@pytest.fixture
def answer(session):
    """`await answer(owed, 503, retry_after=…)`: write down what came back; None: no answer."""

    async def write(
        owed: queries.Owed, status: int | None, *, retry_after: timedelta | None = None
    ) -> Delivery:
        error = "no connection" if status is None else f"answered {status}"
        await record(session, Result(owed, status, retry_after, error))
        return await session.get_one(Delivery, owed.id, populate_existing=True)

    return write


@pytest.fixture
def draft():
    """`draft("text", Visibility.DOCTORS, mentioned=[bob], parent=post)`: as if it was prepared."""

    def make(text: str, visibility: Visibility, **values: Any) -> Draft:
        values["mentioned"] = tuple(values.get("mentioned", ()))
        return Draft(text=text, html=escape(text), visibility=visibility, **values)

    return make


@pytest.fixture
def remote_post(session):
    """`await remote_post(bob, Visibility.FOLLOWERS)`: a post that came from elsewhere."""

    async def save(
        author: Actor, visibility: Visibility, *, parent: Post | None = None, **values: Any
    ) -> Post:
        addressing = address(visibility, author, [])
        number = new_id()
        values = {"to_uris": list(addressing.to), "cc_uris": list(addressing.cc)} | values
        post = Post(
            id=number,
            uri=f"{author.uri}/posts/{number}",
            author_id=author.id,
            visibility=visibility,
            content="<p>…</p>",
            in_reply_to_id=parent.id if parent else None,
            **values,
        )
        return await save_post(session, post, author=author)

    return save
