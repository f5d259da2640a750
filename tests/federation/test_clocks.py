"""Our own clock, compared with what the servers that answer us say the time is (K11, R9)."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import timedelta
from email.utils import format_datetime

import pytest
from structlog.testing import capture_logs

from core import clock
from core.clock import now
from fakes.remote import FakeRemote
from federation.clocks import Clocks

HOUR = timedelta(hours=1)


def _said(clocks: Clocks, **ahead: timedelta) -> list[dict]:
    with capture_logs() as events:
        for host, by in ahead.items():
            clocks.note(host, {"date": format_datetime(now() + by, usegmt=True)})
    return events


def test_k11_three_hosts_that_agree_tell_that_our_clock_is_wrong():
    clocks = Clocks()

    events = _said(clocks, b=2 * HOUR, c=2 * HOUR, d=2 * HOUR)

    assert abs(clocks.off_by - 2 * HOUR) < timedelta(seconds=5)
    assert [event["log_level"] for event in events] == ["error"]
    assert 7195 <= events[0]["others_are_ahead_by_s"] <= 7200


def test_k11_a_host_that_lies_or_is_wrong_itself_calls_no_alarm():
    clocks = Clocks()

    events = _said(clocks, b=5 * HOUR, c=timedelta(0), d=timedelta(seconds=20), e=-3 * HOUR)

    assert (clocks.off_by, events) == (None, [])


def test_k11_two_hosts_are_too_few():
    assert _said(Clocks(), b=HOUR, c=HOUR) == []


def test_k11_the_alarm_is_called_once_an_hour_and_again_once_it_was_right():
    clocks = Clocks()
    wrong = {"b": HOUR, "c": HOUR, "d": HOUR, "e": HOUR}

    assert len(_said(clocks, **wrong)) == 1
    assert _said(clocks, **wrong) == []
    clock.shift(HOUR)
    assert len(_said(clocks, b=HOUR)) == 1
    assert _said(clocks, **dict.fromkeys(wrong, timedelta(0))) == []
    assert clocks.off_by is None
    assert len(_said(clocks, **wrong)) == 1


@pytest.mark.parametrize("headers", [{}, {"date": "yesterday"}, {"date": ""}])
def test_k11_an_answer_without_a_date_says_nothing(headers):
    clocks = Clocks()
    for host in "bcd":
        clocks.note(host, headers)

    assert clocks.off_by is None


def test_k11_an_answer_that_a_cache_kept_says_nothing():
    clocks, long_ago = Clocks(), format_datetime(now() - HOUR, usegmt=True)
    for host in "bcd":
        clocks.note(host, {"date": long_ago, "age": "3600"})

    assert clocks.off_by is None


async def test_k11_the_client_reads_the_clocks_of_all_that_answer(make, signer):
    client = make()
    with ExitStack() as stack, capture_logs() as events:
        remotes = [stack.enter_context(FakeRemote(name)) for name in "cde"]
        clock.shift(-2 * HOUR)

        for remote in remotes:
            await client.post_activity(remote.shared_inbox, b"{}", signer=signer)

    (event,) = [event for event in events if event["event"] == "our clock is wrong"]
    assert 7190 <= event["others_are_ahead_by_s"] <= 7210
