"""Every endpoint against everybody who may not call it (security.md H01), from the route table."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import update

import mastodon_schema
from api import errors
from api.routes import TABLES
from api.routing import Door
from core.clock import now
from users.models import AccessToken, User
from users.scopes import SCOPES, covers

ROUTES = [
    route for name, routes in TABLES.items() if name != "api_rest" for route in routes
]
# Who is let in listens for ever: these are called only by those who are not.
ENDLESS = [route for route in TABLES["api_streaming"] if route.door is not Door.ANYONE]
ENDING = [route for route in ROUTES if route not in ENDLESS]
REFUSALS = {401, 403}
# Where we differ from the list of Mastodon's endpoints, and why.
DIFFERING = {
    ("GET", "/api/v1/instance/languages"): "undocumented there; it tells nothing of anybody",
    ("GET", "/api/v1/accounts/lookup"): "as open as the profile that it finds",
    ("GET", "/api/v1/accounts/<id>/followers"): "who follows whom is for people who signed in",
    ("GET", "/api/v1/accounts/<id>/following"): "who follows whom is for people who signed in",
    ("GET", "/api/v1/statuses/<id>/source"): "listed as an app's; only its author edits a post",
    ("PATCH", "/api/v2/notifications/policy"): "listed as a reading scope; it writes",
    ("PATCH", "/api/v1/profile"): "listed as a reading scope; it writes",
    ("DELETE", "/api/v1/profile/avatar"): "listed as a reading scope; it writes",
    ("DELETE", "/api/v1/profile/header"): "listed as a reading scope; it writes",
    ("POST", "/api/v1/statuses/<id>/translate"): "listed as an app's; an app sees no post here",
}
ENDPOINTS = mastodon_schema.DESCRIPTION.with_name("endpoints.tsv")


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
        case Door.PROFILES | Door.POSTS | Door.DIRECTORY:
            return 401, errors.NEEDS_USER
        case Door.TOKEN | Door.USER:
            return 401, errors.INVALID_TOKEN
    return None


async def test_H01_a_stranger_is_told_to_sign_in(house):
    replies = await call_all(house.stranger)

    assert wrong(replies, for_strangers) == []
    refused = {
        route.path: reply.status
        for route, reply in replies
        if route.door is Door.ANYONE and reply.status in REFUSALS
    }
    # These refuse programs that do not prove who they are.
    assert refused == {"/oauth/revoke": 403, "/oauth/device_authorization": 401}


async def test_H01_a_program_of_its_own_is_nobody(house):
    program = await house.program(None, "profile read write follow push")

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


def by_scopes():
    """Return the endpoints that need a scope, by the alternatives they name."""
    found = {}
    for route in ROUTES:
        found.setdefault(route.scopes, []).append(route)
    found.pop((), None)
    return found


async def test_H01_every_scope_but_the_needed_one_opens_nothing(house, alice):
    for needed, routes in by_scopes().items():
        others = [s for s in SCOPES if not any(covers([s], one) for one in needed)]
        program = await house.program(alice.person, " ".join(others))

        replies = await call_all(program, routes)

        assert wrong(replies, lambda _: (403, errors.OUT_OF_SCOPE)) == [], needed


async def test_H01_each_scope_that_is_named_is_enough(house, alice):
    for needed, routes in by_scopes().items():
        for scope in needed:
            program = await house.program(alice.person, scope)

            replies = await call_all(program, [one for one in routes if one in ENDING])

            refused = [
                (route.method, route.path, scope)
                for route, reply in replies
                if reply.status in REFUSALS and reply.json["error"] == errors.OUT_OF_SCOPE
            ]
            assert refused == []


@pytest.mark.skipif(not ENDPOINTS.exists(), reason="the list is not beside the checkout")
async def test_H01_an_endpoint_asks_for_the_scopes_that_are_documented():
    documented = read_documented()
    differing = {
        (route.method, route.path): (route.scopes, scopes)
        for route in ROUTES
        if (scopes := documented.get((route.method, shape_of(route.path)))) is not None
        and not is_as_documented(route, scopes)
    }

    assert differing == {}


def read_documented():
    """Return the scope column of Mastodon's endpoints, by method and shape of the address."""
    rows = [line.split("\t") for line in ENDPOINTS.read_text().splitlines()[1:]]
    return {(row[0], shape_of(row[1])): row[5] for row in rows}


def shape_of(path):
    return re.sub(r"<[^>]+>|:\w+", "?", path)


def is_as_documented(route, told):
    """Tell whether whoever may call by the documentation may call here, and nobody else."""
    who, *words = told.split()
    scopes = [word for word in words if word in SCOPES]
    # A stream is as open, and asks for as much, as what is heard in it.
    if (route.method, route.path) in DIFFERING or route in ENDLESS:
        return True
    if (who == "user") is not (route.door is Door.USER):
        return False
    return all(any(covers([s], needed) for needed in route.scopes) for s in scopes)


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
async def test_H01_I16_who_may_not_sign_in_may_do_nothing(house, database, alice, change, text):
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


async def test_H01_an_expired_token_opens_nothing(house, database, alice):
    async with database.transaction() as session:
        await session.execute(update(AccessToken).values(expires_at=now()))

    replies = await call_all(alice)

    assert wrong(replies, lambda _: (401, errors.EXPIRED_TOKEN)) == []
    told = {reply.headers["WWW-Authenticate"] for _, reply in replies}
    assert told == {
        'Bearer realm="Consilium", error="invalid_token", '
        'error_description="The access token expired"'
    }


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
    replies = await call_all(alice, [route for route in ENDING if route.method == "GET"])

    assert {reply.headers["Cache-Control"] for _, reply in replies} == {"private, no-store"}
    assert all("Authorization" in reply.headers["Vary"] for _, reply in replies)


async def test_the_table_is_what_is_served(house):
    served = {
        (method, rule.rule)
        for rule in house.app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if not rule.rule.startswith("/static") and "<path:rest>" not in rule.rule
        if not rule.websocket
    }

    assert served == {(route.method, route.path) for route in ROUTES}
