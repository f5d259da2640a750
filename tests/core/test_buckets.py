"""Token buckets: bursts, refilling, names apart, and memory that stays bounded."""

from __future__ import annotations

from datetime import timedelta

from core import clock
from core.buckets import LONGEST_WAIT, Buckets, Rate

RATE = Rate(per_minute=6, burst=3)


def test_a_burst_is_taken_and_then_one_waits():
    buckets = Buckets()

    taken = [buckets.take("a", RATE) for _ in range(4)]

    assert taken[:3] == [None, None, None]
    assert taken[3] is not None and timedelta(0) < taken[3] <= timedelta(seconds=10)


def test_it_fills_again_with_time_up_to_a_burst():
    buckets = Buckets()
    for _ in range(3):
        buckets.take("a", RATE)

    clock.shift(timedelta(seconds=10))
    once = [buckets.take("a", RATE) is None for _ in range(2)]
    clock.shift(timedelta(hours=1))
    later = [buckets.take("a", RATE) is None for _ in range(4)]

    assert once == [True, False]
    assert later == [True, True, True, False]


def test_refused_tries_cost_nothing():
    buckets = Buckets()
    for _ in range(50):
        buckets.take("a", RATE)

    clock.shift(timedelta(seconds=10))

    assert buckets.take("a", RATE) is None


def test_looking_takes_nothing():
    buckets = Buckets()
    for _ in range(5):
        assert buckets.wait_for("a", RATE) is None
    for _ in range(3):
        buckets.take("a", RATE)

    assert buckets.wait_for("a", RATE) is not None
    assert buckets.wait_for("b", RATE) is None


def test_each_name_has_its_own():
    buckets = Buckets()
    for _ in range(4):
        buckets.take("a", RATE)

    assert buckets.take("b", RATE) is None


def test_another_rate_counts_from_when_it_is_set():
    buckets = Buckets()
    for _ in range(3):
        buckets.take("a", RATE)

    assert buckets.take("a", Rate(per_minute=0, burst=0)) == LONGEST_WAIT
    clock.shift(timedelta(seconds=1))
    assert buckets.take("a", Rate(per_minute=600, burst=600)) is None


def test_a_rate_of_nothing_lets_nothing_through():
    buckets = Buckets()

    assert buckets.wait_for("a", Rate(0, 0)) == LONGEST_WAIT
    assert buckets.take("a", Rate(0, 0)) == LONGEST_WAIT


def test_a_clock_that_steps_back_neither_fills_nor_breaks():
    buckets = Buckets()
    for _ in range(3):
        buckets.take("a", RATE)

    clock.shift(timedelta(hours=-1))

    assert buckets.take("a", RATE) is not None


def test_the_names_that_were_idle_longest_are_forgotten():
    buckets = Buckets(max_keys=2)
    for _ in range(4):
        buckets.take("a", RATE)
    buckets.take("b", RATE)
    buckets.take("a", RATE)

    buckets.take("c", RATE)

    assert len(buckets) == 2
    assert buckets.take("a", RATE) is not None
