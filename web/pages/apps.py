"""The apps that may act for one: what they may, since when, and sending them away."""

from __future__ import annotations

from quart import Response, request

from core.errors import NotFound
from users.own_apps import list_own_apps, send_away
from web.acting import read_own_form
from web.answers import go_to
from web.scopes import scope_lines
from web.visit import Pages, Visit

PATH = "/settings/apps"


async def get_apps(visit: Visit) -> Response:
    """List the apps."""
    browser = visit.require_member()
    async with visit.database.read() as session:
        found = await list_own_apps(session, browser.user.id)
    return visit.page(
        "apps.html",
        section=PATH,
        apps=[(app, scope_lines(app.scopes)) for app in found],
        done="done" in request.args,
    )


async def post_apps(visit: Visit) -> Response:
    """End all that one app has of this person."""
    browser, form = visit.require_member(), await read_own_form(visit)
    app_id = _number(form.get("app", ""))
    async with visit.database.transaction() as session:
        if not await send_away(session, browser.user.id, app_id):
            raise NotFound("this person has let in no such program")
    return go_to(visit.site.settings, f"{PATH}?done")


def _number(text: str) -> int:
    # Ids have 63 bits; what is none is nobody's.
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


PAGES: Pages = (
    ("GET", PATH, get_apps),
    ("POST", PATH, post_apps),
)
