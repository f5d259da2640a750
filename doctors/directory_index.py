"""The directory's rows: written anew whenever a badge, a practice or an actor changes.

Only who has a badge that counts and lets themselves be found has any. What is lost without a word,
as a badge that ends, is never shown (`directory.py` looks at the badge), and is tidied away.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from actors.models import Actor, Badge
from actors.queries import find_actors, find_badges
from actors.shared import list_findable
from core.clock import now
from db.indexing import Slice, index_turn
from db.session import AsyncSession, Database
from doctors.directory_rows import (
    find_entries,
    list_indexable,
    list_lapsed_entries,
    remove_entries,
    write_entry,
)
from doctors.directory_terms import entry_of, terms_of
from doctors.practice import StatedField, read_stated
from federation.client import Client

A_SLICE, TIDIED_A_TIME = 200, 500


async def index_doctor(
    database: Database, _client: Client, payload: Mapping[str, Any]
) -> None:
    """Write anew how somebody is found, or take them out of the directory (job)."""
    async with database.transaction() as session:
        await index_people(session, [int(payload["actor_id"])])


async def index_people(session: AsyncSession, actor_ids: list[int]) -> int:
    """Write anew how some people are found; return how many of them are."""
    actors = await find_actors(session, actor_ids)
    badges = await find_badges(session, actor_ids)
    stated = await read_stated(session, badges)
    findable = await list_findable(session, badges)
    found = [
        _Indexed(actors[actor_id], badges[actor_id], stated[actor_id])
        for actor_id in actor_ids
        if actor_id in findable
    ]
    known = await find_entries(session, [one.actor.id for one in found])
    await remove_entries(session, actor_ids)
    for one in found:
        entry = entry_of(one.actor, one.badge, one.stated)
        if (before := known.get(one.actor.id)) is not None:
            # What people do is not in what they say: it was read from their answers.
            entry.answers_within_h, entry.habit = before.answers_within_h, before.habit
            entry.answers_read_at = before.answers_read_at
        await write_entry(session, entry, terms_of(one.actor, one.badge, one.stated))
    return len(found)


@dataclass(frozen=True, slots=True)
class _Indexed:
    actor: Actor
    badge: Badge
    stated: list[StatedField]


async def index_slice(session: AsyncSession, before: int | None) -> Slice:
    """Index some of those who have a badge, the newest before an id; see `db.indexing`."""
    ids = await list_indexable(session, before, A_SLICE)
    count = await index_people(session, ids)
    return Slice(count, ids[-1] if len(ids) == A_SLICE else None)


async def index_doctors(
    database: Database, _client: Client, payload: Mapping[str, Any]
) -> None:
    """Index some of all who have a badge, and owe the rest: for those who had one before (job)."""
    await index_turn(database, "index doctors", index_slice, payload.get("before"))


async def tidy_directory(database: Database) -> int:
    """Take out who has no badge that counts any more; return how many those were."""
    count = 0
    while True:
        async with database.transaction() as session:
            ids = await list_lapsed_entries(session, now(), TIDIED_A_TIME)
            await remove_entries(session, ids)
        count += len(ids)
        if len(ids) < TIDIED_A_TIME:
            return count
