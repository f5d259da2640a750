"""The figures of R3, R7 and R8: pauses, windows, openings, which answers are final."""

from __future__ import annotations

from datetime import timedelta

import pytest

from outbox.models import Priority
from outbox.retry import is_final, opening_after, pause_after, window_of

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("attempts", "pause"),
    [
        (1, MINUTE),
        (2, 5 * MINUTE),
        (3, 15 * MINUTE),
        (4, HOUR),
        (5, 3 * HOUR),
        (6, 6 * HOUR),
        (7, 12 * HOUR),
        (8, DAY),
        (40, DAY),
    ],
)
def test_R3_a_delivery_waits_longer_each_time_then_a_day_with_a_quarter_of_jitter(attempts, pause):
    pauses = [pause_after(attempts) for _ in range(200)]

    assert min(pauses) >= 0.75 * pause
    assert max(pauses) <= 1.25 * pause
    assert max(pauses) - min(pauses) > 0.1 * pause


def test_R3_posts_are_tried_for_14_days_and_what_must_not_be_missed_for_30():
    assert window_of("Create", Priority.POST) == 14 * DAY
    assert window_of("Follow", Priority.ANSWER) == 14 * DAY
    assert window_of("Delete", Priority.POST) == 30 * DAY
    assert window_of("Block", Priority.ANSWER) == 30 * DAY
    assert window_of("Update", Priority.REVOCATION) == 30 * DAY


def test_R8_the_circuit_opens_at_the_tenth_failure_for_a_minute_and_doubles_up_to_6_hours():
    assert opening_after(9) is None
    assert opening_after(10) == MINUTE
    assert opening_after(11) == 2 * MINUTE
    assert opening_after(18) == 256 * MINUTE
    assert opening_after(19) == 6 * HOUR
    assert opening_after(10_000) == 6 * HOUR


@pytest.mark.parametrize("status", [400, 405, 406, 413, 422, 451])
def test_R7_other_refusals_are_final(status):
    assert is_final(status)


@pytest.mark.parametrize("status", [200, 401, 403, 404, 408, 421, 425, 429, 500, 501, 503])
def test_R7_these_answers_are_not_final(status):
    assert not is_final(status)
