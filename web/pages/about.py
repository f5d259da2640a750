"""What is this place? The front page, for strangers first."""

from __future__ import annotations

from quart import Response

from core.settings import FederationMode, PublicPages
from moderation.queries import clinical_peers
from web.visit import Pages, Visit


async def get_about(visit: Visit) -> Response:
    """Say what this place is; with whom it is linked, to those who may read profiles."""
    peers = []
    if visit.may_read(PublicPages.PROFILES):
        async with visit.database.read() as session:
            peers = await clinical_peers(session)
    is_open = visit.site.settings.federation is FederationMode.OPEN
    return visit.page("about.html", peers=peers, is_open=is_open)


PAGES: Pages = (
    ("GET", "/about", get_about),
)
