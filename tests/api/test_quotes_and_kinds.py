"""What the Status entity makes of quotes, events, films and files."""

from __future__ import annotations

import pytest
from sqlalchemy import event

from actors.models import Actor, Block
from core.ids import new_id
from posts.consent import settle, settle_waiting
from posts.models import Post, Visibility
from posts.quotes import join_quotes
from posts.save import save_post

STATUSES = "/api/v1/statuses"
PAGE = "http://b.localhost:8002/@bob/7"


@pytest.fixture
def say(house):
    """`await say(bob, quote=post, …)`: a public post of elsewhere."""

    async def save(author: Actor, *, quote: Post | None = None, **values) -> Post:
        number = new_id()
        values = {"visibility": Visibility.PUBLIC, "content": f"<p>{number}</p>"} | values
        post = Post(id=number, uri=f"{author.uri}/posts/{number}", author_id=author.id, **values)
        if quote is not None:
            post.quote_uri, post.quote_of_id = quote.uri, quote.id
        async with house.database.transaction() as session:
            await save_post(session, post, author=author)
            await settle(session, post)
        return post

    return save


async def test_a_quote_is_shown_one_level_deep_and_named_below(house, alice, say):
    bob = await house.remote()
    posts = [await say(bob)]
    for _ in range(4):
        posts.append(await say(bob, quote=posts[-1]))

    shown = await alice.get(f"{STATUSES}/{posts[-1].id}")

    quote = shown["quote"]
    assert (quote["state"], quote["quoted_status"]["id"]) == ("accepted", str(posts[-2].id))
    assert quote["quoted_status"]["quote"] == {
        "state": "accepted",
        "quoted_status_id": str(posts[-3].id),
    }


async def test_D31_posts_that_quote_each_other_are_shown(house, alice, say):
    bob = await house.remote()
    first = await say(bob)
    second = await say(bob, quote=first)
    async with house.database.transaction() as session:
        changed = await session.get_one(Post, first.id)
        changed.quote_uri, changed.quote_of_id = second.uri, second.id
        await settle(session, changed)

    shown = await alice.get(f"{STATUSES}/{first.id}")

    quoted = shown["quote"]["quoted_status"]
    assert quoted["id"] == str(second.id)
    assert quoted["quote"] == {"state": "accepted", "quoted_status_id": str(first.id)}


async def test_a_quote_that_is_not_shown_says_why(house, alice, say):
    bob = await house.remote()
    waits = await say(bob, quote_uri="http://c.example/1")
    hidden = await say(bob, quote=await say(bob, visibility=Visibility.FOLLOWERS))
    blocking = await house.remote("zoe", host="z.localhost:8005")
    unwanted = await say(bob, quote=await say(blocking))
    async with house.database.transaction() as session:
        session.add(Block(blocker_id=blocking.id, blocked_id=alice.actor.id, uri="x"))

    # What is hidden looks as what is not here.
    for post, state in ((waits, "pending"), (hidden, "pending"), (unwanted, "unauthorized")):
        shown = await alice.get(f"{STATUSES}/{post.id}")
        assert shown["quote"] == {"state": state, "quoted_status": None}
    assert (await alice.say())["quote"] is None


@pytest.mark.parametrize(
    ("content", "left"),
    [
        # Mastodon
        (
            '<p class="quote-inline">RE: <a href="{}" rel="nofollow"><span class="invisible">'
            "http://</span><span>b.localhost</span></a></p><p>Oui</p>",
            "<p>Oui</p>",
        ),
        # Akkoma
        (
            '<p>Oui<span class="quote-inline"><br><br>RE: <a href="{}">{}</a></span></p>',
            "<p>Oui</p>",
        ),
        # Misskey
        ('<p>Oui<br><br>RE: <a href="{}" rel="nofollow">{}</a></p>', "<p>Oui</p>"),
        ('<p>Oui</p><p>RE: <a href="{}">{}</a></p>', "<p>Oui</p>"),
        ('<p>RE: <a href="{}">{}</a> a raison</p>', '<p>RE: <a href="{}">{}</a> a raison</p>'),
    ],
)
async def test_the_line_that_names_a_quote_goes_where_the_quote_is_shown(
    house, alice, say, content, left
):
    bob = await house.remote()
    quoted = await say(bob, url=PAGE)
    content, left = content.replace("{}", PAGE), left.replace("{}", PAGE)

    shows = await say(bob, quote=quoted, content=content)
    waits = await say(bob, quote_uri="http://c.example/1", content=content)

    assert (await alice.get(f"{STATUSES}/{shows.id}"))["content"] == left
    assert (await alice.get(f"{STATUSES}/{waits.id}"))["content"] == content


async def test_what_only_an_event_or_a_film_has_is_a_line_of_its_text(house, alice, say):
    bob = await house.remote()
    when = {"starts_at": "2026-11-22T18:00:00Z", "ends_at": "2026-11-22T19:30:00Z"}
    staff = await say(
        bob, kind="Event", title="Staff <1>", content="<p>x</p>", details=when | {"place": "Lyon"}
    )
    film = await say(bob, kind="Video", content="", details={"duration_s": 62})

    assert (await alice.get(f"{STATUSES}/{staff.id}"))["content"] == (
        "<p><strong>Staff &lt;1&gt;</strong></p>"
        "<p>2026-11-22 18:00 – 19:30 UTC · Lyon</p><p>x</p>"
    )
    assert (await alice.get(f"{STATUSES}/{film.id}"))["content"] == "<p>1:02</p>"


async def test_a_file_tells_its_size_and_what_of_it_matters(house, alice, say):
    bob = await house.remote()
    row = {"url": "http://b.localhost:8002/1.png", "media_type": "image/png", "description": "ECG"}
    post = await say(
        bob, attachments=[row | {"width": 200, "height": 100, "focus_x": 0.5, "focus_y": -1.0}]
    )

    (file,) = (await alice.get(f"{STATUSES}/{post.id}"))["media_attachments"]

    assert (file["type"], file["description"], file["preview_url"]) == ("unknown", "ECG", None)
    assert file["meta"]["original"] == {"width": 200, "height": 100, "size": "200x100", "aspect": 2}
    assert file["meta"]["focus"] == {"x": 0.5, "y": -1.0}


async def test_the_number_of_queries_does_not_grow_with_quotes_and_polls(house, alice, say):
    bob, chloe = await house.remote(), await house.remote("zoe", host="z.localhost:8005")
    for author in (bob, chloe, bob, chloe, bob):
        await say(bob, quote=await say(author, quote=await say(chloe)))
        await alice.say("?", poll={"options": ["a", "b"], "expires_in": 600})

    async def count(limit):
        counted = []
        engine = house.database.engine.sync_engine
        listen = lambda *_: counted.append(1)  # noqa: E731
        event.listen(engine, "before_cursor_execute", listen)
        try:
            await alice.get("/api/v1/timelines/public", limit=limit)
        finally:
            event.remove(engine, "before_cursor_execute", listen)
        return len(counted)

    assert await count(4) == await count(20)


async def test_many_quotes_that_waited_are_counted_once(house, say):
    bob = await house.remote()
    quoted = await say(bob)
    for _ in range(3):
        await say(bob, quote_uri=quoted.uri)
    engine, counts = house.database.engine.sync_engine, []

    def note(connection, cursor, statement, *rest):
        counts.append(statement.startswith("UPDATE post SET quotes_count"))

    async with house.database.transaction() as session:
        await join_quotes(session, quoted)
        event.listen(engine, "before_cursor_execute", note)
        await settle_waiting(session, quoted)
        event.remove(engine, "before_cursor_execute", note)

    async with house.database.read() as session:
        assert (await session.get_one(Post, quoted.id)).quotes_count == 3
    assert sum(counts) == 1
