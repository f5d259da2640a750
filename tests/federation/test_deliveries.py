"""Deliveries: one signed POST, its answer, and what the answer asks for (cases K)."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime

import pytest

from core.clock import now
from core.errors import FetchUnavailable, HostRefused, PermanentError
from fakes.remote import FakeRemote


async def test_an_activity_is_posted_signed(make, signer, b):
    reply = await make().post_activity(b.shared_inbox, b'{"type":"Like"}', signer=signer)

    assert (reply.status, reply.retry_after) == (202, None)
    (got,) = b.journal
    assert got.verified, got.reason
    assert (got.body, got.signer) == (b'{"type":"Like"}', signer.key_id)
    assert dict(got.headers)["content-type"] == "application/activity+json"


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_k04_a_redirected_delivery_is_not_followed(make, signer, b, status):
    with FakeRemote("c") as c:
        b.script("/inbox", status=status, redirect=c.shared_inbox)

        reply = await make().post_activity(b.shared_inbox, b"{}", signer=signer)

        assert reply.status == status
        assert c.journal == []


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("120", 120), ("0", 1), ("-5", None), ("999999999", 86_400), ("soon", None), ("1" * 20, None),
     ("", None)],
)  # fmt: skip
async def test_k05_retry_after_in_seconds_is_clamped(make, signer, b, value, seconds):
    b.script("/inbox", status=429, headers={"retry-after": value})

    reply = await make().post_activity(b.shared_inbox, b"{}", signer=signer)

    expected = None if seconds is None else timedelta(seconds=seconds)
    assert (reply.status, reply.retry_after) == (429, expected)


@pytest.mark.parametrize(
    ("ahead", "least", "most"),
    [
        (timedelta(minutes=5), 290, 300),
        (timedelta(days=-1), 1, 1),
        (timedelta(days=3650), 86_400, 86_400),
    ],
)
async def test_k05_retry_after_as_a_date_is_clamped(make, signer, b, ahead, least, most):
    value = format_datetime(now() + ahead, usegmt=True)
    b.script("/inbox", status=503, headers={"retry-after": value})

    reply = await make().post_activity(b.shared_inbox, b"{}", signer=signer)

    assert least <= reply.retry_after.total_seconds() <= most


async def test_a_delivery_that_is_not_answered_is_unavailable(make, signer, b):
    b.script("/inbox", hang=True)

    with pytest.raises(FetchUnavailable):
        await make(total_s=0.3).post_activity(b.shared_inbox, b"{}", signer=signer)


async def test_a_refusal_is_permanent_and_a_silence_is_not():
    assert issubclass(HostRefused, PermanentError)
    assert not issubclass(FetchUnavailable, PermanentError)
