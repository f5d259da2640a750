"""SQL of lists: people whom somebody follows, under a name of their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, func, or_, select
from sqlmodel import col

from actors.models import Actor, ActorList, Endorsement, Follow, ListMember, RepliesPolicy
from core.errors import InvalidInput, NotFound
from core.ids import new_id
from db.jobs import upsert
from db.paging import Page
from db.session import AsyncSession

LONGEST_TITLE = 256
MOST_LISTS = 50
MOST_MEMBERS = 2000


async def get_list(session: AsyncSession, owner_id: int, list_id: int) -> ActorList:
    """Return one of somebody's lists; raises NotFound for absent ones and others' alike."""
    found = await session.get(ActorList, list_id)
    if found is None or found.owner_id != owner_id:
        raise NotFound(f"{owner_id} has no list {list_id}")
    return found


async def list_lists(
    session: AsyncSession, owner_id: int, *, with_member: int | None = None
) -> list[ActorList]:
    """Return somebody's lists, oldest first; or only those that somebody is on."""
    statement = select(ActorList).where(col(ActorList.owner_id) == owner_id)
    if with_member is not None:
        on_it = select(col(ListMember.list_id)).where(col(ListMember.actor_id) == with_member)
        statement = statement.where(col(ActorList.id).in_(on_it))
    return list(await session.scalars(statement.order_by(col(ActorList.id))))


async def make_list(
    session: AsyncSession,
    owner_id: int,
    title: str,
    *,
    replies_policy: RepliesPolicy = RepliesPolicy.LIST,
    exclusive: bool = False,
) -> ActorList:
    """Make a list with nobody on it; raises InvalidInput for a bad title and for too many lists."""
    counted = select(func.count()).where(col(ActorList.owner_id) == owner_id)
    if (await session.scalar(counted) or 0) >= MOST_LISTS:
        raise InvalidInput("Validation failed: You have reached the maximum number of lists")
    made = ActorList(
        owner_id=owner_id,
        title=checked_title(title),
        replies_policy=replies_policy,
        exclusive=exclusive,
    )
    session.add(made)
    await session.flush()
    return made


def checked_title(title: str) -> str:
    """Return a title as it is stored; raises InvalidInput for none, or a long one."""
    stripped = title.strip()
    if not stripped:
        raise InvalidInput("Validation failed: Title can't be blank")
    if len(stripped) > LONGEST_TITLE:
        raise InvalidInput(
            f"Validation failed: Title is too long (maximum is {LONGEST_TITLE} characters)"
        )
    return stripped


async def delete_list(session: AsyncSession, found: ActorList) -> None:
    """Delete a list with its members; what it shows is the posts room's."""
    await session.execute(delete(ListMember).where(col(ListMember.list_id) == found.id))
    await session.delete(found)
    await session.flush()


async def list_members(
    session: AsyncSession, found: ActorList, page: Page | None
) -> list[tuple[ListMember, Actor]]:
    """Return a page of who is on a list, who came last first; without a page all of them."""
    statement: Any = (
        select(ListMember, Actor)
        .join(Actor, col(Actor.id) == col(ListMember.actor_id))
        .where(col(ListMember.list_id) == found.id, col(Actor.deleted_at).is_(None))
    )
    asked = page or Page(limit=MOST_MEMBERS)
    rows = (await session.execute(asked.apply(statement, col(ListMember.id)))).all()
    return asked.newest_first([(member, actor) for member, actor in rows])


async def add_members(
    session: AsyncSession, found: ActorList, actor_ids: Sequence[int]
) -> list[int]:
    """Put people on a list, all or none of them; return who was not on it before.

    Raises NotFound where the owner neither follows somebody, nor asked to, nor is them; and
    InvalidInput where one is on it already, as Mastodon does.
    """
    known = await _known_to(session, found.owner_id, actor_ids)
    if strange := [actor_id for actor_id in actor_ids if actor_id not in known]:
        raise NotFound(f"{found.owner_id} does not follow {strange[0]}")
    counted = select(func.count()).where(col(ListMember.list_id) == found.id)
    if (await session.scalar(counted) or 0) + len(actor_ids) > MOST_MEMBERS:
        raise InvalidInput("Validation failed: The list has too many members")
    if not actor_ids:
        return []
    rows = [
        {"list_id": found.id, "actor_id": actor_id, "id": new_id()} for actor_id in actor_ids
    ]
    statement = upsert(session, ListMember).values(rows).on_conflict_do_nothing()
    added = list(await session.scalars(statement.returning(col(ListMember.actor_id))))
    if len(added) < len(actor_ids):
        raise InvalidInput("Validation failed: Account has already been taken")
    return added


async def remove_members(
    session: AsyncSession, found: ActorList, actor_ids: Sequence[int]
) -> None:
    """Take people off a list."""
    await session.execute(
        delete(ListMember).where(
            col(ListMember.list_id) == found.id, col(ListMember.actor_id).in_(list(actor_ids))
        )
    )


async def leave_lists(session: AsyncSession, owner_id: int, actor_id: int) -> None:
    """Take somebody whom the owner follows no more off the owner's lists, and off the profile."""
    mine = select(col(ActorList.id)).where(col(ActorList.owner_id) == owner_id)
    await session.execute(
        delete(ListMember).where(
            col(ListMember.actor_id) == actor_id, col(ListMember.list_id).in_(mine)
        )
    )
    await session.execute(
        delete(Endorsement).where(
            col(Endorsement.actor_id) == owner_id, col(Endorsement.target_id) == actor_id
        )
    )


async def _known_to(
    session: AsyncSession, owner_id: int, actor_ids: Sequence[int]
) -> set[int]:
    follows = (
        select(col(Follow.followee_id))
        .where(
            col(Follow.follower_id) == owner_id, col(Follow.followee_id) == col(Actor.id)
        )
        .exists()
    )
    statement = select(col(Actor.id)).where(
        col(Actor.id).in_(list(actor_ids)),
        col(Actor.deleted_at).is_(None),
        or_(col(Actor.id) == owner_id, follows),
    )
    return set(await session.scalars(statement))
