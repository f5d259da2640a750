"""Counting tries, and knowing who tries (security.md H19)."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from core import clock
from users.addresses import address_key, caller_address
from users.counts import BUCKETS, FILE_NAME, MAX_KEYS, OwnCounts, SharedCounts
from users.limits import Limit, TooManyAttempts, shared_limits

ROOT = Path(__file__).resolve().parents[2]
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
    counts = OwnCounts()

    for number in range(MAX_KEYS + 10):
        counts.add(str(number), 0)

    assert len(counts) == MAX_KEYS


def test_processes_that_share_a_folder_count_together(tmp_path):
    path = tmp_path / FILE_NAME
    script = (
        "import sys; from pathlib import Path; from users.counts import SharedCounts\n"
        "counts = SharedCounts(Path(sys.argv[1]))\n"
        "for _ in range(500): counts.add('alice', 2**31)\n"
    )

    others = [
        subprocess.Popen([sys.executable, "-c", script, str(path)], cwd=ROOT) for _ in range(2)
    ]
    assert [other.wait(timeout=30) for other in others] == [0, 0]

    counts = SharedCounts(path)
    assert counts.add("alice", 2**31) == 1001
    assert counts.add("bruno", 2**31) == 1
    counts.close()


def test_H19_a_limit_with_a_name_is_one_limit_for_all_processes(tmp_path):
    here, there = (Limit(3, timedelta(minutes=5), name="x") for _ in range(2))
    own = Limit(3, timedelta(minutes=5))

    with shared_limits(tmp_path):
        left = [limit.take("a").remaining for limit in (here, there, here)]
        again = there.take("a").granted
        other = Limit(3, timedelta(minutes=5), name="y").take("a").remaining
        alone = own.take("a").remaining

    assert (left, again) == ([2, 1, 0], False)
    assert other == alone == 2
    assert here.take("a").remaining == 2


def test_a_shared_counter_begins_again_when_its_window_is_over(tmp_path):
    with shared_limits(tmp_path):
        limit = Limit(1, timedelta(minutes=5), name="x")
        assert [limit.take("a").granted for _ in range(2)] == [True, False]

        clock.shift(timedelta(minutes=5))

        assert limit.take("a").granted


def test_a_flood_of_keys_takes_no_more_room_and_forgets_the_least(tmp_path):
    counts = SharedCounts(tmp_path / FILE_NAME)
    size = (tmp_path / FILE_NAME).stat().st_size
    for _ in range(50):
        counts.add("guessed", 2**31)

    for number in range(BUCKETS * 10):
        counts.add(str(number), 2**31)

    assert counts.add("guessed", 2**31) == 51
    assert (tmp_path / FILE_NAME).stat().st_size == size
    counts.close()


def test_without_room_each_process_counts_for_itself(tmp_path):
    limit = Limit(1, timedelta(minutes=5), name="x")

    with shared_limits(tmp_path / "nowhere"):
        assert [limit.take("a").granted for _ in range(2)] == [True, False]


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
