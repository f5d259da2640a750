"""Counting tries, and knowing who tries (security.md H19)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core import clock
from users.addresses import address_key, caller_address
from users.limits import MAX_KEYS, Limit, TooManyAttempts

PROXIES = ("10.0.0.0/8", "::1")


def test_a_limit_counts_down_and_opens_again():
    limit = Limit(2, timedelta(minutes=5))

    tries = [limit.take("a") for _ in range(3)]

    assert [(allowance.remaining, allowance.granted) for allowance in tries] == [
        (1, True),
        (0, True),
        (0, False),
    ]
    assert limit.take("b").granted
    clock.shift(timedelta(minutes=5))
    assert limit.take("a").remaining == 1


def test_a_limit_that_is_demanded_raises_with_its_end():
    limit = Limit(1, timedelta(minutes=5))
    limit.require("a")

    with pytest.raises(TooManyAttempts) as refused:
        limit.require("a")

    assert clock.now() < refused.value.resets_at <= clock.now() + timedelta(minutes=5)


def test_the_counters_are_bounded():
    limit = Limit(1, timedelta(minutes=5))

    for number in range(MAX_KEYS + 10):
        limit.take(str(number))

    assert len(limit._counts) == MAX_KEYS


@pytest.mark.parametrize(
    ("remote", "forwarded", "address"),
    [
        ("203.0.113.5", None, "203.0.113.5"),
        ("203.0.113.5", "198.51.100.1", "203.0.113.5"),
        ("10.1.2.3", "198.51.100.1", "198.51.100.1"),
        ("10.1.2.3", "6.6.6.6, 198.51.100.1", "198.51.100.1"),
        ("10.1.2.3", "198.51.100.1, 10.9.9.9", "198.51.100.1"),
        ("10.1.2.3", "nonsense", "nonsense"),
        ("10.1.2.3", "", "10.1.2.3"),
        (None, "198.51.100.1", ""),
    ],
)
def test_H19_only_trusted_proxies_say_who_calls(remote, forwarded, address):
    assert caller_address(remote, forwarded, PROXIES) == address


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("203.0.113.5", "203.0.113.5"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.5", "203.0.113.5"),
        ("nonsense", "unknown"),
        ("", "unknown"),
    ],
)
def test_H19_a_household_counts_as_one(address, key):
    assert address_key(address) == key
