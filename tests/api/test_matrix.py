"""Every endpoint against everybody who may not call it (security.md H01), from the route table."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import update

from api import errors
from api.routes import TABLES
from api.routing import Door
from core.clock import now
from users.models import AccessToken, User

ROUTES = [
    route for name, routes in TABLES.items() if name != "api_rest" for route in routes
]
REFUSALS = {401, 403}


def address_of(route):
    return re.sub(r"<[^>]+>", "115", route.path)


async def call_all(program, routes=ROUTES):
    """Call endpoints without any fields; return (route, reply) of each."""
    return [
        (route, await program.ask(route.method, address_of(route), json={}))
        if route.method != "GET"
        else (route, await program.ask("GET", address_of(route)))
        for route in routes
    ]


def wrong(replies, expected):
    """Return the routes that answered otherwise than `expected(route)` says."""
    return [
        (route.method, route.path, reply.status, reply.json)
        for route, reply in replies
        if (wanted := expected(route)) is not None
        and (reply.status, reply.json.get("error") if reply.status >= 400 else None) != wanted
    ]


def for_strangers(route):
    match route.door:
        case Door.PROFILES | Door.POSTS:
            return 401, errors.NEEDS_USER
        case Door.TOKEN | Door.USER:
            return 401, errors.INVALID_TOKEN
    return None


async def test_H01_a_stranger_is_told_to_sign_in(house):
    replies = await call_all(house.stranger)

    assert wrong(replies, for_strangers) == []
    open_ones = [reply for route, reply in replies if route.door is Door.ANYONE]
    # /oauth/token and /oauth/revoke refuse programs that do not prove who they are.
    assert [r.status for r in open_ones if r.status in REFUSALS] in ([], [403])


async def test_H01_a_program_of_its_own_is_nobody(house):
    program = await house.program(None, "read write follow push")

    replies = await call_all(program)

    def expected(route):
        if route.door is Door.USER:
            return 422, errors.NEEDS_USER
        return (200, None) if route.door is Door.TOKEN else for_strangers(route)

    assert wrong(replies, expected) == []


@pytest.mark.parametrize("scopes", ["push", "read", "write"])
async def test_H01_a_token_does_only_what_its_scopes_cover(house, alice, scopes):
    program = await house.program(alice.person, scopes)
    routes = [
        route
        for route in ROUTES
        if route.scopes and not any(s.partition(":")[0] in scopes for s in route.scopes)
    ]

    replies = await call_all(program, routes)

    assert len(routes) >= 15
    assert wrong(replies, lambda _: (403, errors.OUT_OF_SCOPE)) == []


async def test_H01_every_endpoint_of_a_person_names_its_scope():
    free = {
        (route.method, route.path)
        for route in ROUTES
        if route.door is Door.USER and not route.scopes
    }

    assert free == {("GET", "/api/v1/announcements")}


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"suspended_at": now()}, errors.DISABLED),
        ({"confirmed_at": None}, errors.UNCONFIRMED),
        ({"approved_at": None}, errors.PENDING),
    ],
)
async def test_H01_who_may_not_sign_in_may_do_nothing(house, database, alice, change, text):
    async with database.transaction() as session:
        user = await session.get_one(User, alice.person.user.id)
        for name, value in change.items():
            setattr(user, name, value)

    replies = await call_all(alice)

    assert wrong(replies, lambda _: (403, text)) == []


async def test_H01_a_revoked_token_opens_nothing(house, database, alice):
    async with database.transaction() as session:
        await session.execute(update(AccessToken).values(revoked_at=now()))

    replies = await call_all(alice)

    assert wrong(replies, lambda _: (401, errors.REVOKED_TOKEN)) == []


async def test_H01_an_invented_token_opens_nothing(house, alice):
    alice.bearer = "invented"

    replies = await call_all(alice)

    assert wrong(replies, lambda _: (401, errors.INVALID_TOKEN)) == []
    assert all(reply.headers["WWW-Authenticate"] for _, reply in replies)


async def test_I07_a_token_in_the_query_string_is_none(house, alice):
    token, alice.bearer = alice.bearer, None

    reply = await alice.ask("GET", f"/api/v1/timelines/home?access_token={token}")

    assert reply.status == 401


async def test_H23_what_a_token_reads_is_kept_by_nobody_on_the_way(house, alice):
    replies = await call_all(alice, [route for route in ROUTES if route.method == "GET"])

    assert {reply.headers["Cache-Control"] for _, reply in replies} == {"private, no-store"}
    assert all("Authorization" in reply.headers["Vary"] for _, reply in replies)


async def test_the_table_is_what_is_served(house):
    served = {
        (method, rule.rule)
        for rule in house.app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if not rule.rule.startswith("/static") and "<path:rest>" not in rule.rule
    }

    assert served == {(route.method, route.path) for route in ROUTES}
