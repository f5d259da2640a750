"""How soon doctors answer who mentions them: read once a day, said in words, never as a ranking.

Of who has answered too seldom to tell, or takes longer than a week, nothing is said at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from math import ceil
from statistics import median

from core.clock import now
from db.session import AsyncSession, Database
from doctors.directory_rows import list_unread_habits, save_habit
from doctors.models import UNKNOWN_HABIT
from posts.answering import list_answer_times

LOOKED_BACK = timedelta(days=180)
FEWEST_ANSWERS = 3
READ_AGAIN_AFTER = timedelta(days=1)
A_BATCH, BATCHES_A_TIME = 100, 50
# Up to so many hours each; who takes longer stands with those of whom nothing is known.
WITHIN_H = (4, 24, 72, 168)


def habit_of(hours: int | None) -> int:
    """Return the class by which one is sorted: the place of the first bound that is kept."""
    if hours is None:
        return UNKNOWN_HABIT
    return next((place for place, most in enumerate(WITHIN_H) if hours <= most), UNKNOWN_HABIT)


def bound_h(hours: int | None) -> int | None:
    """Return the hours within which somebody usually answers, of `WITHIN_H`; None beyond a week."""
    return next((most for most in WITHIN_H if hours is not None and hours <= most), None)


def median_hours(times: Sequence[timedelta]) -> int | None:
    """Return in how many hours half of the answers came; None where there are too few."""
    if len(times) < FEWEST_ANSWERS:
        return None
    return max(ceil(median(one.total_seconds() for one in times) / 3600), 1)


async def read_habits(database: Database) -> int:
    """Read anew how soon those in the directory answer, who were not looked at for a day.

    In short transactions, so many a time; returns how many that were.
    """
    count = 0
    for _ in range(BATCHES_A_TIME):
        async with database.transaction() as session:
            read = await _read_batch(session)
        count += read
        if read < A_BATCH:
            break
    return count


async def _read_batch(session: AsyncSession) -> int:
    ids = await list_unread_habits(session, now() - READ_AGAIN_AFTER, A_BATCH)
    times = await list_answer_times(session, ids, now() - LOOKED_BACK) if ids else {}
    for actor_id in ids:
        hours = median_hours(times.get(actor_id, ()))
        await save_habit(session, actor_id, hours=hours, habit=habit_of(hours))
    return len(ids)
