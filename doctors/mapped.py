"""Whom a map shows: one's contacts, a list; and where those are, as far as the reader may know."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from actors.follows import list_followers, list_following
from actors.lists import get_list, list_members
from actors.models import Actor
from actors.queries import find_actors
from core.errors import NotFound
from db.paging import Page
from db.session import AsyncSession
from doctors.map import MAX_PEOPLE, Gathered, gather
from doctors.practice import PracticeReader, read_practice
from posts.visibility import Viewer

CONTACTS, FOLLOWERS, FOLLOWING, LIST = "contacts", "followers", "following", "list"
_LISTERS: Mapping[str, tuple[Callable[[AsyncSession, int, Page], Awaitable[Any]], ...]] = {
    CONTACTS: (list_following, list_followers),
    FOLLOWERS: (list_followers,),
    FOLLOWING: (list_following,),
}


@dataclass(frozen=True, slots=True)
class MapPeople:
    """Some people for a map: what they are to the reader, and a list's own name."""

    kind: str
    ids: tuple[int, ...]
    name: str = ""
    list_id: int | None = None


async def find_map_people(session: AsyncSession, reader_id: int, of: str) -> MapPeople:
    """Return whom `of` names: `contacts`, `followers`, `following`, `list:ID`.

    Contacts are those whom the reader follows and those who follow the reader. Raises NotFound for
    other words, and for a list that is not the reader's.
    """
    kind, _, number = of.partition(":")
    if kind == LIST and number.isascii() and number.isdigit() and len(number) < 19:
        found = await get_list(session, reader_id, int(number))
        rows = await list_members(session, found, None)
        return MapPeople(LIST, _ids(rows), found.title, found.id)
    if of not in _LISTERS:
        raise NotFound(f"there is no map of {of[:40]!r}")
    page = Page(limit=MAX_PEOPLE)
    rows = [row for lister in _LISTERS[of] for row in await lister(session, reader_id, page)]
    return MapPeople(of, _ids(rows))


def _ids(rows: Iterable[tuple[Any, Actor]]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(actor.id for _, actor in rows))[:MAX_PEOPLE]


async def gather_people(
    session: AsyncSession, actor_ids: Iterable[int], viewer: Viewer
) -> Gathered:
    """Return where people are, of those who let this reader know; the first MAX_PEOPLE of them."""
    ids = list(dict.fromkeys(actor_ids))[:MAX_PEOPLE]
    reader = PracticeReader(viewer.actor_id, viewer.is_doctor)
    practices = await read_practice(session, ids, reader)
    if viewer.is_colleague and not viewer.is_doctor:
        # To those who live here a colleague counts as a doctor (`practice.reader_of`).
        actors = (await find_actors(session, ids)).values()
        here = [actor.id for actor in actors if actor.is_local]
        practices |= await read_practice(session, here, replace(reader, is_doctor=True))
    return gather({actor_id: practices[actor_id].place for actor_id in ids})
