"""Reading positions."""

from __future__ import annotations

from users.markers import find_last_read, list_markers, save_marker


async def test_a_marker_moves_and_counts(alice, session):
    await save_marker(session, alice.id, "home", 1 << 60)

    moved = await save_marker(session, alice.id, "home", 5)

    assert (moved.last_read_id, moved.version) == (5, 2)
    assert [row.timeline for row in await list_markers(session, alice.id, ["home"])] == ["home"]
    assert await find_last_read(session, alice.id, "notifications") is None
