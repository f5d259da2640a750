"""Names and hashtags that begin as what is being typed: for our script, below the composer."""

from __future__ import annotations

from quart import Response, request

from actors.models import Actor
from actors.search import search_actors
from posts.tags import search_tags
from web.person import list_people
from web.visit import Pages, Visit

_MOST, _MAX_WORDS = 6, 100


async def get_complete(visit: Visit) -> Response:
    """List what `?q=@…` or `?q=#…` may become, people whom the reader knows first."""
    me = visit.require_member().actor
    asked = request.args.get("q", "")[:_MAX_WORDS]
    actors: list[Actor] = []
    tags: list[str] = []
    async with visit.database.read() as session:
        if asked.startswith("#"):
            tags = await search_tags(session, visit.viewer, asked[1:], _MOST)
        elif asked.startswith("@"):
            found = await search_actors(session, asked[1:], limit=_MOST + 1, viewer_id=me.id)
            actors = [actor for actor in found if actor.id != me.id][:_MOST]
        people = await list_people(session, actors)
    return visit.page(
        "complete_part.html", people=[people[actor.id] for actor in actors], tags=tags
    )


PAGES: Pages = (
    ("GET", "/compose/complete", get_complete),
)
