"""How pages look and in which language: for the account, on every device."""

from __future__ import annotations

from collections.abc import Mapping

from quart import Response, request

from core.clock import time_zones
from core.errors import InvalidInput
from users.preferences import CHOICES, change_preferences
from users.profile import ProfileChanges, update_profile
from web.acting import read_own_form
from web.answers import go_to
from web.own_rows import own_rows
from web.session import LANGUAGE, drop_cookie
from web.spoken import WRITTEN
from web.visit import Pages, Visit

APPEARANCE = "/settings/appearance"


async def get_appearance(visit: Visit) -> Response:
    """Show how pages look, to be changed."""
    return await _appearance(visit)


async def post_appearance(visit: Visit) -> Response:
    """Change how pages look, in which language they are and one's posts are."""
    form = await read_own_form(visit)
    try:
        await _change(visit, form)
    except InvalidInput:
        return await _appearance(visit, status=422)
    response = go_to(visit.site.settings, f"{APPEARANCE}?saved=1")
    # A choice at the foot of a page was for this browser: the account's goes before it now.
    drop_cookie(visit.site, response, LANGUAGE)
    return response


async def _change(visit: Visit, form: Mapping[str, str]) -> None:
    locale = form.get("locale", "")
    if locale not in visit.site.languages:
        raise InvalidInput(f"no language of the pages: {locale[:20]!r}")
    async with visit.database.transaction() as session:
        user, actor = await own_rows(session, visit)
        user.locale = locale
        change_preferences(user, form)
        language = ProfileChanges(default_language=form.get("default_language", ""))
        await update_profile(session, user, actor, language)


async def _appearance(visit: Visit, *, status: int = 200) -> Response:
    async with visit.database.read() as session:
        user, _ = await own_rows(session, visit)
    return visit.page(
        "appearance.html",
        status=status,
        section=APPEARANCE,
        user=user,
        choices=CHOICES,
        zones=sorted(zone for zone in time_zones() if "/" in zone),
        written=WRITTEN,
        problem="one of these choices is not offered" if status != 200 else "",
        is_saved="saved" in request.args,
    )


PAGES: Pages = (
    ("GET", APPEARANCE, get_appearance),
    ("POST", APPEARANCE, post_appearance),
)
