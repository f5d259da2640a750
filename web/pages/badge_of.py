"""`/@name/badge`: who vouches for somebody, for what, since when and until when."""

from __future__ import annotations

from quart import Response, request

from actors.queries import find_actor_by_uri
from core.settings import PublicPages
from federation.origin import host_of
from web.answers import go_to
from web.entry import register_name
from web.handles import find_shown
from web.person import list_people, profile_path
from web.visit import Pages, Visit


async def get_badge_of(visit: Visit, handle: str) -> Response:
    """Show somebody's badge whole, or that nobody vouches for them."""
    visit.require(PublicPages.PROFILES)
    actor = await find_shown(visit, handle)
    path = f"{profile_path(actor)}/badge"
    if request.path != path:
        return go_to(visit.site.settings, path)
    async with visit.database.read() as session:
        person = (await list_people(session, [actor]))[actor.id]
        badge = person.badge
        issuer = await find_actor_by_uri(session, badge.issuer_uri) if badge else None
    return visit.page(
        "badge_of.html",
        person=person,
        register=register_name(badge.register_code, visit.language.code) if badge else "",
        issuer=issuer,
        issuer_host=host_of(badge.issuer_uri) if badge else "",
        is_ours=badge is not None and badge.issuer_uri == visit.site.uris.instance_actor,
        is_me=visit.browser is not None and visit.browser.actor.id == actor.id,
    )


PAGES: Pages = (
    ("GET", "/@<handle>/badge", get_badge_of),
)
