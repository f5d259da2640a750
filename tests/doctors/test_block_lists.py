"""Block lists taken over, and patterns: stricter, never weaker; clinical peers are left alone."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlmodel import col

from checking import Checking
from core.errors import InvalidInput
from doctors.block_lists import Verdict, carry_out_import, plan_import
from doctors.peers import Decision, allow_peer, block_peer, forget_peer, limit_peer
from doctors.pinning import peer_name
from factories import make_peer
from moderation.blocklist import Entry, Severity, entries_of, read_blocklist, write_blocklist
from moderation.models import AuditEntry, PeerClass
from moderation.policy import class_of
from moderation.queries import find_peer, list_peers
from moderation.restrictions import Restrictions, restrictions_of

BLOCKED, SOCIAL, CLINICAL = PeerClass.BLOCKED, PeerClass.SOCIAL, PeerClass.CLINICAL
SUSPEND, SILENCE, NOOP = Severity.SUSPEND, Severity.SILENCE, Severity.NOOP


async def _import(session, *entries: Entry, force: bool = False) -> dict[str, Verdict]:
    steps = await plan_import(session, entries, force=force)
    await carry_out_import(session, steps, decided_by="root", reason="a list")
    return {step.entry.host: step.verdict for step in steps}


async def _state(session) -> dict[str, tuple]:
    peers = await list_peers(session)
    return {peer.host: (peer.peer_class.value, restrictions_of(peer)) for peer in peers}


async def test_a_list_blocks_holds_and_restricts_and_allows_nobody(session):
    await _import(
        session,
        Entry("a.example", SUSPEND, public_reason="spam"),
        Entry("b.example", SILENCE, rejects_media=True),
        Entry("c.example", NOOP, rejects_reports=True),
        Entry("d.example", NOOP),
    )

    assert await _state(session) == {
        "a.example": ("blocked", {"public_reason": "spam"}),
        "b.example": ("unknown", {"holds": True, "rejects_media": True}),
        "c.example": ("unknown", {"rejects_reports": True}),
    }
    assert await class_of(session, "b.example") is PeerClass.UNKNOWN
    lines = list(await session.scalars(select(AuditEntry).order_by(col(AuditEntry.id))))
    assert [(line.action, line.subject) for line in lines] == [
        ("peer.block", "a.example"), ("peer.limit", "b.example"), ("peer.limit", "c.example"),
    ]  # fmt: skip
    assert lines[0].detail == {"reason": "a list", "public_reason": "spam"}


async def test_what_was_decided_is_never_made_weaker(session):
    await make_peer(session, "a.example", peer_class=BLOCKED, public_reason="ours")
    await make_peer(session, "b.example", peer_class=SOCIAL, holds=True, rate=5, reason="mine")

    done = await _import(
        session,
        Entry("a.example", NOOP, public_reason="theirs"),
        Entry("b.example", NOOP, rejects_media=True, public_reason="theirs"),
    )

    assert done == {"a.example": Verdict.SAME, "b.example": Verdict.RESTRICT}
    assert await _state(session) == {
        "a.example": ("blocked", {"public_reason": "ours"}),
        "b.example": (
            "social",
            {"rejects_media": True, "holds": True, "rate": 5, "public_reason": "theirs"},
        ),
    }
    assert (await find_peer(session, "b.example")).reason == "mine"


@pytest.mark.parametrize("name", ["x.b.example", "b.example", "*.b.example", "*.example"])
async def test_a_clinical_peer_is_blocked_by_no_list_unless_forced(session, name):
    await make_peer(session, "x.b.example", peer_class=CLINICAL)

    kept = await _import(session, Entry(name, SUSPEND))
    as_before = await class_of(session, "x.b.example")
    forced = await _import(session, Entry(name, SUSPEND), force=True)

    assert (kept, as_before) == ({name: Verdict.KEPT}, CLINICAL)
    assert forced == {name: Verdict.BLOCK}
    assert await class_of(session, "x.b.example") is BLOCKED


async def test_we_ourselves_are_on_no_list(session):
    assert await _import(session, Entry("a.localhost:8001")) == {"a.localhost:8001": Verdict.KEPT}
    assert await _state(session) == {}


async def test_a_list_comes_to_nothing_new_the_second_time(session):
    entries = (Entry("a.example"), Entry("b.example", SILENCE), Entry("c.example", NOOP))
    await _import(session, *entries)
    before = await _state(session)

    assert set((await _import(session, *entries)).values()) == {Verdict.SAME}
    assert await _state(session) == before


async def test_what_is_exported_comes_to_the_same_elsewhere(session):
    await make_peer(session, "a.example", peer_class=BLOCKED, public_reason="spam, much")
    await make_peer(session, "*.b.example", peer_class=BLOCKED)
    await make_peer(session, "c.example", peer_class=PeerClass.UNKNOWN, holds=True)
    await make_peer(session, "d.example", peer_class=PeerClass.UNKNOWN, rejects_media=True)
    written = write_blocklist(entries_of(await list_peers(session)))
    before = await _state(session)
    for peer in await list_peers(session):
        await session.delete(peer)

    await _import(session, *read_blocklist(written.encode()).entries)

    assert await _state(session) == before


async def test_a_block_above_takes_badges_and_taking_it_back_has_them_checked(
    checking: Checking, database
):
    await checking.check()
    bare = checking.remote.host.partition(":")[0]

    async with database.transaction() as session:
        await block_peer(session, bare, decided_by="root")
    badge_while_blocked = await checking.badge()
    async with database.transaction() as session:
        await forget_peer(session, bare, decided_by="root")

    assert badge_while_blocked is None
    await checking.check()
    assert await checking.badge() is not None


async def test_what_is_not_said_again_stays(database, client, remote):
    def decision(**more: object) -> Decision:
        return Decision(remote.host, SOCIAL, decided_by="root", restrictions=Restrictions(**more))

    await allow_peer(database, client, decision(holds=True, rate=30, public_reason="loud"))
    await allow_peer(database, client, decision(rejects_media=True))
    kept = (await allow_peer(database, client, decision())).peer
    ended = (await allow_peer(database, client, decision(holds=False, rate=0))).peer

    assert restrictions_of(kept) == {
        "rejects_media": True, "holds": True, "rate": 30, "public_reason": "loud",
    }  # fmt: skip
    assert restrictions_of(ended) == {"rejects_media": True, "public_reason": "loud"}
    async with database.read() as session:
        details = [line.detail for line in await session.scalars(select(AuditEntry))]
    assert details[0]["holds"] and details[0]["rate"] == 30


async def test_patterns_are_allowed_without_looking_and_never_clinical(database, client, remote):
    allowed = await allow_peer(
        database, client, Decision("*.hospitals.example", SOCIAL, decided_by="root")
    )

    assert (allowed.peer.host, allowed.facts, allowed.silence) == (
        "*.hospitals.example", None, None,
    )  # fmt: skip
    with pytest.raises(InvalidInput, match="no pattern"):
        await allow_peer(database, client, Decision("*.b.example", CLINICAL, decided_by="root"))
    with pytest.raises(InvalidInput, match="not beside a pattern"):
        await allow_peer(
            database, client, Decision("*", SOCIAL, decided_by="root", also=("c.example",))
        )
    assert remote.journal == []


async def test_a_limit_leaves_the_class_as_it_is(session):
    await make_peer(session, "b.example", peer_class=CLINICAL)

    for host in ("b.example", "*"):
        await limit_peer(
            session, host, decided_by="root", restrictions=Restrictions(forces_warning=True)
        )

    assert await _state(session) == {
        "b.example": ("clinical", {"forces_warning": True}),
        "*": ("unknown", {"forces_warning": True}),
    }
    with pytest.raises(InvalidInput, match="what is to change"):
        await limit_peer(session, "b.example", decided_by="root", restrictions=Restrictions())
    with pytest.raises(InvalidInput, match="a rate"):
        await limit_peer(
            session, "b.example", decided_by="root", restrictions=Restrictions(rate=-1)
        )


@pytest.mark.parametrize(
    ("typed", "name"),
    [("*", "*"), (" *.B.example ", "*.b.example"), ("B.example:443", "b.example:443")],
)
def test_a_pattern_is_read_as_it_is_typed(settings, typed, name):
    assert peer_name(typed, settings) == name


@pytest.mark.parametrize("typed", ["*b.example", "a.*.example", "*.*", "*.", "**"])
def test_what_is_no_pattern_is_refused(settings, typed):
    with pytest.raises(InvalidInput):
        peer_name(typed, settings)
