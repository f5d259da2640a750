"""SQL of looking for people: by name and handle, whole or begun; never by how many follow them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, and_, literal, select, union
from sqlalchemy.orm import aliased
from sqlmodel import col

from actors.models import ACTOR_WORDS, LOCAL_HOST, Actor, Badge, Follow, actor_terms
from actors.names import asked_for
from core.clock import now
from db.indexing import Slice, index_turn
from db.search import Condition, dialect_of
from db.session import AsyncSession, Database
from federation.client import Client

# Of very many whose names begin so, these are ordered: as many of each sort.
CONSIDERED = 400
# So many people are indexed in one transaction.
A_SLICE = 500
_Followed: Any = aliased(Follow, name="found_follow")
_Seen: Any = aliased(Badge, name="found_badge")


async def search_actors(
    session: AsyncSession,
    words: str,
    *,
    limit: int,
    viewer_id: int | None = None,
    only_followed: bool = False,
) -> list[Actor]:
    """Return known actors that are called so, or whose name or handle has words that begin so.

    Those with a doctor's badge come first, then those whom the viewer follows, then those who live
    here; `only_followed` are the viewer's.
    """
    asked = asked_for(words)
    if asked is None:
        return []
    is_doctor = (
        select(literal(1))
        .where(_Seen.actor_id == col(Actor.id), _Seen.valid_until > now(), _Seen.is_doctor)
        .correlate_except(_Seen)
        .exists()
    )
    is_followed = (
        select(literal(1))
        .where(_of_viewer(viewer_id), _Followed.followee_id == col(Actor.id))
        .correlate_except(_Followed)
        .exists()
    )
    statement = select(Actor).where(
        col(Actor.id).in_(_considered(session, asked, viewer_id)),
        col(Actor.deleted_at).is_(None),
        col(Actor.suspended_at).is_(None),
        col(Actor.type) != "Application",
    )
    if only_followed:
        statement = statement.where(is_followed)
    ordered = statement.order_by(
        is_doctor.desc(),
        is_followed.desc(),
        col(Actor.host) != LOCAL_HOST,
        col(Actor.username_key),
        col(Actor.id),
    )
    return list(await session.scalars(ordered.limit(limit)))


def _considered(session: AsyncSession, asked: Condition, viewer_id: int | None) -> Select[Any]:
    """Return the ids of those who are ordered: some of each sort that comes first, and of all."""
    dialect = dialect_of(session)
    ids, matches = ACTOR_WORDS.ids(dialect), ACTOR_WORDS.matches(dialect, asked)
    found = select(ids.label("id")).where(matches)
    doctors = found.join(_Seen, _Seen.actor_id == ids).where(
        _Seen.valid_until > now(), _Seen.is_doctor
    )
    followed = found.join(_Followed, and_(_Followed.followee_id == ids, _of_viewer(viewer_id)))
    sorts = [one.limit(CONSIDERED).subquery() for one in (doctors, followed, found)]
    together = union(*(select(one.c.id) for one in sorts)).subquery()
    return select(together.c.id)


def _of_viewer(viewer_id: int | None) -> Any:
    mine = _Followed.follower_id == (viewer_id or 0)
    return and_(mine, _Followed.accepted_at.is_not(None))


async def index_actors(database: Database, _client: Client, payload: Mapping[str, Any]) -> None:
    """Index some of all actors, and owe the rest: for those who were here before search was."""
    await index_turn(database, "index actors", index_slice, payload.get("before"))


async def index_slice(session: AsyncSession, before: int | None) -> Slice:
    """Index the newest actors before an id."""
    newest = select(Actor).order_by(col(Actor.id).desc()).limit(A_SLICE)
    if before is not None:
        newest = newest.where(col(Actor.id) < before)
    found = list(await session.scalars(newest))
    # SQLite takes rising ids together, and falling ones each by itself.
    for actor in reversed(found):
        for statement in actor_terms(dialect_of(session), actor):
            await session.execute(statement)
    return Slice(len(found), found[-1].id if len(found) == A_SLICE else None)
