"""How often somebody may call, and what they are told of it (security.md §5, H19)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from api.limits import Limits
from core.settings import Switch
from users.limits import Limit

HOME = "/api/v1/timelines/home"
FIVE = timedelta(minutes=5)


def told(reply):
    names = ("Limit", "Remaining", "Reset")
    return [reply.headers.get(f"X-RateLimit-{name}") for name in names]


def test_H19_the_figures_are_those_that_are_documented():
    limits = Limits(Switch.ON)

    figures = {
        name: (getattr(limits, name).limit, getattr(limits, name).per / timedelta(minutes=1))
        for name in Limits.__dataclass_fields__
        if name != "switch"
    }

    assert figures == {
        "per_user": (1500, 5),
        "per_token": (300, 5),
        "per_address": (300, 5),
        "paging": (300, 15),
        "uploads": (30, 30),
        "deletions": (30, 30),
        "registrations": (5, 10),
        "devices": (30, 10),
        "handles": (300, 5),
    }


async def test_H19_every_answer_tells_what_is_left(house, alice):
    signed_in, stranger = house.limited(alice.bearer), house.limited()

    replies = [
        await signed_in.ask("GET", HOME),
        await signed_in.ask("GET", "/api/v1/statuses/115"),
        await signed_in.ask("POST", "/api/v1/statuses", json={}),
        await stranger.ask("GET", "/api/v2/instance"),
        await stranger.ask("GET", HOME),
        await house.limited("invented").ask("GET", HOME),
    ]

    assert [reply.status for reply in replies] == [200, 404, 422, 200, 401, 401]
    assert all(all(told(reply)) for reply in replies)
    assert [told(reply)[1] for reply in replies] == ["299", "298", "297", "299", "298", "299"]


async def test_H19_who_is_refused_is_told_the_limit_and_when(house, alice):
    program = house.limited(alice.bearer, per_token=Limit(1, FIVE))
    await program.ask("GET", HOME)

    reply = await program.ask("GET", HOME)

    assert (reply.status, reply.error) == (429, "Too many requests")
    assert told(reply)[:2] == ["1", "0"] and told(reply)[2].endswith("Z")


async def test_H19_a_person_is_counted_over_all_their_programs(house, alice):
    first = house.limited(alice.bearer, per_user=Limit(2, FIVE))
    second = type(first)(first._client.app, (await house.program(alice.person)).bearer)

    statuses = [(await one.ask("GET", HOME)).status for one in (first, second, first)]

    assert statuses == [200, 200, 429]


async def test_H19_who_guesses_tokens_is_counted_as_a_stranger(house):
    program = house.limited("guess", per_address=Limit(2, FIVE))

    statuses = [(await program.ask("GET", HOME)).status for _ in range(3)]

    assert statuses == [401, 401, 429]


@pytest.mark.parametrize("strangers_see", ["posts"])
@pytest.mark.parametrize("query", ["max_id=9", "since_id=1", "min_id=1"])
async def test_H19_strangers_page_only_so_far(house, query):
    program = house.limited(paging=Limit(1, timedelta(minutes=15)))
    path = "/api/v1/timelines/public"

    paged = [(await program.ask("GET", f"{path}?{query}")).status for _ in range(2)]

    assert paged == [200, 429]
    assert (await program.ask("GET", path)).status == 200


@pytest.mark.parametrize(
    ("first", "second", "third"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::2", 429),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", 200),
        ("198.51.100.1", "::ffff:198.51.100.1", 429),
    ],
)
async def test_H19_a_rotated_ipv6_address_is_one_household(
    house, database, first, second, third
):
    program = house.limited(per_address=Limit(1, FIVE))
    environ = [{"client": (address, 1)} for address in (first, second)]

    replies = [
        await program.ask("GET", "/api/v2/instance", scope_base=scope) for scope in environ
    ]

    assert [reply.status for reply in replies] == [200, third]
