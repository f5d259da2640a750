"""The Tag entity. https://docs.joinmastodon.org/entities/Tag/"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from db.session import AsyncSession
from federation.uris import LocalUris
from posts.featured_tags import find_featured_tags
from posts.followed_tags import find_followed_tags
from posts.tags import DayOfUse, find_uses

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Standing:
    """Which hashtags somebody follows, and which they show on their profile."""

    followed: frozenset[str]
    featured: frozenset[str]


async def tags_for(
    session: AsyncSession, viewer_id: int | None, names: Sequence[str], uris: LocalUris
) -> list[Json]:
    """Build hashtags, given in lower case and without `#`, in their order."""
    uses = await find_uses(session, names)
    standing = await find_standing(session, viewer_id, names)
    return [tag(name, uses[name], standing, uris) for name in names]


async def find_standing(
    session: AsyncSession, viewer_id: int | None, names: Sequence[str]
) -> Standing | None:
    """Return how somebody stands to hashtags; strangers in no way."""
    if viewer_id is None:
        return None
    return Standing(
        await find_followed_tags(session, viewer_id, names),
        await find_featured_tags(session, viewer_id, names),
    )


def tag(
    name: str, uses: Iterable[DayOfUse], standing: Standing | None, uris: LocalUris
) -> Json:
    """Build one hashtag."""
    shown = {"id": name, "name": name, "url": uris.tag_page(name), "history": history(uses)}
    if standing is None:
        return shown
    mine = {"following": name in standing.followed, "featuring": name in standing.featured}
    return shown | mine


def history(days: Iterable[DayOfUse]) -> list[Json]:
    """Build how much something was used on each day; the numbers are texts, as at Mastodon."""
    return [
        {"day": str(day.began_s), "uses": str(day.uses), "accounts": str(day.people)}
        for day in days
    ]
