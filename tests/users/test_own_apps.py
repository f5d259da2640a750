"""The programs that a person has let in (security.md I09)."""

from __future__ import annotations

from datetime import timedelta

from core import clock
from core.ids import time_of
from users.living import find_living
from users.own_apps import list_own_apps, send_away
from users.queries import find_token_row
from users.secret import digest
from users.sessions import sign_in
from users.tokens import find_token, issue_to_person, issue_token, refresh_token


async def let_in(database, user, app, scopes="read", code="code"):
    async with database.transaction() as session:
        return await issue_to_person(session, user, app, scopes=scopes, code_hash=code)


async def listed(database, user):
    async with database.read() as session:
        return await list_own_apps(session, user.id)


async def sent_away(database, user, app):
    async with database.transaction() as session:
        return await send_away(session, user.id, app.id)


async def test_a_program_is_listed_once_with_all_that_it_may(database, alice, app):
    await let_in(database, alice, app, "push read", "first")
    await let_in(database, alice, app, "write", "second")

    (found,) = await listed(database, alice)

    assert (found.id, found.name, found.scopes) == (app.id, "Tusky", ("read", "write", "push"))
    assert found.last_used_at is not None


async def test_only_programs_are_listed(database, alice):
    async with database.transaction() as session:
        await sign_in(session, alice)
        await issue_token(session, user=alice, app=None, scopes="read")

    assert await listed(database, alice) == []


async def test_only_ones_own_programs_are_listed(database, alice, bruno, app):
    await let_in(database, bruno, app)

    assert await listed(database, alice) == []


async def test_the_last_used_stands_first(database, alice, app, new_app):
    other = await new_app(name="Ivory")
    await let_in(database, alice, app)
    clock.shift(timedelta(minutes=1))
    await let_in(database, alice, other)

    assert [one.name for one in await listed(database, alice)] == ["Ivory", "Tusky"]


async def test_a_program_that_refreshes_its_token_was_let_in_when_it_was(
    database, alice, new_app
):
    app = await new_app("read offline_access")
    issued = await let_in(database, alice, app, "read offline_access")
    async with database.read() as session:
        token, _, _ = await find_token_row(session, digest(issued.bearer))
    clock.shift(timedelta(days=3))
    # Its token ran out long ago, and it still may come back.
    assert [one.id for one in await listed(database, alice)] == [app.id]
    async with database.transaction() as session:
        await refresh_token(session, app, issued.refresh, None)

    (found,) = await listed(database, alice)

    assert found.since == time_of(token.id)


async def test_I09_who_is_sent_away_can_do_nothing_more(database, alice, new_app):
    app = await new_app("read offline_access")
    issued = await let_in(database, alice, app, "read offline_access")
    with database.bus.subscribe() as events:
        assert await sent_away(database, alice, app)
        assert (await events.next()).kind == "revoked"

    async with database.transaction() as session:
        found = await find_token(session, issued.bearer)
        assert found.token.revoked_at is not None
        assert await find_living(session, [found.token.id]) == {}
        assert (await refresh_token(session, app, issued.refresh, None)).code == "invalid_grant"
    assert await listed(database, alice) == []
    assert not await sent_away(database, alice, app)


async def test_nobody_else_loses_a_program_that_one_sends_away(database, alice, bruno, app):
    await let_in(database, alice, app, code="first")
    await let_in(database, bruno, app, code="second")

    assert await sent_away(database, alice, app)

    assert [one.id for one in await listed(database, bruno)] == [app.id]
